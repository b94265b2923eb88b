"""The sandbox city's file against the sandbox platform, which judges signature, fields and repeats by its own code."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from mes.traceability.platforms import DataRefused, Delivered, PauseCredentials
from mes.traceability.platforms.dry_run import dry_run
from mes.traceability.platforms.signed_json import KIND, city_named, show_requests
from mes.traceability.platforms.signed_json.platform import SignedJsonPlatform
from mes.traceability.sandbox import Behaviour, close_sandbox, create_sandbox, make_platform_server
from tests.mes.traceability.platforms.conftest import SANDBOX_SECRET as SECRET
from tests.mes.traceability.platforms.events import cast, event, life, turns
from tests.mes.traceability.platforms.signing_by_hand import hmac_sm3

GIVEN: dict[str, Any] = {
    "city": "sandbox",
    "values": {"app_key": "plant-1", "maker": "厦门预制厂"},
    "secrets": {"app_secret": {"variable": "CITY_SECRET"}},
}


@pytest.fixture
def platform(sandbox_url: str) -> Iterator[SignedJsonPlatform]:
    """A door to a running sandbox platform."""
    door = KIND.connect(sandbox_url, KIND.read_settings(GIVEN))
    yield door
    door.close()


def test_a_whole_life_is_taken_once_and_found_again(platform: SignedJsonPlatform) -> None:
    settings = KIND.read_settings(GIVEN)
    renditions = [KIND.render(content, settings) for content in life()]
    told = [rendition for rendition in renditions if rendition is not None]
    assert len(told) == len(renditions)
    assert [platform.send([rendition]).answer for rendition in told] == [Delivered()] * len(told)
    assert platform.send(told).answer == Delivered(duplicate=True)
    ids = {identity for rendition in told for identity in rendition.ids}
    assert platform.find_day("2026-11-23", UTC) == ids
    assert platform.find(told[0].ids[0]).found is True
    assert platform.find("nobody's").found is False


def test_every_turn_between_the_gate_and_the_building_is_taken(platform: SignedJsonPlatform) -> None:
    settings = KIND.read_settings(GIVEN)
    told = [KIND.render(content, settings) for content in turns()]
    assert [platform.send([rendition]).answer for rendition in told if rendition] == [Delivered()] * len(turns())


def test_a_wrong_field_is_refused_in_the_platforms_words_and_a_wrong_secret_pauses(
    platform: SignedJsonPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = KIND.read_settings(GIVEN)
    nothing_poured = KIND.render({**cast(), "how": {"batch": {"batch_number": "C-7", "poured_m3": -1}}}, settings)
    assert nothing_poured is not None
    answer = platform.send([nothing_poured]).answer
    assert isinstance(answer, DataRefused)
    assert "concreteVolume" in answer.reason
    monkeypatch.setenv("CITY_SECRET", "another")
    stranger = KIND.connect(platform._door._url, settings)
    assert isinstance(stranger.send([nothing_poured]).answer, PauseCredentials)


def test_the_dry_run_shows_the_bytes_that_would_go_out(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = KIND.read_settings(GIVEN)
    now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    run = show_requests(
        cast(), "https://city.example.com/", settings, now, environ={"CITY_SECRET": SECRET}, nonce="0" * 32
    )
    (shown,) = run.requests
    rendition = KIND.render(cast(), settings)
    assert rendition is not None
    assert [json.loads(shown.body)] == [kept["record"] for kept in json.loads(rendition.body)]
    assert shown.url == "https://city.example.com/open/v1/records/production"
    text = f"appKey=plant-1&body={shown.body.decode()}&nonce={'0' * 32}&timestamp=1795395600000"
    assert shown.signed_text == text
    assert shown.headers["X-Signature"] == hmac_sm3(SECRET.encode(), text.encode()).hex()
    assert run.missing == ()
    assert SECRET not in str(run)


def test_the_dry_run_says_what_is_missing_and_does_without_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITY_SECRET", raising=False)
    bare = event("element.cast", elements=[{"serial": 7}])
    run = dry_run("signed-json", bare, "https://city.example.com", GIVEN, datetime(2026, 11, 23, tzinfo=UTC))
    assert {(fault.about, fault.field) for fault in run.missing} == {
        ("production", "componentCode"),
        ("production", "concreteBatch"),
    }
    assert run.requests[0].headers["X-Signature"] == "‹signature›"
    assert any("“app_secret” is not here" in str(note) for note in run.notes)
    unheard = dry_run("signed-json", event("element.created"), "https://x.example", GIVEN, datetime.now(UTC))
    assert unheard.requests == ()
    assert "The platform hears nothing of this event" in [str(note) for note in unheard.notes]


def test_the_sandbox_city_is_told_of_every_kind_that_its_file_names() -> None:
    city = city_named("sandbox")
    assert {kind for endpoint in city.endpoints.values() for kind in endpoint.kinds} >= {c["kind"] for c in life()}


def test_a_platform_whose_clock_is_wrong_says_one_date_on_the_wire(tmp_path: Path) -> None:
    behaviour = Behaviour()
    behaviour.change({"minutes_off": 12})
    server = make_platform_server("127.0.0.1", 0, lambda *_: [])
    app = create_sandbox(tmp_path, "http://city.example", behaviour=behaviour)
    server.app = app
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    told = requests.get(f"http://127.0.0.1:{server.port}/api/summary", timeout=10).raw.headers.getlist("Date")
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
    close_sandbox(app)
    (date,) = told
    assert 700 < (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds() < 721
