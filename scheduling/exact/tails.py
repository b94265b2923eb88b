"""Redundant constraints that show the solver's relaxation how jobs queue at a line's last station.

At a last station for one pallet, whoever comes after a job works there after that job has left. So the makespan is at
least the job's departure plus the minutes of everybody after it. With two orders of a pair adding up to one, the
relaxation then knows what the best order of jobs that wait for the same due time costs; it knows nothing of that from
"either before or after" alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduling.exact.visits import Expression

if TYPE_CHECKING:
    from scheduling.exact.model import PlanModel


def add_tails(model: PlanModel, makespan: Expression) -> None:
    """For each line whose last station takes one pallet at a time: departure + work of those after it ≤ makespan."""
    for line in model.problem.lines:
        last = len(line.stations) - 1
        numbers = [number for number, visit in enumerate(model.visits) if visit.line.id == line.id]
        for j in numbers:
            visit = model.visits[j]
            after = [
                model.visits[i].option.minutes[last] * literal
                for i in numbers
                if i != j and (literal := _after(model, i, j, last)) is not None
            ]
            if after:
                relation = makespan >= visit.leave[last] + sum(after)
                if visit.present is True:
                    model.model.add(relation)
                else:
                    model.model.add(relation).only_enforce_if(visit.present)


def _after(model: PlanModel, i: int, j: int, index: int) -> Expression | None:
    """A literal that holds if i runs on the same line as j and comes after it; None where no order is decided."""
    order = model.orders.get((j, i, index))
    if order is None:
        order = model.orders.get((i, j, index))
        order = None if order is None else order.negated()
    if order is None:
        return None
    here = [visit.present for visit in (model.visits[i], model.visits[j]) if visit.present is not True]
    if not here:
        return order
    both = model.both_orders.get((j, i, index))
    if both is None:
        both = model.model.new_bool_var(f"{i} after {j} at {index}")
        model.both_orders[j, i, index] = both
        model.model.add_bool_and([order, *here]).only_enforce_if(both)
        model.model.add_bool_or([both, order.negated(), *(literal.negated() for literal in here)])
        model.derive(both, lambda value: value(order) and all(value(literal) for literal in here))
        other = model.both_orders.get((i, j, index))
        if other is not None:
            model.model.add(both + other >= 1 - sum(1 - literal for literal in here))
    return both
