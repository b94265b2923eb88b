"""`solve`: from a problem to a plan that the validator accepts, better the longer it may look."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scheduling.history import required_overtime
from scheduling.plan import Plan, PlannedJob, Status, Unscheduled
from scheduling.problem import Problem
from scheduling.search.loading import load_search
from scheduling.search.past import Continuation, continue_past
from scheduling.search.portfolio import Portfolio
from scheduling.search.starts import STARTS, Start, construct, decisions_of, insert_in_order, longest_first_order
from scheduling.search.walk import ALL_MOVES, TIMING_MOVES, Walk
from scheduling.simulator.schedule import BegunJobError, Cost, Decision, Schedule
from scheduling.validator import check, objective_of

__all__ = ["Continuation", "InvalidPlanError", "Progress", "continue_past", "solve"]

Moves = Literal["all", "timing"]
_SMALL_PAIRS, _SMALL_SHARE = 120, 0.3
"""Up to so many pairs of jobs on a line, proving is worth more than searching: the search gets this share."""
_LARGE_SHARE, _LEAST_EXACT_SECONDS = 0.6, 10.0
"""Beyond, the search gets this share; and nothing is proven in less time than that."""
_MOST_ALONE = 20
"""Up to so many jobs the bound of every job alone is worth its time."""
_STARTS_SHARE = 0.1
_INSERTION_SHARE, _SECONDS_PER_PLACE = 0.1, 2.5e-7
_LEAST_PLACES, _MOST_PLACES = 4, 60
_BOUND_SHARE, _LEAST_BOUND_SECONDS = 0.05, 20.0
"""A large problem's bound gets this share, from that limit on."""


class InvalidPlanError(RuntimeError):
    """The solver made a plan that the validator refuses: a fault of this program, never of the problem."""


@dataclass(frozen=True)
class Progress:
    """How far a solve has come: seconds spent of those allowed, jobs left out, total, proven bound, trials a second."""

    seconds: float
    limit: float
    unscheduled: int
    total: int
    bound: int | None
    trials_per_second: float = 0.0


def solve(
    problem: Problem,
    seconds: float = 10.0,
    workers: int = 1,
    seed: int = 1,
    start: Plan | None = None,
    progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
    iterations: int | None = None,
    moves: Moves = "all",
) -> Plan:
    """The best plan found in `seconds`: always valid, never worse than earliest due date or a valid `start`.

    Args:
        problem: what to plan.
        seconds: how long, all told; a proven optimum ends it early.
        workers: threads.
        seed: of the random numbers.
        start: a plan to start from. One of another problem is taken as decisions: lines, order, and not earlier.
        progress: hears of every better plan, and now and then in between.
        should_cancel: asked many times a second; true ends the search, and the plan is stated as cancelled.
        iterations: instead of a time, a number of trials for every worker; the same plan comes out every time.
        moves: "timing" keeps order and lines as they were constructed, and only holds jobs back.

    Raises:
        PastError: if no plan can continue what `problem.fixed` says has happened.
        InvalidPlanError: if the result does not pass `check`; that is a fault of this program.
    """
    load_search()
    return _Solve(problem, seconds, workers, seed, progress, should_cancel, iterations, moves).run(start)


@dataclass(frozen=True)
class _Candidate:
    jobs: tuple[PlannedJob, ...]
    missing: tuple[str, ...]
    overtime: frozenset[str]
    cost: Cost


class _Solve:
    """One call of `solve`: the clock, the best plan so far, and what is proven."""

    def __init__(
        self,
        problem: Problem,
        seconds: float,
        workers: int,
        seed: int,
        progress: Callable[[Progress], None] | None,
        should_cancel: Callable[[], bool] | None,
        iterations: int | None,
        moves: Moves,
    ) -> None:
        self.problem = problem
        self.began = time.monotonic()
        self.limit, self.iterations = seconds, iterations
        self.workers, self.seed, self.moves = max(1, workers), seed, moves
        self.progress, self.should_cancel = progress, should_cancel
        self.was_cancelled = False
        self.best: _Candidate | None = None
        self.bound: int | None = None
        self.reserve = 0.0
        self.proven_infeasible = False
        self.trials = 0
        self._told: tuple[int, int] | None = None

    def run(self, start: Plan | None) -> Plan:
        """Construct, search, prove; then check the result."""
        self.past = continue_past(self.problem) if self.problem.fixed else None
        schedules = self._constructed()
        self._offer_start(start)
        if start is not None:
            schedules += self._from_plan(start)
        best = min(schedules, key=lambda schedule: schedule.cost)
        self._offer_schedule(best)
        self._bound_simply()
        if self.limit > 0 and self.problem.jobs and not self._finished():
            self._search(best)
            self._prove()
        return self._result()

    # -- the clock ---------------------------------------------------------------------------------------------

    def _seconds(self) -> float:
        return time.monotonic() - self.began

    def _left(self) -> float:
        return self.limit - self.reserve - self._seconds()

    def _cancelled(self) -> bool:
        if self.should_cancel is not None and not self.was_cancelled:
            self.was_cancelled = self.should_cancel()
        return self.was_cancelled

    def _finished(self) -> bool:
        best = self._current()
        optimal = not best.missing and self.bound == best.cost.total
        return optimal or self._cancelled() or (self.iterations is None and self._left() <= 0)

    # -- candidates --------------------------------------------------------------------------------------------

    def _current(self) -> _Candidate:
        if self.best is None:
            raise InvalidPlanError("no valid plan was made")
        return self.best

    def _offer(self, jobs: tuple[PlannedJob, ...], overtime: frozenset[str]) -> None:
        """Keep a candidate if it is better than the best, and the validator accepts it."""
        there = {job.id for job in jobs}
        missing = tuple(job.id for job in self.problem.jobs if job.id not in there)
        cost = Cost(len(missing), objective_of(self.problem, jobs, overtime).total)
        if self.best is not None and not cost < self.best.cost:
            return
        plan = self._plan(_Candidate(jobs, missing, overtime, cost), Status.FEASIBLE, None)
        began = time.monotonic()
        violations = check(self.problem, plan).violations
        self.reserve = max(self.reserve, 0.04 + 2.0 * (time.monotonic() - began))
        if violations:
            faults = "; ".join(str(violation) for violation in violations[:5])
            warnings.warn(f"a candidate plan was dropped: {faults}", RuntimeWarning, stacklevel=2)
            return
        self.best = _Candidate(jobs, missing, overtime, cost)
        self._tell(cost)

    def _offer_schedule(self, schedule: Schedule) -> None:
        if self.best is None or schedule.cost < self.best.cost:
            self._offer(schedule.jobs(), schedule.overtime)

    def _tell(self, cost: Cost) -> None:
        rate = self.trials / max(1e-6, self._seconds())
        if self.progress is not None:
            self.progress(Progress(self._seconds(), self.limit, cost.missing, cost.total, self.bound, rate))

    # -- starts ------------------------------------------------------------------------------------------------

    def _schedule(self, overtime: frozenset[str]) -> Schedule:
        known = None if self.past is None else self.past.jobs
        return Schedule(self.problem, overtime if self.past is None else overtime | self.past.overtime, known)

    def _started(self, overtime: frozenset[str], fill: Callable[[Schedule], None]) -> list[Schedule]:
        """A schedule that is filled so; none where what has begun finds no times under this overtime."""
        try:
            schedule = self._schedule(overtime)
        except BegunJobError:
            return []
        fill(schedule)
        return [schedule]

    def _constructed(self) -> list[Schedule]:
        """Earliest due date first, so that there is a plan at once; then the other rules, where there is time."""
        overtime = required_overtime(self.problem)
        everything = frozenset(entry.id for entry in self.problem.overtime)
        found = self._with(overtime, STARTS[0])
        if everything != overtime and (not found or found[0].cost.missing):
            found += self._with(everything, STARTS[0])
        if not found:
            raise InvalidPlanError("what has begun finds no times")
        first = min(found, key=lambda schedule: schedule.cost)
        self._offer_schedule(first)
        found = [first]
        if self.moves == "all":
            found += self._as_before(first.overtime)
            for start in STARTS[1:]:
                if self.iterations is None and self._seconds() > _STARTS_SHARE * self.limit:
                    break
                found += self._with(first.overtime, start)
            found += self._inserted(first.overtime, min(found, key=lambda schedule: schedule.cost))
        return found

    def _with(self, overtime: frozenset[str], start: Start) -> list[Schedule]:
        return self._started(overtime, lambda schedule: construct(schedule, start))

    def _as_before(self, overtime: frozenset[str]) -> list[Schedule]:
        """Lines and order of the earlier plan that `previous` tells of, no job entering before it was to."""
        if not self.problem.previous:
            return []
        jobs = self.problem.job_by_id
        before = sorted(self.problem.previous, key=lambda entry: entry.enter)
        kept = [entry for entry in before if jobs[entry.job].option(entry.line) is not None]
        return self._decided(overtime, [Decision(entry.job, entry.line, (entry.enter,)) for entry in kept])

    def _decided(self, overtime: frozenset[str], decisions: Sequence[Decision]) -> list[Schedule]:
        """These decisions timed anew; jobs that they lack come last."""

        def fill(schedule: Schedule) -> None:
            schedule.decide(decisions)
            construct(schedule, STARTS[0])

        return self._started(overtime, fill)

    def _inserted(self, overtime: frozenset[str], best: Schedule) -> list[Schedule]:
        """Insertion, in as many places as there is time for; the order is that of the best start."""
        jobs = len(self.problem.jobs)
        per_line = jobs / len(self.problem.lines)
        places = int(_INSERTION_SHARE * self.limit / (max(1, jobs) * max(1.0, per_line) * _SECONDS_PER_PLACE))
        if places < _LEAST_PLACES or self.iterations is not None:
            return []

        def fill(schedule: Schedule) -> None:
            order = sorted(schedule.missing, key=lambda number: best.board.keys[number])
            if not any(job.due for job in self.problem.jobs):
                order = longest_first_order(self.problem, schedule.missing)
            insert_in_order(schedule, order, min(places, _MOST_PLACES))

        return self._started(overtime, fill)

    def _offer_start(self, start: Plan | None) -> None:
        """A plan to start from counts as it is if it is a valid plan of this problem, whichever document it named."""
        if start is not None:
            named = replace(start, problem_sha256=self.problem.sha256, status=Status.FEASIBLE, bound=None)
            if check(self.problem, named).valid:
                self._offer(start.jobs, frozenset(start.overtime))

    def _from_plan(self, start: Plan) -> list[Schedule]:
        """The decisions of a plan, timed anew."""
        known = {entry.id for entry in self.problem.overtime}
        overtime = (frozenset(start.overtime) & known) | required_overtime(self.problem)
        jobs = [
            job
            for job in start.jobs
            if job.id in self.problem.job_by_id and self.problem.job_by_id[job.id].option(job.line) is not None
        ]
        return self._decided(overtime, decisions_of(self.problem, jobs))

    # -- search and proof --------------------------------------------------------------------------------------

    def _search(self, best: Schedule) -> None:
        """The walks, each from the best start."""
        walks = []
        for number in range(self.workers):
            schedule = self._schedule(best.overtime)
            schedule.take(best.decisions())
            moves = ALL_MOVES if self.moves == "all" else TIMING_MOVES
            walks.append(Walk(schedule, self.seed * 1009 + number, moves))
        portfolio = Portfolio(self.problem, walks)

        def after_round() -> None:
            self.trials = portfolio.trials
            cost = portfolio.best
            if (cost.missing, cost.total) != self._told:
                self._told = (cost.missing, cost.total)
                self._tell(min(cost, self._current().cost))

        if self.iterations is not None:
            portfolio.run_trials(self.iterations, self._cancelled, after_round)
        else:
            deadline = time.monotonic() + self._left() * self._search_share()
            portfolio.run_until(deadline, self._finished, after_round)
        schedule = self._schedule(best.overtime)
        schedule.take(portfolio.best_decisions())
        self._offer_schedule(schedule)

    def _search_share(self) -> float:
        """What part of the time is for the walks; the rest is for proving."""
        if self.moves != "all":
            return 1.0
        from scheduling.exact.solution import MOST_PAIRS, model_pairs

        pairs = model_pairs(self.problem)
        if pairs <= _SMALL_PAIRS:
            return _SMALL_SHARE
        if pairs <= MOST_PAIRS and self.limit >= _LEAST_EXACT_SECONDS:
            return _LARGE_SHARE
        return 1.0 if self.limit < _LEAST_BOUND_SECONDS else 1.0 - _BOUND_SHARE

    def _bound_simply(self) -> None:
        """Every job alone: what proves a plan at once where no two jobs meet."""
        if len(self.problem.jobs) <= _MOST_ALONE and not self._current().missing and self.moves == "all":
            from scheduling.exact.relaxation import Relaxation

            self.bound = min(Relaxation(self.problem).lower_bound(), self._current().cost.total)

    def _prove(self) -> None:
        """Bounds, and for small problems the constraint model from the best plan, in the time that is left."""
        if self.iterations is not None or self.moves != "all":
            return
        if self._search_share() > _LARGE_SHARE:
            self._bound_cheaply()
            return
        from scheduling.exact.model import TooLargeError
        from scheduling.exact.solution import solve_exactly

        best = self._current()
        hint = None if best.missing else self._plan(best, Status.FEASIBLE, None)
        try:
            result = solve_exactly(
                self.problem,
                hint=hint,
                seconds=max(0.01, self._left()),
                workers=self.workers,
                seed=self.seed,
                on_solution=self._hear,
                should_cancel=self._cancelled,
            )
        except TooLargeError:
            return
        self.proven_infeasible = result.infeasible
        if result.plan is not None:
            self._offer(result.plan.jobs, frozenset(result.plan.overtime))
        if result.bound is not None and not self._current().missing:
            self.bound = min(max(result.bound, self.bound or 0), self._current().cost.total)

    def _hear(self, total: int, bound: int) -> None:
        self.bound = max(bound, self.bound or 0)
        self._tell(min(Cost(0, total), self._current().cost))

    def _bound_cheaply(self) -> None:
        """A bound for a large problem; it is weak, and says so by its distance."""
        if self._current().missing or self._cancelled() or self.limit < _LEAST_BOUND_SECONDS:
            return
        from scheduling.exact.bounds import lower_bound

        bound = lower_bound(self.problem, max(0.01, self._left()), should_stop=self._cancelled)
        self.bound = min(bound, self._current().cost.total)

    # -- the result --------------------------------------------------------------------------------------------

    def _plan(self, candidate: _Candidate, status: Status, bound: int | None) -> Plan:
        ordered = {job.id: index for index, job in enumerate(self.problem.jobs)}
        return Plan(
            problem_sha256=self.problem.sha256,
            status=status,
            objective=objective_of(self.problem, candidate.jobs, candidate.overtime),
            jobs=tuple(sorted(candidate.jobs, key=lambda job: ordered[job.id])),
            unscheduled=self._left_out(candidate.missing),
            overtime=tuple(entry.id for entry in self.problem.overtime if entry.id in candidate.overtime),
            bound=bound,
            seconds=round(self._seconds(), 3),
        )

    def _left_out(self, missing: Sequence[str]) -> tuple[Unscheduled, ...]:
        if not missing:
            return ()
        from scheduling.explain.conflicts import why_unscheduled

        return tuple(why_unscheduled(self.problem, self.problem.job_by_id[name]) for name in missing)

    def _cannot_be_scheduled(self, missing: Iterable[str]) -> bool:
        """Whether some job that is left out fits at no time even in an empty factory."""
        from scheduling.exact.relaxation import Relaxation

        relaxation = Relaxation(self.problem)
        return any(not relaxation.options(self.problem.job_by_id[name]) for name in missing)

    def _result(self) -> Plan:
        best = self._current()
        status = Status.FEASIBLE
        if self.was_cancelled:
            status = Status.CANCELLED
        elif best.missing:
            infeasible = self.proven_infeasible or self._cannot_be_scheduled(best.missing)
            status = Status.INFEASIBLE if infeasible else Status.FEASIBLE
        elif self.bound == best.cost.total:
            status = Status.OPTIMAL
        return self._plan(best, status, None if best.missing else self.bound)
