"""Realistic instances: circulating-pallet lines with a day shift, a late finishing shift and a curing chamber.

Nine stations per line without buffers, 46 pallets a line, six mould families with changeovers of 4 to 15 minutes,
deliveries of six to ten loads due at 07:00 or 13:00. Deliveries ask for about three quarters of what the slowest
station could do without changeovers and blocking (31 loads a day), a little less than what a line does that works in
the order of due dates (23 to 24).
The same arguments give the same problem, on every machine.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from scheduling.problem import (
    Calendar,
    Changeover,
    Hold,
    Job,
    Line,
    MaxWait,
    Option,
    Order,
    Overtime,
    Problem,
    Resource,
    Station,
    Weights,
    Window,
    Work,
)

DAY = 24 * 60
FAMILIES = "ABCDEF"
PALLETS = 46
"""Pallets of a line, from preparation to demoulding."""
LINE_SHARE = 0.75
"""How likely a load may run on a line; every load may run on one at least."""
DAY_SHIFT = ((420, 600), (610, 720), (780, 1020))
FINISHING_SHIFT = ((420, 720), (750, 1080), (1110, 1260))
FIRST_DELIVERY = 3
"""The half day of the first delivery: Tuesday 13:00, when Monday's first loads can be out of their moulds."""
_FIRST_DAY = datetime(2026, 11, 23, tzinfo=timezone(timedelta(hours=8)))
_SLOWEST_LOADS_PER_LINE_DAY = 14
"""No order of the loads does fewer; the calendars last for that."""


@dataclass(frozen=True)
class _Demand:
    """How hard the deliveries press: loads per line and day, by how many half days one may come later than its turn,
    prices per minute."""

    loads_per_line_day: float
    later: tuple[int, ...]
    tardiness_cost: int
    earliness_cost: int
    weights: Weights


_USUAL = _Demand(22.8, (0,), 10, 1, Weights(changeover_minute=20, makespan_minute=10, line_change=200, shift_hour=2))
_TIGHT = _Demand(
    26.0, (0,), 500, 1, Weights(changeover_minute=1000, makespan_minute=500, line_change=10_000, shift_hour=100)
)
"""Early loads cost a fiftieth of the usual; so that all stays whole, everything else costs fifty times as much."""


def generate(jobs: int, lines: int = 2, seed: int = 1, tight: bool = False, every_rule: bool = False) -> Problem:
    """A problem with this many jobs and lines.

    Args:
        jobs: pallet loads, 0 or more.
        lines: lines of equal stations, 1 or more.
        seed: another number gives another instance.
        tight: due times that a line can keep only with few changeovers, and storage that costs next to nothing.
        every_rule: also what the usual instance has not: overtime in the first week, a stair mould that the lines
            share, two loads at once at the rebar station, a longest wait before casting.

    Raises:
        ValueError: if a number is out of range.
    """
    if jobs < 0 or lines < 1:
        raise ValueError("needs at least 0 jobs and 1 line")
    draw = random.Random(f"{jobs}/{lines}/{seed}/{tight}")  # noqa: S311 - no secret, the same instance again
    demand = _TIGHT if tight else _USUAL
    days = 14 + 7 * jobs // (6 * _SLOWEST_LOADS_PER_LINE_DAY * lines)
    names = [f"L{index + 1}" for index in range(lines)]
    changeovers = {before: {after: draw.randint(4, 15) for after in FAMILIES if after != before} for before in FAMILIES}
    problem = Problem(
        epoch=_FIRST_DAY.isoformat(),
        now=420,
        calendars=(
            Calendar("day", _windows(days, DAY_SHIFT)),
            Calendar("finish", _windows(days, FINISHING_SHIFT)),
        ),
        resources=tuple(Resource(f"pallets-{name}", PALLETS) for name in names),
        lines=tuple(_line(name, draw.choice(FAMILIES), changeovers) for name in names),
        jobs=_jobs(jobs, names, draw, demand),
        objective=demand.weights,
    )
    return _with_every_rule(problem, days) if every_rule else problem


def _windows(days: int, shift: tuple[Window, ...]) -> tuple[Window, ...]:
    """The shift's windows on every day but Sundays; the first day is a Monday."""
    return tuple((day * DAY + start, day * DAY + end) for day in range(days) if day % 7 != 6 for start, end in shift)


def _line(name: str, initial: str, changeovers: dict[str, dict[str, int]]) -> Line:
    stations = (
        Station("prep", Work.PAUSABLE, "day"),
        Station("shuttering", Work.PAUSABLE, "day", changeover=Changeover(changeovers, initial)),
        Station("rebar", Work.PAUSABLE, "day"),
        Station("inspection", Work.PAUSABLE, "day"),
        Station("casting", Work.UNSPLITTABLE, "day"),
        Station("pre-cure", Work.UNATTENDED, capacity=8),
        Station("trowelling", Work.UNSPLITTABLE, "finish"),
        Station("curing", Work.UNATTENDED, capacity=36, order=Order.ANY),
        Station("demould", Work.PAUSABLE, "day"),
    )
    return Line(name, stations, (MaxWait("pre-cure", "trowelling", 90),))


def _jobs(count: int, lines: list[str], draw: random.Random, demand: _Demand) -> tuple[Job, ...]:
    """Deliveries one after the other, each of loads of two families with one due time and one weight."""
    result: list[Job] = []
    while len(result) < count:
        half_days = int(2 * len(result) / (demand.loads_per_line_day * len(lines)))
        due = _due(FIRST_DELIVERY + half_days + draw.choice(demand.later))
        weight = draw.choice((1, 2, 5))
        families = draw.sample(FAMILIES, 2)
        for _ in range(min(draw.randint(6, 10), count - len(result))):
            eligible = [name for name in lines if draw.random() < LINE_SHARE] or [draw.choice(lines)]
            minutes = _minutes(draw)
            result.append(
                Job(
                    id=f"PL-{len(result) + 1:04d}",
                    due=due,
                    options=tuple(Option(name, minutes) for name in eligible),
                    family=draw.choice(families),
                    tardiness_cost=weight * demand.tardiness_cost,
                    earliness_cost=weight * demand.earliness_cost,
                    holds=tuple(Hold(f"pallets-{name}", name, "prep", "demould") for name in eligible),
                )
            )
    return tuple(result)


def _due(half_day: int) -> int:
    """The delivery time of this half of a working day: 07:00 or 13:00, never on a Sunday."""
    working_day, afternoon = divmod(half_day, 2)
    week, weekday = divmod(working_day, 6)
    return (7 * week + weekday) * DAY + (780 if afternoon else 420)


def _minutes(draw: random.Random) -> tuple[int, ...]:
    """Minutes of work at each of the stations, in their order."""
    return (
        draw.randint(6, 12),
        draw.randint(13, 21),
        draw.randint(10, 18),
        draw.randint(4, 8),
        draw.randint(8, 15),
        draw.randint(90, 140),
        draw.randint(8, 12),
        draw.randint(480, 600),
        draw.randint(8, 14),
    )


def _with_every_rule(problem: Problem, days: int) -> Problem:
    """The same loads under more rules: overtime, a mould across lines, a station for two, a second longest wait."""
    overtime = tuple(
        Overtime(f"ot-{day + 1}", "day", (day * DAY + 1020, day * DAY + 1140), 300) for day in range(min(days, 6))
    )
    lines = tuple(
        replace(
            line,
            stations=tuple(replace(s, capacity=2) if s.id == "rebar" else s for s in line.stations),
            max_waits=(*line.max_waits, MaxWait("inspection", "casting", 720)),
        )
        for line in problem.lines
    )
    mould = Resource("stair-mould", max(2, len(problem.jobs) // 25))
    jobs = tuple(
        replace(job, holds=(*job.holds, *(Hold(mould.id, o.line, "shuttering", "demould") for o in job.options)))
        if job.family == "F" and number % 3 == 0
        else job
        for number, job in enumerate(problem.jobs)
    )
    return replace(problem, overtime=overtime, resources=(*problem.resources, mould), lines=lines, jobs=jobs)
