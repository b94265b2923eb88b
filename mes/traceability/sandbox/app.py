"""The platform's Flask app and its server process."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from flask import Flask, Response
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from mes.traceability.sandbox.admin_api import admin
from mes.traceability.sandbox.behaviour import Behaviour
from mes.traceability.sandbox.calls import TurnedAwayError
from mes.traceability.sandbox.capture_api import capture
from mes.traceability.sandbox.cities.api import cities as city_calls
from mes.traceability.sandbox.cities.keys import CityKeys, kept_keys
from mes.traceability.sandbox.cities.reading import PlayedCity, read_city_file, shipped_cities
from mes.traceability.sandbox.faults import Fault, FaultScript, read_faults
from mes.traceability.sandbox.pages import pages
from mes.traceability.sandbox.problems import RefusedError, UnusableFileError, problem, problem_response
from mes.traceability.sandbox.query_api import query
from mes.traceability.sandbox.receptions import record
from mes.traceability.sandbox.server import Breakable, make_platform_server
from mes.traceability.sandbox.settings import EXTENSION, Limits, Platform
from mes.traceability.sandbox.signed.api import signed
from mes.traceability.sandbox.signed.keys import AppKey, trial_keys
from mes.traceability.sandbox.store import Store
from mes.traceability.sandbox.supervisor import end_process, faults_left
from mes.traceability.sandbox.webhooks import kept_secrets, webhooks
from mes.traceability.sandbox.worker import CaptureWorker

_log = logging.getLogger(__name__)

KEY_VARIABLE = "SANDBOX_API_KEY"
KEY_FILE_VARIABLE = "SANDBOX_API_KEY_FILE"
ADMIN_KEY_VARIABLE = "SANDBOX_ADMIN_KEY"
_EXCEPTIONS = {
    404: "NoSuchResourceException",
    405: "NotAcceptableException",
    413: "CaptureLimitExceededException",
    414: "URITooLongException",
    415: "UnsupportedMediaTypeException",
}


class ApiKeyFileError(UnusableFileError):
    """The file with the bearer keys cannot be read or holds none."""


def create_sandbox(
    data_dir: Path,
    base_url: str,
    faults: Sequence[Fault] | FaultScript = (),
    *,
    api_keys: Sequence[str] = (),
    limits: Limits | None = None,
    behaviour: Behaviour | None = None,
    admin_key: str = "",
    app_keys: Sequence[AppKey] = (),
    webhook_secrets: Sequence[str] = (),
    cities: Sequence[tuple[PlayedCity, CityKeys]] = (),
    end: Callable[[], None] = lambda: None,
) -> Flask:
    """The platform as a Flask app of its own, its background thread running.

    `base_url` is how senders reach it, for Location and Link; `faults` is a script to play; with `api_keys`,
    GS1's interface wants one of them as a bearer key (the pages for people stay open). `app_keys` may use the
    signed-JSON interface, `cities` are played below /city. `end` is what the fault `restart` does. Call
    `close_sandbox(app)` to stop its thread.
    """
    behaviour = behaviour or Behaviour()
    store = Store(data_dir / "sandbox-platform.sqlite", behaviour.clock)
    script = faults if isinstance(faults, FaultScript) else FaultScript(faults)
    worker = CaptureWorker(store, script, behaviour, end)
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False
    app.extensions[EXTENSION] = Platform(
        store,
        worker,
        script,
        base_url.rstrip("/"),
        limits or Limits(),
        tuple(api_keys),
        behaviour,
        admin_key,
        {key.app_key: key for key in app_keys},
        tuple(webhook_secrets),
        {city.name: (city, kept) for city, kept in cities},
    )
    for blueprint in (capture, query, record, signed, admin, webhooks, city_calls, pages):
        app.register_blueprint(blueprint)
    app.register_error_handler(RefusedError, _refused)
    app.register_error_handler(TurnedAwayError, TurnedAwayError.response)
    app.register_error_handler(HTTPException, _http_error)
    app.wsgi_app = Breakable(app.wsgi_app, lambda: http_date(behaviour.clock.now()), end)  # type: ignore[method-assign]
    worker.start()
    return app


def close_sandbox(app: Flask) -> None:
    """Stop the background thread after the job in hand, and close the database."""
    app.extensions[EXTENSION].worker.stop()
    app.extensions[EXTENSION].store.close()


def serve(
    port: int,
    data_dir: Path,
    faults_file: Path | None = None,
    *,
    host: str = "127.0.0.1",
    base_url: str = "",
    app_keys_file: Path | None = None,
    city_files: Sequence[Path] = (),
    environ: Mapping[str, str] | None = None,
) -> None:
    """Serve the platform until the process is ended.

    Bearer keys, if any, come from the variable SANDBOX_API_KEY or the file named by SANDBOX_API_KEY_FILE (one
    key a line), the admin key from SANDBOX_ADMIN_KEY. App keys are in `app_keys_file`, else in the data folder.

    Raises:
        UnusableFileError: the fault script or a file of keys cannot be used.
    """
    given = os.environ if environ is None else environ
    behaviour = Behaviour()
    left = faults_left(data_dir, behaviour)
    read = read_faults(faults_file, behaviour) if faults_file is not None and left is None else []
    script = FaultScript(read if left is None else left)
    keys = trial_keys(app_keys_file or data_dir / "app-keys.yaml")
    played = {city.name: city for city in [*shipped_cities(), *map(read_city_file, city_files)]}
    kept = kept_keys(data_dir / "cities.yaml", list(played.values()))
    address = base_url or f"http://{host}:{port}"
    app = create_sandbox(
        data_dir,
        address,
        script,
        api_keys=api_keys_from(given),
        behaviour=behaviour,
        admin_key=given.get(ADMIN_KEY_VARIABLE, ""),
        app_keys=list(keys.values()),
        webhook_secrets=kept_secrets(data_dir / "webhook-secret"),
        cities=[(city, kept[name]) for name, city in played.items()],
        end=lambda: end_process(data_dir, script, behaviour),
    )
    server = make_platform_server(host, port, app)
    _log.info("sandbox platform at %s, data in %s", address, data_dir)
    try:
        server.serve_forever()
    finally:
        server.server_close()
        close_sandbox(app)


def api_keys_from(environ: Mapping[str, str]) -> list[str]:
    """The bearer keys of the environment; none means that anybody may send.

    Raises:
        ApiKeyFileError: the file named there cannot be read, or holds no key.
    """
    keys = [environ[KEY_VARIABLE]] if environ.get(KEY_VARIABLE) else []
    file = environ.get(KEY_FILE_VARIABLE)
    if not file:
        return keys
    try:
        lines = Path(file).read_text(encoding="utf-8").split()
    except OSError as error:
        raise ApiKeyFileError(f"cannot read the key file {file}: {error.strerror}") from error
    if not lines:
        raise ApiKeyFileError(f"the key file {file} holds no key")
    return keys + lines


def _refused(error: RefusedError) -> Response:
    return problem_response(error.body, error.status, error.headers)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    kind = _EXCEPTIONS.get(status, "ImplementationException")
    return problem_response(problem(kind, error.name, status, error.description or ""), status)
