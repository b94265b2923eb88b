"""Habits of platforms that a city's file must bear: proxies' pages, statuses instead of codes, odd numbers, nulls."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
from typing import Any

import pytest

from mes.traceability.platforms import Delivered, PauseCredentials, Rendition, Retry
from mes.traceability.platforms.fields import read_yaml
from mes.traceability.platforms.signed_json import KIND
from mes.traceability.platforms.signed_json.platform import SignedJsonPlatform
from tests.mes.traceability.platforms.events import element, event
from tests.mes.traceability.platforms.wire import Given, Seen, Wire

SECRET = "a-secret-of-the-city"
CITY = read_yaml(
    """
city: somewhere
title: {zh: 某市, en: Somewhere}
draft: false
source: {text: a test, date: "2026", confirmed: by the test}
secrets: {key: {title: {zh: 密钥, en: Secret}}}
empty: "null"
token: {path: /login, success: {at: code, in: [0]}, token: data}
request:
  timestamp: {form: "%Y%m%d%H%M%S%3f"}
  parameters:
    - {name: token, in: header, value: "Bearer {token}"}
    - {name: time, in: body, value: "{timestamp}"}
    - {name: sign, in: body, value: "{signature}"}
signature: {algorithm: hmac-sha256, secret: key, text: {include: [body]}}
answer: {success: {at: error, present: false}, retry: {at: code, in: [4001]}}
existence: {path: /exists, found: {at: there, in: [true]}, missing: {at: there, present: false}}
endpoints:
  inspection:
    path: /inspection
    kinds: [element.final_accepted]
    fields:
      - {to: id, value: "{business_id}"}
      - {to: length, from: element.length_mm}
      - {to: most, value: 1.0e+16}
      - {to: checked, value: true}
      - {to: slot, from: where.yard_slot}
      - {to: place.floor, from: element.floor}
"""
)


def settings() -> Any:
    """Settings of a connector to this city."""
    return KIND.read_settings({"definition": copy.deepcopy(CITY), "secrets": {"key": {"variable": "CITY_KEY"}}})


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> SignedJsonPlatform:
    """A door to it."""
    monkeypatch.setenv("CITY_KEY", SECRET)
    return KIND.connect(wire.url, settings())


@pytest.fixture
def rendition() -> Rendition:
    """An inspection of an element whose length is no whole number in the ledger's JSON."""
    made = KIND.render(event("element.final_accepted", elements=[element(length_mm=2820.0)]), settings())
    assert made is not None
    return made


def logged_in(answer: Any) -> Any:
    """A platform that lets anybody log in and gives this answer to the rest."""
    return lambda seen: Given({"code": 0, "data": "t"}) if seen.path == "/login" else answer


@pytest.mark.parametrize("page", ["<html><body>请登录</body></html>", "null", '"ok"', "0", ""])
def test_a_page_with_status_200_is_no_success_even_where_success_is_the_absence_of_an_error(
    platform: SignedJsonPlatform, wire: Wire, rendition: Rendition, page: str
) -> None:
    wire.answer = logged_in(Given(page))
    assert not isinstance(platform.send([rendition]).answer, Delivered)
    assert platform.find(rendition.ids[0]).found is None
    wire.answer = logged_in(Given({}))
    assert platform.send([rendition]).answer == Delivered()


def test_a_token_that_the_platform_forgot_is_renewed_also_where_only_the_status_says_so(
    platform: SignedJsonPlatform, wire: Wire, rendition: Rendition
) -> None:
    tokens: list[str] = []

    def answer(seen: Seen) -> Given:
        if seen.path == "/login":
            tokens.append(f"t-{len(tokens) + 1}")
            return Given({"code": 0, "data": tokens[-1]})
        return Given("", 401) if seen.headers["token"] == "Bearer t-1" else Given({})

    wire.answer = answer
    assert platform.send([rendition]).answer == Delivered()
    assert [seen.path for seen in wire.seen] == ["/login", "/inspection", "/login", "/inspection"]
    wire.answer = lambda seen: Given({"code": 0, "data": "t-9"}) if seen.path == "/login" else Given("", 401)
    wire.seen.clear()
    assert isinstance(platform.send([rendition]).answer, PauseCredentials)
    assert [seen.path for seen in wire.seen] == ["/inspection", "/login", "/inspection"]  # once, not for ever


def test_a_wish_in_the_header_is_heard_beside_a_code_in_the_body(
    platform: SignedJsonPlatform, wire: Wire, rendition: Rendition
) -> None:
    wire.answer = logged_in(Given({"code": 4001, "error": "busy"}, 429, {"Retry-After": "77"}))
    answer = platform.send([rendition]).answer
    assert isinstance(answer, Retry)
    assert answer.after_seconds == 77


def test_numbers_are_signed_as_they_are_sent_and_nulls_are_as_empty_as_empty_texts(
    platform: SignedJsonPlatform, wire: Wire, rendition: Rendition
) -> None:
    wire.answer = logged_in(Given({}))
    assert platform.send([rendition]).answer == Delivered()
    raw = wire.seen[-1].body.decode()
    assert '"length":2820.0,"most":1e+16,"checked":true,"slot":null' in raw
    body = json.loads(raw)
    assert len(body["time"]) == 17
    pairs = [f"id={body['id']}", "length=2820.0", "most=1e+16", 'place={"floor":"7层"}', f"time={body['time']}"]
    text = "&".join(["checked=true", *pairs])  # the slot is null and not signed
    assert body["sign"] == hmac.digest(SECRET.encode(), text.encode(), hashlib.sha256).hex()
