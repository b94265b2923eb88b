"""What the sender writes down: who serves a printer, that a job is on its way, what became of it.

queued → printing is committed before the first byte leaves, so that nothing is printed that nobody knows of. What is
`printing` while nobody sends it has an outcome that nobody knows; it is never sent again by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select

from mes.core.commands import Work
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.printing.models import Printer, PrintJob
from mes.printing.service.jobs import end

SEND = "label:send"
BACKOFF_SECONDS = (2, 5, 10, 20, 30)


@dataclass(frozen=True)
class Attempt:
    """A job on its way: which try of it this is tells a late outcome from that of another try."""

    job_id: UUID
    number: int


def take_printer(work: Work, printer_id: UUID, owner: str, seconds: float) -> Printer | None:
    """The printer, if `owner` may serve it now; what nobody sends any more becomes unknown.

    Raises:
        NotFound: it is gone, retired, or none that labels are sent to.
    """
    work.actor.require(SEND)
    printer = _locked_printer(work, printer_id)
    if printer is None or not printer.active or printer.kind != "zpl":
        raise NotFound(Text(N_("There is nothing to send to this printer")))
    now = work.now()
    if printer.lease_owner not in (None, owner) and printer.lease_until is not None and printer.lease_until > now:
        return None
    printer.lease_owner, printer.lease_until = owner, now + timedelta(seconds=seconds)
    _give_up_orphans(work, printer)
    return printer


def release_printer(work: Work, printer_id: UUID, owner: str) -> None:
    """Let another worker serve the printer."""
    printer = _locked_printer(work, printer_id)
    if printer is not None and printer.lease_owner == owner:
        printer.lease_owner, printer.lease_until = None, None


def begin(work: Work, printer_id: UUID, owner: str, job_id: UUID, seconds: float) -> Attempt | None:
    """Say that a job leaves now and may take so long; None where it was withdrawn or another worker has the printer."""
    work.actor.require(SEND)
    printer, job = _locked_printer(work, printer_id), _locked_job(work, job_id)
    if printer is None or printer.lease_owner != owner or job is None or job.state != "queued":
        return None
    now = work.now()
    printer.lease_until = now + timedelta(seconds=seconds)
    printer.state, printer.state_reason, printer.state_at = "busy", None, now
    job.state, job.attempts, job.started_at, job.reason = "printing", job.attempts + 1, now, None
    return Attempt(job.id, job.attempts)


def ended(
    work: Work,
    attempt: Attempt,
    state: Literal["printed", "unknown", "failed"],
    reason: Text | None,
    labels_out: int,
) -> bool:
    """Write down what became of an attempt; False where it is not the last one, or a person has said already."""
    work.actor.require(SEND)
    job = _locked_job(work, attempt.job_id)
    if job is None or job.attempts != attempt.number or job.state not in ("printing", "unknown"):
        return False
    if state == "unknown":
        _unknown(work, job, reason)
        job.printed_count = labels_out
    else:
        end(work, job, state, reason=reason, printed=labels_out)
    return True


def put_back(work: Work, attempt: Attempt, reason: Text) -> None:
    """Not one byte left: the job waits for its next attempt, first in the queue as before."""
    work.actor.require(SEND)
    job = _locked_job(work, attempt.job_id)
    if job is not None and job.attempts == attempt.number and job.state == "printing":
        job.state, job.reason = "queued", reason.as_json()
        job.next_attempt_at = work.now() + timedelta(seconds=backoff_seconds(job.attempts))


def cannot_be_drawn(work: Work, job_id: UUID, reason: Text) -> None:
    """A job whose labels cannot be drawn ends, so that those behind it go on."""
    work.actor.require(SEND)
    job = _locked_job(work, job_id)
    if job is not None and job.state == "queued":
        end(work, job, "failed", reason=reason)


def printer_is(work: Work, printer_id: UUID, state: str, reason: Text | None) -> None:
    """Write down how a printer is, in words where something is wrong."""
    work.actor.require(SEND)
    printer = _locked_printer(work, printer_id)
    if printer is not None:
        printer.state, printer.state_at = state, work.now()
        printer.state_reason = reason.as_json() if reason else None


def backoff_seconds(failures: int) -> float:
    """How long to leave a printer alone after so many failures in a row (1 or more)."""
    return BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1]


def is_left_alone(job: PrintJob, now: datetime) -> bool:
    """Whether it is too early for a job's next attempt; a clock that was set back keeps it waiting no longer."""
    if job.next_attempt_at is None:
        return False
    return now < job.next_attempt_at <= now + timedelta(seconds=BACKOFF_SECONDS[-1])


def _give_up_orphans(work: Work, printer: Printer) -> None:
    on_the_way = (PrintJob.printer_id == printer.id) & (PrintJob.state == "printing")
    for job in work.session.scalars(select(PrintJob).where(on_the_way).with_for_update()):
        _unknown(work, job, Text(N_("The program that sends labels was interrupted; look whether they came out")))


def _unknown(work: Work, job: PrintJob, reason: Text | None) -> None:
    """Not over yet for people, so that what stands on the labels stays; but over for the sender, for good."""
    job.state, job.finished_at, job.next_attempt_at = "unknown", work.now(), None
    job.reason = reason.as_json() if reason else None


def _locked_printer(work: Work, printer_id: UUID) -> Printer | None:
    return work.session.get(Printer, printer_id, with_for_update=True, populate_existing=True)


def _locked_job(work: Work, job_id: UUID) -> PrintJob | None:
    return work.session.get(PrintJob, job_id, with_for_update=True, populate_existing=True)
