"""The scheduling problem: lines, calendars, resources and pallet loads, as plain frozen data.

Every time is a whole number of minutes after `Problem.epoch`; every interval is half open, `[start, end)`.
A `Problem` checks itself when it is made and raises `ProblemError`, which names every fault with its JSON path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from scheduling.documents.checking import problem_issues
from scheduling.documents.issues import DocumentError
from scheduling.documents.writing import document_sha256, problem_json

Window = tuple[int, int]


class ProblemError(DocumentError):
    """A problem that is refused."""


class PastError(ProblemError):
    """A problem whose past no plan can continue."""


class Work(StrEnum):
    """How work at a station relates to its calendar."""

    PAUSABLE = "pausable"
    """May pause while the calendar is closed; only open minutes count."""
    UNSPLITTABLE = "unsplittable"
    """Lies in one open window, such as casting."""
    UNATTENDED = "unattended"
    """Runs at any hour and begins when the pallet enters, such as curing."""


class Order(StrEnum):
    """In which order pallets may leave a station."""

    FIFO = "fifo"
    ANY = "any"


@dataclass(frozen=True)
class Calendar:
    """Open windows in minutes; windows that touch are one."""

    id: str
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True)
class Overtime:
    """A window that a plan may add to a calendar at a cost."""

    id: str
    calendar: str
    window: Window
    cost: int = 0


@dataclass(frozen=True)
class Resource:
    """A pool of equal units: pallets, chamber slots, moulds."""

    id: str
    count: int


@dataclass(frozen=True)
class Changeover:
    """Set-up minutes between families; a pair that is not listed takes none."""

    minutes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    initial: str | None = None

    def between(self, before: str | None, after: str | None) -> int:
        """Minutes from family `before` to family `after`."""
        if before is None or after is None:
            return 0
        return self.minutes.get(before, {}).get(after, 0)


@dataclass(frozen=True)
class Station:
    """A station of a line. `buffer_after` counts the places between it and the next station (0: blocking)."""

    id: str
    work: Work
    calendar: str | None = None
    capacity: int = 1
    buffer_after: int = 0
    order: Order = Order.FIFO
    changeover: Changeover | None = None

    @property
    def attended(self) -> bool:
        """Whether people are needed, so that the calendar matters."""
        return self.work is not Work.UNATTENDED


@dataclass(frozen=True)
class MaxWait:
    """`start` at `to_station` − `end` at `from_station` ≤ `minutes`."""

    from_station: str
    to_station: str
    minutes: int


@dataclass(frozen=True)
class Line:
    """A production line: stations in the order in which every pallet visits them."""

    id: str
    stations: tuple[Station, ...]
    max_waits: tuple[MaxWait, ...] = ()

    @cached_property
    def station_index(self) -> Mapping[str, int]:
        """Position of each station id."""
        return {station.id: index for index, station in enumerate(self.stations)}


@dataclass(frozen=True)
class Option:
    """A line that a job may run on, with the minutes of work at each of its stations, in order."""

    line: str
    minutes: tuple[int, ...]


@dataclass(frozen=True)
class Hold:
    """One unit of a resource, from `enter` at `from_station` until `leave` at `to_station`, on `line`."""

    resource: str
    line: str
    from_station: str
    to_station: str


@dataclass(frozen=True)
class Job:
    """A pallet load. Costs are per minute late and per minute early."""

    id: str
    due: int
    options: tuple[Option, ...]
    family: str | None = None
    release: int = 0
    tardiness_cost: int = 0
    earliness_cost: int = 0
    holds: tuple[Hold, ...] = ()

    def option(self, line: str) -> Option | None:
        """The option on this line, if there is one."""
        return next((option for option in self.options if option.line == line), None)


@dataclass(frozen=True)
class Weights:
    """Prices of the objective, all integers: per changeover minute, per minute of makespan, per job that
    changes its line, per hour that a first entry moves."""

    changeover_minute: int = 0
    makespan_minute: int = 0
    line_change: int = 0
    shift_hour: int = 0


@dataclass(frozen=True)
class FixedOperation:
    """What has happened at a station. `remaining`: minutes of work still to do from `now` on."""

    station: str
    enter: int
    start: int | None = None
    end: int | None = None
    leave: int | None = None
    remaining: int | None = None


@dataclass(frozen=True)
class FixedJob:
    """A job that has begun: its line and the operations that have begun, in the line's order."""

    job: str
    line: str
    operations: tuple[FixedOperation, ...] = ()

    def with_unattended_starts(self, line: Line) -> FixedJob:
        """The same past on its `line`, with `start` given wherever `enter` at an unattended station gives it."""
        operations = tuple(
            operation
            if operation.start is not None or line.stations[line.station_index[operation.station]].attended
            else replace(operation, start=operation.enter)
            for operation in self.operations
        )
        return replace(self, operations=operations)


@dataclass(frozen=True)
class PreviousStart:
    """Where an earlier plan had a job: its line and its entry at the first station."""

    job: str
    line: str
    enter: int


@dataclass(frozen=True)
class Problem:
    """A scheduling problem, version 1.

    Raises:
        ProblemError: if a value is out of range or a reference is broken; all faults are listed.
    """

    epoch: str
    lines: tuple[Line, ...]
    jobs: tuple[Job, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    overtime: tuple[Overtime, ...] = ()
    resources: tuple[Resource, ...] = ()
    objective: Weights = Weights()
    now: int = 0
    fixed: tuple[FixedJob, ...] = ()
    previous: tuple[PreviousStart, ...] = ()
    source_sha256: str | None = field(default=None, compare=False)
    """SHA-256 of the document that it was read from; None for a problem made in Python."""

    def __post_init__(self) -> None:
        issues = problem_issues(self)
        if issues:
            raise ProblemError(issues)

    @cached_property
    def line_by_id(self) -> Mapping[str, Line]:
        """Lines by id."""
        return {line.id: line for line in self.lines}

    @cached_property
    def job_by_id(self) -> Mapping[str, Job]:
        """Jobs by id."""
        return {job.id: job for job in self.jobs}

    @cached_property
    def fixed_by_job(self) -> Mapping[str, FixedJob]:
        """What has happened, by job id; at an unattended station a given `enter` has given `start`."""
        return {fixed.job: fixed.with_unattended_starts(self.line_by_id[fixed.line]) for fixed in self.fixed}

    @cached_property
    def previous_by_job(self) -> Mapping[str, PreviousStart]:
        """The earlier plan's entries, by job id."""
        return {previous.job: previous for previous in self.previous}

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the document it was read from, or of the document `problem_json` makes of it."""
        return self.source_sha256 or document_sha256(problem_json(self).encode())
