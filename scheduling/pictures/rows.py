"""The row of one station: closed hours shaded, pallets as bars, changeovers as thin bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scheduling.calendars import OpenTime, open_times
from scheduling.kpis.stations import ChangeoverDone
from scheduling.local_time import LocalTime
from scheduling.pictures import svg
from scheduling.pictures.axis import TimeAxis
from scheduling.pictures.palette import Colour, family_colours
from scheduling.plan import Operation, Plan, PlannedJob
from scheduling.problem import Job, Line, Problem, Station, Window, Work

_ROW, _LEAST_LANE, _MOST_LANE, _TALLEST_STACK, _GAP = 16.0, 3.2, 9.0, 120.0, 3.0
_LEAST_FONT, _MOST_FONT, _CHARACTER = 0.9, 8.0, 0.6
_THIN = 3.0


@dataclass(frozen=True)
class Row:
    """One drawn row: its parts, and its height with the gap below."""

    parts: list[str]
    height: float


class RowPainter:
    """Draws the rows of a plan's stations."""

    def __init__(self, problem: Problem, plan: Plan, axis: TimeAxis) -> None:
        self.problem, self.plan, self.axis = problem, plan, axis
        self.clock = LocalTime(problem)
        self.calendars = open_times(problem, plan.overtime)
        self.colours = family_colours(problem)

    def row(
        self, line: Line, index: int, jobs: Sequence[PlannedJob], changeovers: Sequence[ChangeoverDone], y: float
    ) -> Row:
        """The row of the station of this index, with its upper edge at `y`."""
        station = line.stations[index]
        placed, lanes = lanes_of([(job, job.operations[index]) for job in jobs])
        lane = _ROW if lanes == 1 else max(_LEAST_LANE, min(_MOST_LANE, _TALLEST_STACK / lanes))
        height = lane * lanes
        parts = self._shades(station, y, height)
        name = f"{station.id} ({station.capacity})" if station.capacity > 1 else station.id
        parts.append(svg.text(8, y + min(height / 2 + 3, 12), name, 'class="station"'))
        parts += [self._bar(station, job, operation, y + number * lane, lane - 1) for job, operation, number in placed]
        parts += [self._changeover(station, entry, y, height) for entry in changeovers if entry.index == index]
        return Row([*parts, *self._names_by_day(station, y)], height + _GAP)

    def _shades(self, station: Station, y: float, height: float) -> list[str]:
        """White where the station is open, grey where it is closed, yellow where overtime was bought."""
        parts = [svg.rect(self.axis.x(self.axis.first), y, self.axis.width, height, 'class="open"')]
        calendar = self._calendar(station)
        if calendar is None:
            return parts
        closed_from = self.axis.first
        for start, end in [*zip(calendar.starts, calendar.ends, strict=True), (self.axis.last, self.axis.last)]:
            parts += self._box((closed_from, start), y, height, 'class="closed"')
            closed_from = max(closed_from, end)
        for entry in self.problem.overtime:
            if entry.calendar == station.calendar and entry.id in self.plan.overtime:
                parts += self._box(entry.window, y, height, 'class="overtime"', f"{entry.id} · cost {entry.cost}")
        return parts

    def _calendar(self, station: Station) -> OpenTime | None:
        return self.calendars[station.calendar] if station.attended and station.calendar else None

    def _names_by_day(self, station: Station, y: float) -> list[str]:
        """The station's name again at each midnight, for a reader who has zoomed in."""
        starts = [minute for minute in self.axis.day_starts if minute > self.axis.first]
        return [svg.text(self.axis.x(minute) + 2, y + 6, station.id, 'class="again"') for minute in starts]

    def _box(self, window: Window, y: float, height: float, attributes: str, title: str = "") -> list[str]:
        found = self.axis.cut(*window)
        return [svg.rect(found[0], y, found[1], height, attributes, title)] if found is not None else []

    def _bar(self, station: Station, planned: PlannedJob, operation: Operation, y: float, height: float) -> str:
        """A pallet at a station: hatched while it waits, solid while it is worked on, pale while work pauses."""
        job = self.problem.job_by_id[planned.id]
        colour = self.colours[job.family or ""]
        parts = self._box((operation.enter, operation.leave), y, height, f'fill="url(#{colour.hatch})"')
        parts += self._box((operation.start, operation.end), y, height, f'fill="{colour.fill}" opacity="0.5"')
        for window in self._worked(station, operation):
            parts += self._box(window, y, height, f'fill="{colour.fill}"')
        if planned.done > job.due:
            outline = 'class="late"' if height > _MOST_LANE else 'class="late-thin"'
            parts += self._box((operation.enter, operation.leave), y, height, outline)
        parts += self._label(planned.id, operation, colour, y, height)
        if station is self.problem.line_by_id[planned.line].stations[-1] and planned.done > job.due:
            x = self.axis.x(operation.leave) + 1
            parts.append(svg.text(x, y + height * 0.7, f"+{duration(planned.done - job.due)}", 'class="minutes-late"'))
        return svg.group(parts, title=self._title(station, planned, job, operation))

    def _worked(self, station: Station, operation: Operation) -> list[Window]:
        """The stretches in which work goes on."""
        calendar = self._calendar(station)
        if calendar is None or station.work is not Work.PAUSABLE:
            return [(operation.start, operation.end)]
        return calendar.stretches(operation.start, operation.end)

    def _label(self, name: str, operation: Operation, colour: Colour, y: float, height: float) -> list[str]:
        """The job's id where its work begins, along it or upright, as large as it fits; none where it is too small."""
        found = self.axis.cut(operation.start, operation.end)
        if found is None:
            return []
        x, width = found
        along = min(width / (len(name) * _CHARACTER + 0.8), height * 0.85, _MOST_FONT)
        upright = min(height / (len(name) * _CHARACTER + 0.8), width * 0.85, _MOST_FONT)
        size = max(along, upright)
        if size < _LEAST_FONT:
            return []
        style = f'fill="{colour.ink}" font-size="{svg.number(size)}"'
        middle = y + height / 2
        if along >= upright:
            left = max(size * 0.3, min((width - len(name) * size * _CHARACTER) / 2, size * 0.5))
            return [svg.text(x + left, middle, name, f'class="id" {style}')]
        turn = f'transform="rotate(-90 {svg.number(x + width / 2)} {svg.number(middle)})"'
        return [svg.text(x + width / 2, middle, name, f'class="mid" {style} {turn}')]

    def _title(self, station: Station, planned: PlannedJob, job: Job, operation: Operation) -> str:
        """What a reader sees who points at a bar."""
        words = self.clock.words
        lines = [f"{planned.id} · {job.family or '–'} · {station.id}"]
        if operation.start > operation.enter:
            lines.append(f"enters {words(operation.enter)}")
        lines.append(f"{words(operation.start)} – {words(operation.end)}")
        if operation.leave > operation.end:
            lines.append(f"leaves {words(operation.leave)}")
        late = f", {duration(planned.done - job.due)} late" if planned.done > job.due else ""
        return "\n".join([*lines, f"done {words(planned.done)}, due {words(job.due)}{late}"])

    def _changeover(self, station: Station, entry: ChangeoverDone, y: float, height: float) -> str:
        """The last open minutes before the work that the changeover is for."""
        calendar = self._calendar(station)
        begin = entry.start - entry.minutes
        if calendar is not None:
            begin = min(begin, calendar.open_minute(max(0, calendar.open_before(entry.start) - entry.minutes)))
        title = f"{entry.before} → {entry.after} · {entry.minutes} min · {entry.job}"
        return "".join(self._box((begin, entry.start), y + height - _THIN - 1, _THIN, 'class="changeover"', title))


def lanes_of(
    visits: Sequence[tuple[PlannedJob, Operation]],
) -> tuple[list[tuple[PlannedJob, Operation, int]], int]:
    """Each visit with the lane in which it overlaps no other, and the number of lanes."""
    free: list[int] = []
    placed: list[tuple[PlannedJob, Operation, int]] = []
    for job, operation in sorted(visits, key=lambda visit: visit[1].enter):
        lane = next((number for number, minute in enumerate(free) if minute <= operation.enter), len(free))
        if lane == len(free):
            free.append(0)
        free[lane] = operation.leave
        placed.append((job, operation, lane))
    return placed, max(1, len(free))


def duration(minutes: int) -> str:
    """Minutes in words that fit a bar, such as `45 min`, `3 h 05` or `2 d 4 h`."""
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {rest:02d}"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"
