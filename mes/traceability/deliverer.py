"""Delivery of the ledger to one platform: at least once, in order per identifier, the same ids on every attempt.

The ledger is the queue. Each event gets a receipt (`enrol`); an event goes out when no earlier undelivered event of
the connector shares one of its identifiers. Every change is written before and after a request, so that a process
killed at any point sends the same ids again and nothing is lost or forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import Any, Literal
from uuid import UUID

import structlog
from sqlalchemy import select

from mes.accounts.service import SYSTEM
from mes.core.clock import Clock
from mes.core.commands import Work
from mes.core.database import Database
from mes.ledger.models import LedgerEvent
from mes.ledger.queries import events_after
from mes.traceability import queries
from mes.traceability.capture_client import (
    Accepted,
    Answer,
    CaptureClient,
    CaptureJob,
    CaptureLimits,
    DataRefused,
    Delivered,
    Disabled,
    PauseConfiguration,
    PauseCredentials,
    Retry,
    Submission,
    TooLarge,
)
from mes.traceability.epcis import encode
from mes.traceability.mapping import MappingSettings
from mes.traceability.models import Connector, Receipt
from mes.traceability.parcels import (
    NOT_RENDERABLE,
    Parcel,
    answer_words,
    enrolled_event,
    named_receipts,
    no_form,
    parcel_of,
)
from mes.traceability.service import receipts
from mes.traceability.settings import ConnectorSettings, SecretMissing, read_settings

log = structlog.get_logger(__name__)

LEASE_SECONDS = 180
ENROL_EVENTS = 500
BACKOFF_SECONDS = (5, 30, 120, 600, 1800, 3600, 7200, 14400)
GIVE_UP_AFTER = timedelta(days=7)
POLL_SECONDS = (0.1, 0.3, 1, 2, 5, 15, 60)
POLLS_WITHOUT_JOB = 5
DOCUMENT_OVERHEAD_BYTES = 2000
ClientFactory = Callable[[str, ConnectorSettings], CaptureClient]


def connect(url: str, settings: ConnectorSettings) -> CaptureClient:
    """A client for a connector's platform, its secret read now.

    Raises:
        SecretMissing: the secret is not where the settings say.
    """
    return CaptureClient(url, settings.read_credentials(), read_timeout_seconds=settings.timeout_seconds)


@dataclass(frozen=True)
class Outcome:
    """What one round did, and after how many seconds the next is worth it."""

    state: Literal["worked", "idle", "holding", "paused", "elsewhere"]
    wait_seconds: float
    sent: int = 0
    polled: int = 0


class Deliverer:
    """Delivers to one connector. One thread uses it; `owner` is the worker's stable name."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        connector_id: UUID,
        client_factory: ClientFactory = connect,
        *,
        owner: str = "worker-1",
        random: Random | None = None,
    ) -> None:
        self._database, self._clock, self._connector_id = database, clock, connector_id
        self._client_factory, self._owner = client_factory, owner
        self._random = random or SystemRandom()
        self._client: CaptureClient | None = None
        self._client_of: tuple[str, ConnectorSettings] | None = None
        self._limits: CaptureLimits | None = None
        self._largest = 1_000_000

    def deliver_once(self) -> Outcome:
        """One round: enrol new events, ask for accepted documents, send the next document.

        Raises:
            NotFound: the connector is gone.
        """
        with self._writing() as work:
            connector = receipts.take_lease(work, self._connector_id, self._owner, LEASE_SECONDS)
        if connector is None:
            return Outcome("elsewhere", 5)
        settings = read_settings(connector.settings)
        self._enrol_all(connector, settings.mapping)
        if connector.state == "paused":
            return Outcome("paused", 2)
        left = self._seconds_until(connector.retry_at)
        if left > 0:
            return Outcome("holding", min(left, 5))
        if not self._connected(connector, settings):
            return Outcome("paused", 2)
        return self._round(settings)

    def close(self) -> None:
        """Give the lease back and close the connection."""
        with self._writing() as work:
            receipts.release_lease(work, self._connector_id, self._owner)
        if self._client is not None:
            self._client.close()

    @contextmanager
    def _writing(self) -> Iterator[Work]:
        """A transaction as the program itself."""
        with self._database.writing() as session:
            yield Work(session, SYSTEM, self._clock)

    def _seconds_until(self, moment: datetime | None) -> float:
        return (moment - self._clock.now()).total_seconds() if moment else 0

    # New events get their receipts.

    def _enrol_all(self, connector: Connector, mapping: MappingSettings) -> None:
        cursor = connector.cursor
        while True:
            with self._database.reading() as session:
                events = events_after(session, cursor, ENROL_EVENTS)
            if not events:
                return
            enrolled = [enrolled_event(event, mapping) for event in events]
            with self._writing() as work:
                if not receipts.enrol(work, connector.id, cursor, enrolled):
                    return
            cursor = events[-1].sequence

    # The platform.

    def _connected(self, connector: Connector, settings: ConnectorSettings) -> bool:
        """A client of the connector's present address; a missing secret pauses the connector."""
        if self._client_of == (connector.url, settings):
            return True
        try:
            self._client = self._client_factory(connector.url, settings)
        except SecretMissing as error:
            self._pause(str(error))
            return False
        self._client_of, self._limits = (connector.url, settings), None
        return True

    @property
    def _platform(self) -> CaptureClient:
        if self._client is None:
            raise RuntimeError("the deliverer is not connected")
        return self._client

    def _round(self, settings: ConnectorSettings) -> Outcome:
        polled = self._poll_due()
        if self._failing():
            return Outcome("worked", 0, polled=polled)
        limits = self._known_limits()
        if limits is None:
            return Outcome("worked", 0, polled=polled)
        parcels = self._next_parcels(settings, limits)
        if parcels:
            self._send(parcels)
            return Outcome("worked", 0, sent=len(parcels), polled=polled)
        if polled:
            return Outcome("worked", 0, polled=polled)
        return Outcome("idle", self._idle_seconds())

    def _failing(self) -> bool:
        with self._database.reading() as session:
            connector = session.get_one(Connector, self._connector_id)
            return connector.state == "paused" or self._seconds_until(connector.retry_at) > 0

    def _known_limits(self) -> CaptureLimits | None:
        """What the platform takes at once; None where it does not answer now."""
        if self._limits is None:
            found = self._platform.options()
            if isinstance(found.answer, Delivered):
                self._limits = found.capabilities.limits
            else:
                self._platform_trouble(found.answer)
        return self._limits

    def _idle_seconds(self) -> float:
        with self._database.reading() as session:
            due = queries.next_due(session, self._connector_id, self._clock.now())
        return min(1.0, max(0.05, self._seconds_until(due))) if due else 1.0

    # Sending.

    def _next_parcels(self, settings: ConnectorSettings, limits: CaptureLimits) -> list[Parcel]:
        """The next document: events whose identifiers no earlier undelivered event shares, in ledger order."""
        most = min(settings.batch_events, self._largest, limits.safe_events or settings.batch_events)
        with self._database.reading() as session:
            chosen = queries.deliverable(session, self._connector_id, self._clock.now(), most)
            found = select(LedgerEvent).where(LedgerEvent.sequence.in_([row.event_sequence for row in chosen]))
            contents = {event.sequence: event.content for event in session.scalars(found)}
        parcels: list[Parcel] = []
        room = (limits.file_size_bytes or 4_000_000) - DOCUMENT_OVERHEAD_BYTES
        for row in chosen:
            parcel = self._rendered(row, contents[row.event_sequence], settings.mapping)
            if parcel is None:
                break
            room -= sum(len(encode(event.to_json())) + 1 for event in parcel.events)
            if parcels and room < 0:
                break
            parcels.append(parcel)
        return parcels

    def _rendered(self, row: Receipt, content: Mapping[str, Any], mapping: MappingSettings) -> Parcel | None:
        """A receipt's events; None for one that still cannot be rendered, which goes back to a person."""
        try:
            return parcel_of(row, content, mapping)
        except NOT_RENDERABLE as error:
            with self._writing() as work:
                receipts.mark_refused(work, {row.id: no_form(error)})
            return None

    def _send(self, parcels: Sequence[Parcel]) -> None:
        with self._writing() as work:
            receipts.mark_sending(work, {parcel.id: parcel.event_ids for parcel in parcels})
        events = [event for parcel in parcels for event in parcel.events]
        submission = self._platform.post(events, created_at=self._clock.now())
        rows = [parcel.receipt for parcel in parcels]
        ids = {parcel.id: parcel.event_ids for parcel in parcels}
        self._take(submission, rows, ids)

    def _take(self, submission: Submission, rows: Sequence[Receipt], ids: Mapping[UUID, tuple[str, ...]]) -> None:
        """Write down what an answer means for the events of one document."""
        answer, words = submission.answer, answer_words(submission)
        everything = [row.id for row in rows]
        if isinstance(answer, Delivered):
            self._largest = min(self._largest * 2, 1_000_000)
            with self._writing() as work:
                receipts.mark_delivered(work, self._connector_id, everything, words)
        elif isinstance(answer, Accepted):
            self._accepted(answer.job, rows)
        elif isinstance(answer, DataRefused):
            self._refused(answer, rows, ids)
        elif isinstance(answer, Retry):
            self._retry(answer, rows)
        elif isinstance(answer, TooLarge):
            self._too_large(answer, rows)
        else:
            with self._writing() as work:
                receipts.put_back(work, everything, charge=False, answer=answer.reason)
            self._platform_trouble(answer)

    def _accepted(self, job: CaptureJob | None, rows: Sequence[Receipt]) -> None:
        polls = max((row.polls for row in rows), default=0)
        wait = POLL_SECONDS[min(polls, len(POLL_SECONDS) - 1)]
        at = self._clock.now() + timedelta(seconds=wait)
        with self._writing() as work:
            receipts.succeeded(work, self._connector_id)
            receipts.mark_accepted(work, [row.id for row in rows], job.url if job else "", at)

    def _refused(self, answer: DataRefused, rows: Sequence[Receipt], ids: Mapping[UUID, tuple[str, ...]]) -> None:
        """Those named are refused; where nobody is named, the document is halved until one event is left."""
        reasons = named_receipts(answer, rows, ids)
        if not reasons and len(rows) == 1:
            reasons = {rows[0].id: answer.reason}
        others = [row.id for row in rows if row.id not in reasons]
        if not answer.nothing_stored:
            self._largest = 1
        elif not reasons:
            self._largest = max(1, len(rows) // 2)
        with self._writing() as work:
            receipts.succeeded(work, self._connector_id)
            receipts.mark_refused(work, reasons)
            receipts.put_back(work, others, charge=False)

    def _retry(self, answer: Retry, rows: Sequence[Receipt]) -> None:
        """Nothing is known of the events: the same ids go again later, in a smaller document."""
        self._largest = max(1, len(rows) // 2)
        now = self._clock.now()
        oldest = now - GIVE_UP_AFTER
        words = f"given up after {GIVE_UP_AFTER.days} days: {answer.reason}"
        late = {row.id: words for row in rows if row.first_attempt_at is not None and row.first_attempt_at < oldest}
        at = now + self._backoff(max(row.attempts for row in rows) + 1, answer.after_seconds)
        later = {row.id: at for row in rows if row.id not in late}
        with self._writing() as work:
            receipts.mark_refused(work, late)
            receipts.mark_failed(work, later, answer.reason)
            receipts.platform_failed(work, self._connector_id, answer.reason, answer.after_seconds)

    def _backoff(self, attempts: int, asked_seconds: float | None) -> timedelta:
        longest = BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS)) - 1]
        return timedelta(seconds=max(asked_seconds or 0, self._random.uniform(0.5, longest)))

    def _too_large(self, answer: TooLarge, rows: Sequence[Receipt]) -> None:
        self._largest = max(1, len(rows) // 2)
        if answer.limits.events or answer.limits.file_size_bytes:
            self._limits = answer.limits
        with self._writing() as work:
            if len(rows) == 1:
                receipts.mark_refused(work, {rows[0].id: answer.reason})
            else:
                receipts.put_back(work, [row.id for row in rows], charge=False)

    def _platform_trouble(self, answer: Answer) -> None:
        """The platform as a whole: wait, or a person must look."""
        if isinstance(answer, Retry):
            with self._writing() as work:
                receipts.platform_failed(work, self._connector_id, answer.reason, answer.after_seconds)
        elif isinstance(answer, PauseCredentials | PauseConfiguration | Disabled):
            self._pause(answer.reason)
        else:
            self._pause(f"the platform answered in a way that fits nowhere: {answer}")

    def _pause(self, reason: str) -> None:
        log.warning("connector paused", connector=str(self._connector_id), reason=reason)
        with self._writing() as work:
            receipts.pause_for(work, self._connector_id, reason)

    # Asking for what was accepted.

    def _poll_due(self) -> int:
        with self._database.reading() as session:
            groups = queries.due_jobs(session, self._connector_id, self._clock.now())
        for job, rows in groups.items():
            if job:
                self._poll(job, rows)
            else:
                self._ask_for_each(rows)
            if self._failing():
                break
        return len(groups)

    def _poll(self, job: str, rows: Sequence[Receipt]) -> None:
        submission = self._platform.poll(CaptureJob(job))
        if submission.exchange.status == 404:
            with self._writing() as work:
                receipts.put_back(work, [row.id for row in rows], charge=True, answer="the capture job is unknown")
            return
        if isinstance(submission.answer, Retry):
            self._poll_failed(submission.answer, rows)
            return
        self._take(submission, rows, {row.id: tuple(row.event_ids) for row in rows})

    def _poll_failed(self, answer: Retry, rows: Sequence[Receipt]) -> None:
        at = self._clock.now() + timedelta(seconds=answer.after_seconds or POLL_SECONDS[-2])
        with self._writing() as work:
            receipts.poll_later(work, [row.id for row in rows], at)
            receipts.platform_failed(work, self._connector_id, answer.reason, answer.after_seconds)

    def _ask_for_each(self, rows: Sequence[Receipt]) -> None:
        """A platform that names no job: ask whether it has the events."""
        for row in rows:
            lookups = [self._platform.find(str(event_id)) for event_id in row.event_ids]
            trouble = [lookup for lookup in lookups if not isinstance(lookup.answer, Delivered)]
            if trouble:
                self._take(trouble[0], [row], {row.id: tuple(row.event_ids)})
            elif all(lookup.found for lookup in lookups):
                self._take(lookups[-1], [row], {})
            elif row.polls < POLLS_WITHOUT_JOB:
                self._accepted(None, [row])
            elif any(lookup.found is False for lookup in lookups):
                with self._writing() as work:
                    receipts.put_back(work, [row.id], charge=True, answer="accepted, but not found later")
            else:
                with self._writing() as work:
                    words = "accepted; the platform names no job and does not tell whether it has the event"
                    receipts.mark_delivered(work, self._connector_id, [row.id], words)
