"""What an explanation consists of: reasons with codes that a reader's language gives words to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ReasonCode(StrEnum):
    """Why a job spends minutes; docs and translations go by these codes."""

    WORK = "work"
    """It is worked on (or cures)."""
    CLOSED = "closed"
    """The calendar of the station is closed."""
    OVERTIME_UNUSED = "overtime-unused"
    """The calendar is closed; overtime could be bought, and the plan does not buy it."""
    NO_WINDOW = "no-window"
    """Open, but too little of the window is left for work that must not be split."""
    CHANGEOVER = "changeover"
    """The station changes over from another family."""
    BLOCKED_BY = "blocked-by"
    """Another job occupies the station, which is full."""
    BEHIND_JOB = "behind-job"
    """The plan lets another job go first."""
    BUFFER_FULL = "buffer-full"
    """No place is free between this station and the next."""
    RESOURCE_EMPTY = "resource-empty"
    """No unit of a resource is free until another job gives one back."""
    RESOURCE_PROMISED = "resource-promised"
    """A unit is free, and the plan gives it to another job first."""
    WAIT_LIMIT = "wait-limit"
    """Earlier, it would wait longer between two stations than is allowed."""
    WOULD_WAIT = "would-wait"
    """Earlier, it would only wait at a later station, and be done at the same minute."""
    HELD_BACK = "held-back"
    """Held back by choice: done earlier, it would be before its due time."""
    UNFORCED = "unforced"
    """Late, and nothing in the rules hinders it: a better plan lets it go on."""
    RELEASE = "release"
    """Not released before."""
    NOW = "now"
    """The plan begins now."""
    FIXED = "fixed"
    """It had begun when the plan was made."""


ROOT_CODES = frozenset({ReasonCode.RELEASE, ReasonCode.NOW, ReasonCode.FIXED})


@dataclass(frozen=True)
class Reason:
    """Why a job spends [from_minute, to_minute), in minutes after the epoch.

    `station` is the station that it works at or wants to get to, `standing_at` the one that it occupies meanwhile
    (None: it is not on the line, or in a buffer). `other` is the job that hinders it. `values` holds what the words
    for the code need besides: families, minutes, costs, the id of a resource or of overtime.
    """

    code: ReasonCode
    from_minute: int
    to_minute: int
    station: str | None = None
    standing_at: str | None = None
    other: str | None = None
    values: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return self.to_minute - self.from_minute


@dataclass(frozen=True)
class Explanation:
    """Why a job is not done earlier in a plan.

    `reasons` goes backwards from `done` and divides [max(now, release), done) without gap or overlap (of a job that
    has begun, [now, done)). `root` says what that interval begins with: release, now, or the past of the job.
    """

    job: str
    line: str
    due: int
    done: int
    reasons: tuple[Reason, ...]
    root: Reason

    @property
    def minutes_late(self) -> int:
        """Minutes after the due time, 0 where it is in time."""
        return max(0, self.done - self.due)

    @property
    def hindering_job(self) -> str | None:
        """The job that hinders it last, counted back from `done`."""
        return next((reason.other for reason in self.reasons if reason.other is not None), None)


class NotPlannedError(LookupError):
    """The plan does not plan this job, so that there is nothing to explain."""


class UnsoundPlanError(ValueError):
    """A plan whose jobs do not follow their lines; `check` names the violations."""
