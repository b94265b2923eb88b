"""Our plans against the order of due dates, plain and with its timing optimised."""

from __future__ import annotations

import inspect

from bench.baselines import earliest_due_date
from bench.figure import Figure, Judged, Quantity, SkippedError, Values
from bench.solving import assert_sound, solved, weighted_hours
from scheduling import Plan, Problem, generate, solve

HOURS = (
    Quantity("late", "– weighted hours late, ours", digits=0),
    Quantity("late EDD", "– weighted hours late, EDD", digits=0),
    Quantity("early", "– weighted hours stored, ours", digits=0),
    Quantity("early EDD", "– weighted hours stored, EDD", digits=0),
)


def hours(problem: Problem, ours: Plan, theirs: Plan) -> Values:
    """Tardiness and storage apart, for both plans."""
    mine, other = weighted_hours(problem, ours), weighted_hours(problem, theirs)
    return {"late": mine.late, "late EDD": other.late, "early": mine.early, "early EDD": other.early}


def against_plain_order(seed: int, jobs: int, lines: int, seconds: float, workers: int = 2) -> Values:
    """Our total over that of plain EDD."""
    problem = generate(jobs, lines, seed)
    baseline = earliest_due_date(problem)
    assert_sound(problem, baseline)
    ours = solved(problem, seconds, workers, seed)
    ratio = ours.plan.objective.total / baseline.objective.total
    return {"ratio": ratio, "seconds": ours.seconds, **hours(problem, ours.plan, baseline)}


def against_timed_order(seed: int, jobs: int, lines: int, seconds: float, workers: int = 2) -> Values:
    """Our total over that of the EDD order and lines with releases and holds optimised, both in the same seconds."""
    if "moves" not in inspect.signature(solve).parameters:
        raise SkippedError("solve(moves=…) is not there yet")
    problem = generate(jobs, lines, seed)
    timed = solved(problem, seconds, workers, seed, start=earliest_due_date(problem), moves="timing")
    ours = solved(problem, seconds, workers, seed)
    ratio = ours.plan.objective.total / timed.plan.objective.total
    return {"ratio": ratio, **hours(problem, ours.plan, timed.plan)}


def tight(seed: int, jobs: int, lines: int, seconds: float, workers: int = 2) -> Values:
    """Tight due times, storage nearly free: our tardiness over that of plain EDD, then the totals."""
    problem = generate(jobs, lines, seed, tight=True)
    baseline = earliest_due_date(problem)
    assert_sound(problem, baseline)
    ours = solved(problem, seconds, workers, seed)
    return {
        "ratio": ours.plan.objective.tardiness / max(1, baseline.objective.tardiness),
        "total": ours.plan.objective.total / baseline.objective.total,
        **hours(problem, ours.plan, baseline),
    }


def _against_timed(jobs: int, lines: int, target: float, prototype: str) -> Figure:
    return Figure(
        f"timing-{jobs}",
        f"{jobs} loads, {lines} lines, 10 s each: ÷ EDD order with optimised timing",
        against_timed_order,
        (Quantity("ratio", "objective ÷ timed EDD", target, prototype=prototype), *HOURS),
        {"jobs": jobs, "lines": lines, "seconds": 10},
    )


FIGURES = (
    Figure(
        "planning-200",
        "200 loads, 3 lines, 2 s all told, warm worker: ÷ plain EDD",
        against_plain_order,
        (
            Quantity("ratio", "objective ÷ EDD", 0.45, prototype="0.39"),
            Quantity("seconds", "seconds, all told", 2.0, Judged.WORST, unit=" s"),
            *HOURS,
        ),
        {"jobs": 200, "lines": 3, "seconds": 2},
    ),
    _against_timed(200, 3, 0.78, "0.78"),
    _against_timed(1000, 4, 0.72, "0.73"),
    Figure(
        "tight-200",
        "200 loads, 3 lines, tight due times, 10 s: tardiness ÷ EDD's",
        tight,
        (
            Quantity("ratio", "weighted hours late ÷ EDD's", 0.15, prototype="0.11–0.13"),
            Quantity("total", "objective ÷ EDD"),
            *HOURS,
        ),
        {"jobs": 200, "lines": 3, "seconds": 10},
    ),
)
