"""How many intervals occupy something limited: chamber slots, buffer places, pallets, moulds."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort


class Occupancy:
    """A multiset of half-open intervals, of which no more than `limit` may be under way at once."""

    def __init__(self, limit: int, now: int) -> None:
        self.limit = limit
        self.now = now
        self.starts: list[int] = []
        self.ends: list[int] = []

    def add(self, start: int, end: int) -> None:
        """Occupy one unit over [start, end); what lies before now is not counted."""
        start = max(start, self.now)
        if end > start:
            insort(self.starts, start)
            insort(self.ends, end)

    def remove(self, start: int, end: int) -> None:
        """Take back an `add` with the same bounds."""
        start = max(start, self.now)
        if end > start:
            del self.starts[bisect_left(self.starts, start)]
            del self.ends[bisect_left(self.ends, end)]

    def used(self, minute: int) -> int:
        """Intervals under way at a minute."""
        return bisect_right(self.starts, minute) - bisect_right(self.ends, minute)

    def conflict(self, start: int, end: int) -> int | None:
        """None where one more interval fits; otherwise a minute before which it cannot start."""
        start = max(start, self.now)
        if end <= start:
            return None
        full = self._full_minute(start, end)
        if full is None:
            return None
        index = bisect_right(self.ends, full)
        while index < len(self.ends) and self.used(self.ends[index]) >= self.limit:
            index += 1
        return self.ends[index]

    def _full_minute(self, start: int, end: int) -> int | None:
        """The last minute of [start, end) at which every unit is taken."""
        for index in range(bisect_left(self.starts, end) - 1, -1, -1):
            minute = self.starts[index]
            if minute <= start:
                break
            if self.used(minute) >= self.limit:
                return minute
        return start if self.used(start) >= self.limit else None
