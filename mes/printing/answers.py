"""A printer's answers in the words of the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from labels.printers.confirmation import Printed
from labels.printers.status import PrinterStatus
from mes.core.text import N_, Text
from mes.printing.words import PRINTER_TROUBLES

NOTHING_SENT: Literal["nothing sent"] = "nothing sent"


@dataclass(frozen=True)
class Condition:
    """How a printer is: ready, busy, fault or away, and why in words."""

    state: str
    reason: Text | None = None

    @property
    def is_ready(self) -> bool:
        """Whether labels may be sent."""
        return self.state == "ready"


@dataclass(frozen=True)
class Outcome:
    """What became of a job, and how the printer is after it. `nothing sent`: it may be sent again."""

    state: Literal["printed", "failed", "unknown", "nothing sent"]
    reason: Text | None
    labels_out: int
    printer_state: str
    printer_reason: Text | None = None


def condition_of(status: PrinterStatus) -> Condition:
    """What an answer to `~HS`, or its absence, says."""
    if status.state == "unreachable":
        message = N_("There is no connection to it: is it switched on and in the network? (%(detail)s)")
        return Condition("away", Text(message, {"detail": status.detail}))
    if status.state == "silent":
        return Condition("fault", Text(N_("It says nothing: is there paper in it, is its head closed?")))
    if status.troubles:
        return Condition("fault", _troubles(", ".join(status.troubles)))
    return Condition("busy" if status.buffer_full else "ready")


def outcome_of(answer: Printed, *, answers_status: bool) -> Outcome:
    """What the answer after printing says."""
    trouble = _troubles(answer.detail)
    printer_state = "fault" if trouble else "ready"
    if answer.state == "printed":
        return Outcome("printed", None, answer.labels_out, "ready")
    if answer.nothing_sent:
        reason = trouble or Text(N_("Nothing has been sent yet: %(detail)s"), {"detail": answer.detail})
        return Outcome(NOTHING_SENT, reason, 0, "fault" if trouble else "away", reason)
    if answer.state == "unknown" and answer.all_taken and not answers_status:
        reason = Text(N_("The printer took it; a printer of this kind does not say whether it came out"))
        return Outcome("printed", reason, 0, "")
    return Outcome(answer.state, _what_happened(answer, trouble), answer.labels_out, printer_state, trouble)


def _what_happened(answer: Printed, trouble: Text | None) -> Text:
    if answer.state == "failed" and trouble:
        message = N_("The printer stood still: %(trouble)s. %(count)s labels came out, the others were taken back")
        return Text(message, {"trouble": trouble, "count": answer.labels_out})
    if answer.state == "failed":
        return Text(N_("The printer did not print it: %(detail)s"), {"detail": answer.detail})
    if trouble:
        message = N_("The printer stood still: %(trouble)s. At least %(count)s labels came out")
        return Text(message, {"trouble": trouble, "count": answer.labels_out})
    return Text(N_("The printer did not confirm it: %(detail)s"), {"detail": answer.detail})


def _troubles(said: str) -> Text | None:
    """The troubles that are named in an answer, one behind the other."""
    found = [Text(trouble) for trouble in PRINTER_TROUBLES if trouble in said]
    if not found:
        return None
    words = found[0]
    for further in found[1:]:
        words = Text(N_("%(first)s, %(second)s"), {"first": words, "second": further})
    return words
