"""`solve_exactly`: the constraint model with what the bounds know of it, from a plan, for small problems and proofs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scheduling.exact.bounds import narrow
from scheduling.exact.hints import hint as hint_plan
from scheduling.exact.model import PlanModel, TooLargeError
from scheduling.exact.relaxation import Relaxation
from scheduling.exact.solving import ModelResult, solve_model
from scheduling.plan import Plan, PlannedJob, Status
from scheduling.problem import Problem
from scheduling.validator import objective_of

MOST_PAIRS = 4000
"""Pairs of jobs that may share a line: beyond, the model takes longer to build and to presolve than it is worth."""
_FIRST_ROUND = 2.0
_BOUND_SHARE = 0.2
_MANY_PAIRS = 300
"""From so many pairs on there is one round, and half of it is for the bound: short rounds end before a first plan."""

BetterPlan = Callable[[], Plan | None]


@dataclass(frozen=True)
class ExactResult:
    """What an exact search found: its best plan (None: none), a proven bound on the total of every plan with all jobs,
    whether the plan is proven optimal, and whether it is proven that no plan has all jobs."""

    plan: Plan | None
    bound: int | None
    proven: bool
    infeasible: bool


def model_pairs(problem: Problem) -> int:
    """How many pairs of jobs may share a line, by which the model grows."""
    sizes = [sum(1 for job in problem.jobs if job.option(line.id)) for line in problem.lines]
    return sum(size * (size - 1) // 2 for size in sizes)


def solve_exactly(
    problem: Problem,
    *,
    hint: Plan | None = None,
    seconds: float = 10.0,
    workers: int = 1,
    seed: int = 1,
    known_bound: int | None = None,
    on_solution: Callable[[int, int], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
    better_plan: BetterPlan | None = None,
) -> ExactResult:
    """The best plan with all jobs, and a bound.

    Args:
        problem: what to plan.
        hint: a valid plan with every job, from which the search starts; the answer is never worse.
        seconds: how long, all told.
        workers: threads of the solver.
        seed: of the solver.
        known_bound: a bound that is known already.
        on_solution: hears the total and the bound at every plan that is found.
        should_cancel: asked many times a second; true ends the search.
        better_plan: asked between the rounds for a plan that somebody else has found meanwhile.

    Raises:
        TooLargeError: if the model is too large to be of use (`MOST_PAIRS`), or its costs for 64 bits.
    """
    if model_pairs(problem) > MOST_PAIRS:
        raise TooLargeError
    search = _Rounds(problem, hint, seconds, workers, seed, known_bound, on_solution, should_cancel)
    return search.run(better_plan)


class _Rounds:
    """Rounds of narrowing and solving: a better plan narrows what is left to look at, so the model is built anew."""

    def __init__(
        self,
        problem: Problem,
        start: Plan | None,
        seconds: float,
        workers: int,
        seed: int,
        known_bound: int | None,
        on_solution: Callable[[int, int], None] | None,
        should_cancel: Callable[[], bool] | None,
    ) -> None:
        self._problem = problem
        self._deadline = time.monotonic() + seconds
        self._began = time.monotonic()
        self._workers, self._seed = workers, seed
        self._on_solution, self._should_cancel = on_solution, should_cancel
        self.best = start if start is not None and not start.unscheduled else None
        self.bound = known_bound
        self._many = model_pairs(problem) > _MANY_PAIRS
        relaxation = Relaxation(problem)
        self._options = {job.id: relaxation.options(job) for job in problem.jobs}

    def run(self, better_plan: BetterPlan | None) -> ExactResult:
        """Short rounds first, then longer ones, until it is proven or the time is up."""
        if not all(self._options.values()):
            return ExactResult(self.best, None, False, True)
        length = self._left() if self._many else _FIRST_ROUND
        while not self._over():
            self._take(better_plan)
            result = self._round(length)
            if result.infeasible and self.best is None:
                return ExactResult(None, None, False, True)
            if result.infeasible or result.proven:
                self.bound = self._total()
            length *= 3
        proven = self.best is not None and self.bound == self._total()
        return ExactResult(self._stated(proven), self.bound, proven, False)

    def _over(self) -> bool:
        proven = self.best is not None and self.bound is not None and self.bound >= self._total()
        return proven or self._left() <= 0.01 or self._cancelled()

    def _left(self) -> float:
        return self._deadline - time.monotonic()

    def _cancelled(self) -> bool:
        return self._should_cancel is not None and self._should_cancel()

    def _total(self) -> int:
        if self.best is None:
            raise ValueError("no plan is known")
        return self.best.objective.total

    def _take(self, better_plan: BetterPlan | None) -> None:
        plan = None if better_plan is None else better_plan()
        if plan is not None and not plan.unscheduled and (self.best is None or plan.rank < self.best.rank):
            self.best = plan

    def _round(self, seconds: float) -> ModelResult:
        """Narrow, build, solve; keep what it found."""
        known = None if self.best is None else self._total()
        share = 0.5 if self._many else _BOUND_SHARE
        narrowed = narrow(self._problem, min(share * self._left(), seconds / 2), known, self._cancelled)
        self._learn(narrowed.bound)
        if self._over():
            return ModelResult((), frozenset(), False, False, False, None)
        model = PlanModel(self._problem, self._options, True, known, narrowed)
        if self.best is not None:
            hint_plan(model, self.best.jobs, frozenset(self.best.overtime))
        limit = seconds if known is not None else self._left()
        result = solve_model(
            model, min(limit, self._left()), self._workers, self._seed, self._hear, self._should_cancel
        )
        if result.found:
            self._keep(result.jobs, result.overtime)
        if result.bound is not None:
            self._learn(result.bound if self.best is None else min(result.bound, self._total()))
        return result

    def _learn(self, bound: int) -> None:
        self.bound = bound if self.bound is None else max(self.bound, bound)

    def _hear(self, total: int, bound: int) -> None:
        self._learn(min(total, bound))
        if self._on_solution is not None:
            self._on_solution(total, self.bound or bound)

    def _keep(self, jobs: Sequence[PlannedJob], overtime: frozenset[str]) -> None:
        objective = objective_of(self._problem, jobs, overtime)
        if self.best is not None and objective.total >= self._total():
            return
        ordered = {job.id: index for index, job in enumerate(self._problem.jobs)}
        self.best = Plan(
            problem_sha256=self._problem.sha256,
            status=Status.FEASIBLE,
            objective=objective,
            jobs=tuple(sorted(jobs, key=lambda job: ordered[job.id])),
            overtime=tuple(entry.id for entry in self._problem.overtime if entry.id in overtime),
        )

    def _stated(self, proven: bool) -> Plan | None:
        if self.best is None:
            return None
        status = Status.OPTIMAL if proven else Status.FEASIBLE
        return replace(self.best, status=status, bound=self.bound, seconds=time.monotonic() - self._began)
