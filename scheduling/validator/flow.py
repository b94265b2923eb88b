"""R3 moving between stations, R4 capacity and order at them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby

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
    """Pallets whose value `name` at station `later` is before that of one that entered station `index` earlier.

    Pallets that entered in the same minute have no order; two whose values are all history are left as they were.
    One sweep by entry remembers the pallet with the latest value, and the latest one that is not all history.
    """
    found: list[Violation] = []
    last: Visit | None = None
    last_undecided: Visit | None = None

    def value(visit: Visit) -> int:
        return int(getattr(visit.at(later), name))

    def is_history(visit: Visit) -> bool:
        return visit.given(index, "enter") and visit.given(later, name)

    for _, group in groupby(ordered, key=lambda visit: visit.at(index).enter):
        together = list(group)
        for visit in together:
            rival = last_undecided if is_history(visit) else last
            if rival is not None and value(visit) < value(rival):
                words = f"{visit.job.id!r} overtakes {rival.job.id!r} at {line.stations[index].id!r}"
                found.append(Violation("R4-order", words))
        undecided = [visit for visit in together if not is_history(visit)]
        last = _latest(last, together, value)
        last_undecided = _latest(last_undecided, undecided, value)
    return found


def _latest(last: Visit | None, visits: list[Visit], value: Callable[[Visit], int]) -> Visit | None:
    return max(visits if last is None else [last, *visits], key=value, default=None)
