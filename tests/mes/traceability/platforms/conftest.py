"""A platform's side of the wire, and leave to call it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mes.traceability.platforms.addresses import read_rules, rules_in_force, use_rules
from mes.traceability.platforms.file_drop import folders, use_folders
from mes.traceability.sandbox import close_sandbox, create_sandbox, make_platform_server
from mes.traceability.sandbox.signed.keys import AppKey
from tests.mes.traceability.platforms.wire import Wire, listening

SANDBOX_SECRET = "s3cr3t-of-the-sandbox"


@pytest.fixture
def loopback() -> Iterator[None]:
    """This machine may be called."""
    before = rules_in_force()
    use_rules(read_rules("127.0.0.1"))
    yield
    use_rules(before)


@pytest.fixture
def wire(loopback: None) -> Iterator[Wire]:
    """A platform on a real socket."""
    with listening() as found:
        yield found


@pytest.fixture
def sandbox_url(tmp_path: Path, loopback: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A running sandbox platform that knows the application plant-1 with the secret in CITY_SECRET."""
    monkeypatch.setenv("CITY_SECRET", SANDBOX_SECRET)
    server = make_platform_server("127.0.0.1", 0, lambda *_: [])
    url = f"http://127.0.0.1:{server.port}"
    app = create_sandbox(tmp_path / "sandbox", url, app_keys=[AppKey("plant-1", "hmac-sm3", SANDBOX_SECRET)])
    server.app = app
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield url
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
    close_sandbox(app)


@pytest.fixture
def data_folder(tmp_path: Path) -> Iterator[Path]:
    """The process's data folder, and `share` beside it, which is allowed too."""
    before = (folders._InForce.data, folders._InForce.allowed)
    use_folders(tmp_path / "data", [tmp_path / "share"])
    yield tmp_path
    folders._InForce.data, folders._InForce.allowed = before
