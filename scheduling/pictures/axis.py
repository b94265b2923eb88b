"""The time axis of a chart: where a minute lies, and the days and hours that are written."""

from __future__ import annotations

from collections.abc import Iterator

from scheduling.local_time import LocalTime
from scheduling.pictures import svg
from scheduling.plan import Plan
from scheduling.problem import Problem

LABELS = 118
"""The width of the column of station names."""
_LEAST_WIDTH, _MOST_WIDTH, _UNITS_PER_MINUTE = 1400.0, 6400.0, 0.6
_HOUR_STEPS = (1, 2, 3, 6, 12)
_LEAST_HOUR_GAP = 26.0
HEIGHT = 24


class TimeAxis:
    """The minutes of a plan from left to right."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        times = [time for job in plan.jobs for time in (job.enter, job.done)]
        self.first = min([problem.now, *times])
        self.last = max([*times, self.first + 60])
        self.clock = LocalTime(problem)
        span = self.last - self.first
        self.width = min(max(_LEAST_WIDTH, span * _UNITS_PER_MINUTE), _MOST_WIDTH)
        self.units_per_minute = self.width / span

    @property
    def right(self) -> float:
        """Where the last minute ends."""
        return LABELS + self.width

    def x(self, minute: int) -> float:
        """Where a minute lies."""
        return LABELS + (minute - self.first) * self.units_per_minute

    def cut(self, start: int, end: int) -> tuple[float, float] | None:
        """Left edge and width of [start, end) as far as it is on the chart, or None."""
        start, end = max(start, self.first), min(end, self.last)
        return (self.x(start), (end - start) * self.units_per_minute) if end > start else None

    @property
    def day_starts(self) -> list[int]:
        """Midnights on the chart."""
        return self.clock.midnights(self.first, self.last)

    @property
    def hour_step(self) -> int:
        """Hours between the hours that are written."""
        return next((step for step in _HOUR_STEPS if step * 60 * self.units_per_minute >= _LEAST_HOUR_GAP), 24)

    def hours(self) -> Iterator[int]:
        """The minutes at which an hour is written, midnights left out."""
        step = self.hour_step
        first = (self.first // 60 + 1) * 60
        for minute in range(first, self.last + 1, 60):
            moment = self.clock.moment(minute)
            if moment.minute == 0 and moment.hour % step == 0 and moment.hour != 0:
                yield minute

    def head(self, y: float, name: str) -> list[str]:
        """Days and hours above the rows of `name`, which each day says again."""
        parts = [svg.text(self.x(minute), y + 20, self.clock.time(minute), 'class="hour"') for minute in self.hours()]
        for position, minute in enumerate([self.first, *(m for m in self.day_starts if m > self.first)]):
            following = next((m for m in self.day_starts if m > minute), self.last)
            room = (following - minute) * self.units_per_minute
            if position > 0 or room > 60:
                words = f"{self.clock.day(minute)} · {name}" if position > 0 else self.clock.day(minute)
                parts.append(svg.text(self.x(minute) + 3, y + 9, words, 'class="day"'))
        return parts

    def grid(self, top: float, bottom: float) -> list[str]:
        """Lines at hours and midnights."""
        hours = "".join(f"M{svg.number(self.x(m))} {svg.number(top)}V{svg.number(bottom)}" for m in self.hours())
        days = "".join(f"M{svg.number(self.x(m))} {svg.number(top - 14)}V{svg.number(bottom)}" for m in self.day_starts)
        return [svg.path(hours, 'class="grid"'), svg.path(days, 'class="midnight"')]
