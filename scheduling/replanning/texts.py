"""The English words for every change and cause, for the command line. A user interface has its own."""

from __future__ import annotations

from collections.abc import Callable

from scheduling.replanning.change import Change, ChangeKind, Place, Why, WhyCode

WHY_TEXTS: dict[str, str] = {
    WhyCode.NEW_JOB: "it is new",
    WhyCode.NOW_FITS: "there was no place for it before",
    WhyCode.NO_PLACE: "{reason}",
    WhyCode.LINE_RULED_OUT: "it can no longer run on {line}",
    WhyCode.BEGUN_ELSEWHERE: "it was put on {line}",
    WhyCode.BEGUN_LATE: "{station} is {minutes} minutes behind the plan with it",
    WhyCode.BEGUN_EARLY: "{station} is {minutes} minutes ahead of the plan with it",
    WhyCode.NOT_YET_BEGUN: "it should have begun {minutes} minutes ago",
    WhyCode.RELEASE_LATER: "it is released {minutes} minutes after it was to begin",
    WhyCode.STATION_CLOSED: "{station} is closed when its work was planned",
    WhyCode.LONGER_WORK: "its work at {station} takes {minutes} minutes, and it had {planned}",
    WhyCode.SHORTER_WORK: "its work at {station} takes {minutes} minutes only, and it had {planned}",
    WhyCode.PUSHED_BY: "{other}, in front of it at {station}, is later",
    WhyCode.NEW_JOB_IN_FRONT: "the new {other} goes before it at {station}",
    WhyCode.BEHIND_OTHER: "{other} now goes before it at {station}",
    WhyCode.PULLED_FORWARD: "{other}, which was in front of it at {station}, makes room",
    WhyCode.BEFORE_OTHER: "it now goes before {other} at {station}",
    WhyCode.BETTER_TOTAL: "the plan as a whole costs less so",
    WhyCode.OVERTIME_WORKED: "work has already been done in it",
    WhyCode.OVERTIME_GONE: "it is offered no more",
}
ROOT_TEXT = "; it begins with {root} ({because})"
ROOT_TEXTS: dict[str, str] = {
    WhyCode.BEGUN_LATE: "behind the plan",
    WhyCode.BEGUN_EARLY: "ahead of the plan",
    WhyCode.NOT_YET_BEGUN: "not begun in time",
    WhyCode.RELEASE_LATER: "released later",
    WhyCode.STATION_CLOSED: "a station is closed",
    WhyCode.LONGER_WORK: "longer work",
    WhyCode.SHORTER_WORK: "shorter work",
    WhyCode.NEW_JOB: "new",
    WhyCode.LINE_RULED_OUT: "another line",
    WhyCode.BEGUN_ELSEWHERE: "another line",
}
OTHER_ROOT_TEXT = "another place for a better total"
"""For the codes that have no words of their own as the beginning of a chain."""


def why_text(why: Why) -> str:
    """A cause in English, with the beginning of the chain where there is one."""
    text = WHY_TEXTS[why.code].format_map({**why.values, "station": why.station or "", "other": why.other or ""})
    if why.root is None or why.root_code is None:
        return text
    return text + ROOT_TEXT.format(root=why.root, because=ROOT_TEXTS.get(why.root_code, OTHER_ROOT_TEXT))


def change_text(change: Change, clock: Callable[[int], str] = str) -> str:
    """A change in English on one line; `clock` writes minutes after the epoch."""
    if change.job is None:
        what = "is worked" if change.kind is ChangeKind.OVERTIME_ADDED else "is not worked"
        return f"overtime {change.overtime} {what}: {why_text(change.why)}"
    places = " → ".join(_place(place, clock) for place in (change.before, change.after) if place is not None)
    return f"{change.job} {change.kind}: {places}: {why_text(change.why)}"


def _place(place: Place, clock: Callable[[int], str]) -> str:
    return f"{place.line} {clock(place.enter)} – {clock(place.done)}"
