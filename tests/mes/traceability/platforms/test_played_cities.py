"""Cities that the sandbox plays by their files: connectors deliver to them, and other code judges what is wrong."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import requests

from mes.traceability.platforms import Accepted, DataRefused, Delivered, PauseCredentials, Rendition, Retry
from mes.traceability.platforms.fields import read_yaml
from mes.traceability.platforms.signed_json import KIND
from mes.traceability.platforms.signed_json.platform import SignedJsonPlatform
from mes.traceability.sandbox import Fault, close_sandbox, create_sandbox, make_platform_server
from mes.traceability.sandbox.cities.keys import CityKeys, kept_keys
from mes.traceability.sandbox.cities.reading import CityFileError, PlayedCity, read_city, read_city_file, shipped_cities
from mes.traceability.sandbox.faults import FaultScript
from tests.mes.traceability.platforms.events import element, event, life
from tests.mes.traceability.platforms.signing_by_hand import hmac_sm3

VARIANTS = sorted(Path(__file__).with_name("variants").glob("*.yaml"))
VALUES = {
    "maker": "厦门预制厂",
    "maker_code": "91350200MA31ABCD12",
    "origin": "3502",
    "maker_number": "0A",
    "production_head": "陈工",
    "resident_supervisor": "赵强",
}
GUIDE = Path(__file__).parents[4] / "docs" / "guide" / "city-file.md"
EXAMPLE = GUIDE.read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]
DEFINITIONS = {file.stem: file.read_text("utf-8") for file in VARIANTS} | {"our-city": EXAMPLE}
CITIES = [*shipped_cities(), *map(read_city_file, VARIANTS), read_city(EXAMPLE, "the guide")]
NAMES = [city.name for city in CITIES]
WALL = element(family="exterior_wall")


@dataclass
class Played:
    """A running sandbox that plays every draft that ships, and every published variant."""

    url: str
    keys: dict[str, CityKeys]
    faults: FaultScript

    def settings(self, city: PlayedCity, **more: Any) -> Any:
        """Settings of a connector to a city."""
        own = DEFINITIONS.get(city.name)
        whole = {"city": city.name} if own is None else {"definition": dict(read_yaml(own))}
        asked = city.told.get("values", {})
        values = {name: text for name, text in {**VALUES, **self.keys[city.name].values}.items() if name in asked}
        secrets = {name: {"variable": f"KEY_{name}"} for name in self.keys[city.name].secrets}
        return KIND.read_settings({**whole, "values": values, "secrets": secrets, "use_draft": True, **more})

    def told(self, path: str) -> str:
        """A page."""
        return requests.get(self.url + path, timeout=10).text


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """One sandbox for all."""
    folder = tmp_path_factory.mktemp("sandbox")
    keys, faults = kept_keys(folder / "cities.yaml", CITIES), FaultScript()
    assert kept_keys(folder / "cities.yaml", CITIES) == keys
    assert (folder / "cities.yaml").stat().st_mode & 0o077 == 0
    server = make_platform_server("127.0.0.1", 0, lambda *_: [])
    url = f"http://127.0.0.1:{server.port}"
    app = create_sandbox(folder, url, faults, cities=[(city, keys[city.name]) for city in CITIES])
    server.app = app
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield Played(url, keys, faults)
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
    close_sandbox(app)


@pytest.fixture
def door(sandbox: Played, loopback: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Opens doors to cities, with the right secrets or others."""
    opened: list[SignedJsonPlatform] = []

    def to(city: PlayedCity, wrong: bool = False, **more: Any) -> tuple[SignedJsonPlatform, Any]:
        for name, secret in sandbox.keys[city.name].secrets.items():
            monkeypatch.setenv(f"KEY_{name}", secret[::-1] if wrong else secret)
        settings = sandbox.settings(city, **more)
        opened.append(KIND.connect(f"{sandbox.url}/city/{city.name}", settings))
        return opened[-1], settings

    yield to
    for each in opened:
        each.close()


def rendered(settings: Any, content: dict[str, Any], original: Rendition | None = None) -> Rendition:
    """An event that the city hears of."""
    made = KIND.render(content, settings, original)
    assert made is not None
    return made


@pytest.mark.parametrize("city", CITIES, ids=NAMES)
def test_what_a_file_makes_the_connector_send_its_city_takes_once(city: PlayedCity, door: Any) -> None:
    platform, settings = door(city)
    told = [made for content in life() if (made := KIND.render({**content, "elements": [WALL]}, settings)) is not None]
    assert told
    for rendition in told:
        first, again = platform.send([rendition]).answer, platform.send([rendition]).answer
        if isinstance(first, Accepted):
            assert first.job is not None
            assert platform.poll(first.job).answer == Delivered()
        else:
            assert first == Delivered()
            assert again == Delivered(duplicate="duplicate" in city.answer)
    assert platform.find_day("2026-11-23", UTC) is None  # none of these tells


@pytest.mark.parametrize("city", CITIES, ids=NAMES)
def test_another_secret_is_turned_away(city: PlayedCity, door: Any) -> None:
    platform, settings = door(city, wrong=True)
    assert isinstance(
        platform.send([rendered(settings, event("element.final_accepted", 50, [WALL]))]).answer, PauseCredentials
    )


def test_hefei_is_signed_for_by_hand_and_each_mistake_is_called_by_its_name(sandbox: Played) -> None:
    keys = sandbox.keys["hefei"]
    record = {
        "id": "by-hand-1",
        "eventTime": "2026-11-23 09:02:03",
        "companyName": "手工厂",
        "companyCode": "91350200MA31ABCD12",
        "identity": "https://id.gs1.org/01/06901234000016/21/77",
        "item": "隐蔽工程验收",
        "result": "合格",
        "checker": "王敏",
    }

    def sent(change: dict[str, Any] | None = None, seconds_off: float = 0, **headers: str) -> tuple[int, str]:
        body = json.dumps({k: v for k, v in (record | (change or {})).items() if v is not None}, ensure_ascii=False)
        stamp = str(int((time.time() + seconds_off) * 1000))
        own = {"appKey": keys.values["app_key"], "timestamp": stamp, "nonce": f"n-{time.monotonic_ns()}"} | headers
        text = "&".join(f"{name}={value}" for name, value in sorted({**own, "body": body}.items()))
        sign = hmac_sm3(keys.secrets["app_secret"].encode(), text.encode()).hex()
        url = f"{sandbox.url}/city/hefei/api/component/acceptance"
        answer = requests.post(url, data=body.encode(), headers=own | {"sign": sign}, timeout=10).json()
        return answer["code"], answer["msg"]

    assert sent() == (0, "ok")
    assert sent() == (1001, "ok")
    assert sent({"result": "不合格"}) == (400, "id: this id is here with another content")
    assert sent({"id": "by-hand-2", "checker": None}) == (400, "checker: is missing")
    assert sent({"id": "by-hand-2", "colour": "grey"}) == (400, "colour: is not a field of this type")
    assert sent({"id": "by-hand-2", "result": "好"})[1] == "result: is one of 合格, 不合格"
    assert sent({"id": "by-hand-2", "eventTime": "2026-11-23"})[1].startswith("eventTime: is no time written as")
    assert sent({"id": "x" * 65})[1] == "id: is longer than 64 characters"
    assert sent({"id": "by-hand-2"}, seconds_off=-400) == (401, "the time stamp is 400 s off")
    assert sent({"id": "by-hand-2"}, appKey="nobody") == (401, "the parameter appKey is wrong")
    assert sent({"id": "by-hand-2"}, nonce="once") == (0, "ok")
    assert sent({"id": "by-hand-3"}, nonce="once") == (429, "the nonce was used before")


def test_what_came_in_is_told_in_the_readers_language_and_shown_as_a_story(sandbox: Played, door: Any) -> None:
    hubei = next(city for city in CITIES if city.name == "hubei-wuhan")
    platform, settings = door(hubei)
    wall = element(4711, family="exterior_wall")
    accepted = rendered(settings, event("element.final_accepted", 60, [wall]))
    assert platform.send([accepted]).answer == Delivered()
    wrong = event("event.declared_wrong", 61, data={"reason": "录错了"})
    assert platform.send([rendered(settings, wrong, accepted)]).answer == Delivered()
    other = rendered(settings, event("element.final_refused", 60, [wall]))
    refused = platform.send([other]).answer
    assert isinstance(refused, DataRefused)
    receptions = sandbox.told("/receptions")
    assert "这个编号已有其他内容" in receptions
    assert "another content" not in receptions
    assert "another content" in sandbox.told("/receptions?lang=en")
    chinese, english = (sandbox.told(f"/story?lang={lang}&epc={wall['digital_link']}") for lang in ("zh", "en"))
    assert all(
        words in chinese for words in ("成品检验", "湖北省/武汉市构件追溯（草案）", "声明有误", "录错了", "驻厂监理员")
    )
    assert all(words in english for words in ("Final inspection", "Hubei, Wuhan (draft)", "Declared wrong"))


def test_faults_strike_cities_too(sandbox: Played, door: Any) -> None:
    hefei = next(city for city in CITIES if city.name == "hefei")
    platform, settings = door(hefei)
    rendition = rendered(settings, event("element.stored", 70, [WALL]))
    busy, odd, lost = Fault("signed", 429, retry_after="7"), Fault("signed", "error-code", code=503), "lose-answer"
    sandbox.faults.add([busy, odd, Fault("signed", lost)])
    answers = [platform.send([rendition]).answer for _ in range(4)]
    assert isinstance(answers[0], Retry)
    assert answers[0].after_seconds == 7
    assert all(isinstance(answer, Retry) for answer in answers[:3])
    assert answers[3] == Delivered(duplicate=True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("city: [", "no city's file"),
        ("city: a b", "no city's file"),
        ("a: 1", "no city's file"),
        (VARIANTS[0].read_text("utf-8").replace("hmac-sha256", "rot13"), "rot13 is not known here"),
        (VARIANTS[-2].read_text("utf-8").replace("1234567812345678", "somebody"), "only 1234567812345678 is played"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused_at_the_start(text: str, words: str) -> None:
    with pytest.raises(CityFileError, match=words):
        read_city(text, "own.yaml")
