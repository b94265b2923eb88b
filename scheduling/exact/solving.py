"""Solving the CP-SAT model: a clock, somebody who may cancel, and what came out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from ortools.sat.python import cp_model

from scheduling.exact.model import PlanModel
from scheduling.exact.visits import Visit
from scheduling.plan import Operation, PlannedJob


@dataclass(frozen=True)
class ModelResult:
    """What the solver found: jobs, overtime, whether that is proven best, and a bound on the total."""

    jobs: tuple[PlannedJob, ...]
    overtime: frozenset[str]
    found: bool
    proven: bool
    infeasible: bool
    bound: int | None


def solve_model(
    model: PlanModel,
    seconds: float,
    workers: int,
    seed: int,
    on_solution: Callable[[int, int], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
) -> ModelResult:
    """Search for at most `seconds`; `on_solution` hears of each objective and bound."""
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.01, seconds)
    solver.parameters.num_workers = max(1, workers)
    solver.parameters.random_seed = seed % (1 << 31)
    with _Cancelling(solver, should_cancel):
        status = solver.solve(model.model, _Listener(on_solution))
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    infeasible = status == cp_model.INFEASIBLE
    bound = None if infeasible or status == cp_model.MODEL_INVALID else _floor(solver.best_objective_bound)
    if not found:
        return ModelResult((), frozenset(), False, False, infeasible, bound)
    jobs = tuple(
        _planned(solver, visit)
        for visit in model.visits
        if visit.present is True or solver.boolean_value(visit.present)
    )
    overtime = model.worked | {name for name, var in model.chosen.items() if solver.boolean_value(var)}
    return ModelResult(jobs, frozenset(overtime), True, status == cp_model.OPTIMAL, False, bound)


def _planned(solver: cp_model.CpSolver, visit: Visit) -> PlannedJob:
    operations = tuple(
        Operation(
            station.id,
            *(
                values[index] if isinstance(values[index], int) else solver.value(values[index])
                for values in (visit.enter, visit.start, visit.end, visit.leave)
            ),
        )
        for index, station in enumerate(visit.line.stations)
    )
    return PlannedJob(visit.job.id, visit.line.id, operations)


def _floor(bound: float) -> int:
    """A bound that the solver states as a float, rounded so that it stays a bound."""
    nearest = round(bound)
    return nearest if abs(bound - nearest) < 1e-3 else int(bound // 1)


class _Listener(cp_model.CpSolverSolutionCallback):
    def __init__(self, on_solution: Callable[[int, int], None] | None) -> None:
        super().__init__()
        self._on_solution = on_solution

    def on_solution_callback(self) -> None:
        if self._on_solution is not None:
            self._on_solution(round(self.objective_value), _floor(self.best_objective_bound))


class _Cancelling:
    """Stops a solver from another thread as soon as somebody wants it stopped."""

    def __init__(self, solver: cp_model.CpSolver, should_cancel: Callable[[], bool] | None) -> None:
        self._solver = solver
        self._should_cancel = should_cancel
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        if self._should_cancel is not None:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._should_cancel is not None:
            self._thread.join()

    def _watch(self) -> None:
        while self._should_cancel is not None and not self._done.wait(0.05):
            if self._should_cancel():
                self._solver.stop_search()
                return
