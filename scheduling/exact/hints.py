"""A plan as a complete hint: a value for every variable of the model, so that the solver starts from that plan.

An incomplete hint has to be completed by the solver, which takes it longer than many searches last.
"""

from __future__ import annotations

from collections.abc import Sequence

from ortools.sat.python import cp_model

from scheduling.exact.model import PlanModel
from scheduling.exact.visits import Expression
from scheduling.plan import PlannedJob


def hint(model: PlanModel, jobs: Sequence[PlannedJob], overtime: frozenset[str]) -> None:
    """Start from this plan."""
    values = _Values(model)
    values.note_plan({job.id: job for job in jobs}, overtime)
    values.note_work_cases(overtime)
    for variable, derived in model.derived:
        values.note(variable, derived(values.of))
    values.note_the_rest()
    model.model.clear_hints()  # type: ignore[no-untyped-call]
    for index, value in values.known.items():
        model.model.add_hint(model.model.get_int_var_from_proto_index(index), value)


class _Values:
    """The values of variables, by their index."""

    def __init__(self, model: PlanModel) -> None:
        self._model = model
        self.known: dict[int, int] = {}

    def note(self, variable: Expression, value: int) -> None:
        """Give a variable its value; a constant or a variable that has one keeps its own."""
        if isinstance(variable, cp_model.IntVar):
            self.known.setdefault(variable.index, int(value))

    def of(self, expression: Expression) -> int:
        """The value of an expression; variables that nothing is known of count as their least value."""
        if isinstance(expression, int):
            return int(expression)
        flat = cp_model.FlatIntExpr(expression)
        return int(flat.offset) + sum(
            int(coefficient) * self._value(variable)
            for variable, coefficient in zip(flat.vars, flat.coeffs, strict=True)
        )

    def _value(self, variable: cp_model.IntVar) -> int:
        if variable.index not in self.known:
            self.known[variable.index] = int(variable.proto.domain[0])
        return self.known[variable.index]

    def note_the_rest(self) -> None:
        """What nothing is known of, such as times on a line that a job does not take, has its least value."""
        for index, variable in enumerate(self._model.model.proto.variables):
            self.known.setdefault(index, int(variable.domain[0]))

    def note_plan(self, planned: dict[str, PlannedJob], overtime: frozenset[str]) -> None:
        """Who runs where and when. A job's times on the lines that it does not take are free."""
        model = self._model
        for name, literal in model.chosen.items():
            self.note(literal, name in overtime)
        for name, literal in model.scheduled.items():
            self.note(literal, name in planned)
        for visit in model.visits:
            job = planned.get(visit.job.id)
            here = job is not None and job.line == visit.line.id
            self.note(visit.present, here)
            for index, operation in enumerate(job.operations if job is not None and here else ()):
                self.note(visit.enter[index], operation.enter)
                self.note(visit.start[index], operation.start)
                self.note(visit.leave[index], operation.leave)

    def note_work_cases(self, overtime: frozenset[str]) -> None:
        """Which case of every work a start falls into; none where the job is not there."""
        for literal, present, start, domain, case in self._model.work_cases:
            fits = self.of(present) and domain.contains(self.of(start))
            self.note(literal, bool(fits) and case.opened <= overtime and not case.shut & overtime)
