"""GS1's EPCIS 2.0 capture interface: /capture, /capture/{captureID} and POST /events."""

from __future__ import annotations

import json
import re
import socket
import time
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request

from mes.traceability.sandbox.faults import Fault
from mes.traceability.sandbox.paging import page_size, page_start, with_next_link
from mes.traceability.sandbox.problems import RefusedError, problem_response
from mes.traceability.sandbox.settings import platform
from mes.traceability.sandbox.validation import envelope_faults, events_of
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
    if not request.accept_mimetypes.best_match([*_JSON_TYPES, "application/problem+json"]):
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
    return {
        "GS1-EPCIS-Capture-Limit": str(limits.events),
        "GS1-EPCIS-Capture-File-Size-Limit": str(limits.file_size_bytes),
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
    body = _body()
    fault = platform().faults.next("capture", body.decode("utf-8", "replace"))
    _play_refusal(fault)
    behaviour = request.headers.get("GS1-Capture-Error-Behaviour", "rollback")
    if behaviour not in ("rollback", "proceed"):
        raise RefusedError("ValidationException", "GS1-Capture-Error-Behaviour is rollback or proceed", 400)
    document = _document(body)
    capture_id = platform().store.add_job(document, behaviour)
    if fault is not None and fault.answer == "accept-twice":
        platform().store.add_job(document, behaviour)
    platform().worker.wake()
    _play_answer(fault)
    return Response(status=202, headers={"Location": f"{platform().base_url}/capture/{capture_id}"})


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
    job = platform().store.job(capture_id)
    if job is None:
        raise RefusedError("NoSuchResourceException", "There is no such capture job", 404)
    return jsonify(job.to_json())


@capture.post("/events")
def capture_event() -> Response:
    """Store one event at once: 201, or 409 where it is known."""
    body = _body()
    fault = platform().faults.next("events", body.decode("utf-8", "replace"))
    _play_refusal(fault)
    event = _json_object(body)
    refused = event_problem(event, event.get("@context", []), 0)
    if refused is not None:
        return problem_response(refused, 400)
    if "@context" not in event:
        raise RefusedError("ValidationException", "A single event carries its own @context", 400)
    with platform().store.writing() as writer:
        known = writer.knows(event)
        event_id, _ = writer.take_in(event, event["@context"])
    _play_answer(fault)
    if known:
        title = "An event with this ID exists already"
        raise RefusedError("ResourceAlreadyExistsException", title, 409, event_id)
    response = jsonify(event | {"eventID": event_id})
    response.status_code = 201
    response.headers["Location"] = f"{platform().base_url}/events/{quote(event_id, safe='')}"
    return response


def _body() -> bytes:
    """The request's body within the limit; a larger one is read to its end, so that the sender hears the answer."""
    if request.mimetype not in _JSON_TYPES:
        raise RefusedError("UnsupportedMediaTypeException", f"{request.mimetype or 'No type'} is not read here", 415)
    limit = platform().limits.file_size_bytes
    body = request.stream.read(limit + 1)
    if len(body) > limit:
        for _ in range(64):
            if not request.stream.read(1024 * 1024):
                break
        raise _too_large(f"more than {limit} bytes")
    return body


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise RefusedError("ValidationException", "The body is not JSON", 400, str(error)) from error
    if not isinstance(value, dict):
        raise RefusedError("ValidationException", "The body is not a JSON object", 400)
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _document(body: bytes) -> dict[str, Any]:
    document = _json_object(body)
    faults = envelope_faults(document)
    if faults:
        detail = "; ".join(f"{fault.path}: {fault.message}" for fault in faults)
        raise RefusedError("ValidationException", "The document is not valid", 400, detail)
    if len(events_of(document)) > platform().limits.events:
        raise _too_large(f"more than {platform().limits.events} events")
    return document


def _too_large(detail: str) -> RefusedError:
    title = "Capture payload too large"
    return RefusedError("CaptureLimitExceededException", title, 413, detail, _limit_headers())


def _play_refusal(fault: Fault | None) -> None:
    if fault is not None and isinstance(fault.answer, int):
        headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
        raise RefusedError("ImplementationException", "A scripted fault", fault.answer, headers=headers)


def _play_answer(fault: Fault | None) -> None:
    """After the work is done: answer late, or not at all."""
    if fault is not None and fault.answer == "delay":
        time.sleep(fault.seconds)
    if fault is not None and fault.answer == "lose-answer":
        connection = request.environ.get("werkzeug.socket")
        if not isinstance(connection, socket.socket):
            raise RefusedError("ImplementationException", "This server cannot break a connection", 500)
        connection.shutdown(socket.SHUT_RDWR)
