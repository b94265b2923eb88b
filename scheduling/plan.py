"""The plan: where and when every job runs, and what that costs, as plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from scheduling.documents.issues import DocumentError


class Status(StrEnum):
    """What is known of a plan."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    """Not every job can be scheduled; the rest is planned all the same."""
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Operation:
    """One visit to a station, in minutes after the epoch."""

    station: str
    enter: int
    start: int
    end: int
    leave: int


@dataclass(frozen=True)
class PlannedJob:
    """A job on its line, with one operation per station."""

    id: str
    line: str
    operations: tuple[Operation, ...]

    @property
    def enter(self) -> int:
        """Entry at the first station."""
        return self.operations[0].enter

    @property
    def done(self) -> int:
        """Departure from the last station."""
        return self.operations[-1].leave


@dataclass(frozen=True)
class Unscheduled:
    """A job that no line can take, and why.

    `code` and `values` say the same as `reason` for a program or a translator; they are not part of the JSON.
    """

    job: str
    reason: str
    code: str = field(default="", compare=False)
    values: Mapping[str, str | int] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Objective:
    """The terms of the objective."""

    tardiness: int = 0
    earliness: int = 0
    changeover: int = 0
    makespan: int = 0
    overtime: int = 0
    stability: int = 0

    @property
    def total(self) -> int:
        """The sum of the terms."""
        return self.tardiness + self.earliness + self.changeover + self.makespan + self.overtime + self.stability


@dataclass(frozen=True)
class Plan:
    """A plan for a problem, version 1. `bound` is a proven lower bound on the total, or None.

    `stated_total` is the total that a document states; a plan made by `solve` always states its own sum.
    """

    problem_sha256: str
    status: Status
    objective: Objective
    jobs: tuple[PlannedJob, ...]
    unscheduled: tuple[Unscheduled, ...] = ()
    overtime: tuple[str, ...] = ()
    bound: int | None = None
    seconds: float = 0.0
    stated_total: int | None = field(default=None, compare=False)

    @cached_property
    def job_by_id(self) -> Mapping[str, PlannedJob]:
        """Planned jobs by id."""
        return {job.id: job for job in self.jobs}

    @property
    def rank(self) -> tuple[int, int]:
        """What plans are compared by: the number of unscheduled jobs first, then the total."""
        return (len(self.unscheduled), self.objective.total)


class PlanError(DocumentError):
    """A plan document of the wrong form."""


@dataclass(frozen=True)
class Violation:
    """A rule that a plan breaks: its code, as in the contract, and what is wrong."""

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
