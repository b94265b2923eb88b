"""`replan`: the plan pushed back at once, then a better one, and what either changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from scheduling.plan import Plan
from scheduling.problem import Problem
from scheduling.replanning.change import Change
from scheduling.replanning.changes import THRESHOLD_MINUTES, changes
from scheduling.replanning.improving import improved
from scheduling.replanning.right_shift import shift
from scheduling.solver import Progress

_LAST_STEPS, _LAST_SHARE = 1.7, 0.1
"""Checking the improved plan and comparing it takes so many times the seconds of the right-shifted plan; of all the
time, at most this share is kept for it."""


@dataclass(frozen=True)
class Replanning:
    """Two plans of the same problem, and how either differs from the plan before."""

    right_shifted: Plan
    improved: Plan
    right_shift_changes: tuple[Change, ...]
    improved_changes: tuple[Change, ...]


def replan(
    problem: Problem,
    plan: Plan,
    seconds: float = 5.0,
    workers: int = 1,
    seed: int = 1,
    progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
    on_right_shift: Callable[[Plan], None] | None = None,
    threshold: int = THRESHOLD_MINUTES,
) -> Replanning:
    """Go on from `plan` under what `problem` says now: its `now`, `fixed`, minutes, calendars and jobs.

    `plan` may be of another problem; jobs whose line has other stations by now count as new. `on_right_shift`
    hears of the right-shifted plan as soon as it is there; the search then improves it until `seconds` are over, or
    `should_cancel` says so. The improved plan is never worse than the right-shifted one. Neither is judged by
    anything but the objective of `problem`: changes cost what its weights `line_change` and `shift_hour` say, for
    the jobs in its `previous`. `threshold` are the minutes from which on a shift stands in the change lists.

    Raises:
        PastError: if no plan can continue what `problem.fixed` says has happened.
        InvalidPlanError: if a plan does not pass `check`; that is a fault of this program.
    """
    began = time.monotonic()
    shifted = shift(problem, plan)
    shift_seconds = time.monotonic() - began
    right_shifted = replace(shifted.plan, seconds=shift_seconds)
    if on_right_shift is not None:
        on_right_shift(right_shifted)
    shift_changes = changes(problem, plan, right_shifted, threshold)
    left = seconds - (time.monotonic() - began) - min(_LAST_SHARE * seconds, _LAST_STEPS * shift_seconds)
    best = improved(shifted, left, workers, seed, progress, should_cancel)
    return Replanning(right_shifted, best, shift_changes, changes(problem, plan, best, threshold))
