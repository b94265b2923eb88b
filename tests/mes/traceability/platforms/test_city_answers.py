"""What a city's answers mean for delivery, on a real socket; what is sent again, and what no screen shows."""

from __future__ import annotations

import copy
from datetime import UTC
from typing import Any

import pytest

from mes.core.errors import InvalidInput
from mes.traceability.platforms import (
    DataRefused,
    Delivered,
    Disabled,
    PauseConfiguration,
    PauseCredentials,
    Rendition,
    Retry,
    TooLarge,
)
from mes.traceability.platforms.addresses import read_rules, use_rules
from mes.traceability.platforms.fields import read_yaml
from mes.traceability.platforms.signed_json import KIND
from mes.traceability.platforms.signed_json.platform import SignedJsonPlatform
from mes.traceability.settings import SecretMissing
from tests.mes.traceability.platforms.events import element, event
from tests.mes.traceability.platforms.wire import Given, Seen, Wire

CITY = read_yaml(
    """
city: somewhere
title: {zh: 某市, en: Somewhere}
draft: false
source: {text: a test, date: "2026", confirmed: by the test}
secrets: {key: {title: {zh: 密钥, en: Secret}}}
request:
  body: {records: records, most: 3, most_bytes: 2000}
  parameters:
    - {name: nonce, in: header, value: "{nonce}"}
    - {name: sign, in: header, value: "{signature}"}
signature: {algorithm: hmac-sha256, secret: key, text: {template: "{nonce}{body}"}}
answer:
  success: {at: code, in: [0]}
  duplicate: {at: code, in: [1001]}
  refused: {at: code, in: [2001]}
  credentials: {at: code, in: [3001]}
  retry: {at: code, in: [4001]}
  configuration: {at: code, in: [5001]}
  message: [msg, data.words]
  retry_after: data.wait
  results: {at: data.list, id: id, code: code, message: why, success: [0], duplicate: [1]}
existence:
  path: /exists
  fields: {id: "{business_id}"}
  found: {at: there, in: [true]}
  missing: {at: there, in: [false]}
day: {path: /day, fields: {day: "{day}", page: "{page}"}, ids: list, id: id, more: {at: more, in: [true]}}
endpoints:
  inspection:
    path: /inspection
    kinds: [element.final_accepted]
    fields: [{to: id, value: "{business_id}"}, {to: inspector, from: who.name, personal: name}]
  storage:
    path: /storage
    kinds: [element.stored]
    fields: [{to: id, value: "{business_id}"}]
"""
)
SECRET = "s3cr3t/of the city"
FIRST = "0199d1a2-1111-7000-8000-000000000001-1007"


def settings_of(**changes: Any) -> dict[str, Any]:
    """Settings of a connector to this city."""
    return {"definition": copy.deepcopy(CITY), "secrets": {"key": {"variable": "CITY_KEY"}}, **changes}


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> SignedJsonPlatform:
    """A door to it."""
    monkeypatch.setenv("CITY_KEY", SECRET)
    return KIND.connect(wire.url, KIND.read_settings(settings_of()))


def rendered(kind: str = "element.final_accepted", number: int = 1, pieces: int = 1, **changes: Any) -> Rendition:
    """An event's rendition."""
    about = [element(1006 + piece) for piece in range(1, pieces + 1)]
    rendition = KIND.render(event(kind, number, about), KIND.read_settings(settings_of(**changes)))
    assert rendition is not None
    return rendition


@pytest.mark.parametrize(
    ("given", "meaning"),
    [
        (Given({"code": 0}), Delivered()),
        (Given({"code": "0"}), Delivered()),
        (Given({"code": 1001, "msg": "had it"}), Delivered(duplicate=True)),
        (Given({"code": 1001}, 409), Delivered(duplicate=True)),
        (Given({"code": 0, "data": {"list": [{"id": FIRST, "code": 1}]}}), Delivered(duplicate=True)),
        (Given({"code": 3001, "msg": "no"}), PauseCredentials("no")),
        (Given({"code": 4001, "msg": "busy", "data": {"wait": 7}}), Retry("busy", 7.0)),
        (Given({"code": 5001, "msg": "moved"}), PauseConfiguration("moved")),
        (Given({"code": 0}, 503, {"Retry-After": "9"}), Retry('{"code": 0}', 9.0)),
        (Given("<html>", 502), Retry("<html>")),
        (Given({"msg": "slow"}, 429), Retry("slow")),
        (Given("", 401), PauseCredentials("status 401")),
        (Given("gone", 410), Disabled("gone")),
        (Given("where?", 404), PauseConfiguration("where?")),
        (Given("", 302, {"Location": "http://127.0.0.1:1/"}), PauseConfiguration("status 302")),
        (Given("all right"), Retry("the answer cannot be read: all right")),
        (
            Given({"code": 77, "msg": "new"}),
            PauseConfiguration("an answer that the city's file does not know: new"),
        ),
    ],
)
def test_an_answer_is_understood(platform: SignedJsonPlatform, wire: Wire, given: Given, meaning: object) -> None:
    wire.answer = lambda seen: given
    assert platform.send([rendered()]).answer == meaning
    assert len(wire.seen) == 1


def test_a_refused_record_is_named(platform: SignedJsonPlatform, wire: Wire) -> None:
    wire.answer = lambda seen: Given({"code": 2001, "msg": "bad", "data": {"words": ["mark"]}})
    answer = platform.send([rendered()]).answer
    assert isinstance(answer, DataRefused)
    assert (answer.reason, answer.refused[0].event_id, answer.nothing_stored) == ('bad - ["mark"]', FIRST, True)
    wire.answer = lambda seen: Given(
        {"code": 0, "data": {"list": [{"id": "x", "code": 0}, {"id": "y", "code": 9, "why": "no mark"}]}}
    )
    answer = platform.send([rendered()]).answer
    assert isinstance(answer, DataRefused)
    assert [(one.event_id, one.reason) for one in answer.refused] == [("y", "no mark")]
    assert not answer.nothing_stored


def test_records_go_together_by_endpoint_in_their_order_and_not_too_many(
    platform: SignedJsonPlatform, wire: Wire
) -> None:
    assert KIND.most_together(KIND.read_settings(settings_of())) == 3
    both = [rendered(pieces=4), rendered(number=2), rendered("element.stored", 3)]
    assert platform.send(both).answer == Delivered()
    assert [(seen.path, len(seen.json["records"])) for seen in wire.seen] == [
        ("/inspection", 3),
        ("/inspection", 2),
        ("/storage", 1),
    ]
    told = [record["id"] for seen in wire.seen for record in seen.json["records"]]
    assert told == [identity for rendition in both for identity in rendition.ids]


def test_a_refusal_after_others_were_stored_does_not_say_that_nothing_was(
    platform: SignedJsonPlatform, wire: Wire
) -> None:
    wire.answer = lambda seen: Given({"code": 2001 if seen.path == "/storage" else 0})
    answer = platform.send([rendered(), rendered("element.stored", 2)]).answer
    assert isinstance(answer, DataRefused)
    assert not answer.nothing_stored
    assert answer.refused[0].event_id is not None
    assert answer.refused[0].event_id.endswith("0002-1007")


def test_a_body_beyond_the_limit_is_not_sent(platform: SignedJsonPlatform, wire: Wire) -> None:
    settings = KIND.read_settings(settings_of())
    rendition = KIND.render(event("element.final_accepted", who={"name": "x" * 2000}), settings)
    assert rendition is not None
    assert isinstance(platform.send([rendition]).answer, TooLarge)
    assert wire.seen == []


def test_an_answer_without_end_is_cut_off(platform: SignedJsonPlatform, wire: Wire) -> None:
    wire.answer = lambda seen: Given(b'{"code":0,"x":"' + b"x" * 4_200_000 + b'"}')
    assert platform.send([rendered()]).answer == Retry("the answer is larger than 4 MB")


def test_the_next_secret_is_tried_where_the_present_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, wire: Wire, platform: SignedJsonPlatform
) -> None:
    monkeypatch.setenv("CITY_NEXT_KEY", "the-next-secret")
    changed = KIND.read_settings(settings_of(next_secrets={"key": {"variable": "CITY_NEXT_KEY"}}))
    rotating = KIND.connect(wire.url, changed)
    signs: list[str] = []

    def answer(seen: Seen) -> Given:
        signs.append(seen.headers["sign"])
        return Given({"code": 3001 if len(signs) == 1 else 0})

    wire.answer = answer
    assert rotating.send([rendered()]).answer == Delivered()
    assert rotating.send([rendered()]).answer == Delivered()
    assert len(signs) == 3
    wire.answer = lambda seen: Given({"code": 3001})
    wire.seen.clear()
    assert isinstance(rotating.send([rendered()]).answer, PauseCredentials)
    assert len(wire.seen) == 2


def test_no_secret_signature_or_name_stands_in_what_is_kept(
    platform: SignedJsonPlatform, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    echo: list[str] = []

    def answer(seen: Seen) -> Given:
        echo.append(seen.headers["sign"])
        told = f"王敏 13800138000 350203199001011234 {SECRET} {seen.headers['sign']}"
        return Given({"code": 2001, "msg": told})

    wire.answer = answer
    with caplog.at_level("DEBUG"):
        submission = platform.send([rendered()])
    assert isinstance(submission.answer, DataRefused)
    kept = f"{submission} {caplog.text}"
    assert wire.seen[0].json["records"][0]["inspector"] == "王敏"
    for hidden in ("王敏", "13800138000", "350203199001011234", SECRET, echo[0]):
        assert hidden not in kept
    assert FIRST in submission.exchange.request


def test_whether_the_platform_has_a_record_is_asked(platform: SignedJsonPlatform, wire: Wire) -> None:
    wire.answer = lambda seen: Given({"there": seen.json["id"] == "a"})
    assert platform.find("a").found is True
    assert platform.find("b").found is False
    wire.answer = lambda seen: Given({"code": 3001, "msg": "no"})
    assert platform.find("a").answer == PauseCredentials("no")


def test_the_ids_of_a_day_are_read_page_by_page(platform: SignedJsonPlatform, wire: Wire) -> None:
    pages = {"1": ["a", "b"], "2": ["c"]}
    wire.answer = lambda seen: Given(
        {"list": [{"id": one} for one in pages[seen.json["page"]]], "more": seen.json["page"] == "1"}
    )
    assert platform.find_day("2026-11-23", UTC) == {"a", "b", "c"}
    wire.answer = lambda seen: Given({"code": 3001})
    assert platform.find_day("2026-11-23", UTC) is None


def test_a_draft_is_not_sent_before_somebody_says_so(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    monkeypatch.setenv("CITY_KEY", SECRET)
    draft = {**CITY, "draft": True}
    answer = KIND.connect(wire.url, KIND.read_settings(settings_of(definition=draft))).send([rendered()]).answer
    assert isinstance(answer, PauseConfiguration)
    assert wire.seen == []
    agreed = KIND.read_settings(settings_of(definition=draft, use_draft=True))
    assert KIND.connect(wire.url, agreed).send([rendered()]).answer == Delivered()


def test_an_address_that_may_not_be_called_is_not(platform: SignedJsonPlatform, wire: Wire) -> None:
    use_rules(read_rules("127.0.0.2"))
    guarded = KIND.connect(wire.url, KIND.read_settings(settings_of()))
    assert isinstance(guarded.send([rendered()]).answer, PauseConfiguration)
    assert wire.seen == []
    KIND.check_address(wire.url)
    with pytest.raises(InvalidInput):
        KIND.check_address("http://169.254.169.254/latest")


def test_a_correction_names_what_was_sent_before() -> None:
    definition = copy.deepcopy(dict(CITY))
    definition["endpoints"]["correction"] = {
        "path": "/correction",
        "kinds": ["event.declared_wrong"],
        "per": "original",
        "fields": [{"to": "was", "from": "original.id"}, {"to": "who", "from": "original.record.inspector"}],
    }
    settings = KIND.read_settings(settings_of(definition=definition))
    wrong = event("event.declared_wrong", 9)
    rendition = KIND.render(wrong, settings, original=rendered(pieces=2))
    assert rendition is not None
    assert rendition.ids == (f"{wrong['id']}-1", f"{wrong['id']}-2")
    assert f'{{"was":"{FIRST}","who":"王敏"}}' in rendition.body.decode()
    assert KIND.render(wrong, settings) is None


def test_a_secret_that_is_not_there_or_unusable_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CITY_KEY", raising=False)
    with pytest.raises(SecretMissing, match="CITY_KEY is not set"):
        KIND.connect("https://example.com", KIND.read_settings(settings_of()))
    monkeypatch.setenv("CITY_KEY", "not-a-key")
    definition = {**CITY, "signature": {**CITY["signature"], "algorithm": "sm2-sm3"}}
    with pytest.raises(SecretMissing, match="no private key of SM2") as told:
        KIND.connect("https://example.com", KIND.read_settings(settings_of(definition=definition)))
    assert "not-a-key" not in str(told.value)
