"""Solving for the benchmark: with a warm worker, timed from outside, and checked by the validator."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from scheduling import Plan, Problem, check, generate, solve


@dataclass(frozen=True)
class Solved:
    """A plan that keeps every rule, the seconds that the call took, and those until the first plan was told."""

    plan: Plan
    seconds: float
    first_seconds: float | None


@cache
def warm_up() -> None:
    """Have everything loaded and compiled, as in a worker that has been running; done once a process."""
    for problem in (generate(12, 2), generate(60, 2, tight=True, every_rule=True)):
        solve(problem, seconds=1.0, workers=2)


def solved(problem: Problem, seconds: float, workers: int = 2, seed: int = 1, **options: Any) -> Solved:
    """Solve with a warm worker; raises AssertionError for a plan that breaks a rule or leaves a load out."""
    warm_up()
    first: list[float] = []
    began = time.perf_counter()
    plan = solve(
        problem,
        seconds=seconds,
        workers=workers,
        seed=seed,
        progress=lambda _: first.append(time.perf_counter() - began),
        **options,
    )
    took = time.perf_counter() - began
    assert_sound(problem, plan)
    return Solved(plan, took, first[0] if first else None)


def assert_sound(problem: Problem, plan: Plan) -> None:
    """A figure of a plan that breaks a rule is no figure: raises AssertionError with the first violations."""
    violations = check(problem, plan).violations
    assert not violations, "; ".join(str(violation) for violation in violations[:3])
    assert not plan.unscheduled, f"{len(plan.unscheduled)} loads are left out"


@dataclass(frozen=True)
class WeightedHours:
    """How late and how early loads are, in hours times the weight of their delivery (1, 2 or 5)."""

    late: float
    early: float


def weighted_hours(problem: Problem, plan: Plan) -> WeightedHours:
    """Told beside every ratio: the same total can be made of late loads or of full yards.

    For generated instances, where the weight of a delivery is its price of being early.
    """
    late = early = 0
    for planned in plan.jobs:
        job = problem.job_by_id[planned.id]
        late += job.earliness_cost * max(0, planned.done - job.due)
        early += job.earliness_cost * max(0, job.due - planned.done)
    return WeightedHours(late / 60, early / 60)
