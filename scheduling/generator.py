"""Realistic instances: circulating-pallet lines with a day shift, a late finishing shift and a curing chamber.

Nine stations per line, six mould families with changeovers of 4 to 15 minutes, deliveries of six to ten loads
due at 07:00 or 13:00. The same arguments give the same problem.
"""

from __future__ import annotations

import random
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
_FIRST_DAY = datetime(2026, 11, 23, tzinfo=timezone(timedelta(hours=8)))
_LOADS_PER_LINE_DAY = 26


def generate(jobs: int, lines: int = 2, seed: int = 1, tight: bool = False) -> Problem:
    """A problem with this many jobs and lines. `tight`: due times that the lines can hardly keep."""
    if jobs < 0 or lines < 1:
        raise ValueError("needs at least 0 jobs and 1 line")
    draw = random.Random(f"{jobs}/{lines}/{seed}/{tight}")  # noqa: S311 - no secret, the same instance again
    days = 12 + 4 * jobs // (_LOADS_PER_LINE_DAY * lines) // 2
    names = [f"L{index + 1}" for index in range(lines)]
    changeovers = {before: {after: draw.randint(4, 15) for after in FAMILIES if after != before} for before in FAMILIES}
    return Problem(
        epoch=_FIRST_DAY.isoformat(),
        now=420,
        calendars=(
            Calendar("day", _windows(days, ((420, 600), (610, 720), (780, 1020)))),
            Calendar("finish", _windows(days, ((420, 720), (750, 1080), (1110, 1260)))),
        ),
        overtime=tuple(
            Overtime(f"ot-{day + 1}", "day", (day * DAY + 1020, day * DAY + 1140), 300)
            for day in range(min(days, 6))
            if day % 7 != 6
        ),
        resources=(
            *(Resource(f"pallets-{name}", 46) for name in names),
            Resource("stair-mould", max(2, jobs // 25)),
        ),
        lines=tuple(_line(name, draw.choice(FAMILIES), changeovers) for name in names),
        jobs=_jobs(jobs, names, draw, tight),
        objective=Weights(changeover_minute=20, makespan_minute=10, line_change=200, shift_hour=2),
    )


def _windows(days: int, shift: tuple[Window, ...]) -> tuple[Window, ...]:
    """The shift's windows on every day but Sundays; the first day is a Monday."""
    return tuple((day * DAY + start, day * DAY + end) for day in range(days) if day % 7 != 6 for start, end in shift)


def _line(name: str, initial: str, changeovers: dict[str, dict[str, int]]) -> Line:
    def attended(station: str, work: Work = Work.PAUSABLE, calendar: str = "day") -> Station:
        return Station(station, work, calendar)

    shuttering = Station("shuttering", Work.PAUSABLE, "day", changeover=Changeover(changeovers, initial))
    return Line(
        name,
        (
            attended("prep"),
            shuttering,
            Station("rebar", Work.PAUSABLE, "day", capacity=2),
            attended("inspection"),
            attended("casting", Work.UNSPLITTABLE),
            Station("pre-cure", Work.UNATTENDED, capacity=8),
            attended("trowelling", Work.UNSPLITTABLE, "finish"),
            Station("curing", Work.UNATTENDED, capacity=36, order=Order.ANY),
            attended("demould"),
        ),
        (MaxWait("pre-cure", "trowelling", 90), MaxWait("inspection", "casting", 720)),
    )


def _jobs(count: int, lines: list[str], draw: random.Random, tight: bool) -> tuple[Job, ...]:
    result: list[Job] = []
    per_day = _LOADS_PER_LINE_DAY * len(lines) * (1.15 if tight else 0.8)
    while len(result) < count:
        delivery_day = 2 + int(len(result) / per_day)
        delivery_day += delivery_day // 7 + (1 if delivery_day % 7 == 6 else 0)
        due = delivery_day * DAY + draw.choice((420, 780))
        cost = draw.choice((1, 2, 5)) * 10
        families = draw.sample(FAMILIES, 2)
        for _ in range(min(draw.randint(6, 10), count - len(result))):
            result.append(_job(len(result) + 1, due, cost, draw.choice(families), lines, draw))
    return tuple(result)


def _job(number: int, due: int, cost: int, family: str, lines: list[str], draw: random.Random) -> Job:
    minutes = (
        draw.randint(6, 12),
        draw.randint(8, 16),
        draw.randint(16, 30),
        draw.randint(4, 8),
        draw.randint(8, 15),
        draw.randint(90, 140),
        draw.randint(8, 12),
        draw.randint(480, 600),
        draw.randint(8, 14),
    )
    eligible = [name for name in lines if draw.random() < 0.75] or [draw.choice(lines)]
    holds = [Hold(f"pallets-{name}", name, "prep", "demould") for name in eligible]
    if family == "F" and draw.random() < 0.3:
        holds += [Hold("stair-mould", name, "shuttering", "demould") for name in eligible]
    return Job(
        id=f"PL-{number:04d}",
        due=due,
        options=tuple(Option(name, minutes) for name in eligible),
        family=family,
        tardiness_cost=cost,
        earliness_cost=cost // 10,
        holds=tuple(holds),
    )
