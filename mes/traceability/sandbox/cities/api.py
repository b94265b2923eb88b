"""The addresses of the cities that are played: `/city/NAME`, and below it the paths of the city's file."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from mes.core.text import N_, Text
from mes.traceability.sandbox.calls import Call, begin, limited_body
from mes.traceability.sandbox.cities.answers import accepted, answered, json_response, predicate, put
from mes.traceability.sandbox.cities.gate import Gate, NotLetInError, fits
from mes.traceability.sandbox.cities.judging import Judge
from mes.traceability.sandbox.cities.keys import CityKeys
from mes.traceability.sandbox.cities.opening import SealedError, opened
from mes.traceability.sandbox.cities.reading import Endpoint, Plain, PlayedCity
from mes.traceability.sandbox.cities.records import (
    CityRecord,
    Verdict,
    has,
    ids_of_day,
    keep_upload,
    states_of,
    take_in,
)
from mes.traceability.sandbox.cities.wire import Member, UnreadableError, Wire
from mes.traceability.sandbox.settings import platform

cities = Blueprint("cities", __name__, url_prefix="/city")

Played = tuple[PlayedCity, CityKeys]
MOST_BYTES = 1024 * 1024
_ASKED = {"token": "signed", "result": "poll", "existence": "query", "day": "query"}


class _UnfitError(Exception):
    """A body holds no records; says why."""

    def __init__(self, reason: Text) -> None:
        self.reason = reason
        super().__init__(str(reason))


@cities.route("/<name>/<path:rest>", methods=["GET", "POST", "PUT"])
def call_city(name: str, rest: str) -> Response:
    """An upload, or a question, by its path."""
    played = platform().cities.get(name)
    if played is None:
        return json_response({"message": "no such city is played here"}, 404)
    city, path = played[0], "/" + rest
    for kind, query in city.queries.items():
        known = {f"values.{value}": text for value, text in played[1].values.items()}
        if request.method == query.get("method", "POST") and fits(query["path"], path, known) is not None:
            return _asked(played, kind, query, path)
    for endpoint in city.endpoints.values():
        if request.method == city.request.get("method", "POST") and endpoint.path == path:
            return _upload(played, endpoint, path)
    return answered(city, "configuration", f"{request.method} {path} is no address of this city")


def _upload(played: Played, endpoint: Endpoint, path: str) -> Response:
    city, keys = played
    call = begin("signed", _body)
    call.play_before(lambda: [record.sign() for record in _readable(played, endpoint, call, path)])
    gate = Gate(city, keys, platform().store)
    try:
        wire = _wire(city, path, call)
        gate.let_in(wire, endpoint.told.get("code", ""))
        records = _records(played, endpoint, wire)
    except NotLetInError as error:
        return _turned_away(played, endpoint, call, path, error.outcome, error.reason)
    except (UnreadableError, _UnfitError) as error:
        reason = (
            error.reason
            if isinstance(error, _UnfitError)
            else Text(N_("the body is not right: %(why)s"), {"why": str(error)})
        )
        return _turned_away(played, endpoint, call, path, "refused", reason)
    times = 2 if call.fault is not None and call.fault.answer == "accept-twice" else 1
    verdicts = take_in(platform().store, Judge(city, keys), records, len(call.body), times)
    answer = _verdict(city, verdicts)
    call.play_after()
    return answer


def _verdict(city: PlayedCity, verdicts: list[Verdict]) -> Response:
    """One answer for the records of a request."""
    if "accepted" in city.answer and "result" in city.told:
        number = uuid.uuid4().hex[:16]
        keep_upload(platform().store, number, [verdict.receipt for verdict in verdicts])
        return accepted(city, number)
    outcomes = {verdict.outcome for verdict in verdicts}
    refused = next((verdict for verdict in verdicts if verdict.outcome == "refused"), None)
    listed = [{"id": each.own_id, "outcome": each.outcome, "words": each.words} for each in verdicts]
    if refused is not None:
        return answered(city, "refused", refused.words, listed)
    return answered(city, "duplicate" if outcomes == {"duplicate"} else "success", "ok", listed)


def _asked(played: Played, kind: str, query: Plain, path: str) -> Response:
    city, keys = played
    call = begin(_ASKED[kind], _body) if kind != "token" else Call("signed", _body())
    call.play_before()
    gate = Gate(city, keys, platform().store)
    try:
        wire = _wire(city, path, call)
        said = _fields(gate, wire, query)
        if query.get("parameters", "false" if kind == "token" else "true") == "true":
            said |= gate.let_in(wire, further=said)
    except NotLetInError as error:
        return answered(city, error.outcome, str(error.reason))
    except UnreadableError as error:
        return answered(city, "refused", str(error))
    answer = _ANSWERS[kind](gate, query, said, call)
    call.play_after()
    return answer


def _fields(gate: Gate, wire: Wire, query: Plain) -> dict[str, str]:
    """What the fields and the path of a question say.

    Raises:
        NotLetInError: a field is missing or wrong.
    """
    known = gate.known(wire)
    said = fits(query["path"], wire.path, known) or {}
    for name, template in query.get("fields", {}).items():
        member = wire.members.get(name)
        given = wire.query.get(name) if wire.method == "GET" else (member.text if member else None)
        found = None if given is None else fits(template, given, known)
        if found is None:
            raise NotLetInError(Text(N_("the field %(name)s is missing or wrong"), {"name": name}))
        said |= found
    return said


def _token(gate: Gate, query: Plain, said: Mapping[str, str], call: Call) -> Response:
    more: dict[str, Any] = {query["token"]: gate.new_token()}
    if "seconds" in query:
        more[query["seconds"]] = 7200
    return predicate(query["success"], more)


def _result(gate: Gate, query: Plain, said: Mapping[str, str], call: Call) -> Response:
    found = states_of(platform().store, gate.city, said.get("job", ""))
    refused = [(own_id, words) for own_id, state, words in found if state == "refused"]
    if call.fault is not None and call.fault.answer == "processing":
        return predicate(query["running"])
    words = "; ".join(text for _, faults in refused for text in faults)
    messages = query.get("message") or gate.city.answer.get("message") or ()
    paths = [messages] if isinstance(messages, str) else list(messages)
    more = dict.fromkeys(paths[:1], words or ("ok" if found else "there is no such upload"))
    if found and not refused:
        return predicate(query["success"], more)
    return predicate(query["refused"], more) if "refused" in query else json_response(_with(more), 400)


def _existence(gate: Gate, query: Plain, said: Mapping[str, str], call: Call) -> Response:
    there = has(platform().store, gate.city, said.get("business_id", ""))
    return predicate(query["found" if there else "missing"])


def _day(gate: Gate, query: Plain, said: Mapping[str, str], call: Call) -> Response:
    first = int(query.get("first_page", "1"))
    page = said.get("page", str(first))
    number = int(page) - first + 1 if page.isascii() and page.isdigit() and len(page) < 9 else 1
    ids, pages = ids_of_day(platform().store, gate.city, said.get("day", ""), number)
    listed = [_with({query["id"]: each}) for each in ids] if query.get("id") else ids
    more: dict[str, Any] = {query["ids"]: listed}
    if "last_page" in query:
        more[query["last_page"]] = pages - 1 + first
    if "more" in query and number < pages:
        return predicate(query["more"], more)
    return json_response(_with(more), 200)


_ANSWERS = {"token": _token, "result": _result, "existence": _existence, "day": _day}


def _turned_away(played: Played, endpoint: Endpoint, call: Call, path: str, outcome: str, reason: Text) -> Response:
    """What may not in or cannot be read is kept in the record of receptions all the same."""
    signs = [record.sign() for record in _readable(played, endpoint, call, path)] or [("", False, "")]
    with platform().store.writing() as writer:
        writer.record_signs(call.way, "refused", len(call.body), signs, reason)
    return answered(played[0], outcome, str(reason))


def _readable(played: Played, endpoint: Endpoint, call: Call, path: str) -> list[CityRecord]:
    """The records of a request as far as they can be read; it need not be let in."""
    try:
        return _records(played, endpoint, _wire(played[0], path, call))
    except (UnreadableError, _UnfitError):
        return []


def _records(played: Played, endpoint: Endpoint, wire: Wire) -> list[CityRecord]:
    """The records of a request, their encrypted fields opened.

    Raises:
        _UnfitError: there are none, or too many.
    """
    city, keys = played
    judge = Judge(city, keys)
    found = [judge.opened(endpoint.fields, told) for told in _told(played, wire)]
    if not 0 < len(found) <= int(city.body.get("most", "1")):
        raise _UnfitError(Text(N_("1 to %(most)s records are expected"), {"most": city.body.get("most", "1")}))
    return [CityRecord(city, endpoint, told) for told in found]


def _told(played: Played, wire: Wire) -> list[Mapping[str, Any]]:
    city = played[0]
    holder = city.body.get("records", "")
    if not holder:
        beside = {p.name for p in city.parameters if p.place == "body"}
        return [{name: member.value for name, member in wire.members.items() if name not in beside}]
    member = wire.members.get(holder, Member(None, ""))
    value = member.value
    if isinstance(value, str):
        value = _read(played, value)
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(each, Mapping) for each in listed):
        raise _UnfitError(Text(N_("the records in %(name)s are missing or cannot be read"), {"name": holder}))
    return listed


def _read(played: Played, text: str) -> Any:
    """Records that came as one text, encrypted or not."""
    city, keys = played
    try:
        sealed_by = city.body.get("encrypt")
        return json.loads(opened(city.told["ciphers"][sealed_by], text, keys) if sealed_by else text)
    except (ValueError, RecursionError, SealedError):
        return None


def _wire(city: PlayedCity, path: str, call: Call) -> Wire:
    return Wire.of(city, request.method, path, dict(request.headers), request.args.to_dict(), call.body)


def _with(values: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for path, value in values.items():
        put(body, path, value)
    return body


def _body() -> bytes:
    return limited_body(MOST_BYTES) or b""
