"""The story of one machine's states: intervals in order, without overlaps, with its gaps as "unknown"."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

UNKNOWN = "unknown"
"""The state of a machine that is not heard."""

FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Interval:
    """A time in which a machine did not change its state. Times are aware; `end` is not part of it.

    `state` is a PackML name or "unknown". `reason` is what a person said of it, `pallet` the one that stood there
    (None or 0: none). `key` is whatever the caller finds the interval by again.
    """

    state: str
    start: datetime
    end: datetime
    reason: str | None = None
    pallet: int | None = None
    key: str = ""

    @property
    def length(self) -> timedelta:
        """How long it lasted."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Window:
    """Time that is planned for work; `end` is not part of it."""

    start: datetime
    end: datetime


class Track:
    """One machine's intervals in order of time.

    Where two overlap, the later one counts from its start; whatever lies in no interval is "unknown".
    """

    def __init__(self, intervals: Iterable[Interval]) -> None:
        ordered = sorted((one for one in intervals if one.end > one.start), key=lambda one: (one.start, one.end))
        self.intervals = tuple(_without_overlaps(ordered))
        self._starts = [one.start for one in self.intervals]

    def at(self, moment: datetime) -> Interval:
        """The interval that holds a moment; an "unknown" one up to the next interval where there is none."""
        index = bisect_right(self._starts, moment) - 1
        if index >= 0 and moment < self.intervals[index].end:
            return self.intervals[index]
        start = self.intervals[index].end if index >= 0 else moment
        end = self._starts[index + 1] if index + 1 < len(self._starts) else FOREVER
        return Interval(UNKNOWN, start, end)

    def within(self, window: Window) -> Iterator[Interval]:
        """The parts of the track that lie in a window; together they are exactly as long as the window."""
        moment = window.start
        while moment < window.end:
            found = self.at(moment)
            end = min(found.end, window.end)
            yield replace(found, start=moment, end=end)
            moment = end


def joined(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Windows in order, those that touch or overlap made one, so that no minute is counted twice."""
    found: list[Window] = []
    for window in sorted((one for one in windows if one.end > one.start), key=lambda one: one.start):
        if found and window.start <= found[-1].end:
            found[-1] = Window(found[-1].start, max(found[-1].end, window.end))
        else:
            found.append(window)
    return tuple(found)


def _without_overlaps(ordered: list[Interval]) -> Iterator[Interval]:
    for index, one in enumerate(ordered):
        end = min(one.end, ordered[index + 1].start) if index + 1 < len(ordered) else one.end
        if end > one.start:
            yield replace(one, end=end)
