"""Understanding what platforms write: jobs, problems, limits and dates, in the forms that occur."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from mes.traceability.platforms.answers import (
    Accepted,
    Answer,
    Capabilities,
    CaptureJob,
    CaptureLimits,
    DataRefused,
    Delivered,
    RefusedEvent,
    Retry,
)

_LONGEST_RETRY_AFTER_SECONDS = 24 * 3600.0
_GOOD_CODES = frozenset({"0", "00", "0000", "00000", "200", "201", "202", "ok", "success", ""})


def judge_job(job: CaptureJob, body: Any) -> Answer:
    """What a job's state means; `success` counts only once the job has ended."""
    if not isinstance(body, Mapping) or not isinstance(body.get("running"), bool):
        return Retry("the platform's answer about the capture job cannot be read")
    if body["running"]:
        return Accepted(job)
    if body.get("success") is True:
        return Delivered()
    behaviour = body.get("captureErrorBehaviour", job.behaviour)
    refused = refused_events(body)
    reason = refused[0].reason if refused else "the capture job failed without saying why"
    return DataRefused(reason, refused, nothing_stored=behaviour == "rollback")


def refused_events(body: Any) -> tuple[RefusedEvent, ...]:
    """The errors of a problem document or a job, as far as they can be understood."""
    if not isinstance(body, Mapping):
        return ()
    errors = body.get("errors") if isinstance(body.get("errors"), list) else [body]
    return tuple(_refused_event(error) for error in errors or [] if isinstance(error, Mapping) and _words(error))


def _refused_event(error: Mapping[str, Any]) -> RefusedEvent:
    index, event_id = error.get("eventIndex"), error.get("eventID", error.get("instance"))
    return RefusedEvent(
        _words(error), index if isinstance(index, int) else None, event_id if isinstance(event_id, str) else None
    )


def _words(error: Mapping[str, Any]) -> str:
    return " - ".join(str(error[name]) for name in ("title", "detail", "message") if error.get(name))


def names_event(body: Any, event_id: str, *, declared: bool = False) -> bool | None:
    """Whether a query document (or a bare event) holds the event, or its error declaration; None where the answer
    cannot be read."""
    events = [body] if isinstance(body, Mapping) and "eventID" in body else listed_events(body)
    if events is None:
        return None
    return any(event.get("eventID") == event_id and ("errorDeclaration" in event) is declared for event in events)


def denies(body: Any) -> bool:
    """Whether the body of a good status says that something is wrong: an error code, as platforms of other houses have
    it, or a problem document."""
    if not isinstance(body, Mapping):
        return False
    code = body.get("code")
    wrong_code = isinstance(code, int | str) and str(code).lower() not in _GOOD_CODES
    return body.get("success") is False or wrong_code or str(body.get("type", "")).startswith("epcisException")


def listed_events(body: Any) -> list[Mapping[str, Any]] | None:
    """The events of a query document; None where it is none."""
    if not isinstance(body, Mapping):
        return None
    events: Any = body.get("epcisBody")
    for name in ("queryResults", "resultsBody", "eventList"):
        events = events.get(name, events) if isinstance(events, Mapping) else events
    return [event for event in events if isinstance(event, Mapping)] if isinstance(events, list) else None


def capabilities(headers: Mapping[str, str]) -> Capabilities:
    size = headers.get("GS1-EPCIS-Capture-File-Size-Limit", headers.get("GS1-EPCIS-Capture-File-SizeLimit"))
    behaviours = headers.get("GS1-Capture-Error-Behaviour", "")
    named = {word.strip().lower() for word in behaviours.split(",") if word.strip()}
    return Capabilities(
        CaptureLimits(_whole_number(headers.get("GS1-EPCIS-Capture-Limit")), _whole_number(size)),
        frozenset({"rollback", "proceed"} if "all" in named else named),
        headers.get("GS1-EPCIS-Version"),
        headers.get("GS1-CBV-Version"),
        headers.get("GS1-Vendor-Version"),
    )


def _whole_number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() and int(text) > 0 else None


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds or a date (RFC 9110 10.2.3), kept between nothing and a day; None where it cannot be read."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return min(float(text), _LONGEST_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max(0.0, (aware - now).total_seconds()), _LONGEST_RETRY_AFTER_SECONDS)


def clock_skew(date: str | None, now: datetime, seconds: float) -> float | None:
    """The platform's clock minus ours from its `Date` (RFC 9110 6.6.1), which has whole seconds and was written some
    time during a request of this length; None where it cannot be read."""
    try:
        moment = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - now).total_seconds() + 0.5 + seconds / 2
