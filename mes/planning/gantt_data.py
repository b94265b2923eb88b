"""A plan as the Gantt chart draws it (the form is described in docs/design-system.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from mes.library.families import FAMILY_NAMES
from mes.planning.models import Line, PlanVersion
from mes.planning.plan_content import LoadEntry, PlanContent
from mes.planning.station_names import STATION_NAMES
from mes.planning.working_time import moment_of
from scheduling import Plan, PlannedJob, Problem

FAMILY_SERIES = {
    "composite_slab": 1,
    "exterior_wall": 2,
    "interior_wall": 3,
    "stair": 4,
    "balcony": 5,
    "ac_slab": 5,
    "parapet": 3,
}
OTHER_SERIES = 6


def series_of(family: str) -> int:
    """The colour (1…6) in which a family is drawn."""
    return FAMILY_SERIES.get(family, OTHER_SERIES)


class GanttWriter:
    """Writes one plan; `translate` turns names into the reader's language, `load_url` gives a bar its link."""

    def __init__(
        self,
        version: PlanVersion,
        content: PlanContent,
        problem: Problem,
        plan: Plan,
        zone: ZoneInfo,
        translate: Callable[[str], str],
        load_url: Callable[[LoadEntry], str],
    ) -> None:
        self.version, self.content, self.problem, self.plan = version, content, problem, plan
        self.zone, self.translate, self.load_url = zone, translate, load_url

    def document(self, lines: Sequence[Line], now: datetime) -> dict[str, Any]:
        """The whole picture."""
        used = {load.family for load in self.content.loads}
        return {
            "timezone": self.zone.key,
            "now": now.astimezone(self.zone).isoformat(timespec="seconds"),
            "lines": [self._line(line) for line in lines if line.code in self.problem.line_by_id],
            "families": [
                {"code": family, "name": self.translate(str(name)), "series": series_of(family)}
                for family, name in FAMILY_NAMES.items()
                if family in used
            ],
            "closed": list(self._closed()),
            "bars": [bar for job in self.plan.jobs for bar in self._bars(job)],
        }

    def _line(self, line: Line) -> dict[str, Any]:
        stations = [
            {"id": f"{line.code}/{station.kind}", "name": self.translate(STATION_NAMES.get(station.kind, station.name))}
            for station in line.stations
        ]
        return {"name": f"{line.code} {line.name}", "stations": stations}

    def _closed(self) -> Iterable[dict[str, Any]]:
        """The hours outside each calendar, until the last load is done."""
        until = max((job.done for job in self.plan.jobs), default=self.problem.now) + 1440
        for calendar in self.problem.calendars:
            stations = [
                f"{line.id}/{station.id}"
                for line in self.problem.lines
                for station in line.stations
                if station.attended and station.calendar == calendar.id
            ]
            edges = [(0, 0), *(window for window in calendar.windows if window[0] < until), (until, until)]
            for (_, end), (start, _) in pairwise(edges):
                if stations and start > end:
                    yield {"from": self._time(end), "to": self._time(start), "stations": stations}

    def _bars(self, job: PlannedJob) -> Iterable[dict[str, Any]]:
        load = self.content.load_by_job[job.id]
        label = load_label(load)
        common = {
            "load": label,
            "label": label,
            "family": load.family,
            "late": job.done > load.due,
            "locked": load.running,
            "due": self._time(load.due),
            "elements": list(map(str, load.serials)),
            "url": self.load_url(load),
        }
        for operation in job.operations:
            if operation.leave > operation.enter:
                yield {
                    "id": f"{job.id}/{operation.station}",
                    "station": f"{job.line}/{operation.station}",
                    "from": self._time(operation.start),
                    "to": self._time(max(operation.end, operation.start + 1)),
                    **common,
                }

    def _time(self, minute: int) -> str:
        return moment_of(self.version.epoch, minute).astimezone(self.zone).isoformat(timespec="minutes")


def load_label(load: LoadEntry) -> str:
    """A load's name: its number once it has one, before that its place in the proposal."""
    return f"#{load.number}" if load.number is not None else load.job
