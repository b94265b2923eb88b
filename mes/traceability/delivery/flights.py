"""Documents that a platform has accepted and works on: asked for until it says what became of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from mes.traceability.delivery.breaker import is_ahead
from mes.traceability.delivery.desk import Desk
from mes.traceability.delivery.documents import Document, Parcel
from mes.traceability.delivery.settling import Settler
from mes.traceability.models import Receipt
from mes.traceability.platforms import (
    Accepted,
    CaptureJob,
    DataRefused,
    Delivered,
    Disabled,
    Lookup,
    PauseConfiguration,
    Platform,
    Retry,
    Submission,
)

POLL_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 15, 60)
POLLS_WITHOUT_JOB = 8
LONGEST_FLIGHT = timedelta(days=1)
"""A job that has not ended by then is taken for lost, and its document goes again."""


GONE = (404, 410)


@dataclass
class Flight:
    """A document that the platform works on; `is_lost`: it knows nothing of the job that it named."""

    document: Document
    job: CaptureJob | None
    since: datetime
    due_at: datetime
    polls: int = 1
    is_lost: bool = False


class Flights:
    """Everything that is on its way to one platform."""

    def __init__(self, desk: Desk, settler: Settler) -> None:
        self._desk, self._settler = desk, settler
        self._flights: list[Flight] = []

    def __len__(self) -> int:
        return len(self._flights)

    @property
    def keys(self) -> list[str]:
        """Identifiers of what is on its way."""
        return [key for flight in self._flights for key in flight.document.keys]

    @property
    def next_due(self) -> datetime | None:
        """When the next of them is to be asked for."""
        return min((flight.due_at for flight in self._flights), default=None)

    def recall(self) -> None:
        """What an earlier worker sent, as the database knows it."""
        now, found = self._desk.now(), dict[str, list[Receipt]]()
        with self._desk.reading() as session:
            flying = (Receipt.connector_id == self._desk.connector_id) & (Receipt.state == "accepted")
            for row in session.scalars(select(Receipt).where(flying).order_by(Receipt.event_sequence)):
                found.setdefault(row.capture_job or f"-{row.event_sequence}", []).append(row)
        self._flights = [self._recalled(job, rows, now) for job, rows in found.items()]

    def _recalled(self, job: str, rows: list[Receipt], now: datetime) -> Flight:
        parcels = tuple(_parcel(row) for row in rows)
        due = rows[0].next_attempt_at or now
        known = None if job.startswith("-") else CaptureJob(job)
        return Flight(Document(parcels), known, rows[0].updated_at, due, max(1, rows[0].polls))

    def add(self, document: Document, submission: Submission, job: CaptureJob | None) -> None:
        """A document that the platform has just accepted; without a job, each of its events is asked for by itself."""
        parts = [document] if job else [Document((parcel,)) for parcel in document.parcels]
        now = self._desk.now()
        due = now + timedelta(seconds=POLL_SECONDS[0])
        if self._settler.accepted(document, submission, job.url if job else "", 1, due):
            self._flights += [Flight(part, job, now, due) for part in parts]

    def poll(self, platform: Platform, most: int | None = None) -> int:
        """Ask for what is due; how many were asked for. Stops where the platform is in trouble."""
        now = self._desk.now()
        due = [flight for flight in self._flights if flight.due_at <= now or is_ahead(flight.since, now)][:most]
        for number, flight in enumerate(due, 1):
            goes_on = self._ask(platform, flight, flight.job) if flight.job else self._look_for(platform, flight)
            if not goes_on:
                return number
        return len(due)

    def _ask(self, platform: Platform, flight: Flight, job: CaptureJob) -> bool:
        submission = platform.poll(job)
        answer, events = submission.answer, len(flight.document.parcels)
        if isinstance(answer, PauseConfiguration | Disabled) and submission.exchange.status in GONE:
            self._settler.job_gone(submission, events)
            self._lose(flight)
            return True
        if isinstance(answer, Delivered | DataRefused):
            self._settler.settle(flight.document, submission, "poll")
        elif isinstance(answer, Accepted | Retry) and self._desk.now() - flight.since >= LONGEST_FLIGHT:
            self._settler.put_back(flight.document, submission, "the capture job did not end")
        elif isinstance(answer, Accepted):
            self._later(flight)
            self._settler.still_working(submission, events)
            return True
        else:
            self._later(flight, answer.after_seconds if isinstance(answer, Retry) else None)
            self._settler.waits_for_poll(submission, events)
            return False
        self._flights.remove(flight)
        return not isinstance(answer, Retry)

    def _lose(self, flight: Flight) -> None:
        """From now on each of its events is looked for."""
        self._flights.remove(flight)
        lost = replace(flight, job=None, due_at=self._desk.now(), polls=POLLS_WITHOUT_JOB, is_lost=True)
        self._flights += [replace(lost, document=Document((parcel,))) for parcel in flight.document.parcels]

    def _look_for(self, platform: Platform, flight: Flight) -> bool:
        """A platform that names no job, or does not know it any more: ask whether it has the event."""
        lookups: list[Lookup] = []
        for event_id in flight.document.parcels[0].ids:
            lookups.append(platform.find(event_id))
            if not isinstance(lookups[-1].answer, Delivered):
                self._later(flight)
                self._settler.waits_for_poll(lookups[-1], 1)
                return False
        found = [lookup.found for lookup in lookups]
        if all(found):
            self._settler.settle(flight.document, lookups[-1], "find")
        elif flight.polls < POLLS_WITHOUT_JOB:
            self._later(flight)
            self._settler.accepted(flight.document, lookups[-1], "", flight.polls, flight.due_at)
            return True
        elif False in found or flight.is_lost:
            self._settler.put_back(flight.document, lookups[-1], "accepted, but not found later")
        else:
            self._settler.settle(flight.document, lookups[-1], "find")  # it tells neither job nor events: believed
        self._flights.remove(flight)
        return True

    def _later(self, flight: Flight, asked_seconds: float | None = None) -> None:
        wait = max(POLL_SECONDS[min(flight.polls, len(POLL_SECONDS) - 1)], asked_seconds or 0)
        flight.polls, flight.due_at = flight.polls + 1, self._desk.now() + timedelta(seconds=wait)


def _parcel(row: Receipt) -> Parcel:
    keys = (*row.identifiers, *row.loose_identifiers)
    return Parcel(row.event_sequence, keys, tuple(row.event_ids), row.attempts - 1, row.first_attempt_at)
