"""R3 moving between stations, R4 capacity and order at them."""

from __future__ import annotations

from collections.abc import Iterable

from scheduling.plan import Violation
from scheduling.problem import Line, Order
from scheduling.validator.evidence import Evidence, Visit


def flow_violations(evidence: Evidence) -> list[Violation]:
    """Violations of the rules of movement, line by line."""
    found: list[Violation] = []
    for line in evidence.problem.lines:
        visits = evidence.by_line[line.id]
        for index in range(len(line.stations)):
            found += _move_violations(visits, line, index)
            found += _buffer_violations(evidence.now, visits, line, index)
            found += _capacity_violations(evidence.now, visits, line, index)
            found += _order_violations(visits, line, index)
    return found


def overfull(intervals: Iterable[tuple[int, int]], limit: int, now: int) -> int | None:
    """The first minute from `now` on at which more than `limit` intervals are under way, or None."""
    events: list[tuple[int, int]] = []
    for start, end in intervals:
        if end > max(start, now):
            events += [(max(start, now), 1), (end, -1)]
    events.sort()
    used = 0
    for minute, change in events:
        used += change
        if used > limit:
            return minute
    return None


def _move_violations(visits: list[Visit], line: Line, index: int) -> list[Violation]:
    """R3-move: from one station straight into the next, or through the buffer between."""
    if index + 1 == len(line.stations):
        return []
    found: list[Violation] = []
    blocking = line.stations[index].buffer_after == 0
    for visit in visits:
        leave, enter = visit.at(index).leave, visit.at(index + 1).enter
        if visit.given(index, "leave") and visit.given(index + 1, "enter"):
            continue
        if enter < leave or (blocking and enter != leave):
            place = f"job {visit.job.id!r} after {line.stations[index].id!r}"
            found.append(Violation("R3-move", f"{place}: leaves at {leave}, enters the next at {enter}"))
    return found


def _buffer_violations(now: int, visits: list[Visit], line: Line, index: int) -> list[Violation]:
    """R3-buffer: no more pallets between two stations than there are places, from now on."""
    places = line.stations[index].buffer_after
    if index + 1 == len(line.stations) or places == 0:
        return []
    minute = overfull(((visit.at(index).leave, visit.at(index + 1).enter) for visit in visits), places, now)
    if minute is None:
        return []
    return [Violation("R3-buffer", f"more than {places} after {line.stations[index].id!r} at {minute}")]


def _capacity_violations(now: int, visits: list[Visit], line: Line, index: int) -> list[Violation]:
    """R4-capacity: no more pallets at a station than it holds, from now on."""
    station = line.stations[index]
    intervals = ((visit.at(index).enter, visit.at(index).leave) for visit in visits)
    minute = overfull(intervals, station.capacity, now)
    if minute is None:
        return []
    return [Violation("R4-capacity", f"more than {station.capacity} at {station.id!r} at {minute}")]


def _order_violations(visits: list[Visit], line: Line, index: int) -> list[Violation]:
    """R4-order: at a fifo station, first in is first out, and first into the next."""
    if line.stations[index].order is not Order.FIFO:
        return []
    ordered = sorted(visits, key=lambda visit: visit.at(index).enter)
    found = _overtaking(ordered, line, index, index, "leave")
    if index + 1 < len(line.stations):
        found += _overtaking(ordered, line, index, index + 1, "enter")
    return found


def _overtaking(ordered: list[Visit], line: Line, index: int, later: int, name: str) -> list[Violation]:
    """Pallets whose value `name` at station `later` is before that of one that entered station `index` earlier."""
    found: list[Violation] = []
    latest = -1
    for position, visit in enumerate(ordered):
        value = getattr(visit.at(later), name)
        if value < latest:
            overtaken = _overtaken(ordered[:position], visit, index, later, name)
            found += [
                Violation(
                    "R4-order",
                    f"{visit.job.id!r} overtakes {earlier.job.id!r} at {line.stations[index].id!r}",
                )
                for earlier in overtaken[:1]
            ]
        latest = max(latest, value)
    return found


def _overtaken(before: list[Visit], visit: Visit, index: int, later: int, name: str) -> list[Visit]:
    """Pallets that entered strictly earlier and have the later value, unless all four values are history."""
    history = visit.given(index, "enter") and visit.given(later, name)
    return [
        earlier
        for earlier in before
        if earlier.at(index).enter < visit.at(index).enter
        and getattr(earlier.at(later), name) > getattr(visit.at(later), name)
        and not (history and earlier.given(index, "enter") and earlier.given(later, name))
    ]
