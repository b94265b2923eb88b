"""A whole plant for two months, by the command line: the total, and the memory it takes."""

from __future__ import annotations

from bench.baselines import earliest_due_date
from bench.command_line import solve_by_command
from bench.figure import Figure, Judged, Quantity, Values
from bench.planning import HOURS, hours
from bench.solving import assert_sound
from scheduling import generate


def large(seed: int, jobs: int, lines: int, seconds: float, workers: int = 2) -> Values:
    """Our total over that of plain EDD, and the most memory of the process with its children."""
    problem = generate(jobs, lines, seed)
    baseline = earliest_due_date(problem)
    assert_sound(problem, baseline)
    run = solve_by_command(problem, seconds, workers, seed)
    assert_sound(problem, run.plan)
    return {
        "ratio": run.plan.objective.total / baseline.objective.total,
        "memory": run.peak_mb,
        "seconds": run.seconds,
        **hours(problem, run.plan, baseline),
    }


FIGURES = (
    Figure(
        "large-5000",
        "5000 loads, 6 lines, 60 s by the command line: ÷ plain EDD",
        large,
        (
            Quantity("ratio", "objective ÷ EDD", 0.30, prototype="0.296"),
            Quantity("memory", "most memory", 300, Judged.WORST, "165 MB", 0, " MB"),
            Quantity("seconds", "seconds with start-up, reading, writing", unit=" s", digits=1),
            *HOURS,
        ),
        {"jobs": 5000, "lines": 6, "seconds": 60},
    ),
)
