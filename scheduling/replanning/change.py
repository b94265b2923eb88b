"""What a change list consists of: changes with codes that a reader's language gives words to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ChangeKind(StrEnum):
    """What is different; docs and translations go by these codes."""

    NEW = "new"
    """A job that was in no plan is planned."""
    LEFT_OUT = "left-out"
    """A job that was planned is in the plan no more, though the problem still has it."""
    LINE = "line"
    """The job runs on another line."""
    LATER = "later"
    """It enters or is done later; where both move, the greater of the two decides."""
    EARLIER = "earlier"
    """It enters or is done earlier."""
    ORDER = "order"
    """Its times stay nearly as they were, but the job that was in front of it is now behind it."""
    OVERTIME_ADDED = "overtime-added"
    OVERTIME_REMOVED = "overtime-removed"


class WhyCode(StrEnum):
    """Why something changes."""

    NEW_JOB = "new-job"
    """The plan before did not know it."""
    NOW_FITS = "now-fits"
    """The plan before had no place for it."""
    NO_PLACE = "no-place"
    """The plan finds no place for it."""
    LINE_RULED_OUT = "line-ruled-out"
    """It can no longer run on its line."""
    BEGUN_ELSEWHERE = "begun-elsewhere"
    """It was put on another line than planned."""
    BEGUN_LATE = "begun-late"
    """It really came to a station, or finished there, later than planned."""
    BEGUN_EARLY = "begun-early"
    """It really came to a station, or finished there, earlier than planned."""
    NOT_YET_BEGUN = "not-yet-begun"
    """It was to enter its line before now, and has not."""
    RELEASE_LATER = "release-later"
    """It is released later than it was to enter."""
    STATION_CLOSED = "station-closed"
    """The station is closed at a minute at which its work was planned."""
    LONGER_WORK = "longer-work"
    """Its work needs more minutes than it was given."""
    SHORTER_WORK = "shorter-work"
    """Its work needs fewer minutes than it was given."""
    PUSHED_BY = "pushed-by"
    """The job in front of it is later."""
    NEW_JOB_IN_FRONT = "new-job-in-front"
    """A job that was in no plan now stands in front of it."""
    BEHIND_OTHER = "behind-other"
    """A job that was behind it, or on another line, now stands in front of it: a better total."""
    PULLED_FORWARD = "pulled-forward"
    """The job that was in front of it is earlier, or is there no more."""
    BEFORE_OTHER = "before-other"
    """It now goes before the job that was in front of it: a better total."""
    BETTER_TOTAL = "better-total"
    """Nothing forces it; the plan as a whole costs less so."""
    OVERTIME_WORKED = "overtime-worked"
    """Work has already been done in this overtime."""
    OVERTIME_GONE = "overtime-gone"
    """The overtime is offered no more."""


@dataclass(frozen=True)
class Why:
    """A cause: the station where it shows first, the job that causes it, and what the words need besides.

    `root` is the job at which a chain of jobs that push one another begins, and `root_code` what happened to it.
    """

    code: WhyCode
    station: str | None = None
    other: str | None = None
    root: str | None = None
    root_code: WhyCode | None = None
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where a job is in a plan: its line, its entry there and its departure, in minutes after the epoch."""

    line: str
    enter: int
    done: int


@dataclass(frozen=True)
class Change:
    """A job that moves, or overtime that comes or goes (`job` or `overtime` is None)."""

    kind: ChangeKind
    job: str | None
    overtime: str | None
    before: Place | None
    after: Place | None
    why: Why

    @property
    def entry_shift(self) -> int:
        """Minutes by which the entry moves, later ones positive; 0 where the job is in one of the plans only."""
        return self.after.enter - self.before.enter if self.before and self.after else 0

    @property
    def done_shift(self) -> int:
        """Minutes by which the departure moves, later ones positive; 0 where the job is in one of the plans only."""
        return self.after.done - self.before.done if self.before and self.after else 0
