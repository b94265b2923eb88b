"""What hinders a step of a job, minute by minute, while every other job keeps its times.

Each rule of the contract that can hinder a step has one function, which yields the minutes before the planned one at
which the step could not be taken. `hindrances` puts them together: each minute is hindered by the first rule that does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from scheduling.explain.reasons import ReasonCode
from scheduling.explain.surroundings import Kind, Step, Surroundings
from scheduling.plan import PlannedJob
from scheduling.problem import Order, Station, Window, Work


@dataclass(frozen=True)
class Hindrance:
    """A rule that hinders a step during [start, end)."""

    start: int
    end: int
    code: ReasonCode
    other: str | None = None
    values: dict[str, str | int] = field(default_factory=dict)


def hindrances(around: Surroundings, step: Step) -> list[Hindrance]:
    """The hindered minutes of [begin, step.minute), in order and without overlap."""
    rules = {Kind.ENTER: _entering, Kind.START: _starting, Kind.LEAVE: _leaving}
    return _first_of_each_minute(rules[step.kind](around, step), around.begin, step.minute)


def _entering(around: Surroundings, step: Step) -> Iterator[Hindrance]:
    """Entering a station; entering while no work can start there counts as hindered by what hinders the work.

    On the line, closed hours are told as such also where somebody else goes first; a job that has not entered the
    line is behind the others all the time.
    """
    station = around.line.stations[step.index]
    works = station.attended and around.minutes[step.index] > 0
    if works and step.index > 0:
        yield from _closed(around, station, step)
    yield from _order_of_entry(around, step.index)
    yield from _occupied(around, step)
    yield from _resources(around, step)
    if works:
        yield from _starting(around, step)


def _starting(around: Surroundings, step: Step) -> Iterator[Hindrance]:
    """Starting attended work."""
    station = around.line.stations[step.index]
    if station.attended and around.minutes[step.index] > 0:
        yield from _closed(around, station, step)
        yield from _changeover(around, station, step)
        yield from _no_window(around, station, step)


def _leaving(around: Surroundings, step: Step) -> Iterator[Hindrance]:
    """Leaving the line, or leaving for a buffer."""
    yield from _order_of_leaving(around, step.index)
    yield from _buffer(around, step)


def _order_of_entry(around: Surroundings, index: int) -> Iterator[Hindrance]:
    """R4-order: nobody is overtaken at this station, nor on the way from a fifo station to it."""
    stations = around.line.stations
    before = around.ahead(index) if stations[index].order is Order.FIFO else []
    if index > 0 and stations[index - 1].order is Order.FIFO:
        known = {other.id for other in before}
        before += [other for other in around.ahead(index - 1) if other.id not in known]
    if before:
        last = max(before, key=lambda other: other.operations[index].enter)
        yield _behind(around, last, last.operations[index].enter, len(before))


def _order_of_leaving(around: Surroundings, index: int) -> Iterator[Hindrance]:
    """R4-order: whoever entered a fifo station earlier leaves it first."""
    before = around.ahead(index) if around.line.stations[index].order is Order.FIFO else []
    if before:
        last = max(before, key=lambda other: other.operations[index].leave)
        yield _behind(around, last, last.operations[index].leave, len(before))


def _behind(around: Surroundings, other: PlannedJob, until: int, count: int) -> Hindrance:
    values: dict[str, str | int] = {"other_due": around.problem.job_by_id[other.id].due, "count": count}
    return Hindrance(around.begin, until, ReasonCode.BEHIND_JOB, other.id, values)


def _occupied(around: Surroundings, step: Step) -> Iterator[Hindrance]:
    """R4-capacity: the station is full, or somebody else is to fill it."""
    stays = [
        ((other.operations[step.index].enter, other.operations[step.index].leave), other) for other in around.neighbours
    ]
    found = _last_full(stays, around.line.stations[step.index].capacity, around.begin, step.minute)
    if found is not None:
        (start, end), first, last = found
        yield Hindrance(start, end, ReasonCode.BLOCKED_BY, last.id)
        yield _behind(around, first, start, 1)


def _resources(around: Surroundings, step: Step) -> Iterator[Hindrance]:
    """R7-resource: no unit is free, or the free one is somebody else's next."""
    count = {resource.id: resource.count for resource in around.problem.resources}
    stations = around.line.station_index
    own = [
        (hold.resource, stations[hold.from_station], stations[hold.to_station])
        for hold in around.job.holds
        if hold.line == around.line.id
    ]
    for name in dict.fromkeys(resource for resource, first, _ in own if first == step.index):
        needed = sum(resource == name and first <= step.index <= last for resource, first, last in own)
        found = _last_full(_held(around, name), count[name] - needed + 1, around.begin, step.minute)
        if found is not None:
            (start, end), first, last = found
            yield Hindrance(start, end, ReasonCode.RESOURCE_EMPTY, last.id, {"resource": name, "count": count[name]})
            yield Hindrance(around.begin, start, ReasonCode.RESOURCE_PROMISED, first.id, {"resource": name})


def _held(around: Surroundings, resource: str) -> list[tuple[Window, PlannedJob]]:
    """Who else holds units of a resource, and when."""
    held: list[tuple[Window, PlannedJob]] = []
    for other in around.others:
        stations = around.problem.line_by_id[other.line].station_index
        for hold in around.problem.job_by_id[other.id].holds:
            if hold.resource == resource and hold.line == other.line:
                first, last = other.operations[stations[hold.from_station]], other.operations[stations[hold.to_station]]
                held.append(((first.enter, last.leave), other))
    return held


def _buffer(around: Surroundings, step: Step) -> Iterator[Hindrance]:
    """R3-buffer: every place between this station and the next is taken."""
    index = step.index
    if index + 1 == len(around.line.stations):
        return
    stays = [((o.operations[index].leave, o.operations[index + 1].enter), o) for o in around.neighbours]
    places = around.line.stations[index].buffer_after
    found = _last_full(stays, places, around.begin, step.minute)
    if found is not None:
        (_, end), _, last = found
        yield Hindrance(around.begin, end, ReasonCode.BUFFER_FULL, last.id, {"places": places})


def _last_full(
    stays: list[tuple[Window, PlannedJob]], limit: int, begin: int, until: int
) -> tuple[Window, PlannedJob, PlannedJob] | None:
    """The last stretch before `until` in which `limit` stays are under way: who makes it full, who ends it.

    Whoever comes before its end would have to be there during it; so every minute before its end is hindered.
    """
    inside = [(max(start, begin), min(end, until), other) for (start, end), other in stays]
    inside = [entry for entry in inside if entry[0] < entry[1]]
    edges = sorted({minute for start, end, _ in inside for minute in (start, end)})
    used = dict.fromkeys(edges, 0)
    for start, end, _ in inside:
        used[start] += 1
        used[end] -= 1
    stretch: Window | None = None
    total, full = 0, []
    for left, right in pairwise(edges):
        total += used[left]
        if total >= limit:
            full.append((left, right))
    for left, right in full:
        stretch = (stretch[0], right) if stretch is not None and stretch[1] == left else (left, right)
    if stretch is None:
        return None
    first = max((entry for entry in inside if entry[0] <= stretch[0] < entry[1]), key=lambda entry: entry[0])
    last = next(entry for entry in inside if entry[1] == stretch[1])
    return stretch, first[2], last[2]


def _closed(around: Surroundings, station: Station, step: Step) -> Iterator[Hindrance]:
    """R2-work: closed minutes, those first in which overtime could be bought."""
    calendar = around.calendar(station)
    if calendar is None:
        return
    chosen = set(around.plan.overtime)
    for entry in around.problem.overtime:
        if entry.calendar == station.calendar and entry.id not in chosen:
            values: dict[str, str | int] = {"overtime": entry.id, "cost": entry.cost}
            yield Hindrance(*entry.window, ReasonCode.OVERTIME_UNUSED, None, values)
    edges = [(0, 0), *zip(calendar.starts, calendar.ends, strict=True), (step.minute, step.minute)]
    for (_, end), (start, _) in pairwise(edges):
        if start > end:
            yield Hindrance(end, start, ReasonCode.CLOSED)


def _no_window(around: Surroundings, station: Station, step: Step) -> Iterator[Hindrance]:
    """R2-work: the end of each window, too short for work that must not be split."""
    calendar = around.calendar(station)
    if calendar is None or station.work is not Work.UNSPLITTABLE:
        return
    minutes = around.minutes[step.index]
    for start, end in zip(calendar.starts, calendar.ends, strict=True):
        yield Hindrance(max(start, end - minutes + 1), end, ReasonCode.NO_WINDOW, None, {"minutes": minutes})


def _changeover(around: Surroundings, station: Station, step: Step) -> Iterator[Hindrance]:
    """R5-changeover: the open minutes that setting up for this family takes."""
    calendar = around.calendar(station)
    if calendar is None or station.changeover is None:
        return
    worked = [other for other in around.ahead(step.index) if _works_at(around, other, step.index)]
    last = max(worked, key=lambda other: other.operations[step.index].leave) if worked else None
    before = around.problem.job_by_id[last.id].family if last is not None else station.changeover.initial
    free = last.operations[step.index].leave if last is not None else around.problem.now
    minutes = station.changeover.between(before, around.job.family)
    if minutes > 0:
        families: dict[str, str | int] = {"from": before or "", "to": around.job.family or "", "minutes": minutes}
        yield Hindrance(free, calendar.after(free, minutes), ReasonCode.CHANGEOVER, last.id if last else None, families)


def _works_at(around: Surroundings, other: PlannedJob, index: int) -> bool:
    option = around.problem.job_by_id[other.id].option(other.line)
    return option is not None and option.minutes[index] > 0


def _first_of_each_minute(raw: Iterable[Hindrance], begin: int, until: int) -> list[Hindrance]:
    """Of hindrances in order of precedence, each minute's first; neighbours with one cause are one."""
    inside = [entry for entry in raw if max(entry.start, begin) < min(entry.end, until)]
    edges = sorted({begin, until, *(m for h in inside for m in (max(h.start, begin), min(h.end, until)))})
    result: list[Hindrance] = []
    for left, right in pairwise(edges):
        cause = next((entry for entry in inside if entry.start <= left and right <= entry.end), None)
        if cause is None:
            continue
        cut = Hindrance(left, right, cause.code, cause.other, cause.values)
        before = result[-1] if result else None
        if (
            before
            and before.end == left
            and (before.code, before.other, before.values)
            == (
                cut.code,
                cut.other,
                cut.values,
            )
        ):
            cut = Hindrance(before.start, right, cause.code, cause.other, cause.values)
            result.pop()
        result.append(cut)
    return result
