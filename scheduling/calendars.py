"""Open time of a calendar: minutes to open minutes and back, overtime included.

Every question is answered from sorted arrays of merged windows by one binary search.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from itertools import accumulate

from scheduling.problem import Problem, Window

NEVER = 1 << 60
"""A minute after every window: the answer where no open time is left."""


def merged(windows: Iterable[Window]) -> list[Window]:
    """Windows in order, those that touch made one."""
    result: list[Window] = []
    for start, end in sorted(windows):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


class OpenTime:
    """The open minutes of one calendar with the overtime that was chosen."""

    def __init__(self, windows: Iterable[Window]) -> None:
        spans = merged(windows)
        self.starts = [start for start, _ in spans]
        self.ends = [end for _, end in spans]
        self.before = [0, *accumulate(end - start for start, end in spans)]
        """Open minutes before each window; the last entry is the number of open minutes in all."""

    def next_open(self, minute: int) -> int:
        """The first open minute at or after `minute`, or NEVER."""
        index = bisect_right(self.ends, minute)
        if index == len(self.starts):
            return NEVER
        return max(minute, self.starts[index])

    def open_before(self, minute: int) -> int:
        """The number of open minutes before `minute`."""
        index = bisect_right(self.starts, minute) - 1
        if index < 0:
            return 0
        return self.before[index] + min(minute, self.ends[index]) - self.starts[index]

    def open_minute(self, ordinal: int) -> int:
        """The open minute that has exactly `ordinal` open minutes before it, or NEVER."""
        if ordinal >= self.before[-1]:
            return NEVER
        index = bisect_right(self.before, ordinal) - 1
        return self.starts[index] + ordinal - self.before[index]

    def finish(self, start: int, minutes: int) -> int:
        """The first minute by which `minutes` open minutes (at least 1) have passed since `start`, or NEVER."""
        last = self.open_minute(self.open_before(start) + minutes - 1)
        return last if last == NEVER else last + 1

    def after(self, minute: int, minutes: int) -> int:
        """The first minute t ≥ `minute` with at least `minutes` open minutes in [minute, t), or NEVER."""
        return minute if minutes == 0 else self.finish(minute, minutes)

    def pausable(self, earliest: int, minutes: int, end_from: int = 0) -> tuple[int, int]:
        """The first (start, end) of pausable work that starts at or after `earliest`, and ends at or after
        `end_from`; (NEVER, NEVER) where there is none."""
        start = self.next_open(earliest)
        if start == NEVER:
            return NEVER, NEVER
        end = self.finish(start, minutes)
        if end < end_from:
            last = self.open_before(self.next_open(end_from - 1))
            start = self.open_minute(last + 1 - minutes)
            end = self.finish(start, minutes)
        return (start, end) if end != NEVER else (NEVER, NEVER)

    def unsplittable(self, earliest: int, minutes: int, end_from: int = 0) -> tuple[int, int]:
        """The first (start, end) in one window, with the same bounds as `pausable`."""
        earliest = max(earliest, end_from - minutes)
        index = bisect_right(self.ends, earliest)
        for position in range(index, len(self.starts)):
            start = max(earliest, self.starts[position])
            if start + minutes <= self.ends[position]:
                return start, start + minutes
        return NEVER, NEVER

    def window_end(self, minute: int) -> int:
        """The end of the window in which an open `minute` lies; `minute` itself where it is closed."""
        index = bisect_right(self.starts, minute) - 1
        return max(minute, self.ends[index]) if index >= 0 else minute

    def longest_window(self, earliest: int) -> int:
        """The length of the longest window from `earliest` on, 0 where none is left."""
        index = bisect_right(self.ends, earliest)
        return max((self.ends[i] - max(earliest, self.starts[i]) for i in range(index, len(self.starts))), default=0)

    def stretches(self, start: int, end: int) -> list[Window]:
        """The open stretches of [start, end), in order."""
        first, last = bisect_right(self.ends, start), bisect_left(self.starts, end)
        return [(max(self.starts[i], start), min(self.ends[i], end)) for i in range(first, last)]

    def overlaps(self, start: int, end: int) -> bool:
        """Whether any minute of [start, end) is open."""
        return bisect_left(self.starts, end) > bisect_right(self.ends, start)


def open_times(problem: Problem, overtime: Iterable[str]) -> Mapping[str, OpenTime]:
    """The open time of every calendar, with the overtime windows of these ids."""
    chosen = set(overtime)
    windows = {calendar.id: list(calendar.windows) for calendar in problem.calendars}
    for entry in problem.overtime:
        if entry.id in chosen:
            windows[entry.calendar].append(entry.window)
    return {name: OpenTime(spans) for name, spans in windows.items()}
