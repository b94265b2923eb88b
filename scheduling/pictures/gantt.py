"""A plan as a Gantt chart in SVG: lines and stations from top to bottom, time from left to right."""

from __future__ import annotations

from collections.abc import Sequence

from scheduling.kpis import Kpis, StepSeries, kpis
from scheduling.kpis.stations import changeovers_of
from scheduling.pictures import svg
from scheduling.pictures.axis import HEIGHT as AXIS_HEIGHT
from scheduling.pictures.axis import LABELS, TimeAxis
from scheduling.pictures.legend import HEIGHT as LEGEND_HEIGHT
from scheduling.pictures.legend import STYLE, legend, patterns
from scheduling.pictures.rows import RowPainter
from scheduling.pictures.strips import strip
from scheduling.plan import Plan
from scheduling.problem import Line, Problem

_MARGIN, _LINE_GAP = 24.0, 14.0


def gantt_svg(problem: Problem, plan: Plan, strips: bool = True) -> str:
    """The plan as a drawing without scripts, to be zoomed at will.

    A row per station, its closed hours shaded; a bar per pallet: solid while it is worked on, hatched while it waits;
    changeovers as thin bars; late jobs outlined with what they are late by; everything before now dimmed. `strips`
    adds the occupancy of chambers and resources. Times are the epoch's local time. The jobs of the plan must follow
    the lines of the problem (R1).
    """
    chart = _Chart(problem, plan, strips)
    for line in problem.lines:
        chart.draw_line(line)
    if strips:
        chart.draw_shared_resources()
    return chart.document()


class _Chart:
    """What is drawn so far, and how far down it reaches."""

    def __init__(self, problem: Problem, plan: Plan, strips: bool) -> None:
        self.problem, self.plan, self.strips = problem, plan, strips
        self.figures: Kpis = kpis(problem, plan)
        self.axis = TimeAxis(problem, plan)
        self.painter = RowPainter(problem, plan, self.axis)
        self.parts: list[str] = []
        self.y = LEGEND_HEIGHT

    def draw_line(self, line: Line) -> None:
        """The head of a line, its stations and its strips."""
        jobs = [job for job in self.plan.jobs if job.line == line.id]
        late = sum(job.done > self.problem.job_by_id[job.id].due for job in jobs)
        self.parts.append(svg.text(8, self.y + 12, line.id, 'class="line"'))
        note = _loads(len(jobs)) + (f", {late} late" if late else "")
        self.parts.append(svg.text(8, self.y + 22, note, 'class="note"'))
        self.parts += self.axis.head(self.y, line.id)
        self.y += AXIS_HEIGHT
        top = self.y
        changeovers = changeovers_of(self.problem, self.plan, line)
        rows: list[str] = []
        for index in range(len(line.stations)):
            row = self.painter.row(line, index, jobs, changeovers, self.y)
            rows += row.parts
            self.y += row.height
        if self.strips:
            self._draw_strips(line, rows)
        self.parts += [*rows, *self.axis.grid(top, self.y - 2)]
        self._mark_now(top)
        self.y += _LINE_GAP

    def _draw_strips(self, line: Line, rows: list[str]) -> None:
        """Chambers of the line, and the resources that this line alone holds."""
        for occupancy in self.figures.occupancy:
            if occupancy.line == line.id and occupancy.pallets.peak > 1:
                self._strip(occupancy.station, occupancy.pallets, occupancy.capacity, rows)
        for resource in self.figures.resources:
            if self._lines_of(resource.resource) == {line.id}:
                self._strip(resource.resource, resource.in_use, resource.count, rows)

    def _strip(self, name: str, series: StepSeries, limit: int, rows: list[str]) -> None:
        parts, height = strip(self.axis, name, series, limit, self.y)
        rows += parts
        self.y += height

    def _lines_of(self, resource: str) -> set[str]:
        """The lines on which a resource is held."""
        return {hold.line for job in self.problem.jobs for hold in job.holds if hold.resource == resource}

    def draw_shared_resources(self) -> None:
        """The resources that several lines hold, below all lines."""
        shared = [entry for entry in self.figures.resources if len(self._lines_of(entry.resource)) > 1]
        if not shared:
            return
        self.parts += self.axis.head(self.y, "all lines")
        self.parts.append(svg.text(8, self.y + 12, "all lines", 'class="line"'))
        self.y += AXIS_HEIGHT
        top = self.y
        rows: list[str] = []
        for entry in shared:
            self._strip(entry.resource, entry.in_use, entry.count, rows)
        self.parts += [*rows, *self.axis.grid(top, self.y - 2)]
        self._mark_now(top)

    def _mark_now(self, top: float) -> None:
        """The past dimmed, and a line at now."""
        axis, now = self.axis, self.problem.now
        past = axis.cut(axis.first, now)
        if past is not None:
            self.parts.append(svg.rect(past[0], top, past[1], self.y - top, 'class="past"'))
        if axis.first <= now <= axis.last:
            x = svg.number(axis.x(now))
            self.parts.append(svg.path(f"M{x} {svg.number(top - 10)}V{svg.number(self.y)}", 'class="now"'))
            self.parts.append(svg.text(axis.x(now) - 2, top - 3, "now", 'class="now-word"'))

    def document(self) -> str:
        """The whole drawing."""
        width, height = svg.number(self.axis.right + _MARGIN), svg.number(self.y + _MARGIN)
        caption = self._caption()
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            'font-family="system-ui, sans-serif" font-size="9">'
        )
        colours = self.painter.colours
        body: Sequence[str] = [
            head,
            f"<title>{svg.text_content(caption)}</title>",
            f"<style>{STYLE}</style>",
            patterns(colours),
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            *legend(caption, colours, LABELS),
            *self.parts,
            "</svg>",
        ]
        return "\n".join(body) + "\n"

    def _caption(self) -> str:
        figures = self.figures
        words = [_loads(figures.jobs)]
        if figures.unscheduled:
            words.append(f"{figures.unscheduled} not planned")
        words.append(f"{figures.tardy_jobs} late" if figures.tardy_jobs else "none late")
        if figures.last_done is not None:
            words.append(f"done {self.axis.clock.words(figures.last_done)}")
        return " · ".join([*words, f"total {self.plan.objective.total}", str(self.plan.status)])


def _loads(count: int) -> str:
    return "1 load" if count == 1 else f"{count} loads"
