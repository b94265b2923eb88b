"""The queue as people use it: labels are asked for, printed again with a reason, settled, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from mes.accounts.service import lock_numbers, next_number, the_plant
from mes.core.commands import Work, use_case
from mes.core.errors import Conflict, InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.ledger.service import record
from mes.printing.models import Printer, PrintJob, PrintJobSubject
from mes.printing.service.commands import (
    CancelJob,
    JobSettled,
    JobsMade,
    MadeJob,
    PrintLabels,
    ReprintJob,
    SettleJob,
)
from mes.printing.service.contents import (
    SECRET_LABELS,
    STARTED_STATES,
    MadeLabel,
    made_labels,
    require_tags_once,
)
from mes.printing.service.routes import Destination, destination
from mes.printing.service.scope import in_scope

LABELS_A_JOB = {"zpl": 25, "pdf": 2000}
"""A job whose outcome is not known leaves this many labels to look for; a file holds as many as are asked for."""
JOB_NUMBERS = "print-job"
ON_ITS_WAY = ("queued", "printing")
COUNTED_STATES = ("queued", *STARTED_STATES)


class JobNotOpen(Conflict):
    """The job's state does not allow this."""


@use_case("label:print")
def print_labels(work: Work, command: PrintLabels) -> JobsMade:
    """Put labels into the queue of the printer that their route leads to; nobody waits for a printer.

    What is asked for twice while it still waits or comes out is there once. A label of a thing whose label has come out
    before is told to the ledger, so that two labels of one identity can be explained.

    Raises:
        NotFound, InvalidInput: see `made_labels`.
        NoRoute: nobody has said where this label is printed.
        TagWrittenTwice: the same number would stand in two tags.
    """
    made_by_label = made_labels(work, command)
    lock_numbers(work, the_plant(work.session), JOB_NUMBERS)  # two who ask at once: the second sees the first's job
    jobs: list[MadeJob] = []
    for label, made in made_by_label.items():
        where = destination(work, label, command.station.strip(), command.printer, command.design)
        jobs += _jobs_of(work, label, made, where, command)
    return JobsMade(jobs=jobs)


def _jobs_of(
    work: Work, label: str, made: Sequence[MadeLabel], where: Destination, command: PrintLabels
) -> list[MadeJob]:
    """The jobs of one kind of label: new ones, and those that are on their way since somebody's first tap."""
    parts = _parts(made, LABELS_A_JOB[where.printer.kind])
    there = _there_already(work, parts, where, command)
    missing = [one for place, part in enumerate(parts) if place not in there for one in part]
    writes_rfid = bool(missing) and require_tags_once(work, missing, where.printer, command.copies)
    _tell_reprints(work, label, missing, where)
    return [
        _answer(there[place], waits_already=True)
        if place in there
        else _answer(_new_job(work, label, _rows(part, command), where, command, writes_rfid=writes_rfid))
        for place, part in enumerate(parts)
    ]


@use_case("label:print")
def reprint(work: Work, command: ReprintJob) -> JobsMade:
    """Print labels of a job again, as a new job with a reason; of an unknown job, the others are taken as printed.

    Raises:
        NotFound: no such job.
        JobNotOpen: it is not over yet, or its labels were secret and are forgotten.
        InvalidInput: a label that is not in the job.
    """
    old = the_job(work, command.number)
    if old.state in ("queued", "printing"):
        raise JobNotOpen(Text(N_("Job %(number)s is not over yet"), {"number": old.number}))
    if not old.printer.active:
        raise JobNotOpen(Text(N_("Printer %(code)s is retired"), {"code": old.printer.code}))
    rows = _chosen(old, command.subjects)
    if any("fields" not in row for row in rows):
        raise JobNotOpen(Text(N_("These labels held a secret that is not kept; have a new one made")))
    if old.state == "unknown":
        _settle(work, old, missing=sum(row["copies"] for row in rows))
    job = PrintJob(
        label=old.label,
        design=old.design,
        language=old.language,
        labels=[dict(row) for row in rows],
        station=old.station,
        writes_rfid=old.writes_rfid and old.printer.writes_rfid,
        reprint_of=old,
        reprint_reason=command.reason.strip(),
        printer=old.printer,
    )
    _enter(work, job)
    _record_reprint(work, job, {subject: [old.number] for subject in _subjects(rows)})
    return JobsMade(jobs=[_answer(job)])


@use_case("label:print")
def settle(work: Work, command: SettleJob) -> JobSettled:
    """A person says what became of a job whose outcome nobody knew.

    Raises:
        NotFound: no such job.
        JobNotOpen: its outcome is known.
    """
    job = the_job(work, command.number)
    if job.state != "unknown":
        raise JobNotOpen(Text(N_("What became of job %(number)s is known already"), {"number": job.number}))
    _settle(work, job, missing=0 if command.came_out else label_count(job))
    return JobSettled(number=job.number, state=job.state)


@use_case("label:print")
def cancel(work: Work, command: CancelJob) -> JobSettled:
    """Withdraw labels that still wait.

    Raises:
        NotFound: no such job.
        JobNotOpen: they are on their way already.
    """
    job = the_job(work, command.number)
    if job.state != "queued":
        raise JobNotOpen(Text(N_("Job %(number)s does not wait any more"), {"number": job.number}))
    end(work, job, "cancelled", by=work.actor.name)
    return JobSettled(number=job.number, state=job.state)


def the_job(work: Work, number: int) -> PrintJob:
    """A job, locked for the transaction.

    Raises:
        NotFound: there is none of this number, or it holds labels of projects that are not this actor's to see.
        Forbidden: it holds a secret that is not for this actor.
    """
    query = (
        select(PrintJob).where(PrintJob.number == number).with_for_update().execution_options(populate_existing=True)
    )
    job = work.session.scalars(query).first()
    if job is None or not in_scope(work.session, work.actor, [job]):
        raise NotFound(Text(N_("There is no print job %(number)s"), {"number": number}))
    if job.label in SECRET_LABELS:
        work.actor.require(SECRET_LABELS[job.label])
    return job


def end(work: Work, job: PrintJob, state: str, *, by: str = "", reason: Text | None = None, printed: int = 0) -> None:
    """Give a job its last state; labels that hold a secret are forgotten then."""
    job.state, job.finished_at, job.finished_by = state, work.now(), by[:80]
    job.printed_count, job.next_attempt_at = printed, None
    job.reason = reason.as_json() if reason else None
    if job.label in SECRET_LABELS:
        job.labels = [{"subject": row["subject"], "copies": row["copies"]} for row in job.labels]


def label_count(job: PrintJob) -> int:
    """How many labels a job makes, copies counted."""
    return sum(row["copies"] for row in job.labels)


def _settle(work: Work, job: PrintJob, *, missing: int) -> None:
    total = label_count(job)
    state = "failed" if missing >= total else "printed"
    looked = Text(N_("%(name)s has looked: it did not come out"), {"name": work.actor.name})
    reason = looked if state == "failed" else None
    end(work, job, state, by=work.actor.name, reason=reason, printed=total - missing)


def _parts(made: Sequence[MadeLabel], size: int) -> list[Sequence[MadeLabel]]:
    return [made[start : start + size] for start in range(0, len(made), size)]


def _rows(part: Sequence[MadeLabel], command: PrintLabels) -> list[dict[str, Any]]:
    return [made.row(command.copies) for made in part]


def _new_job(
    work: Work,
    label: str,
    rows: list[dict[str, Any]],
    where: Destination,
    command: PrintLabels,
    *,
    writes_rfid: bool,
) -> PrintJob:
    job = PrintJob(
        label=label,
        design=where.design.name,
        language=command.language,
        labels=rows,
        station=command.station.strip(),
        writes_rfid=writes_rfid,
        printer=where.printer,
    )
    _enter(work, job)
    return job


def _enter(work: Work, job: PrintJob) -> None:
    """Give a new job its number and its place at the end of the queue."""
    job.number = next_number(work, the_plant(work.session), JOB_NUMBERS)
    job.state, job.printed_count, job.attempts = "queued", 0, 0
    job.requested_at, job.requested_by = work.now(), work.actor.name[:80]
    work.session.add(job)
    work.session.flush()
    work.session.add_all(PrintJobSubject(job_id=job.id, subject=subject) for subject in _subjects(job.labels))
    work.session.flush()


def _subjects(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["subject"] for row in rows if row["subject"]))


def _chosen(job: PrintJob, subjects: Sequence[str]) -> list[dict[str, Any]]:
    strange = sorted(set(subjects) - set(_subjects(job.labels)))
    if strange:
        message = N_("Job %(number)s has no label of “%(subject)s”")
        raise InvalidInput(Text(message, {"number": job.number, "subject": strange[0]}))
    return [row for row in job.labels if not subjects or row["subject"] in subjects]


def _there_already(
    work: Work, parts: Sequence[Sequence[MadeLabel]], where: Destination, command: PrintLabels
) -> dict[int, PrintJob]:
    """Jobs of an earlier request for just these labels that is on its way still, by their place among its parts.

    Somebody tapped twice because nothing seemed to happen. What has come out of that request already counts as well;
    what was withdrawn or failed does not.
    """
    query = (
        select(PrintJob)
        .where(PrintJob.printer_id == where.printer.id, PrintJob.design == where.design.name)
        .where(PrintJob.language == command.language, PrintJob.reprint_of_id.is_(None))
    )
    first_subjects = [part[0].subject for part in parts]
    of_these = select(PrintJobSubject.job_id).where(PrintJobSubject.subject.in_(first_subjects))
    on_its_way = query.where(PrintJob.state.in_(ON_ITS_WAY), PrintJob.id.in_(of_these)).order_by(PrintJob.number)
    wanted = [_rows(part, command) for part in parts]
    there: dict[int, PrintJob] = {}
    for job in work.session.scalars(on_its_way).all():
        if job in there.values():
            continue
        for place in (place for place, rows in enumerate(wanted) if rows == job.labels):
            first = job.number - place  # the jobs of one request have numbers without a gap
            request = query.where(PrintJob.number.between(first, first + len(parts) - 1))
            same = {found.number - first: found for found in work.session.scalars(request)}
            counted = {part: found for part, found in same.items() if found.state in COUNTED_STATES}
            there |= {part: found for part, found in counted.items() if found.labels == wanted[part]}
    return there


def _tell_reprints(work: Work, label: str, labels: Sequence[MadeLabel], where: Destination) -> None:
    """Record that things get a further label, where an earlier job may have made one."""
    query = (
        select(PrintJobSubject.subject, PrintJob.number)
        .join(PrintJob, PrintJob.id == PrintJobSubject.job_id)
        .where(PrintJobSubject.subject.in_([made.subject for made in labels if made.subject]))
        .where(PrintJob.label == label, PrintJob.state.in_(STARTED_STATES))
        .order_by(PrintJob.number)
    )
    earlier: dict[str, list[int]] = {}
    for subject, number in work.session.execute(query):
        earlier.setdefault(subject, []).append(number)
    if earlier:
        data = {"label": label, "design": where.design.name, "printer": where.printer.code, "reason": ""}
        _record(work, data, earlier)


def _record_reprint(work: Work, job: PrintJob, earlier: Mapping[str, list[int]]) -> None:
    if earlier:
        facts = {"label": job.label, "design": job.design, "printer": job.printer.code, "job": job.number}
        _record(work, {**facts, "reason": job.reprint_reason, "tag_written_again": job.writes_rfid}, earlier)


def _record(work: Work, data: Mapping[str, Any], earlier: Mapping[str, list[int]]) -> None:
    record(
        work,
        "label.reprinted",
        earlier,
        event_time=work.now(),
        data={**data, "earlier_jobs": {subject: list(numbers) for subject, numbers in earlier.items()}},
    )


def _answer(job: PrintJob, *, waits_already: bool = False) -> MadeJob:
    printer: Printer = job.printer
    return MadeJob(
        id=job.id,
        number=job.number,
        label=job.label,
        count=label_count(job),
        printer=printer.name,
        is_file=printer.kind == "pdf",
        waits_already=waits_already,
    )
