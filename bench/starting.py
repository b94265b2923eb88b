"""How long until there is a plan at all: in a warm worker, and from the command line."""

from __future__ import annotations

from bench.command_line import solve_by_command
from bench.figure import Figure, Judged, Quantity, Values
from bench.solving import assert_sound, solved
from scheduling import generate


def first_plan(seed: int, jobs: int, lines: int, seconds: float, workers: int = 2) -> Values:
    """Milliseconds until the first plan is told; and of a whole call that may not search, its checks included."""
    problem = generate(jobs, lines, seed)
    told = solved(problem, seconds, workers, seed).first_seconds
    whole = solved(generate(jobs, lines, seed), 0, workers, seed).seconds
    return {"first": None if told is None else told * 1000, "whole": whole * 1000}


def cold_command(seed: int, jobs: int, lines: int, seconds: float, workers: int = 2) -> Values:
    """Seconds from the start of the process to its first line of progress. A run before fills the cache."""
    solve_by_command(generate(12, 2), 0.5, workers)
    problem = generate(jobs, lines, seed)
    run = solve_by_command(problem, seconds, workers, seed)
    assert_sound(problem, run.plan)
    return {"first": run.first_seconds, "whole": run.seconds}


def _first(jobs: int, lines: int, target: float, prototype: str) -> Figure:
    return Figure(
        f"first-{jobs}",
        f"{jobs} loads, {lines} lines, warm worker: the first plan",
        first_plan,
        (
            Quantity("first", "until it is told", target, prototype=prototype, digits=0, unit=" ms"),
            Quantity("whole", "a call with 0 s, checks included", digits=0, unit=" ms"),
        ),
        {"jobs": jobs, "lines": lines, "seconds": 1},
    )


FIGURES = (
    _first(200, 3, 50, "2 ms"),
    _first(5000, 6, 1000, "61 ms"),
    Figure(
        "command-200",
        "200 loads, 3 lines, command line, cache present: the first plan",
        cold_command,
        (
            Quantity("first", "from the start of the process", 2.5, Judged.MEAN, unit=" s"),
            Quantity("whole", "a whole run of 0.5 s", unit=" s"),
        ),
        {"jobs": 200, "lines": 3, "seconds": 0.5},
    ),
)
