"""Re-planning after a disturbance: against the plan that is only pushed back, and how much it turns over."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench.disturbance import disturbed
from bench.figure import Figure, Judged, Quantity, Values
from bench.solving import solved
from scheduling import Plan, check, generate, replan, right_shift

FRIDAY_HALF_PAST_NINE = 4 * 24 * 60 + 570


def replanned(seed: int, jobs: int, lines: int, plan_seconds: float, seconds: float, workers: int = 2) -> Values:
    """A plan, followed until Friday morning, then disturbed: what re-planning makes of it.

    `ratio` compares with a plan that is pushed back and nothing else: rush loads go last, as in the study. The
    right-shifted plan that `replan` gives puts them where they cost least, which is most of the gain; what the search
    adds to that is told as `search`.
    """
    problem = generate(jobs, lines, seed)
    before = solved(problem, plan_seconds, workers, seed).plan
    then = disturbed(problem, before, FRIDAY_HALF_PAST_NINE, seed)
    pushed_back = right_shift(then.problem, before, new_jobs_last=True)
    told: list[float] = []
    began = time.perf_counter()
    result = replan(
        then.problem,
        before,
        seconds=seconds,
        workers=workers,
        seed=seed,
        on_right_shift=lambda _: told.append(time.perf_counter() - began),
    )
    took = time.perf_counter() - began
    shifted, improved = result.right_shifted, result.improved
    plans = (pushed_back, shifted, improved)
    faults = sum(len(check(then.problem, plan).violations) + len(plan.unscheduled) for plan in plans)
    moved = sum(improved.job_by_id[name].line != before.job_by_id[name].line for name in then.open_jobs)
    return {
        "ratio": improved.objective.total / pushed_back.objective.total,
        "search": improved.objective.total / shifted.objective.total,
        "lines": 100 * moved / len(then.open_jobs),
        "violations": faults,
        "hours": _moved_share(before, improved, then.open_jobs),
        "first": told[0],
        "seconds": took,
    }


def _moved_share(before: Plan, after: Plan, names: Sequence[str]) -> float:
    """Percent of the loads whose first entry moves by more than eight hours."""
    far = sum(abs(after.job_by_id[name].enter - before.job_by_id[name].enter) > 8 * 60 for name in names)
    return 100 * far / len(names)


FIGURES = (
    Figure(
        "replan-1000",
        "1000 loads, 4 lines, re-planned in 5 s on Friday: ÷ the plan pushed back",
        replanned,
        (
            Quantity("ratio", "objective ÷ pushed back, rush loads last", 0.2, prototype="0.13"),
            Quantity("search", "– ÷ pushed back, rush loads where they cost least"),
            Quantity("lines", "open loads that change line", 5, Judged.WORST, "28 %", 1, " %"),
            Quantity("violations", "violations, or loads left out", 0, Judged.WORST, "0", 0),
            Quantity("hours", "– open loads moved by more than 8 h", prototype="17–22 %", digits=1, unit=" %"),
            Quantity("first", "– until the right-shifted plan is there", unit=" s"),
            Quantity("seconds", "– both plans", unit=" s"),
        ),
        {"jobs": 1000, "lines": 4, "plan_seconds": 10, "seconds": 5},
    ),
)
