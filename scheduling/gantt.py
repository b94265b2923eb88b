"""A plan as an SVG Gantt chart: one band per station, one bar per pallet, closed time shaded."""

from __future__ import annotations

from xml.sax.saxutils import escape

from scheduling.calendars import merged
from scheduling.plan import Plan, PlannedJob
from scheduling.problem import Line, Problem, Station

_LABEL, _WIDTH, _HEAD, _BAR, _GAP = 150, 1400, 34, 12, 6
_COLOURS = ("#4e79a7", "#f28e2b", "#59a14f", "#b07aa1", "#76b7b2", "#e15759", "#9c755f", "#edc948")
_DAY = 24 * 60


class _Chart:
    """The scale of one chart, and the elements drawn so far."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        times = [time for job in plan.jobs for time in (job.enter, job.done)]
        self.first = min(times, default=problem.now)
        self.last = max([*times, self.first + 60])
        self.overtime = {entry.id for entry in problem.overtime} & set(plan.overtime)
        self.parts: list[str] = []
        self.y = _HEAD

    def x(self, minute: int) -> float:
        """Where a minute lies."""
        return _LABEL + (minute - self.first) * _WIDTH / (self.last - self.first)

    def box(self, start: int, end: int, y: float, height: float, style: str, title: str = "") -> None:
        """A bar over [start, end), as far as it is on the chart."""
        start, end = max(start, self.first), min(end, self.last)
        if end <= start:
            return
        left, width = self.x(start), self.x(end) - self.x(start)
        inner = f"<title>{escape(title)}</title>" if title else ""
        place = f'x="{left:.1f}" y="{y:g}" width="{max(width, 0.6):.1f}" height="{height:g}"'
        self.parts.append(f"<rect {place} {style}>{inner}</rect>")

    def text(self, x: float, y: float, words: str, style: str = "") -> None:
        """One line of text."""
        self.parts.append(f'<text x="{x:.1f}" y="{y:g}" {style}>{escape(words)}</text>')


def gantt_svg(problem: Problem, plan: Plan) -> str:
    """The plan as an SVG drawing. Bars are pallets at a station; the dark part is work, the pale part waiting."""
    chart = _Chart(problem, plan)
    families = sorted({job.family or "" for job in problem.jobs})
    colours = {family: _COLOURS[index % len(_COLOURS)] for index, family in enumerate(families)}
    for line in problem.lines:
        jobs = [job for job in plan.jobs if job.line == line.id]
        chart.text(6, chart.y + 12, line.id, 'font-weight="bold"')
        chart.y += 18
        for index, station in enumerate(line.stations):
            _draw_station(chart, line, index, station, jobs, colours)
    for day in range(chart.first // _DAY, chart.last // _DAY + 1):
        if chart.first <= day * _DAY <= chart.last:
            x = chart.x(day * _DAY)
            chart.parts.append(f'<path d="M{x:.1f} {_HEAD - 8} V{chart.y}" stroke="#38424c" stroke-width="0.6"/>')
            chart.text(x + 3, _HEAD - 12, f"+{day} d")
    if chart.first <= problem.now <= chart.last:
        x = chart.x(problem.now)
        chart.parts.append(f'<path d="M{x:.1f} {_HEAD - 8} V{chart.y}" stroke="#d62728" stroke-width="1.2"/>')
    size = f"0 0 {_LABEL + _WIDTH + 20} {chart.y + 20}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{size}" font-family="sans-serif" font-size="11">'
    caption = f"{plan.status} · total {plan.objective.total} · {len(plan.jobs)} jobs"
    return "\n".join([head, f"<title>{escape(caption)}</title>", *chart.parts, "</svg>"]) + "\n"


def _rows(index: int, jobs: list[PlannedJob]) -> tuple[list[tuple[PlannedJob, int]], int]:
    """Each job with the row in which its bar overlaps nobody's."""
    free: list[int] = []
    placed: list[tuple[PlannedJob, int]] = []
    for job in sorted(jobs, key=lambda job: job.operations[index].enter):
        operation = job.operations[index]
        row = next((number for number, minute in enumerate(free) if minute <= operation.enter), len(free))
        if row == len(free):
            free.append(0)
        free[row] = operation.leave
        placed.append((job, row))
    return placed, max(1, len(free))


def _draw_station(
    chart: _Chart, line: Line, index: int, station: Station, jobs: list[PlannedJob], colours: dict[str, str]
) -> None:
    placed, rows = _rows(index, jobs)
    row_height = _BAR if rows == 1 else max(2.0, min(_BAR, 60 / rows))
    height = rows * row_height
    chart.text(16, chart.y + min(height, 12), station.id)
    _shade_closed(chart, station, height)
    for job, row in placed:
        operation = job.operations[index]
        family = chart.problem.job_by_id[job.id].family or ""
        y = chart.y + row * row_height
        title = f"{job.id} · {station.id} · {operation.start}–{operation.end}"
        fill = f'fill="{colours[family]}"'
        chart.box(operation.enter, operation.leave, y, row_height - 1, f'{fill} opacity="0.35"', title)
        chart.box(operation.start, operation.end, y, row_height - 1, fill, title)
    chart.y += round(height + _GAP)


def _shade_closed(chart: _Chart, station: Station, height: float) -> None:
    if not station.attended:
        return
    windows = [w for entry in chart.problem.calendars if entry.id == station.calendar for w in entry.windows]
    windows += [
        entry.window
        for entry in chart.problem.overtime
        if entry.calendar == station.calendar and entry.id in chart.overtime
    ]
    closed_from = chart.first
    for start, end in [*merged(windows), (chart.last, chart.last)]:
        chart.box(closed_from, start, chart.y, height, 'fill="#e4e7ea"')
        closed_from = max(closed_from, end)
