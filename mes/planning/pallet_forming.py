"""Forming pallet loads from open elements: which may share a pallet, when they are due, where they lie.

Elements share a load only if family (and so the route and its curing), concrete grade, class of thickness and the
lines that can make them are the same. Where several lines can, the pallet is the smallest of theirs, so that the load
fits on each.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mes.core.text import N_
from mes.planning.rules import PlanningRules
from mes.planning.situation import DemandElement, LineFacts, Situation
from mes.planning.working_time import at_local, minutes_after
from scheduling import Item, NestingProblem, NestingResult, PalletType, Placement

MIN_NESTING_SECONDS = 0.1

LEFT_OUT_REASONS: dict[str, str] = {
    "no-line": N_("no line makes this family"),
    "no-route": N_("no route minutes are known for this family"),
    "too-large": N_("no pallet has room for it"),
    "too-heavy": N_("no pallet carries its weight"),
    "no-pallet-left": N_("no pallet of a kind that holds it is left"),
    "no-room": N_("no room was found for it beside the other loads before the working hours end"),
    "no-window": N_("no working window of %(minutes)s minutes for %(station)s"),
    "calendar-ends": N_("it cannot be finished before the working hours laid out end, even alone"),
    "wait-impossible": N_("it would wait more than %(minutes)s minutes before %(station)s, whenever it starts"),
    "resource-too-few": N_("it needs more pallets or moulds at once than there are"),
    "no-line-fits": N_("each line that could make it is ruled out by another rule"),
}


@dataclass(frozen=True)
class LeftOut:
    """Elements that are not in the plan, and why (a key of `LEFT_OUT_REASONS`)."""

    serials: tuple[int, ...]
    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class FormedLoad:
    """A pallet load before it has a time. `due` in minutes after the epoch."""

    id: str
    lines: tuple[str, ...]
    elements: tuple[DemandElement, ...]
    placements: tuple[Placement, ...]
    due: int

    @property
    def family(self) -> str:
        """The family of its elements."""
        return self.elements[0].family


@dataclass(frozen=True)
class NestingPart:
    """The nesting of the elements that the same lines can make."""

    lines: tuple[str, ...]
    problem: NestingProblem
    result: NestingResult


@dataclass(frozen=True)
class Forming:
    """Loads in order of their due times, what they were made of, and what was left out."""

    parts: tuple[NestingPart, ...]
    loads: tuple[FormedLoad, ...]
    left_out: tuple[LeftOut, ...]


def due_moment(element: DemandElement, rules: PlanningRules, situation: Situation) -> datetime:
    """When an element must have left its line: the morning, so many yard days before the site wants it."""
    day = element.required_on - timedelta(days=rules.yard_days_of(element.family))
    return at_local(day, rules.due_time, situation.zone)


def due_minute(element: DemandElement, rules: PlanningRules, situation: Situation, epoch: datetime) -> int:
    """The due time in minutes after the epoch; one that is past already is 0."""
    return max(0, minutes_after(epoch, due_moment(element, rules, situation)))


def group_of(element: DemandElement, rules: PlanningRules) -> str:
    """What elements of one load have in common, beside the lines."""
    return f"{element.family}/{element.concrete_grade}/{rules.thickness_class(element.thickness_mm)}"


def form_loads(
    situation: Situation,
    rules: PlanningRules,
    epoch: datetime,
    seconds: float,
    should_cancel: Callable[[], bool] | None = None,
) -> Forming:
    """Place every element on a pallet load, within about `seconds`; one that is cancelled places them all the same.

    Lines whose elements are placed as well as can be leave their time to the others.
    """
    from scheduling import nest

    until = time.monotonic() + seconds
    by_lines, left_out = _by_eligible_lines(situation)
    waiting = sum(map(len, by_lines.values()))
    parts, loads = [], []
    for lines, elements in sorted(by_lines.items()):
        problem = _nesting_problem(situation, rules, epoch, lines, elements)
        share = (until - time.monotonic()) * len(elements) / waiting
        waiting -= len(elements)
        result = nest(problem, max(MIN_NESTING_SECONDS, share), should_cancel=should_cancel)
        part = NestingPart(lines, problem, result)
        parts.append(part)
        loads += _loads_of(part, {str(element.serial): element for element in elements})
        left_out += [LeftOut((int(entry.item),), entry.code or "too-large") for entry in result.unplaced]
    loads.sort(key=lambda load: (load.due, load.id))
    return Forming(tuple(parts), tuple(loads), tuple(left_out))


def _by_eligible_lines(
    situation: Situation,
) -> tuple[dict[tuple[str, ...], list[DemandElement]], list[LeftOut]]:
    by_lines: dict[tuple[str, ...], list[DemandElement]] = defaultdict(list)
    homeless: dict[str, list[int]] = defaultdict(list)
    for element in situation.elements:
        lines = situation.eligible_lines(element.family)
        if lines:
            by_lines[lines].append(element)
        else:
            made = any(element.family in line.families for line in situation.lines)
            homeless["no-route" if made else "no-line"].append(element.serial)
    return by_lines, [LeftOut(tuple(serials), code) for code, serials in sorted(homeless.items())]


def _nesting_problem(
    situation: Situation,
    rules: PlanningRules,
    epoch: datetime,
    lines: tuple[str, ...],
    elements: Sequence[DemandElement],
) -> NestingProblem:
    items = tuple(
        Item(
            id=str(element.serial),
            length_mm=element.length_mm,
            width_mm=element.width_mm,
            weight_kg=math.ceil(element.weight_kg),
            group=group_of(element, rules),
            due=due_minute(element, rules, situation, epoch),
        )
        for element in elements
    )
    pallet = smallest_pallet([situation.line(code) for code in lines], rules)
    return NestingProblem((pallet,), items, rules.due_window_days * 1440)


def smallest_pallet(lines: Sequence[LineFacts], rules: PlanningRules) -> PalletType:
    """A pallet that is no larger and carries no more than that of any of the lines."""
    return PalletType(
        id="+".join(line.code for line in lines),
        length_mm=min(line.pallet_length_mm for line in lines),
        width_mm=min(line.pallet_width_mm for line in lines),
        max_load_kg=min(line.pallet_max_load_kg for line in lines),
        edge_clearance_mm=rules.edge_clearance_mm,
        gap_mm=rules.gap_mm,
    )


def _loads_of(part: NestingPart, elements: Mapping[str, DemandElement]) -> list[FormedLoad]:
    prefix = "+".join(part.lines)
    due = {item.id: item.due for item in part.problem.items}
    return [
        FormedLoad(
            id=f"{prefix}-{number:03d}",
            lines=part.lines,
            elements=tuple(elements[entry.item] for entry in load.placements),
            placements=load.placements,
            due=min(due[entry.item] for entry in load.placements),
        )
        for number, load in enumerate(part.result.loads, start=1)
    ]
