"""Printing, and finding out what came out.

All in one connection: a printer reads its bytes in order, so that its answer to a question behind the labels proves
that it has read the labels. After that it is asked until it holds no work any more. Three things are known not to be
proof, and are not taken for it: an empty queue after somebody pressed the cancel key (the printer's own count of
labels tells, where it has one), the number of labels that remain (some printers only say 1 as long as they work), and
silence (newer printers answer nothing while their paper is out).
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from labels.errors import ReferenceLengthError
from labels.printers.connection import BrokenError, Connection, UnreachableError
from labels.printers.status import PrinterStatus
from labels.printers.tcp import send

CANCEL_ALL = b"~JA\r\n"
_ASK_COUNT = b'! U1 getvar "odometer.total_label_count"\r\n'
_COUNT = re.compile(rb'"([0-9]{1,12}|\?)"')
_TAG_REPORT = re.compile(rb"EPC\[([0-9A-F]*)\]")
_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Printer:
    """Where a printer is and what may be expected of it.

    ``answers_status``: it answers ``~HS``. ``status_seconds``: how long an answer may take. ``trouble_seconds``: how
    long somebody has to put paper in before the job is cancelled; ``cancels``: it may be cancelled at all, with
    ``~JA``, which is done only where the printer was idle before, so that no other's work is lost. ``report_seconds``:
    how long after the last label a tag's report and the count of labels may take.
    """

    host: str
    port: int = 9100
    answers_status: bool = True
    status_seconds: float = 3
    trouble_seconds: float = 0
    cancels: bool = True
    report_seconds: float = 2


@dataclass(frozen=True)
class Printed:
    """What became of a job.

    - ``printed``: all labels came out, as far as the printer knows; with tags: each was read back as it should be.
    - ``failed``: not all came out, and none will come by itself any more: nothing was sent, or the rest was cancelled.
    - ``unknown``: anything else; a person must look. Never to be sent again by itself.

    ``labels_out`` are known to have come out at least, by the printer's own count or by tags read back; there may be
    more. ``all_taken``: every byte of the job reached the printer's side. ``nothing_sent``: not one byte of the job
    left, so that it may be tried again.
    """

    state: Literal["printed", "failed", "unknown"]
    detail: str
    labels_out: int = 0
    all_taken: bool = False
    tags: tuple[str, ...] = ()
    nothing_sent: bool = False


def print_and_confirm(
    printer: Printer, payload: bytes, labels: int, *, tags: Sequence[str] = (), timeout_seconds: float = 60
) -> Printed:
    """Print a job of so many labels; never raises for what the network or the printer does, and ends in time.

    ``tags`` are the EPCs, in hexadecimal and in order, that the printer is to write and report (see
    :mod:`labels.output.zpl`). Raises ReferenceLengthError for an empty job.
    """
    if not payload or labels < 1:
        raise ReferenceLengthError("There is nothing to print")
    if not printer.answers_status:
        return _print_unconfirmed(printer, payload, timeout_seconds)
    try:
        with Connection(printer.host, printer.port, timeout_seconds) as connection:
            return _Job(printer, connection, payload, labels, tuple(tags)).run()
    except UnreachableError as error:
        return _nothing_sent(str(error))


def _print_unconfirmed(printer: Printer, payload: bytes, timeout_seconds: float) -> Printed:
    sent = send(printer.host, printer.port, payload, timeout_seconds)
    if sent.state == "not_sent":
        return _nothing_sent(sent.detail)
    taken = sent.state == "sent"
    detail = "the printer took the job; it does not say what came out" if taken else sent.detail
    return Printed("unknown", detail, all_taken=taken)


def _nothing_sent(why: str) -> Printed:
    return Printed("failed", f"nothing was sent: {why}", nothing_sent=True)


@dataclass
class _Job:
    printer: Printer
    connection: Connection
    payload: bytes
    labels: int
    tags: tuple[str, ...]
    count_before: int | None = None
    was_idle: bool = False
    all_taken: bool = False
    trouble_since: float | None = None
    idle_since: float | None = None
    said: str = field(default="it has not answered since")

    def run(self) -> Printed:
        try:
            if refusal := self._refusal():
                return refusal
        except BrokenError as error:
            return _nothing_sent(str(error))
        sent_before = self.connection.sent_bytes
        try:
            self.connection.write(self.payload)
            return self._follow()
        except BrokenError as error:
            if self.connection.sent_bytes == sent_before:
                return _nothing_sent(str(error))
            return self._ended("unknown", f"the job was under way when {error}")

    def _refusal(self) -> Printed | None:
        """Why nothing is sent, if so. Also notes the printer's count of labels."""
        status = self.connection.ask_status(self.printer.status_seconds)
        if status.state != "answered":
            return _nothing_sent(f"the printer does not answer ({status.detail})")
        if not status.is_ready:
            return _nothing_sent(", ".join(status.troubles) or "its buffer is full")
        self.was_idle = not status.has_work
        if self.was_idle:
            self.count_before = self._count()
        return None

    def _follow(self) -> Printed:
        """Ask until the outcome is known or time is up."""
        while not self.connection.is_over:
            status = self.connection.ask_status(self.printer.status_seconds)
            if status.state == "answered":
                self.all_taken = True
                if (outcome := self._judge(status)) is not None:
                    return outcome
            self.connection.listen(_POLL_SECONDS)
        return self._ended("unknown", f"time is up, and {self.said}")

    def _judge(self, status: PrinterStatus) -> Printed | None:
        now = time.monotonic()
        if status.troubles and status.has_work:
            self.said = ", ".join(status.troubles)
            self.trouble_since = self.trouble_since or now
            if now - self.trouble_since >= self.printer.trouble_seconds:
                return self._cancel()
            return None
        self.trouble_since = None
        if status.has_work:
            self.said, self.idle_since = "it is still at work", None
            return None
        if self.idle_since is None:
            # Between reading a label and printing it some printers hold no work for a moment: once is not enough.
            self.idle_since = now
            return None
        return self._finished(is_last_chance=now - self.idle_since >= self.printer.report_seconds)

    def _finished(self, *, is_last_chance: bool) -> Printed | None:
        """The outcome once the printer holds no work; None where a report may still be on its way."""
        tags = self._tags_read()
        good = _in_order(tags, self.tags)
        if good < len(tags):
            return self._ended("failed", f"a tag was read back as {tags[good]}: that label must be destroyed")
        if good < len(self.tags):
            missing = f"{good} of {len(self.tags)} tags were read back"
            return self._ended("unknown", missing) if is_last_chance else None
        told = "the printer holds no work any more" + (", and every tag was read back" if self.tags else "")
        if self.count_before is None:
            return self._ended("printed", told)
        out = self._labels_counted()
        if out is not None and out >= self.labels:
            return self._ended("printed", f"{told}, and its count of labels agrees")
        if not is_last_chance:
            return None
        counted = "no longer tells its count of labels" if out is None else f"counted {out} of {self.labels} labels"
        return self._ended("unknown", f"the printer holds no work, but {counted}")

    def _cancel(self) -> Printed:
        """Take the job out of a printer that stands still; unknown where that is not allowed or not confirmed."""
        why = f"the printer stands still: {self.said}"
        if not (self.printer.cancels and self.was_idle):
            return self._ended("unknown", f"{why}; it still holds labels")
        self.connection.write(CANCEL_ALL)
        while not self.connection.is_over:
            status = self.connection.ask_status(self.printer.status_seconds)
            if status.state == "answered" and not status.has_work:
                if self.count_before is not None and (printed := self._finished(is_last_chance=False)):
                    return printed  # The last labels came out before the cancelling arrived.
                return self._ended("failed", f"{why}; the rest was cancelled")
            self.connection.listen(_POLL_SECONDS)
        return self._ended("unknown", f"{why}; it did not confirm that the rest was cancelled")

    def _count(self) -> int | None:
        """The labels that the printer has ever printed; None where it does not say."""
        before = len(_COUNT.findall(self.connection.heard))
        self.connection.write(_ASK_COUNT)
        give_up = time.monotonic() + min(self.printer.status_seconds, 1)
        while not (answers := _COUNT.findall(self.connection.heard)[before:]):
            if self.connection.is_over or time.monotonic() >= give_up or not self.connection.listen(_POLL_SECONDS):
                return None
        return None if answers[0] == b"?" else int(answers[0])

    def _labels_counted(self) -> int | None:
        if self.count_before is None or (count := self._count()) is None:
            return None
        return max(0, count - self.count_before)

    def _tags_read(self) -> tuple[str, ...]:
        return tuple(epc.decode() for epc in _TAG_REPORT.findall(self.connection.heard))

    def _ended(self, state: Literal["printed", "failed", "unknown"], detail: str) -> Printed:
        """The outcome with the labels that surely came out."""
        tags = self._tags_read()
        if state == "printed":
            out = self.labels
        elif self.tags:
            out = _in_order(tags, self.tags)
        else:
            out = self._counted_at_last()
        return Printed(state, detail, out, self.all_taken, tags)

    def _counted_at_last(self) -> int:
        try:
            return min(self._labels_counted() or 0, self.labels)
        except BrokenError:
            return 0


def _in_order(read: Sequence[str], wanted: Sequence[str]) -> int:
    """How many tags were read back as they should be before one was not; tags of void labels are not reported."""
    waiting = iter(wanted)
    return next((number for number, tag in enumerate(read) if tag not in waiting), len(read))
