"""Redundant constraints that show the solver's relaxation how jobs queue at a line's last station.

At a last station for one pallet, whoever comes after a job works there after that job has left. So the makespan is at
least the job's departure plus the minutes of everybody after it. With two orders of a pair adding up to one, the
relaxation then knows what the best order of jobs that wait for the same due time costs; it knows nothing of that from
"either before or after" alone.

Only jobs that have no other line are counted: with those that may be elsewhere it would take a literal more for each
pair, which slows the solver down by more than it gains (measured with five and six jobs on two lines).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduling.exact.visits import Expression
from scheduling.problem import Line

if TYPE_CHECKING:
    from scheduling.exact.model import PlanModel


def add_tails(model: PlanModel, makespan: Expression) -> None:
    """For each line whose last station takes one pallet at a time: departure + work of those after it ≤ makespan."""
    for line in model.problem.lines:
        if all(visit.present is True for visit in model.by_line[line.id]):
            _add_tails_of(model, line, makespan)


def _add_tails_of(model: PlanModel, line: Line, makespan: Expression) -> None:
    last = len(line.stations) - 1
    numbers = [number for number, visit in enumerate(model.visits) if visit.line.id == line.id]
    for j in numbers:
        others = [(_after(model, i, j, last), model.visits[i].option.minutes[last]) for i in numbers if i != j]
        work = [minutes * literal for literal, minutes in others if literal is not None]
        if work:
            model.model.add(makespan >= model.visits[j].leave[last] + sum(work))


def _after(model: PlanModel, i: int, j: int, index: int) -> Expression | None:
    """A literal that says that i comes after j; None where no order is to be decided."""
    order = model.orders.get((j, i, index))
    if order is not None:
        return order
    order = model.orders.get((i, j, index))
    return None if order is None else order.negated()
