"""What an answer means for the events of a document, and for the connector as a whole: written in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

import structlog

from mes.core.commands import Work
from mes.traceability.delivery import breaker
from mes.traceability.delivery.backoff import GIVE_UP_AFTER, is_given_up, wait_after
from mes.traceability.delivery.desk import Desk
from mes.traceability.delivery.documents import Document, answer_words, named_parcels
from mes.traceability.delivery.sizes import Sizes
from mes.traceability.models import Connector
from mes.traceability.platforms import (
    Accepted,
    Answer,
    DataRefused,
    Delivered,
    Disabled,
    PauseConfiguration,
    PauseCredentials,
    Retry,
    Submission,
    TooLarge,
)
from mes.traceability.service import receipts
from mes.traceability.service.connectors import CLOCK_ALARM_SECONDS, pause_by_program

log = structlog.get_logger(__name__)

OUTCOMES: dict[type[Answer], str] = {
    Delivered: "delivered",
    Accepted: "accepted",
    DataRefused: "refused",
    Retry: "retry",
    TooLarge: "too_large",
    PauseCredentials: "credentials",
    PauseConfiguration: "configuration",
    Disabled: "disabled",
}


OF_THE_DOOR = (PauseCredentials, PauseConfiguration, Disabled)


@dataclass(frozen=True)
class Door:
    """Where a connector's requests go, and as whom."""

    kind: str
    url: str
    settings: Any


def door_of(row: Connector) -> Door:
    """The door of a connector as it is now."""
    return Door(row.kind, row.url, row.settings)


class Settler:
    """Writes down what became of requests."""

    def __init__(self, desk: Desk, sizes: Sizes, random: Random) -> None:
        self._desk, self._sizes, self._random = desk, sizes, random
        self._door: Door | None = None

    def asks_at(self, row: Connector) -> None:
        """The requests that are told of from now on go to the connector as it is in this row."""
        self._door = door_of(row)

    def settle(self, document: Document, submission: Submission, purpose: str) -> bool:
        """What a request says about a document's events; True where the platform goes on as before.

        `Accepted` is not for here: the document flies on.
        """
        with self._desk.writing() as (work, row):
            before = row.breaker
            self._note(work, row, purpose, submission, document)
            self._take(work, row, document, submission)
            return row.state == "running" and row.retry_at is None and before == "closed"

    def accepted(self, document: Document, submission: Submission, job: str, polls: int, at: datetime) -> bool:
        """The platform works on a document; False where the connector leads to another by now: it goes out again."""
        with self._desk.writing() as (work, row):
            self._note(work, row, "send" if polls <= 1 else "find", submission, document)
            self._well(work, row)
            if self._door is not None and self._door.url != row.url:
                self._put_back(work, row, document)
                return False
            receipts.mark_accepted(work, row.id, document.sequences, job, polls, at)
            return True

    def still_working(self, submission: Submission, events: int) -> None:
        """The platform works on a document as before: the request is kept, nothing else changes."""
        with self._desk.writing() as (work, row):
            self._well(work, row)
            outcome = OUTCOMES[type(submission.answer)]
            receipts.keep_exchange(work, row.id, "poll", outcome, submission, events=events)

    def platform_said(self, submission: Submission, purpose: str) -> None:
        """An answer that is about no event, such as to OPTIONS."""
        with self._desk.writing() as (work, row):
            self._note(work, row, purpose, submission, None)
            self._trouble(work, row, submission.answer)

    def put_back(self, document: Document, submission: Submission, words: str) -> None:
        """The platform does not know what became of a document that it accepted: it goes again, later and later."""
        with self._desk.writing() as (work, row):
            self._note(work, row, "poll", submission, document)
            if isinstance(submission.answer, Retry):
                self._trouble(work, row, submission.answer)
            self._again_later(work, row, document, words, None)

    def job_gone(self, submission: Submission, events: int) -> None:
        """The platform answers, but not about the job: the request is kept, and the events are looked for."""
        with self._desk.writing() as (work, row):
            self._well(work, row)
            receipts.keep_exchange(work, row.id, "poll", "retry", submission, events=events)

    def waits_for_poll(self, submission: Submission, events: int) -> None:
        """A poll came to nothing."""
        with self._desk.writing() as (work, row):
            outcome = OUTCOMES[type(submission.answer)]
            receipts.keep_exchange(work, row.id, "poll", outcome, submission, events=events)
            self._trouble(work, row, submission.answer)

    def pause(self, paused_for: str, reason: str) -> None:
        """A person must look."""
        with self._desk.writing() as (work, row):
            pause_by_program(work, row, paused_for, reason)

    # The parts.

    def _note(
        self, work: Work, row: Connector, purpose: str, submission: Submission, document: Document | None
    ) -> None:
        skew = submission.exchange.clock_skew_seconds
        if skew is not None and (row.clock_skew_seconds is None or abs(skew - row.clock_skew_seconds) > 1):
            row.clock_skew_seconds = skew
        outcome, sequences = OUTCOMES[type(submission.answer)], document.sequences if document else []
        body = document.renditions[0].body[:8192] if document and document.renditions else b""
        purpose = "probe" if document and document.probe and purpose == "send" else purpose
        receipts.keep_exchange(
            work,
            row.id,
            purpose,
            outcome,
            submission,
            sequences=sequences,
            request=body[:8192].decode("utf-8", "replace"),
        )

    def _take(self, work: Work, row: Connector, document: Document, submission: Submission) -> None:
        answer = submission.answer
        if isinstance(answer, Delivered):
            self._well(work, row)
            self._sizes.clear(document.sequences)
            receipts.mark_delivered(work, row.id, document.sequences, answer_words(submission))
        elif isinstance(answer, DataRefused):
            self._refused(work, row, document, answer)
        elif isinstance(answer, TooLarge):
            self._too_large(work, row, document, answer)
        elif isinstance(answer, Retry):
            self._retry(work, row, document, answer)
        else:
            self._put_back(work, row, document, self._with_clock(row, answer))
            self._trouble(work, row, answer)

    def _well(self, work: Work, row: Connector) -> None:
        if breaker.succeeded(row, work.now()):
            receipts.due_at_once(work, row.id)

    def _put_back(self, work: Work, row: Connector, document: Document, words: str | None = None) -> None:
        receipts.put_back(work, row.id, document.sequences, words)

    def _refused(self, work: Work, row: Connector, document: Document, answer: DataRefused) -> None:
        """Those named are refused; where nobody is named, the document is halved until one event is left."""
        self._well(work, row)
        reasons = named_parcels(answer, document.parcels)
        if len(document.parcels) == 1:
            sequence = document.parcels[0].sequence
            reasons = {sequence: reasons.get(sequence, answer.reason)}
        others = [sequence for sequence in document.sequences if sequence not in reasons]
        if not answer.nothing_stored:
            self._sizes.apart = True
            self._sizes.part(others, singly=True)
        elif not reasons:
            self._sizes.part(others)
        self._sizes.clear(list(reasons))
        receipts.mark_refused(work, row.id, reasons, "data")
        receipts.put_back(work, row.id, others)

    def _too_large(self, work: Work, row: Connector, document: Document, answer: TooLarge) -> None:
        self._well(work, row)
        if len(document.parcels) == 1:
            receipts.mark_refused(work, row.id, {document.parcels[0].sequence: answer.reason}, "too_large")
            return
        if not self._sizes.learn(answer.limits, document):
            row.most_events = max(1, len(document.parcels) // 2)
        self._put_back(work, row, document)

    def _retry(self, work: Work, row: Connector, document: Document, answer: Retry) -> None:
        """Nothing is known of the events: the same bytes go again later; after a probe, when the next one is due."""
        breaker.failed(row, work.now(), answer.reason, answer.after_seconds)
        if max(parcel.attempts for parcel in document.parcels):
            self._sizes.part(document.sequences)
        self._again_later(work, row, document, answer.reason, answer.after_seconds)

    def _again_later(
        self, work: Work, row: Connector, document: Document, reason: str, asked_seconds: float | None
    ) -> None:
        """The same bytes go again after a while; what was tried for too long waits for a person."""
        now = work.now()
        late = [
            parcel.sequence
            for parcel in document.parcels
            if is_given_up(parcel.first_attempt_at, parcel.attempts + 1, now)
        ]
        attempts = max(parcel.attempts for parcel in document.parcels) + 1
        rest = [sequence for sequence in document.sequences if sequence not in late]
        words = f"given up after {GIVE_UP_AFTER.days} days: {reason}"
        receipts.mark_refused(work, row.id, dict.fromkeys(late, words), "expired")
        wait = wait_after(attempts, asked_seconds, self._random)
        at = now if document.probe else now + wait
        receipts.mark_failed(work, row.id, rest, at, reason)

    def _trouble(self, work: Work, row: Connector, answer: Answer) -> None:
        """The platform as a whole: wait, or a person must look."""
        if isinstance(answer, Retry):
            breaker.failed(row, work.now(), answer.reason, answer.after_seconds)
        elif self._door not in (None, door_of(row)) and isinstance(answer, OF_THE_DOOR):
            log.info("an answer about what a person has changed meanwhile", connector=row.name, answer=answer.reason)
        elif isinstance(answer, PauseCredentials):
            pause_by_program(work, row, "credentials", self._with_clock(row, answer))
        elif isinstance(answer, PauseConfiguration):
            pause_by_program(work, row, "configuration", answer.reason)
        elif isinstance(answer, Disabled):
            pause_by_program(work, row, "configuration", answer.reason, disabled=True)
        elif not isinstance(answer, Delivered | Accepted):
            pause_by_program(work, row, "configuration", f"an answer that fits nowhere: {answer}")
        else:
            self._well(work, row)

    def _with_clock(self, row: Connector, answer: PauseCredentials | PauseConfiguration | Disabled | Accepted) -> str:
        """The reason, with what may be behind it: platforms refuse signatures of another time."""
        reason = answer.reason if not isinstance(answer, Accepted) else "accepted"
        skew = row.clock_skew_seconds or 0
        if isinstance(answer, PauseCredentials) and abs(skew) > CLOCK_ALARM_SECONDS:
            return f"{reason} (its clock and ours differ by {abs(skew) / 60:.0f} minutes)"
        return reason
