"""Sends the jobs of one printer, in order, and believes only what the printer answered.

A job is `printing` in the database before its first byte leaves. What then cannot be known is `unknown`, and a person
looks; only a job of which not one byte left waits and is tried again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from labels.printers.confirmation import Printed, print_and_confirm
from labels.printers.confirmation import Printer as PrinterAddress
from labels.printers.tcp import printer_status
from mes.accounts.service import SYSTEM
from mes.core.clock import Clock
from mes.core.commands import Work
from mes.core.database import Database
from mes.core.errors import MesError
from mes.core.text import Text
from mes.printing.answers import NOTHING_SENT, Outcome, condition_of, outcome_of
from mes.printing.models import Printer, PrintJob
from mes.printing.press import job_zpl
from mes.printing.queries import next_job
from mes.printing.service import sending
from mes.printing.service.jobs import label_count
from mes.printing.service.sending import Attempt

log = structlog.get_logger(__name__)

LEASE_SECONDS = 20.0
LOOK_SECONDS = 1.0
ASK_IDLE_PRINTER_SECONDS = 30.0
ELSEWHERE_SECONDS = 5.0
STATUS_SECONDS = 3.0
SECONDS_A_JOB, SECONDS_A_LABEL = 75.0, 4.0
"""How long a job may take until its outcome counts as unknown: a label with a tag takes some seconds."""
TROUBLE_SECONDS = 60.0
"""How long somebody has to put paper in before the rest of a job is taken back from the printer."""
REPORT_PAUSE_SECONDS = 2.0


class PrinterSender:
    """Serves one printer. One thread uses it; `owner` is the worker's stable name."""

    def __init__(
        self, database: Database, clock: Clock, printer_id: UUID, owner: str, stop_event: threading.Event
    ) -> None:
        self._database, self._clock, self._printer_id = database, clock, printer_id
        self._owner, self._stop = owner, stop_event
        self._failures = 0
        self._taken_at: float | None = None
        self._asked_at: float | None = None

    def serve_once(self) -> float:
        """One round: at most one job. Returns after how many seconds the next round is worth it.

        Raises:
            NotFound: the printer is gone, retired, or makes a file.
        """
        if not self._holds_printer():
            return ELSEWHERE_SECONDS
        with self._database.reading() as session:
            printer = session.get_one(Printer, self._printer_id)
            job = next_job(session, self._printer_id)
        if job is None:
            return self._idle(printer)
        if sending.is_left_alone(job, self._clock.now()):
            return LOOK_SECONDS
        return self._print(printer, job)

    def close(self) -> None:
        """Let another worker serve the printer."""
        with self._writing() as work:
            sending.release_printer(work, self._printer_id, self._owner)

    def _holds_printer(self) -> bool:
        now = time.monotonic()
        if self._taken_at is not None and now - self._taken_at < LEASE_SECONDS / 2:
            return True
        with self._writing() as work:
            mine = sending.take_printer(work, self._printer_id, self._owner, LEASE_SECONDS) is not None
        self._taken_at = now if mine else None
        return mine

    def _idle(self, printer: Printer) -> float:
        """Nothing to print: now and then the printer is asked how it is, so that people know before they need it."""
        now = time.monotonic()
        due = self._asked_at is None or now - self._asked_at >= ASK_IDLE_PRINTER_SECONDS or not printer.state
        if printer.answers_status and due:
            self._is_ready(printer)
        return LOOK_SECONDS

    def _print(self, printer: Printer, job: PrintJob) -> float:
        try:
            payload = job_zpl(job, printer)
        except MesError as error:
            with self._writing() as work:
                sending.cannot_be_drawn(work, job.id, error.reason)
            return 0
        if printer.answers_status and not self._is_ready(printer):
            self._failures += 1
            return min(sending.backoff_seconds(self._failures), LEASE_SECONDS / 2)
        self._failures = 0
        seconds = SECONDS_A_JOB + SECONDS_A_LABEL * label_count(job)
        with self._writing() as work:
            attempt = sending.begin(work, printer.id, self._owner, job.id, seconds + LEASE_SECONDS)
        if attempt is None:
            self._taken_at = None
            return 0
        answer = _printed(printer, job, payload, seconds)
        self._report(printer, attempt, answer, seconds)
        self._taken_at = self._asked_at = None
        return 0

    def _report(self, printer: Printer, attempt: Attempt, answer: Printed, seconds: float) -> None:
        """Write down what is known now; a database that is away must not turn it into something unknown."""
        outcome = outcome_of(answer, answers_status=printer.answers_status)
        give_up_at = time.monotonic() + seconds
        while True:
            try:
                with self._writing() as work:
                    self._write_down(work, printer, attempt, outcome)
                return
            except (OperationalError, InterfaceError):
                if time.monotonic() > give_up_at or self._stop.wait(REPORT_PAUSE_SECONDS):
                    raise
                log.warning(
                    "the outcome of a print job could not be written down; tried again", job=str(attempt.job_id)
                )

    def _write_down(self, work: Work, printer: Printer, attempt: Attempt, outcome: Outcome) -> None:
        if outcome.state == NOTHING_SENT:
            sending.put_back(work, attempt, outcome.reason or Text(""))
        elif not sending.ended(work, attempt, outcome.state, outcome.reason, outcome.labels_out):
            log.warning("a late outcome of a print job", job=str(attempt.job_id), outcome=outcome.state)
        sending.printer_is(work, printer.id, outcome.printer_state, outcome.printer_reason)

    def _is_ready(self, printer: Printer) -> bool:
        """Ask the printer how it is, and write it down where it has changed."""
        self._asked_at = time.monotonic()
        condition = condition_of(printer_status(printer.host, printer.port, STATUS_SECONDS))
        with self._writing() as work:
            sending.printer_is(work, printer.id, condition.state, condition.reason)
        return condition.is_ready

    @contextmanager
    def _writing(self) -> Iterator[Work]:
        with self._database.writing() as session:
            yield Work(session, SYSTEM, self._clock)


def _printed(printer: Printer, job: PrintJob, payload: bytes, seconds: float) -> Printed:
    address = PrinterAddress(
        printer.host,
        printer.port,
        printer.answers_status,
        status_seconds=STATUS_SECONDS,
        trouble_seconds=TROUBLE_SECONDS,
    )
    tags = [row["epc_hex"].upper() for row in job.labels if row["epc_hex"]] if job.writes_rfid else []
    return print_and_confirm(address, payload, label_count(job), tags=tags, timeout_seconds=seconds)
