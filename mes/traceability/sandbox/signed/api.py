"""The calls of the signed-JSON interface; told in `docs/contracts/sandbox-platform.md`."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, jsonify, request

from mes.core.text import N_, Text
from mes.traceability.sandbox.calls import Call, begin, limited_body
from mes.traceability.sandbox.reading import UnreadableError, decoded, read_object
from mes.traceability.sandbox.settings import platform
from mes.traceability.sandbox.signed import codes
from mes.traceability.sandbox.signed.fields import interface
from mes.traceability.sandbox.signed.gate import Signed, let_in, log_in
from mes.traceability.sandbox.signed.records import Upload, find, of_day, result, take_in

signed = Blueprint("signed", __name__, url_prefix=interface()["path"])

_DAY = re.compile(r"\d{4}-\d\d-\d\d$")


@signed.errorhandler(codes.AnsweredError)
def told(error: codes.AnsweredError) -> Response:
    """The answer of a refusal: HTTP 200 and its code."""
    return jsonify(codes.answer(error.code, str(error), error.data))


@signed.post("/token")
def log_in_with_secret() -> Response:
    """A token for those keys that want one."""
    try:
        wanted = read_object(decoded(_body()))
    except UnreadableError as error:
        reason = Text(N_("The record is not a JSON object: %(why)s"), {"why": str(error)})
        raise codes.AnsweredError(codes.NOT_JSON, reason) from error
    return jsonify(codes.answer(codes.TAKEN, "ok", log_in(platform(), wanted)))


@signed.post("/records/<kind>")
def upload_record(kind: str) -> Response:
    """One record of a type."""
    call = begin("signed", _body)
    call.play_before(lambda: [Upload(kind, "", _uploaded(call)).sign()])
    allowed = _let_in(call)
    upload = Upload(kind, allowed.key.app_key, allowed.text)
    try:
        times = 2 if call.fault is not None and call.fault.answer == "accept-twice" else 1
        answer = take_in(platform().store, upload, len(call.body), times=times)
    except codes.AnsweredError as error:
        _record_refused(call, upload, error.reason)
        raise
    call.play_after()
    if allowed.key.deferred and answer["code"] == codes.WRONG_FIELD:
        answer = codes.answer(codes.TAKEN, "ok", {"receipt": answer["data"]["receipt"]})
    return jsonify(answer)


@signed.get("/results/<receipt>")
def show_result(receipt: str) -> Response:
    """What became of an upload."""
    call = begin("poll")
    call.play_before()
    _let_in(call)
    found = result(platform().store, receipt)
    if call.fault is not None and call.fault.answer == "processing":
        found = {"id": found["id"], "state": "processing", "faults": []}
    call.play_after()
    return jsonify(codes.answer(codes.TAKEN, "ok", found))


@signed.get("/records")
def ask() -> Response:
    """Whether a record is here (`id`), or which are of a day (`day`, `page`)."""
    call = begin("query")
    call.play_before()
    _let_in(call)
    answer = codes.answer(codes.TAKEN, "ok", _asked())
    call.play_after()
    return jsonify(answer)


def _asked() -> dict[str, Any]:
    if "id" in request.args:
        return find(platform().store, request.args["id"])
    day, page = request.args.get("day", ""), request.args.get("page", "1")
    if not _DAY.match(day):
        raise codes.AnsweredError(codes.WRONG_FIELD, Text(N_("id or day (yyyy-MM-dd) is expected")), {"field": "day"})
    if not page.isdecimal() or not int(page[:9]) >= 1:
        raise codes.AnsweredError(codes.WRONG_FIELD, Text(N_("page is a number of 1 or more")), {"field": "page"})
    return of_day(platform().store, day, int(page[:9]))


def _let_in(call: Call) -> Signed:
    try:
        return let_in(platform(), call, request.args.to_dict(), dict(request.headers))
    except codes.AnsweredError as error:
        if call.way == "signed":
            _record_refused(call, Upload("", "", _uploaded(call)), error.reason)
        raise


def _uploaded(call: Call) -> str:
    """The record in an upload whose signature was not looked at: the body, or its `data` where keys sign in it."""
    text = call.body.decode("utf-8", "replace")
    try:
        body = read_object(text)
    except UnreadableError:
        return text
    return body["data"] if "appKey" in body and isinstance(body.get("data"), str) else text


def _record_refused(call: Call, upload: Upload, why: Text) -> None:
    with platform().store.writing() as writer:
        writer.record_signs(call.way, "refused", len(call.body), [upload.sign()], why)


def _body() -> bytes:
    body = limited_body(interface()["most_bytes"])
    if body is None:
        most = interface()["most_bytes"]
        raise codes.AnsweredError(codes.NOT_JSON, Text(N_("The body is larger than %(most)s bytes"), {"most": most}))
    return body
