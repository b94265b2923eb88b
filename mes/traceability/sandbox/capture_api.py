"""GS1's EPCIS 2.0 capture interface: /capture, /capture/{captureID} and POST /events."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request

from mes.core.text import N_, Text
from mes.traceability.sandbox.calls import Call, begin, limited_body, signs_of
from mes.traceability.sandbox.paging import page_size, page_start, with_next_link
from mes.traceability.sandbox.problems import RefusedError, problem_response
from mes.traceability.sandbox.reading import Received, UnreadableError, decoded, read_document
from mes.traceability.sandbox.settings import platform
from mes.traceability.sandbox.validation import envelope_faults
from mes.traceability.sandbox.worker import event_problem

capture = Blueprint("capture", __name__)

VERSION_HEADERS = {"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0.0"}
_RANGES = {"GS1-EPCIS-Min": "2.0.0", "GS1-EPCIS-Max": "2.0.0", "GS1-CBV-Min": "2.0.0", "GS1-CBV-Max": "2.0.0"}
_JSON_TYPES = ("application/json", "application/ld+json")
_VERSION = re.compile(r"\d+(\.\d+)*$")


@capture.before_request
def check_request() -> None:
    """Refuse strangers, other versions and other formats before anything is read."""
    _require_key()
    for header in VERSION_HEADERS:
        wanted = request.headers.get(header)
        if wanted is not None and not (_VERSION.match(wanted) and re.match(r"2\.0(\.|$)", wanted)):
            raise RefusedError("NotAcceptableException", f"{header} {wanted} is not served", 406)
    if "Accept" in request.headers and not request.accept_mimetypes.best_match(
        [*_JSON_TYPES, "application/problem+json"]
    ):
        raise RefusedError("NotAcceptableException", "Only JSON is served", 406)


@capture.after_request
def name_versions(response: Response) -> Response:
    """Name the versions in every answer."""
    response.headers.update(VERSION_HEADERS)
    return response


def _require_key() -> None:
    if not platform().api_keys:
        return
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        challenge = {"WWW-Authenticate": 'Bearer realm="capture"'}
        raise RefusedError("SecurityException", "A bearer key is required", 401, headers=challenge)
    if not platform().accepts_key(key.strip()):
        challenge = {"WWW-Authenticate": 'Bearer realm="capture", error="invalid_token"'}
        raise RefusedError("SecurityException", "The bearer key is not known", 401, headers=challenge)


def _limit_headers() -> dict[str, str]:
    limits = platform().limits
    dash = "" if platform().behaviour.misspelt_limit else "-"
    return {
        "GS1-EPCIS-Capture-Limit": str(limits.events),
        f"GS1-EPCIS-Capture-File-Size{dash}Limit": str(limits.file_size_bytes),
    }


@capture.route("/capture", methods=["OPTIONS"])
def discover_capture() -> Response:
    """Versions, limits and abilities of the capture interface."""
    own = {
        "Allow": "OPTIONS, POST, GET",
        "GS1-Capture-Error-Behaviour": "all",
        "GS1-EPC-Format": "Always_GS1_Digital_Link",
        "GS1-Vendor-Version": "sandbox-1",
    }
    return Response(status=204, headers={**own, **_RANGES, **_limit_headers()})


@capture.route("/capture/<capture_id>", methods=["OPTIONS"])
def discover_job(capture_id: str) -> Response:
    """Versions of a capture job's resource."""
    return Response(status=204, headers={"Allow": "OPTIONS, GET", **_RANGES})


@capture.route("/events", methods=["OPTIONS"])
def discover_events() -> Response:
    """Versions of the events resource."""
    return Response(status=204, headers={"Allow": "OPTIONS, POST, GET", **_RANGES})


@capture.post("/capture")
def accept_document() -> Response:
    """Accept a document for capture: 202 and where to ask for its job."""
    call = begin("capture", _body)
    call.play_before(lambda: signs_of(_read(call)[1]))
    behaviour = request.headers.get("GS1-Capture-Error-Behaviour", "rollback")
    if behaviour not in ("rollback", "proceed"):
        raise RefusedError("ValidationException", "GS1-Capture-Error-Behaviour is rollback or proceed", 400)
    document, received = _read(call)
    _require_fit(call, document, received)
    answer = _accept(call, behaviour, document, received)
    call.play_after()
    return answer


def _accept(call: Call, behaviour: str, document: Mapping[str, Any], received: Sequence[Received]) -> Response:
    """Store a document at once, or put it in the queue where jobs or faults of jobs wait."""
    own = platform()
    text = decoded(call.body)
    errors: list[dict[str, Any]] = []
    with own.store.writing() as writer:
        first = writer.record_delivery("capture", "accepted", len(call.body), received)
        queued = not own.behaviour.created and (writer.jobs_wait() or own.faults.awaits("job", text))
        job, capture_id = writer.add_job(behaviour, text if queued else "", first)
        if not queued:
            errors = own.worker.settle_now(writer, job, behaviour, document, received, first)
        if call.fault is not None and call.fault.answer == "accept-twice":
            again, _ = writer.add_job(behaviour, text if queued else "", first)
            if not queued:
                own.worker.settle_now(writer, again, behaviour, document, received, first)
    if queued:
        own.worker.wake()
    if own.behaviour.created and errors:
        return problem_response(errors[0], 400)
    return Response(status=201 if own.behaviour.created else 202, headers={"Location": _location(capture_id)})


def _location(capture_id: str) -> str:
    path = f"/capture/{capture_id}"
    return {"bare": capture_id, "relative": path}.get(platform().behaviour.location, platform().base_url + path)


@capture.get("/capture")
def list_jobs() -> Response:
    """All capture jobs, in pages."""
    limit = page_size()
    jobs = platform().store.jobs(page_start(), limit + 1)
    response = jsonify([job.to_json() for job in jobs[:limit]])
    return with_next_link(response, jobs[limit - 1].id if len(jobs) > limit else None)


@capture.get("/capture/<capture_id>")
def show_job(capture_id: str) -> Response:
    """How far a capture job is."""
    call = begin("poll")
    call.play_before()
    job = platform().store.job(capture_id)
    if job is None:
        raise RefusedError("NoSuchResourceException", "There is no such capture job", 404)
    told = job.to_json()
    if call.fault is not None and call.fault.answer == "processing":
        told = {name: value for name, value in told.items() if name != "finishedAt"}
        told |= {"running": True, "success": True, "errors": []}
    call.play_after()
    return jsonify(told)


@capture.post("/events")
def capture_event() -> Response:
    """Store one event at once: 201, or 409 where it is known."""
    call = begin("events", _body)
    call.play_before(lambda: signs_of([Received(_read(call)[0], decoded(call.body))]))
    event, text = _read(call)[0], decoded(call.body)
    received = Received(event, text)
    refused = event_problem(event, event.get("@context", []), 0)
    if refused is not None or "@context" not in event:
        _record_refused(call, [received], Text(N_("the event is not valid")))
    if refused is not None:
        return problem_response(refused, 400)
    if "@context" not in event:
        raise RefusedError("ValidationException", "A single event carries its own @context", 400)
    with platform().store.writing() as writer:
        first = writer.record_delivery("events", "stored", len(call.body), [received])
        [(event_id, new)] = writer.take_in([(first, received)], event["@context"])
    call.play_after()
    if not new:
        title = "An event with this ID exists already"
        raise RefusedError("ResourceAlreadyExistsException", title, 409, event_id)
    response = jsonify(event | {"eventID": event_id})
    response.status_code = 201
    response.headers["Location"] = f"{platform().base_url}/events/{quote(event_id, safe='')}"
    return response


def _body() -> bytes:
    if request.mimetype not in _JSON_TYPES:
        raise RefusedError("UnsupportedMediaTypeException", f"{request.mimetype or 'No type'} is not read here", 415)
    limit = platform().limits.file_size_bytes
    body = limited_body(limit)
    if body is None:
        raise _too_large(f"more than {limit} bytes")
    return body


def _read(call: Call) -> tuple[dict[str, Any], list[Received]]:
    try:
        return read_document(decoded(call.body))
    except UnreadableError as error:
        raise RefusedError("ValidationException", "The body is not a JSON object", 400, str(error)) from error


def _require_fit(call: Call, document: Mapping[str, Any], received: Sequence[Received]) -> None:
    faults = envelope_faults(document)
    if faults:
        detail = "; ".join(f"{fault.path}: {fault.message}" for fault in faults)
        first = Text("%(field)s: %(reason)s", {"field": faults[0].path, "reason": faults[0].message})
        _record_refused(call, received, first)
        raise RefusedError("ValidationException", "The document is not valid", 400, detail)
    most = platform().limits.events - platform().behaviour.refuse_at_limit
    if len(received) > most:
        _record_refused(call, received, Text(N_("more than %(most)s events"), {"most": most}))
        raise _too_large(f"more than {most} events")


def _record_refused(call: Call, received: Sequence[Received], why: Text) -> None:
    with platform().store.writing() as writer:
        writer.record_delivery(call.way, "refused", len(call.body), received, why)


def _too_large(detail: str) -> RefusedError:
    title = "Capture payload too large"
    return RefusedError("CaptureLimitExceededException", title, 413, detail, _limit_headers())
