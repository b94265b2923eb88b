"""`solve`: from a problem to a plan that the validator accepts, never worse than earliest due date."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from scheduling.documents.issues import Issue
from scheduling.earliest_due_date import BegunJobError, Draft, earliest_due_date
from scheduling.exact.model import PlanModel, TooLargeError
from scheduling.exact.relaxation import Relaxation
from scheduling.exact.hints import hint
from scheduling.exact.solving import ModelResult, solve_model
from scheduling.history import required_overtime
from scheduling.improvement import LocalSearch, Rank
from scheduling.layout import placed_from
from scheduling.plan import Plan, PlannedJob, Status, Unscheduled
from scheduling.problem import Option, PastError, Problem
from scheduling.validator import check, objective_of

MAX_MODEL_JOBS = 40
"""Up to so many jobs the constraint model is tried after the local search; beyond, it finds nothing in time."""
_PAST_SECONDS = 10.0
_LOCAL_SHARE = 0.4


class InvalidPlanError(RuntimeError):
    """The solver made a plan that the validator refuses: a fault of this program, never of the problem."""


@dataclass(frozen=True)
class Progress:
    """How far a solve has come: seconds spent of seconds allowed, jobs left out, total, proven bound."""

    seconds: float
    limit: float
    unscheduled: int
    total: int
    bound: int | None


def solve(
    problem: Problem,
    seconds: float = 10.0,
    workers: int = 1,
    seed: int = 1,
    start: Plan | None = None,
    progress: Callable[[Progress], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> Plan:
    """The best plan found in `seconds`: always valid, never worse than earliest due date or a valid `start`.

    A proven optimum ends it early. Where `should_cancel` says so, the best plan so far comes back as cancelled.

    Raises:
        PastError: if no plan can continue what `problem.fixed` says has happened.
        InvalidPlanError: if the result does not pass `check`; that is a fault of this program.
    """
    return _Solve(problem, seconds, workers, seed, progress, should_cancel).run(start)


@dataclass(frozen=True)
class Continuation:
    """Times for every job that has begun, and the overtime that they need."""

    jobs: Mapping[str, PlannedJob]
    overtime: frozenset[str]


def continue_past(problem: Problem, seconds: float = _PAST_SECONDS) -> Continuation | None:
    """Times for what has begun where the constructive start finds none by itself; None: it does.

    Raises:
        PastError: if no plan can continue it, or none was found in `seconds`.
    """
    for overtime in _overtime_choices(problem):
        try:
            draft = earliest_due_date(problem, overtime, order=())
        except BegunJobError:
            continue
        if _past_is_kept(problem, draft):
            return None
    result = solve_model(PlanModel(problem, _past_options(problem)), seconds, 1, 1)
    if result.found:
        return Continuation({job.id: job for job in result.jobs}, result.overtime)
    reason = "no plan can continue this past" if result.infeasible else "no way to continue this past was found"
    raise PastError((Issue("$.fixed", reason),))


def _overtime_choices(problem: Problem) -> list[frozenset[str]]:
    """The overtime that has been worked, and every overtime."""
    required = required_overtime(problem)
    everything = frozenset(entry.id for entry in problem.overtime)
    return [required] if required == everything else [required, everything]


def _past_options(problem: Problem) -> dict[str, Sequence[Option]]:
    return {
        fixed.job: tuple(o for o in problem.job_by_id[fixed.job].options if o.line == fixed.line)
        for fixed in problem.fixed
    }


def _past_is_kept(problem: Problem, draft: Draft) -> bool:
    """Whether the continuation alone breaks no rule (the jobs that it lacks do not count)."""
    jobs = tuple(placed.planned() for placed in draft.placed)
    plan = _plan(problem, jobs, (), draft.overtime, Status.FEASIBLE, None, 0.0)
    return check(problem, plan).codes <= {"R1-job"}


def _plan(
    problem: Problem,
    jobs: Sequence[PlannedJob],
    missing: Sequence[str],
    overtime: frozenset[str],
    status: Status,
    bound: int | None,
    seconds: float,
    relaxation: Relaxation | None = None,
) -> Plan:
    ordered = {job.id: index for index, job in enumerate(problem.jobs)}
    unscheduled: tuple[Unscheduled, ...] = ()
    if relaxation is not None:
        unscheduled = tuple(
            relaxation.why_unscheduled(problem.job_by_id[name]) for name in sorted(missing, key=ordered.__getitem__)
        )
    return Plan(
        problem_sha256=problem.sha256,
        status=status,
        objective=objective_of(problem, jobs, overtime),
        jobs=tuple(sorted(jobs, key=lambda job: ordered[job.id])),
        unscheduled=unscheduled,
        overtime=tuple(entry.id for entry in problem.overtime if entry.id in overtime),
        bound=bound,
        seconds=seconds,
    )


@dataclass(frozen=True)
class _Candidate:
    jobs: tuple[PlannedJob, ...]
    missing: tuple[str, ...]
    overtime: frozenset[str]
    rank: Rank


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
    ) -> None:
        self.problem = problem
        self.began = time.monotonic()
        self.limit = seconds
        self.workers, self.seed = workers, seed
        self.progress, self.should_cancel = progress, should_cancel
        self.was_cancelled = False
        self.best: _Candidate | None = None
        self.bound: int | None = None
        self.reserve = 0.0
        self.proven_infeasible = False

    def run(self, start: Plan | None) -> Plan:
        """Construct, improve, prove; then check the result."""
        self.past = continue_past(self.problem) if self.problem.fixed else None
        self.known = None if self.past is None else self.past.jobs
        self.relaxation = Relaxation(self.problem)
        self.options = {job.id: self.relaxation.options(job) for job in self.problem.jobs}
        self.impossible = tuple(name for name, options in self.options.items() if not options)
        self.proven_infeasible = bool(self.impossible)
        self._offer_constructive()
        self._offer_start(start)
        if not self.impossible:
            self._prove(self.relaxation.lower_bound())
        if not self._finished():
            self._improve()
        return self._result()

    def _seconds(self) -> float:
        return time.monotonic() - self.began

    def _cancelled(self) -> bool:
        if self.should_cancel is not None and not self.was_cancelled:
            self.was_cancelled = self.should_cancel()
        return self.was_cancelled

    def _finished(self) -> bool:
        best = self._current()
        optimal = not best.missing and self.bound == best.rank[1]
        return optimal or self._cancelled() or self._seconds() >= self.limit - self.reserve

    def _current(self) -> _Candidate:
        if self.best is None:
            raise InvalidPlanError("no valid plan was made")
        return self.best

    def _offer(self, jobs: tuple[PlannedJob, ...], overtime: frozenset[str]) -> None:
        """Keep a candidate if it is better than the best, and the validator accepts it."""
        there = {job.id for job in jobs}
        missing = tuple(job.id for job in self.problem.jobs if job.id not in there)
        rank = (len(missing), objective_of(self.problem, jobs, overtime).total)
        if self.best is not None and rank >= self.best.rank:
            return
        plan = _plan(self.problem, jobs, missing, overtime, Status.FEASIBLE, None, 0.0, self.relaxation)
        violations = check(self.problem, plan).violations
        if violations:
            faults = "; ".join(str(violation) for violation in violations[:5])
            if self.best is None:
                raise InvalidPlanError(faults)
            warnings.warn(f"a candidate plan was dropped: {faults}", RuntimeWarning, stacklevel=2)
            return
        self.best = _Candidate(jobs, missing, overtime, rank)
        self._tell()

    def _tell(self) -> None:
        if self.progress is not None and self.best is not None:
            missing, total = self.best.rank
            self.progress(Progress(self._seconds(), self.limit, missing, total, self.bound))

    def _prove(self, bound: int) -> None:
        self.bound = bound if self.bound is None else max(self.bound, bound)

    def _offer_draft(self, draft: Draft) -> None:
        self._offer(tuple(placed.planned() for placed in draft.placed), draft.overtime)

    def _offer_constructive(self) -> None:
        """Earliest due date with the overtime that was worked; with all of it where jobs are left out."""
        for overtime in self._overtime_choices():
            try:
                draft = earliest_due_date(self.problem, overtime, self.known)
            except BegunJobError:
                continue
            self._offer_draft(draft)
            if len(draft.missing) <= len(self.impossible):
                break
        self.reserve = 0.02 + 1.5 * self._seconds()
        if self.past is None:
            self._drop_idle_overtime()

    def _overtime_choices(self) -> list[frozenset[str]]:
        return _overtime_choices(self.problem) if self.past is None else [self.past.overtime]

    def _drop_idle_overtime(self) -> None:
        """Do without each overtime window that the jobs can do without, as long as there is time."""
        required = required_overtime(self.problem)
        for name in sorted(self._current().overtime - required):
            if self._finished():
                return
            try:
                draft = earliest_due_date(self.problem, self._current().overtime - {name}, self.known)
            except BegunJobError:
                continue
            self._offer_draft(draft)

    def _offer_start(self, start: Plan | None) -> None:
        """A plan to start from counts if it is a valid plan of this problem, whichever document it named."""
        if start is None:
            return
        named = replace(start, problem_sha256=self.problem.sha256, status=Status.FEASIBLE, bound=None)
        if check(self.problem, named).valid:
            entered = sorted(start.jobs, key=lambda job: (job.enter, job.operations[0].start, job.done))
            self._offer(tuple(entered), frozenset(start.overtime))

    def _improve(self) -> None:
        if len(self.problem.jobs) <= MAX_MODEL_JOBS:
            self._search(self.began + self.limit * _LOCAL_SHARE)
            if not self._finished():
                self._model()
        else:
            self._search(self.began + self.limit - self.reserve)

    def _search(self, until: float) -> None:
        """Local search from the best plan, in the order in which its jobs were placed."""
        best = self._current()
        placed = tuple(placed_from(self.problem, job) for job in best.jobs)
        begun = self.known or self._begun(best)
        search = LocalSearch(self.problem, self.seed, begun, lambda draft, _: self._offer_draft(draft))
        search.run(Draft(placed, best.missing, best.overtime), until, self._finished)

    def _begun(self, best: _Candidate) -> Mapping[str, PlannedJob] | None:
        return (
            None
            if not self.problem.fixed
            else {job.id: job for job in best.jobs if job.id in self.problem.fixed_by_job}
        )

    def _model(self) -> None:
        """The constraint model from the best plan, for the rest of the time."""
        best = self._current()
        complete = not [name for name in best.missing if name not in self.impossible]
        try:
            model = PlanModel(self.problem, self.options, complete, best.rank[1] if complete else None)
        except TooLargeError:
            return
        hint(model, best.jobs, best.overtime)
        result = solve_model(
            model, self.limit - self.reserve - self._seconds(), self.workers, self.seed, self._hear, self._cancelled
        )
        if result.found:
            self._offer(result.jobs, result.overtime)
        self._learn(result, complete)

    def _hear(self, total: int, bound: int) -> None:
        if self.progress is not None:
            self.progress(Progress(self._seconds(), self.limit, len(self._current().missing), total, bound))

    def _learn(self, result: ModelResult, complete: bool) -> None:
        """What the model proved: a bound where every job is scheduled, or that not every job can be."""
        if result.proven and self._current().missing:
            self.proven_infeasible = True
        elif result.bound is not None and (complete or not self._current().missing) and not self.impossible:
            self._prove(min(result.bound, self._current().rank[1]))

    def _result(self) -> Plan:
        best = self._current()
        bound = None if best.missing else self.bound
        status = Status.FEASIBLE
        if self.was_cancelled:
            status = Status.CANCELLED
        elif best.missing:
            status = Status.INFEASIBLE if self.proven_infeasible else Status.FEASIBLE
        elif bound == best.rank[1]:
            status = Status.OPTIMAL
        plan = _plan(
            self.problem, best.jobs, best.missing, best.overtime, status, bound, self._seconds(), self.relaxation
        )
        violations = check(self.problem, plan).violations
        if violations:
            raise InvalidPlanError("; ".join(str(violation) for violation in violations[:5]))
        return plan
