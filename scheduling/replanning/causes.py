"""Why a job moves: its own past, its release, its work, a closed station, or a job that stands in front of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scheduling.plan import Operation, Plan, PlannedJob
from scheduling.problem import FixedOperation, Problem
from scheduling.replanning.change import Why, WhyCode
from scheduling.replanning.queues import Queues
from scheduling.replanning.work_minutes import WorkMinutes

MOMENTS = ("enter", "start", "end", "leave")
_LED_ON = (WhyCode.PUSHED_BY, WhyCode.PULLED_FORWARD)
"""Codes that lead on to the cause of another job."""


@dataclass(frozen=True)
class _Shift:
    """A job on the same line in both plans, and where it first leaves the plan before by as much as counts."""

    old: PlannedJob
    new: PlannedJob
    station: int
    moment: str
    is_later: bool

    @property
    def queue_station(self) -> int:
        """Where it stood in a queue at that moment: who leaves a station late could not get into the next one."""
        last = len(self.new.operations) - 1
        return min(self.station + 1, last) if self.moment == "leave" else self.station


class Causes:
    """The causes of the changes from one plan to another; the other is a plan of `problem`.

    A cause is looked for where the job first leaves the plan before by `threshold` minutes: what has really happened,
    then its release, then its work there, then the job in front of it there.
    """

    def __init__(self, problem: Problem, before: Plan, after: Plan, threshold: int) -> None:
        self.problem, self.before, self.after = problem, before, after
        self.threshold = max(1, threshold)
        self.queues_before, self.queues_after = Queues(before), Queues(after)
        self.work = WorkMinutes(problem, before)
        self._direct: dict[tuple[str, bool], Why] = {}

    def of(self, name: str, is_later: bool) -> Why:
        """Why a job of both plans is later (or earlier, or on another line).

        Where jobs push one another, the job at which that begins is named too.
        """
        why = self._directly(name, is_later)
        if why.code not in _LED_ON or why.other is None or not self._in_both(why.other):
            return why
        root, root_code = self._root(why.other, is_later)
        return replace(why, root=root, root_code=root_code)

    def overtaken(self, name: str) -> Why | None:
        """Said of a job that now goes before the one that was directly in front of it, when it enters the line."""
        old, new = self.before.job_by_id[name], self.after.job_by_id[name]
        front = self.queues_before.front(old, 0)
        if front is None or not self.queues_after.goes_before(name, front, 0):
            return None
        return Why(WhyCode.BEFORE_OTHER, new.operations[0].station, front)

    def _in_both(self, name: str) -> bool:
        return name in self.before.job_by_id and name in self.after.job_by_id

    def _root(self, name: str, is_later: bool) -> tuple[str, WhyCode]:
        """The end of a chain of causes."""
        seen: set[str] = set()
        while True:
            seen.add(name)
            why = self._directly(name, is_later)
            if why.code is WhyCode.NEW_JOB_IN_FRONT and why.other is not None:
                return why.other, WhyCode.NEW_JOB
            is_end = why.code not in _LED_ON or why.other is None or why.other in seen
            if is_end or why.other is None or not self._in_both(why.other):
                return name, why.code
            name = why.other

    def _directly(self, name: str, is_later: bool) -> Why:
        key = name, is_later
        if key not in self._direct:
            old, new = self.before.job_by_id[name], self.after.job_by_id[name]
            on_line = old.line == new.line
            self._direct[key] = self._of_shift(old, new, is_later) if on_line else self._of_line(old, new)
        return self._direct[key]

    def _of_line(self, old: PlannedJob, new: PlannedJob) -> Why:
        if new.id in self.problem.fixed_by_job:
            return Why(WhyCode.BEGUN_ELSEWHERE, values={"line": new.line})
        if self.problem.job_by_id[new.id].option(old.line) is None:
            return Why(WhyCode.LINE_RULED_OUT, values={"line": old.line})
        return Why(WhyCode.BETTER_TOTAL)

    def _of_shift(self, old: PlannedJob, new: PlannedJob, is_later: bool) -> Why:
        shift = self._first_shift(old, new, is_later)
        if shift is None:
            return Why(WhyCode.BETTER_TOTAL)
        return (
            self._from_past(shift)
            or self._from_release(shift)
            or self._from_work(shift, shift.station)
            or self._from_queue(shift)
            or self._from_any_work(shift)
            or Why(WhyCode.BETTER_TOTAL)
        )

    def _first_shift(self, old: PlannedJob, new: PlannedJob, is_later: bool) -> _Shift | None:
        """The first moment that moves that way by the threshold; without one, the first that does at all."""
        for least in (self.threshold, 1):
            for station, (then, now) in enumerate(zip(old.operations, new.operations, strict=False)):
                for moment in MOMENTS:
                    minutes = getattr(now, moment) - getattr(then, moment)
                    if (minutes if is_later else -minutes) >= least:
                        return _Shift(old, new, station, moment, is_later)
        return None

    def _from_past(self, shift: _Shift) -> Why | None:
        """The moment has happened already, and not as planned."""
        given = self._given(shift)
        if given is None or getattr(given, shift.moment) is None:
            return None
        minutes = getattr(given, shift.moment) - getattr(shift.old.operations[shift.station], shift.moment)
        code = WhyCode.BEGUN_LATE if shift.is_later else WhyCode.BEGUN_EARLY
        return Why(code, given.station, values={"minutes": abs(minutes)})

    def _given(self, shift: _Shift) -> FixedOperation | None:
        fixed = self.problem.fixed_by_job.get(shift.new.id)
        if fixed is None or shift.station >= len(fixed.operations):
            return None
        return fixed.operations[shift.station]

    def _from_release(self, shift: _Shift) -> Why | None:
        """It could not enter when it was to."""
        if not shift.is_later or shift.new.id in self.problem.fixed_by_job or shift.moment != "enter":
            return None
        late = self.problem.job_by_id[shift.new.id].release - shift.old.enter
        if late > 0:
            return Why(WhyCode.RELEASE_LATER, values={"minutes": late})
        if self.problem.now > shift.old.enter:
            return Why(WhyCode.NOT_YET_BEGUN, values={"minutes": self.problem.now - shift.old.enter})
        return None

    def _from_work(self, shift: _Shift, station: int) -> Why | None:
        """Its work there takes another while than planned, or the station is closed at the time."""
        if shift.moment == "leave":
            return None
        if shift.is_later and self.work.is_closed(shift.old, station):
            return Why(WhyCode.STATION_CLOSED, self._operation(shift, station).station)
        return self._from_minutes(shift, station) if shift.moment == "end" else None

    def _from_minutes(self, shift: _Shift, station: int) -> Why | None:
        needed, planned = self.work.needed(shift.old, station), self.work.planned(shift.old, station)
        if needed == planned or (needed > planned) != shift.is_later:
            return None
        code = WhyCode.LONGER_WORK if needed > planned else WhyCode.SHORTER_WORK
        return Why(code, self._operation(shift, station).station, values={"minutes": needed, "planned": planned})

    def _operation(self, shift: _Shift, station: int) -> Operation:
        return shift.new.operations[station]

    def _from_any_work(self, shift: _Shift) -> Why | None:
        """Longer or shorter work so far: the few minutes that made it miss a window, or catch one."""
        found = (self._from_minutes(shift, station) for station in range(shift.station + 1))
        return next((why for why in found if why is not None), None)

    def _from_queue(self, shift: _Shift) -> Why | None:
        return self._pushed(shift) if shift.is_later else self._pulled(shift)

    def _pushed(self, shift: _Shift) -> Why | None:
        """The job in front of it now."""
        at = shift.queue_station
        front, station = self.queues_after.front(shift.new, at), shift.new.operations[at].station
        if front is None:
            return None
        if front not in self.before.job_by_id:
            return Why(WhyCode.NEW_JOB_IN_FRONT, station, front)
        if not self.queues_before.goes_before(front, shift.old.id, at):
            return Why(WhyCode.BEHIND_OTHER, station, front)
        return Why(WhyCode.PUSHED_BY, station, front) if self._leave_shift(front, at) > 0 else None

    def _pulled(self, shift: _Shift) -> Why | None:
        """The job that was in front of it."""
        at = shift.queue_station
        front, station = self.queues_before.front(shift.old, at), shift.new.operations[at].station
        if front is None:
            return None
        if self.queues_after.goes_before(shift.new.id, front, at):
            return Why(WhyCode.BEFORE_OTHER, station, front)
        is_there = self.queues_after.goes_before(front, shift.new.id, at)
        return Why(WhyCode.PULLED_FORWARD, station, front) if not is_there or self._leave_shift(front, at) < 0 else None

    def _leave_shift(self, name: str, station: int) -> int:
        """Minutes by which a job on the same line leaves a station later."""
        before, after = self.before.job_by_id[name], self.after.job_by_id[name]
        return after.operations[station].leave - before.operations[station].leave
