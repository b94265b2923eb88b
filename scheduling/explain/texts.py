"""The English words for every code, for the command line and for documents. A user interface has its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scheduling.explain.reasons import Reason, ReasonCode

REASON_TEXTS: dict[str, str] = {
    ReasonCode.WORK: "work at {station}",
    ReasonCode.CLOSED: "{station} is closed",
    ReasonCode.OVERTIME_UNUSED: "{station} is closed; overtime {overtime} is not used (it costs {cost})",
    ReasonCode.NO_WINDOW: "less than the {minutes} minutes for {station} are left of the open window",
    ReasonCode.CHANGEOVER: "{station} changes over from family {from} to {to} ({minutes} minutes)",
    ReasonCode.BLOCKED_BY: "{station} is occupied by {other}",
    ReasonCode.BEHIND_JOB: "{other} goes first at {station} (due {other_due}; {count} jobs ahead)",
    ReasonCode.BUFFER_FULL: "no place is free after {station} until {other} moves on ({places} places)",
    ReasonCode.RESOURCE_EMPTY: "no {resource} is free until {other} gives one back (there are {count})",
    ReasonCode.RESOURCE_PROMISED: "the free {resource} goes to {other} first",
    ReasonCode.WAIT_LIMIT: "earlier, it would wait more than {minutes} minutes between {from} and {to}",
    ReasonCode.WOULD_WAIT: "earlier, it would only wait at {station} ({because})",
    ReasonCode.HELD_BACK: "held back: it would only be early ({gain} minutes, cost {cost})",
    ReasonCode.UNFORCED: "nothing hinders it; going on would save {gain} minutes of lateness (cost {cost})",
    ReasonCode.RELEASE: "not released before",
    ReasonCode.NOW: "the plan begins now",
    ReasonCode.FIXED: "it had entered {station} before now",
}

CONFLICT_TEXTS: dict[str, str] = {
    "no-window": "no eligible line has a calendar window of {minutes} minutes for {station}",
    "wait-impossible": "it would wait more than {minutes} minutes between {from} and {station}, whenever it starts",
    "resource-too-few": "it needs {needed} of {resource} at {station} at once, and there are {count}",
    "calendar-ends": "no eligible line can finish it before its calendars end, even with no other job",
    "station-overloaded": "{station} has {open} open minutes, and the jobs that only {line} can make need {needed}",
    "past": "no plan can continue what has happened: {fault}",
    "no-room": "no room was found for it beside the other jobs before the calendars end",
    "no-line-fits": "each of its lines is ruled out by another rule",
}


def reason_text(reason: Reason, clock: Callable[[int], str] = str) -> str:
    """A reason in English; `clock` writes minutes after the epoch, such as a due time."""
    values: dict[str, str | int] = {**reason.values, "station": reason.station or "", "other": reason.other or ""}
    if "other_due" in values:
        values["other_due"] = clock(int(values["other_due"]))
    if reason.code is ReasonCode.WOULD_WAIT:
        values["because"] = _because(reason)
    return REASON_TEXTS[reason.code].format_map(values)


def _because(reason: Reason) -> str:
    """The later hindrance of `would-wait` in short: its code, and the job."""
    code = str(reason.values.get("because", "busy"))
    return f"{code} {reason.other}" if reason.other else code


def conflict_text(code: str, station: str | None, values: Mapping[str, str | int]) -> str:
    """A conflict in English."""
    return CONFLICT_TEXTS[code].format_map({**values, "station": station or ""})
