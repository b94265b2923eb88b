"""The client itself: one request per call, every answer classified."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import requests

from mes.core.clock import Clock, SystemClock
from mes.traceability.capture_client.credentials import Credentials, CredentialsAuth
from mes.traceability.capture_client.reading import (
    capabilities,
    clock_skew,
    denies,
    job_address,
    judge_job,
    listed_events,
    names_event,
    next_query,
    read_json,
    refused_events,
    retry_after,
)
from mes.traceability.epcis.document import CONTEXT, EventJson, encode, epcis_document, event_json
from mes.traceability.epcis.events import EpcisEvent
from mes.traceability.epcis.times import time_text
from mes.traceability.platforms.addresses import AddressRefused
from mes.traceability.platforms.answers import (
    Accepted,
    Answer,
    CaptureJob,
    DataRefused,
    Delivered,
    Disabled,
    Discovery,
    ErrorBehaviour,
    Exchange,
    Lookup,
    PauseConfiguration,
    PauseCredentials,
    RefusedEvent,
    Retry,
    Submission,
    TooLarge,
)
from mes.traceability.platforms.masking import MASK, Masker
from mes.traceability.platforms.sessions import GuardedSession, Seconds

_log = logging.getLogger(__name__)

_MOST_PAGES = 1000
_EXCERPT_CHARACTERS = 4096
BEHAVIOUR = "GS1-Capture-Error-Behaviour"
CONTENT_TYPE = "application/json"
HEADERS: Mapping[str, str] = {
    "Accept": "application/json, application/ld+json, application/problem+json",
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
}
"""Of every request, beside those that say who we are."""
DECLARED = "#declared"
"""Ends the id of an event's error declaration, which has the event's own id: the key is both together."""


class CaptureAddressError(ValueError):
    """The platform's address cannot be used."""


@dataclass(frozen=True)
class _Reply:
    """An answer, or `failure` where none came."""

    exchange: Exchange
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    failure: Retry | PauseConfiguration | None = None

    @property
    def status(self) -> int:
        return self.exchange.status or 0

    @property
    def reason(self) -> str:
        """The platform's words, or its status."""
        if isinstance(self.body, Mapping):
            words = [str(self.body[name]) for name in ("title", "detail", "message") if self.body.get(name)]
            if words:
                return f"{self.status}: " + " - ".join(words)
        return f"{self.status}: {self.exchange.excerpt[:200]}".strip(" :")


class CaptureClient:
    """Sends EPCIS events to one platform. Not shared between threads (neither is a `requests` session)."""

    def __init__(
        self,
        base_url: str,
        credentials: Credentials | None = None,
        *,
        next_credentials: Credentials | None = None,
        connect_timeout_seconds: float = 10.0,
        read_timeout_seconds: float = 30.0,
        clock: Clock | None = None,
    ) -> None:
        """`base_url` is the address below which /capture and /events lie. Where the platform does not know
        `credentials`, `next_credentials` are tried at once, and used from then on while they work.

        Raises:
            CaptureAddressError: not an http(s) address, or one with a user name or a query in it.
        """
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CaptureAddressError(f"{base_url!r} is not an http or https address")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise CaptureAddressError("the address holds a user name, a query or a fragment; give credentials apart")
        self._base_url = base_url.rstrip("/")
        given = [one for one in (credentials, next_credentials) if one is not None]
        self._secrets = tuple(secret for one in given for secret in one.secrets if secret)
        self._keys = [CredentialsAuth(one) for one in given] or [CredentialsAuth(None)]
        self._masker = Masker(self._secrets)
        self._session = GuardedSession()
        self._seconds = Seconds(connect_timeout_seconds, read_timeout_seconds)
        self._clock = clock or SystemClock()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._session.close()

    def options(self) -> Discovery:
        """Ask for limits and abilities. 404, 405 and 501 mean only that the platform has no OPTIONS."""
        reply = self._send("OPTIONS", "/capture")
        if reply.failure is None and reply.status in (404, 405, 501):
            return Discovery(Delivered(), reply.exchange)
        answer = self._classify(reply)
        told = Delivered() if isinstance(answer, Accepted) else answer
        return Discovery(told, reply.exchange, capabilities(reply.headers))

    def post(
        self,
        events: Sequence[EpcisEvent | EventJson],
        *,
        behaviour: ErrorBehaviour = "rollback",
        created_at: datetime | None = None,
    ) -> Submission:
        """Send `events` in one document to POST /capture.

        With the same `created_at`, a repeated document has the same bytes; it is the present moment by default.
        """
        return self.post_document(epcis_document(events, created_at or self._clock.now()), behaviour=behaviour)

    def post_document(self, document: Mapping[str, Any], *, behaviour: ErrorBehaviour = "rollback") -> Submission:
        """Send a whole document to POST /capture."""
        events = document["epcisBody"]["eventList"]
        ids = [key_of(event) for event in events if "eventID" in event]
        return self.post_bytes(encode(document), ids, behaviour=behaviour)

    def post_bytes(
        self,
        document: bytes,
        event_ids: Sequence[str],
        *,
        behaviour: ErrorBehaviour = "rollback",
        inseparable: bool = False,
    ) -> Submission:
        """Send a document's bytes to POST /capture; `event_ids` are those of its events, which cannot be sent apart
        where they are `inseparable`."""
        reply = self._send("POST", "/capture", document, {BEHAVIOUR: behaviour})
        if reply.status == 409 and reply.failure is None:
            return self._judge_conflict(reply, event_ids, inseparable=inseparable)
        answer = self._classify(reply)
        if isinstance(answer, Accepted):
            url = job_address(self._base_url, reply.headers.get("Location", ""))
            answer = Accepted(CaptureJob(url, behaviour) if url else None)
        return Submission(answer, reply.exchange)

    def headers_of(self, document: bytes, *, behaviour: ErrorBehaviour = "rollback") -> dict[str, str]:
        """Every header that `post_bytes` would send, ours and those of the wire. Nothing is sent."""
        url = f"{self._base_url}/capture"
        headers = {**HEADERS, "Content-Type": CONTENT_TYPE, BEHAVIOUR: behaviour}
        made = requests.Request("POST", url, headers=headers, data=document, auth=self._keys[0])
        return {"Host": urlsplit(url).netloc, **self._session.prepare_request(made).headers}

    def post_event(self, event: EpcisEvent | EventJson) -> Submission:
        """Send one event to POST /events, which stores at once."""
        body = {"@context": CONTEXT} | event_json(event)
        reply = self._send("POST", "/events", encode(body))
        if reply.status == 409 and reply.failure is None:
            return self._judge_conflict(reply, [key_of(body)] if "eventID" in body else [])
        return Submission(self._classify(reply), reply.exchange)

    def poll(self, job: CaptureJob) -> Submission:
        """Ask how far an accepted document is."""
        reply = self._send("GET", job.url)
        if reply.failure is not None or reply.status != 200:
            return Submission(self._classify(reply), reply.exchange)
        return Submission(judge_job(job, reply.body), reply.exchange)

    def find(self, event_id: str) -> Lookup:
        """Ask whether the platform has the event with this ID, or the declaration that it was wrong (`…#declared`)."""
        plain, declared = event_id.removesuffix(DECLARED), event_id.endswith(DECLARED)
        reply = self._send("GET", "/events/" + quote(plain, safe=""))
        if reply.failure is not None or reply.status not in (200, 404, 405, 410, 501):
            return Lookup(self._classify(reply), reply.exchange)
        found = names_event(reply.body, plain, declared=declared) if reply.status == 200 else None
        return Lookup(Delivered(), reply.exchange, False if reply.status in (404, 410) else found)

    def find_between(self, since: datetime, before: datetime) -> tuple[Submission, frozenset[str] | None]:
        """The keys of the events that happened between two moments; None where the platform cannot be asked."""
        times = {"GE_eventTime": time_text(since), "LT_eventTime": time_text(before), "perPage": "1000"}
        path = "/events?" + urlencode(times)
        found: set[str] = set()
        asked: set[str] = set()
        while path not in asked and len(asked) < _MOST_PAGES:
            asked.add(path)
            reply = self._send("GET", path)
            listed = listed_events(reply.body) if reply.failure is None and reply.status == 200 else None
            if listed is None:
                return Submission(self._classify(reply), reply.exchange), None
            found |= {key_of(event) for event in listed if "eventID" in event}
            further = next_query(reply.headers.get("Link", ""))
            if further is None:
                return Submission(Delivered(), reply.exchange), frozenset(found)
            path = f"/events?{further}"
        return Submission(PauseConfiguration("the platform's pages do not end"), reply.exchange), None

    def _judge_conflict(self, reply: _Reply, event_ids: Sequence[str], *, inseparable: bool = True) -> Submission:
        """409: ask whether what is stored is ours; a batch must be taken apart first."""
        if not event_ids or (len(event_ids) != 1 and not inseparable):
            return Submission(DataRefused(reply.reason), reply.exchange)
        confirmed = True
        for place, event_id in enumerate(event_ids):
            lookup = self.find(event_id)
            if not isinstance(lookup.answer, Delivered):
                return Submission(lookup.answer, reply.exchange)
            if lookup.found is False:
                refused = RefusedEvent("the platform says it has the event, but does not find it", place, event_id)
                return Submission(DataRefused(reply.reason, (refused,)), reply.exchange)
            confirmed = confirmed and lookup.found is True
        return Submission(Delivered(duplicate=True, confirmed=confirmed), reply.exchange)

    def _classify(self, reply: _Reply) -> Answer:
        """The table of the module's text, for everything but jobs and 409."""
        if reply.failure is not None:
            return reply.failure
        status, reason = reply.status, reply.reason
        if status == 202:
            return Accepted(None)
        if 200 <= status < 300:
            return Retry(f"{status}, but: {reason}") if denies(reply.body) else Delivered()
        if status in (408, 425, 429) or status >= 500:
            return Retry(reason, retry_after(reply.headers.get("Retry-After"), self._clock.now()))
        if status == 413:
            return TooLarge(reason, capabilities(reply.headers).limits)
        if status in (400, 409, 422):
            return DataRefused(reason, refused_events(reply.body))
        if status in (401, 403, 407):
            return PauseCredentials(reason)
        return Disabled(reason) if status == 410 else PauseConfiguration(reason)

    def _send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> _Reply:
        """One request; where it says that we are not known, once more with the other key, if there is one."""
        reply = self._send_once(method, path, body, headers)
        if reply.status in (401, 403) and len(self._keys) > 1:
            self._keys.reverse()
            reply = self._send_once(method, path, body, headers)
        return reply

    def _send_once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None) -> _Reply:
        url = path if path.startswith(("http://", "https://")) else self._base_url + path
        sent = {**HEADERS, **({"Content-Type": CONTENT_TYPE} if body is not None else {}), **(headers or {})}
        beginning = self._masker.text((body or b"")[: 2 * _EXCERPT_CHARACTERS].decode("utf-8", "replace"))
        exchange = Exchange(method, url, len(body or b""), None, 0.0, "", beginning[:_EXCERPT_CHARACTERS])
        started = time.monotonic()
        try:
            came = self._session.fetch(method, url, body, sent, self._keys[0], self._seconds)
        except AddressRefused as error:
            failed = replace(exchange, seconds=time.monotonic() - started, excerpt=str(error))
            return _Reply(failed, failure=PauseConfiguration(str(error)))
        except requests.RequestException as error:
            return self._failed(replace(exchange, seconds=time.monotonic() - started), error)
        text = came.content.decode("utf-8", "replace")
        seconds = time.monotonic() - started
        done = replace(
            exchange,
            status=came.status,
            seconds=seconds,
            excerpt=self._masker.text(text)[:_EXCERPT_CHARACTERS],
            clock_skew_seconds=clock_skew(came.headers.get("Date"), self._clock.now(), seconds),
        )
        _log.info("%s %s answered %d in %.2f s", method, url, came.status, done.seconds)
        return _Reply(done, came.headers, self._parsed(text))

    def _failed(self, exchange: Exchange, error: requests.RequestException) -> _Reply:
        words = self._masker.text(f"{type(error).__name__}: {error}")
        _log.warning("%s %s failed: %s", exchange.method, exchange.url, words)
        hopeless = isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader))
        failure = PauseConfiguration(words) if hopeless else Retry(words)
        return _Reply(replace(exchange, excerpt=words), failure=failure)

    def _parsed(self, text: str) -> Any:
        """The answer's JSON without our secrets; what stands for people or things in it is left as it is."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return read_json(text)


def key_of(event: Mapping[str, Any]) -> str:
    """What a platform drops repeats by: the event's id, and whether it is its error declaration."""
    return f"{event['eventID']}{DECLARED if 'errorDeclaration' in event else ''}"
