"""Why a load of a plan is not earlier, in sentences: the engine's reasons in a reader's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.library.families import FAMILY_NAMES
from mes.planning.gantt_data import load_label
from mes.planning.models import PlanVersion
from mes.planning.plan_content import PlanContent, content_of, plan_of, problem_of
from mes.planning.plan_figures import PALLETS
from mes.planning.station_names import STATION_NAMES
from mes.planning.working_time import moment_of
from scheduling import Explanation, NotPlannedError, Reason, ReasonCode, explain

SENTENCES: dict[str, str] = {
    ReasonCode.WORK: N_("Work: %(station)s"),
    ReasonCode.CLOSED: N_("Outside the working hours of %(station)s"),
    ReasonCode.OVERTIME_UNUSED: N_("Outside the working hours of %(station)s; overtime is possible and not used"),
    ReasonCode.NO_WINDOW: N_("Too little of the shift is left for %(minutes)s minutes of %(station)s at one go"),
    ReasonCode.CHANGEOVER: N_("%(station)s is set up from %(from)s for %(to)s (%(minutes)s minutes)"),
    ReasonCode.BLOCKED_BY: N_("%(station)s is occupied by load %(other)s"),
    ReasonCode.BEHIND_JOB: N_("Load %(other)s goes first at %(station)s; it is due %(other_due)s"),
    ReasonCode.BUFFER_FULL: N_("No place is free after %(station)s until load %(other)s moves on"),
    ReasonCode.RESOURCE_EMPTY: N_("No free unit of %(resource)s until load %(other)s gives one back"),
    ReasonCode.RESOURCE_PROMISED: N_("The free unit of %(resource)s goes to load %(other)s first"),
    ReasonCode.WAIT_LIMIT: N_("Earlier, it would wait more than %(minutes)s minutes between %(from)s and %(to)s"),
    ReasonCode.WOULD_WAIT: N_("Earlier, it would only wait before %(station)s and be done at the same time"),
    ReasonCode.HELD_BACK: N_("Held back on purpose: done earlier, it would only be stored"),
    ReasonCode.UNFORCED: N_("Nothing hinders it; a better plan would let it go on"),
    ReasonCode.RELEASE: N_("It is not released before"),
    ReasonCode.NOW: N_("The plan begins here"),
    ReasonCode.FIXED: N_("It was on the line when the plan was made"),
}
TONES: dict[str, str] = {
    ReasonCode.WORK: "progress",
    ReasonCode.BLOCKED_BY: "warn",
    ReasonCode.BUFFER_FULL: "warn",
    ReasonCode.RESOURCE_EMPTY: "warn",
    ReasonCode.RESOURCE_PROMISED: "warn",
    ReasonCode.UNFORCED: "bad",
    ReasonCode.HELD_BACK: "good",
}


@dataclass(frozen=True)
class ReasonRow:
    """One reason with its time; `other_job` is the load that hinders it, `tone` how it is coloured."""

    code: str
    begin: datetime
    end: datetime
    minutes: int
    sentence: Text
    station: str | None
    other_job: str | None
    tone: str

    @property
    def is_work(self) -> bool:
        """Whether it is worked on, and does not wait."""
        return self.code == ReasonCode.WORK


@dataclass(frozen=True)
class LoadReasons:
    """Why a load is not done earlier, from its end back to its beginning."""

    job: str
    label: str
    line: str
    due: datetime
    done: datetime
    minutes_late: int
    rows: tuple[ReasonRow, ...]

    @property
    def waiting_minutes(self) -> int:
        """Minutes in which it is not worked on."""
        return sum(row.minutes for row in self.rows if not row.is_work)


def reasons_of_load(version: PlanVersion, job: str, zone: ZoneInfo) -> LoadReasons:
    """Why this load of a plan is not done earlier; raises `NotFound` where the plan does not plan it."""
    content, problem, plan = content_of(version), problem_of(version), plan_of(version)
    if content is None or problem is None or plan is None or job not in content.load_by_job:
        raise NotFound(Text(N_("There is no such pallet load")))
    try:
        explanation = explain(problem, plan, job)
    except NotPlannedError as error:
        raise NotFound(Text(N_("This load is not scheduled"))) from error
    return _Writer(version, content, zone).written(explanation)


def job_of_load(version: PlanVersion, number: int) -> str | None:
    """The job that a load of this number is in a plan version, or None."""
    content = content_of(version)
    if content is None:
        return None
    return next((load.job for load in content.loads if load.number == number), None)


class _Writer:
    """Puts the engine's reasons into words; loads, stations, families and resources by their names."""

    def __init__(self, version: PlanVersion, content: PlanContent, zone: ZoneInfo) -> None:
        self.epoch, self.content, self.zone = version.epoch, content, zone

    def written(self, explanation: Explanation) -> LoadReasons:
        """The whole explanation."""
        return LoadReasons(
            job=explanation.job,
            label=self._label(explanation.job),
            line=explanation.line,
            due=moment_of(self.epoch, explanation.due),
            done=moment_of(self.epoch, explanation.done),
            minutes_late=explanation.minutes_late,
            rows=tuple(self._row(reason) for reason in (*explanation.reasons, explanation.root)),
        )

    def _row(self, reason: Reason) -> ReasonRow:
        return ReasonRow(
            code=reason.code.value,
            begin=moment_of(self.epoch, reason.from_minute),
            end=moment_of(self.epoch, reason.to_minute),
            minutes=reason.minutes,
            sentence=Text(SENTENCES[reason.code], self._values(reason)),
            station=reason.station,
            other_job=reason.other,
            tone=TONES.get(reason.code, "neutral"),
        )

    def _label(self, job: str) -> str:
        load = self.content.load_by_job.get(job)
        return load_label(load) if load is not None else job

    def _values(self, reason: Reason) -> dict[str, object]:
        """What the places of the sentences are filled with."""
        values: dict[str, object] = dict(reason.values)
        values["station"] = _named(STATION_NAMES, reason.station)
        values["other"] = self._label(reason.other or "")
        names: Callable[[object], object] = _family if reason.code is ReasonCode.CHANGEOVER else _station
        for place in ("from", "to"):
            values[place] = names(values.get(place))
        if "other_due" in reason.values:
            due = moment_of(self.epoch, int(reason.values["other_due"])).astimezone(self.zone)
            values["other_due"] = f"{due:%m-%d %H:%M}"
        if "resource" in reason.values:
            values["resource"] = _resource(str(reason.values["resource"]))
        return values


def _named(names: dict[str, str], key: object) -> object:
    return Text(names.get(str(key), str(key))) if key else ""


def _station(kind: object) -> object:
    return _named(STATION_NAMES, kind)


def _family(family: object) -> object:
    return _named({code: str(name) for code, name in FAMILY_NAMES.items()}, family)


def _resource(resource: str) -> object:
    """The pallets of a line in words; any other resource by its id."""
    if resource.startswith(PALLETS):
        return Text(N_("pallets of line %(line)s"), {"line": resource.removeprefix(PALLETS)})
    return resource
