"""Attended work as a handful of cases: how much closed time lies inside it, by where it starts.

Work of a given length that starts in a set of minutes spans the same closed time; with overtime to choose, a case
also says which overtime windows it needs open and which closed. A model needs one literal per case.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass

from scheduling.problem import Problem


@dataclass(frozen=True)
class Segment:
    """A stretch of a calendar that is always open (`overtime` None), or open if that overtime is chosen."""

    start: int
    end: int
    overtime: str | None


@dataclass(frozen=True)
class WorkCase:
    """Work whose end is its start + minutes + `closed`, if these overtime windows are open and those are not."""

    closed: int
    opened: frozenset[str]
    shut: frozenset[str]


def segments_of_calendar(problem: Problem, calendar: str, worked: frozenset[str]) -> list[Segment]:
    """The calendar's stretches in order; overtime in `worked` is always open."""
    segments = [
        Segment(start, end, None) for entry in problem.calendars if entry.id == calendar for start, end in entry.windows
    ]
    segments += [
        Segment(*entry.window, None if entry.id in worked else entry.id)
        for entry in problem.overtime
        if entry.calendar == calendar
    ]
    return sorted(segments, key=lambda segment: segment.start)


class CaseTable:
    """The cases of work on one calendar."""

    def __init__(self, segments: list[Segment]) -> None:
        self.segments = segments
        self.starts = [segment.start for segment in segments]

    def cases(self, minutes: int, earliest: int, latest: int, splittable: bool) -> dict[WorkCase, list[list[int]]]:
        """For each case the closed intervals of starts in [earliest, latest]."""
        found: dict[WorkCase, list[list[int]]] = defaultdict(list)
        for index, segment in enumerate(self.segments):
            if segment.start > latest or segment.end <= earliest:
                continue
            first, last = max(segment.start, earliest), min(segment.end - 1, latest)
            opened = frozenset() if segment.overtime is None else frozenset({segment.overtime})
            for case, low, high in self._walk(index, segment.end, minutes, opened):
                low, high = max(low, first), min(high, last)
                if low <= high and (splittable or case.closed == 0):
                    found[case].append([low, high])
        return found

    def _walk(self, index: int, end: int, minutes: int, opened: frozenset[str]) -> list[tuple[WorkCase, int, int]]:
        """Work that starts in a segment: where it can end, as (case, first start, last start)."""
        result = [(WorkCase(0, opened, frozenset()), -1, end - minutes)]
        stack = [(index + 1, 0, opened, frozenset[str]())]
        while stack:
            position, between, used, shut = stack.pop()
            if position == len(self.segments) or between > minutes - 2:
                continue
            segment = self.segments[position]
            if segment.overtime is not None:
                stack.append((position + 1, between, used, shut | {segment.overtime}))
                used = used | {segment.overtime}
            size = segment.end - segment.start
            low, high = end + between - minutes + 1, min(end - 1, end + between + size - minutes)
            if low <= high:
                result.append((WorkCase(segment.start - end - between, used, shut), low, high))
            stack.append((position + 1, between + size, used, shut))
        return result

    def ends(self, start: int, minutes: int, splittable: bool) -> list[tuple[int, WorkCase]]:
        """Every end of work under way since `start`, by the overtime chosen; its start need not be open."""
        result: list[tuple[int, WorkCase]] = []
        stack = [(max(0, bisect_right(self.starts, start) - 1), 0, frozenset[str](), frozenset[str]())]
        while stack:
            position, done, used, shut = stack.pop()
            if position == len(self.segments):
                continue
            segment = self.segments[position]
            begin = max(start, segment.start)
            if begin >= segment.end:
                stack.append((position + 1, done, used, shut))
                continue
            if segment.overtime is not None:
                stack.append((position + 1, done, used, shut | {segment.overtime}))
                used = used | {segment.overtime}
            if done + segment.end - begin >= minutes:
                end = begin + minutes - done
                if splittable or end - start == minutes:
                    result.append((end, WorkCase(end - start - minutes, used, shut)))
            else:
                stack.append((position + 1, done + segment.end - begin, used, shut))
        return result
