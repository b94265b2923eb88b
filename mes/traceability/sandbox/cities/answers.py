"""A city's answers, made of what its file says that answers mean."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from mes.traceability.sandbox.cities.reading import Plain, PlayedCity, texts

_STATUS = {"refused": 400, "credentials": 401, "token": 401, "configuration": 404, "retry": 503}
"""What says so where the file has no code for it."""


def answered(city: PlayedCity, outcome: str, words: str, results: Sequence[Mapping[str, str]] = ()) -> Response:
    """An answer that means `outcome` by the city's file; `results` are the single records' id, outcome and words."""
    rule: Plain = city.answer
    outcome = "success" if outcome == "duplicate" and "duplicate" not in rule else outcome
    body: dict[str, Any] = {}
    _absent(rule, outcome, body)
    status = 200
    if outcome in rule:
        put(body, rule[outcome]["at"], value_of(rule[outcome]))
    else:
        status = _STATUS.get(outcome, 200)
    for path in texts(rule.get("message"))[:1]:
        put(body, path, words)
    if "results" in rule and results:
        put(body, rule["results"]["at"], [_result(rule["results"], place, each) for place, each in enumerate(results)])
    return json_response(body, status)


def accepted(city: PlayedCity, number: str) -> Response:
    """The answer to an upload that is judged later."""
    body: dict[str, Any] = {}
    put(body, city.answer["accepted"]["at"], value_of(city.answer["accepted"]))
    if "job" in city.answer:
        put(body, city.answer["job"], number)
    for path in texts(city.answer.get("message"))[:1]:
        put(body, path, "ok")
    return json_response(body, 200)


def predicate(rule: Plain, more: Mapping[str, Any] | None = None) -> Response:
    """An answer for which a rule holds, with further values at paths."""
    body: dict[str, Any] = {}
    for path, value in (more or {}).items():
        put(body, path, value)
    if rule.get("present") != "false":
        put(body, rule["at"], value_of(rule))
    return json_response(body, 200)


def value_of(rule: Plain) -> Any:
    """A value for which a rule holds."""
    if "in" in rule:
        return _typed(rule["in"][0])
    return "ok" if "ok" not in rule.get("not_in", ()) else "yes"


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a path."""
    *before, last = path.split(".")
    for name in before:
        inside = body.get(name)
        if not isinstance(inside, dict):
            inside = body[name] = {}
        body = inside
    body[last] = value


def json_response(body: Any, status: int) -> Response:
    """A JSON answer."""
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status=status, content_type="application/json; charset=utf-8")


def _absent(rule: Plain, outcome: str, body: dict[str, Any]) -> None:
    """A success that is told by the absence of something: it is there in every other answer."""
    for name in ("success", "accepted", "duplicate"):
        if name != outcome and rule.get(name, {}).get("present") == "false":
            put(body, rule[name]["at"], outcome)


def _result(rule: Plain, place: int, told: Mapping[str, str]) -> dict[str, Any]:
    good = texts(rule["success"])[0]
    code = {"success": good, "duplicate": (texts(rule.get("duplicate")) or [good])[0]}.get(told["outcome"], "-1")
    entry: dict[str, Any] = {}
    if "id" in rule:
        put(entry, rule["id"], told["id"])
    if "index" in rule:
        put(entry, rule["index"], place + int(rule.get("first_index", 0)))
    put(entry, rule["code"], _typed(code))
    if rule.get("message"):
        put(entry, rule["message"], told["words"])
    return entry


def _typed(text: str) -> Any:
    """0 as a number and true as a truth value, `0000` as a text."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, int) else text
