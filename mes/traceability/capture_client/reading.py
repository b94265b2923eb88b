"""Understanding what platforms write: jobs, problems, limits and dates, in the forms that occur."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from requests.utils import parse_header_links

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
_LONGEST_NUMBER = 18  # digits
LONGEST_JOB = 400
"""Characters of a job's address that a receipt keeps."""
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


def read_json(text: str) -> Any:
    """The JSON value of an answer; None where it is none, or nested deeper than anybody means it."""
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None


def job_address(base_url: str, location: str) -> str | None:
    """Where to ask for a job by its Location: absolute, relative, or a bare id; None where it names none.

    Always at the platform's own address, so that no answer can send our credentials elsewhere.
    """
    try:
        parts, base = urlsplit(location), urlsplit(base_url)
    except ValueError:
        return None
    plain = parts.path.strip("/")
    matched = re.search(r"(?:^|/)capture/([^/]+)/?$", parts.path)
    bare = matched.group(1) if matched else plain if "/" not in plain else None
    if not plain:
        return None
    if bare is not None:
        url = f"{base_url}/capture/{quote(unquote(bare), safe='')}"
    else:
        rooted = parts.path.startswith("/")
        folder = "" if rooted else f"{base.path.rstrip('/')}/"
        query = f"?{parts.query}" if parts.query else ""
        url = f"{base.scheme}://{base.netloc}/{(folder + parts.path).lstrip('/')}{query}"
    return url if len(url) <= LONGEST_JOB else None


def next_query(link: str) -> str | None:
    """The query of the page that follows (RFC 8288); None on the last, or where it cannot be read."""
    try:
        following = parse_header_links(link)
        return next((urlsplit(each["url"]).query for each in following if each.get("rel") == "next"), None)
    except ValueError:
        return None


def _whole_number(text: str | None) -> int | None:
    plain = (text or "").strip()
    return int(plain) or None if plain.isdecimal() and len(plain) <= _LONGEST_NUMBER else None


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds or a date (RFC 9110 10.2.3), kept between nothing and a day; None where it cannot be read."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return min(float(text), _LONGEST_RETRY_AFTER_SECONDS)
    moment = _moment(text)
    return None if moment is None else min(max(0.0, (moment - now).total_seconds()), _LONGEST_RETRY_AFTER_SECONDS)


def clock_skew(date: str | None, now: datetime, seconds: float) -> float | None:
    """The platform's clock minus ours from its `Date` (RFC 9110 6.6.1), which has whole seconds and was written some
    time during a request of this length; None where it cannot be read."""
    moment = _moment(date or "")
    return None if moment is None else (moment - now).total_seconds() + 0.5 + seconds / 2


def _moment(text: str) -> datetime | None:
    """A date of a header; None where it is none, or no time that can be."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
