"""The one place where rooms are wired together."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, Response, request, url_for
from flask_openapi3 import Info, OpenAPI
from pydantic import ValidationError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

import mes.kinds  # noqa: F401 - every room's kinds of things
from mes import __version__, guard
from mes.accounts import api as accounts_api
from mes.accounts import device as accounts_device
from mes.accounts import views as accounts_views
from mes.accounts.queries import plant_name
from mes.config import Settings
from mes.core import documents, job_views, navigation, scanning, web
from mes.core.clock import Clock, SystemClock
from mes.core.database import Database
from mes.core.errors import Fault, InvalidInput, MesError, NotFound, NotSignedIn, Unavailable
from mes.core.files import FileStore
from mes.core.text import N_, Text
from mes.dashboard import api as dashboard_api
from mes.dashboard import views as dashboard_views
from mes.formwork import api as formwork_api
from mes.formwork import views as formwork_views
from mes.identity import api as identity_api
from mes.identity import resolver
from mes.identity import views as identity_views
from mes.inspection import api as inspection_api
from mes.inspection import verdict_api
from mes.inspection import views as inspection_views
from mes.inspection.concrete import api as concrete_api
from mes.inspection.documents import api as paper_api
from mes.inspection.nonconformities import api as nonconformity_api
from mes.inspection.policy import api as quality_policy_api
from mes.inspection.statistics import api as statistics_api
from mes.inspection.statistics import views as statistics_views
from mes.inspection.views import verification as paper_verification
from mes.ledger import api as ledger_api
from mes.ledger import views as ledger_views
from mes.library import api as library_api
from mes.library import views as library_views
from mes.logistics import api as logistics_api
from mes.logistics import views as logistics_views
from mes.logistics.gate import api as gate_api
from mes.logistics.quality_file import api as quality_file_api
from mes.machines import api as machines_api
from mes.machines import views as machines_views
from mes.orders import api as orders_api
from mes.orders import views as orders_views
from mes.planning import api as planning_api
from mes.planning import head_views as production_head_views
from mes.planning import views as planning_views
from mes.printing import api as printing_api
from mes.printing import views as printing_views
from mes.printing.designs import use_own_designs
from mes.recall import api as recall_api
from mes.recall import views as recall_views
from mes.recall.paper import api as recall_paper_api
from mes.recall.paper import views as recall_paper_views
from mes.shopfloor import api as shopfloor_api
from mes.shopfloor import views as shopfloor_views
from mes.signed_out import signed_out
from mes.traceability import api as traceability_api
from mes.traceability import connector_api, connector_commands_api, event_views, metrics_views, trace_views
from mes.traceability import pass_views as trace_pass_views
from mes.traceability import views as traceability_views
from mes.traceability.archive import api as archive_api
from mes.traceability.archive import views as archive_views
from mes.traceability.open_data import api as open_data_api
from mes.traceability.open_data import views as open_data_views

STATIC = Path(__file__).parents[1] / "static"
PAGES = (
    dashboard_views,
    orders_views,
    library_views,
    formwork_views,
    planning_views,
    production_head_views,
    machines_views,
    shopfloor_views,
    inspection_views,
    paper_verification,
    statistics_views,
    logistics_views,
    recall_views,
    recall_paper_views,
    printing_views,
    identity_views,
    traceability_views,
    metrics_views,
    event_views,
    archive_views,
    trace_views,
    trace_pass_views,
    open_data_views,
    ledger_views,
    accounts_views,
    accounts_device,
    job_views,
    scanning,
    documents,
    resolver,
)
APIS = (
    accounts_api,
    library_api,
    orders_api,
    planning_api,
    machines_api,
    shopfloor_api,
    formwork_api,
    inspection_api,
    verdict_api,
    concrete_api,
    statistics_api,
    nonconformity_api,
    quality_policy_api,
    paper_api,
    logistics_api,
    gate_api,
    quality_file_api,
    recall_api,
    recall_paper_api,
    identity_api,
    printing_api,
    ledger_api,
    traceability_api,
    archive_api,
    connector_api,
    connector_commands_api,
    open_data_api,
    dashboard_api,
)
SECURITY_SCHEMES: dict[str, Any] = {
    "token": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": "mes_session"},
}


def create_app(settings: Settings, *, database: Database | None = None, clock: Clock | None = None) -> Flask:
    """The web application.

    Raises:
        UnguardedRoute: a route does not say who may use it.
    """
    app = OpenAPI(
        "mes",
        info=Info(title="precast-mes", version=__version__),
        security_schemes=SECURITY_SCHEMES,
        static_folder=str(STATIC),
        doc_prefix="/api",
        validation_error_callback=_invalid_body,
        operation_id_callback=lambda name, path, method: f"{method}_{name}",
    )
    app.url_map.strict_slashes = False  # a slash typed too much at the end leads to the same page
    _configure(app, settings)
    app.extensions["mes_database"] = database or Database(settings.effective_database_url)
    app.extensions["mes_clock"] = clock or SystemClock(ZoneInfo(settings.zone))
    app.extensions["mes_files"] = FileStore(settings.data / "files")
    use_own_designs(settings.label_designs)
    guard.protect(app)
    _add_errors(app)
    _add_templates(app)
    for room in PAGES:
        app.register_blueprint(room.pages)
    for api_room in APIS:
        app.register_api(api_room.api)
    app.after_request(_conditional)
    guard.require_every_route_guarded(app)
    return app


def secret_key(data: Path) -> str:
    """The key that signs sessions: made once, kept in the data folder, readable by its owner only."""
    file = data / "secret-key"
    if not file.exists() or not file.read_text().strip():
        data.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"secret-key.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            stream.write(secrets.token_hex(32))
            os.fsync(stream.fileno())
        if file.exists() and not file.read_text().strip():
            file.unlink()
        with suppress(FileExistsError):  # another process was faster: its key is the key
            os.link(fresh, file)
        fresh.unlink()
    return file.read_text().strip()


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        MES_SETTINGS=settings,
        SECRET_KEY=secret_key(settings.data),
        MAX_CONTENT_LENGTH=settings.upload_limit_mb * 1024 * 1024,
        SESSION_COOKIE_NAME="mes_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        web.gettext, lambda one, many, n, **v: web.gettext(one if n == 1 else many, **v), newstyle=False
    )


def _add_templates(app: Flask) -> None:
    app.jinja_loader = documents.template_loader()
    app.jinja_env.globals.update(
        _=web.gettext,
        in_words=web.in_words,
        csp_nonce=web.csp_nonce,
        asset=_asset,
        local_time=web.local_time,
    )
    app.context_processor(_for_every_page)


def _for_every_page() -> dict[str, Any]:
    reader = web.actor()
    return {
        "navigation": navigation.links(),
        "locale": web.locale(),
        "current_user": Reader(reader.name, reader.role, reader.kind == "person"),
        "may": reader.may,
        "plant_name": _plant_name(),
    }


def _plant_name() -> str:
    """The name in the top bar; the program's own while the database is away, so that even that can be said."""
    try:
        return plant_name(web.reading())
    except (OperationalError, InterfaceError, PoolTimeout):
        return "precast-mes"


class Reader:
    """Who reads a page, as templates see them."""

    def __init__(self, name: str, role: str, is_authenticated: bool) -> None:
        self.name, self.role, self.is_authenticated = name, role, is_authenticated


def _asset(path: str) -> str:
    file = STATIC / path
    version = int(file.stat().st_mtime) if file.exists() else 0
    return url_for("static", filename=path, v=version)


def _add_errors(app: Flask) -> None:
    app.register_error_handler(MesError, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(ValidationError, lambda error: web.error_response(invalid(error)))
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(away, _database_busy)
    app.register_error_handler(DataError, _unfit_data)
    app.register_error_handler(RecursionError, _nested_too_deeply)


def _refused(error: MesError) -> Response | WerkzeugResponse:
    if isinstance(error, NotSignedIn) and not web.wants_json() and request.endpoint != "accounts.sign_in":
        return signed_out()
    return web.error_response(error)


def _http_error(error: HTTPException) -> Response:
    shown = _known_error(error.code) or MesError(Text(error.description or error.name))
    shown.status = error.code or 500
    response = web.error_response(shown)
    response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    return response


def _known_error(code: int | None) -> MesError | None:
    """What people meet now and then, in words of the house."""
    if code == 404:
        return NotFound(Text(N_("There is nothing at this address")))
    if code == 413:
        most = web.settings().upload_limit_mb
        return MesError(Text(N_("This is too large: send fewer or smaller files, %(most)s MB at most"), {"most": most}))
    return None


def _unfit_data(_error: DataError) -> Response:
    web.close_reading()
    return web.error_response(InvalidInput(Text(N_("A value is too long or does not fit where it should go"))))


def _nested_too_deeply(_error: RecursionError) -> Response:
    return web.error_response(InvalidInput(Text(N_("This JSON is nested too deeply"))))


def _database_busy(_error: Exception) -> Response:
    web.close_reading()
    return web.error_response(Unavailable(Text(N_("The database does not answer; please try again"))))


def invalid(error: ValidationError) -> InvalidInput:
    """A pydantic error as ours: each fault with the place it is at."""
    faults = [
        Fault(".".join(map(str, item["loc"])) or "body", Text(item["msg"]))
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return InvalidInput(Text(N_("Some fields are not right")), faults)


def _invalid_body(error: ValidationError) -> Response:
    return web.problem(invalid(error))


def _conditional(response: Response) -> Response:
    """ETags on the API's answers, so that an unchanged one is not sent again."""
    if request.method == "GET" and web.wants_json() and response.status_code == 200 and not response.is_streamed:
        response.headers["Cache-Control"] = "private, no-cache"
        response.add_etag()
        response.make_conditional(request)
    return response
