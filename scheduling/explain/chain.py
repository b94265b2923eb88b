"""The chain of reasons for which a job is not done earlier, from its end back to its beginning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scheduling.explain.earlier import Alternatives, Earlier
from scheduling.explain.hindrances import Hindrance
from scheduling.explain.reasons import Explanation, Reason, ReasonCode
from scheduling.explain.surroundings import Kind, Step, Surroundings
from scheduling.plan import Plan
from scheduling.problem import Problem, Work

_SUMMED = frozenset({"gain", "cost"})
"""Values of choices, which add up over neighbouring minutes."""


def explain(problem: Problem, plan: Plan, job_id: str) -> Explanation:
    """Why this job is not done earlier in this plan, from problem and plan alone.

    Every other job is taken to keep its times: a reason says what hinders this job among them. Raises
    `NotPlannedError` if the plan does not plan the job, `UnsoundPlanError` if jobs of it do not follow their lines.
    """
    around = Surroundings(problem, plan, job_id)
    reasons = _joined(_Account(around).reasons())
    planned = around.planned
    return Explanation(job_id, planned.line, around.job.due, planned.done, tuple(reversed(reasons)), _root(around))


def explain_chain(problem: Problem, plan: Plan, job_id: str, depth: int = 4) -> tuple[Explanation, ...]:
    """The explanation of a job, of the job that hinders it last, and so on, `depth` at most, no job twice."""
    result: list[Explanation] = []
    following: str | None = job_id
    while following is not None and len(result) < depth and following not in {entry.job for entry in result}:
        result.append(explain(problem, plan, following))
        following = result[-1].hindering_job
    return tuple(result)


def _root(around: Surroundings) -> Reason:
    """What the explained interval begins with."""
    if around.fixed is not None and around.fixed.operations:
        first = around.planned.operations[0]
        return Reason(ReasonCode.FIXED, min(first.enter, around.begin), around.begin, first.station)
    if around.job.release > around.problem.now:
        return Reason(ReasonCode.RELEASE, around.problem.now, around.begin)
    return Reason(ReasonCode.NOW, around.begin, around.begin)


class _Account:
    """Accounts for every minute of one job."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.alternatives = Alternatives(around)

    def reasons(self) -> Iterator[Reason]:
        """Reasons in order of time: before each step the waiting for it, after each start the work."""
        for number, step in enumerate(self.around.steps):
            yield from self._waiting(number, step)
            if step.kind is Kind.START:
                yield from self._working(step)

    def _working(self, step: Step) -> Iterator[Reason]:
        """Work, and the closed minutes in which pausable work pauses."""
        station = self.around.line.stations[step.index]
        operation = self.around.at(step.index)
        minute = max(operation.start, self.around.begin)
        calendar = self.around.calendar(station)
        if calendar is not None and station.work is Work.PAUSABLE:
            for start, end in calendar.stretches(minute, operation.end):
                yield from self._at(ReasonCode.CLOSED, minute, start, station.id)
                yield from self._at(ReasonCode.WORK, start, end, station.id)
                minute = end
            yield from self._at(ReasonCode.CLOSED, minute, operation.end, station.id)
        else:
            yield from self._at(ReasonCode.WORK, minute, operation.end, station.id)

    def _at(self, code: ReasonCode, start: int, end: int, station: str) -> Iterator[Reason]:
        if end > start:
            yield Reason(code, start, end, station, station)

    def _waiting(self, number: int, step: Step) -> Iterator[Reason]:
        """Reasons for [ready, minute) of a step: what hinders it, and the choice between the hindrances."""
        minute = max(step.ready, self.around.begin)
        for entry in self.alternatives.hindrances(number):
            if entry.end > minute:
                yield from self._free(number, minute, max(minute, entry.start))
                yield self._hindered(step, entry, max(minute, entry.start))
                minute = entry.end
        yield from self._free(number, minute, step.minute)

    def _hindered(self, step: Step, entry: Hindrance, start: int) -> Reason:
        station = self.around.line.stations[step.index].id
        return Reason(entry.code, start, entry.end, station, self._standing_at(step), entry.other, entry.values)

    def _standing_at(self, step: Step) -> str | None:
        """The station that the job occupies while it waits for a step; None off the line and in a buffer."""
        stations = self.around.line.stations
        if step.kind is not Kind.ENTER:
            return stations[step.index].id
        before = step.index - 1
        return stations[before].id if before >= 0 and stations[before].buffer_after == 0 else None

    def _free(self, number: int, start: int, end: int) -> Iterator[Reason]:
        """Minutes in which nothing hinders the step itself: what would follow from taking it there?"""
        if end > start:
            low, high = (self.alternatives.if_ready_at(number, minute) for minute in (start, end))
            yield from self._compared(number, start, low, end, high)

    def _compared(self, number: int, start: int, low: Earlier, end: int, high: Earlier) -> Iterator[Reason]:
        """[start, end), whose ends would lead to `low` and `high`; halved until one thing holds for all of it."""
        gain = high.done - low.done
        last = low if end - start == 1 else self.alternatives.if_ready_at(number, end - 1)
        step = self.around.steps[number]
        if low.wait is not None and last.wait is not None:
            values: dict[str, str | int] = {
                "from": low.wait.from_station,
                "to": low.wait.to_station,
                "minutes": low.wait.minutes,
            }
            yield self._choice(ReasonCode.WAIT_LIMIT, start, end, step, values)
        elif low.wait is None and gain == 0:
            yield self._would_wait(step, start, low, end, high)
        elif low.wait is None and (gain == end - start or end - start == 1):
            yield from self._chosen(step, start, low.done, end, high.done)
        else:
            middle = (start + end) // 2
            between = self.alternatives.if_ready_at(number, middle)
            yield from self._compared(number, start, low, middle, between)
            yield from self._compared(number, middle, between, end, high)

    def _would_wait(self, step: Step, start: int, low: Earlier, end: int, high: Earlier) -> Reason:
        """Taking the step earlier gains nothing: a later step, the first that both share, is hindered until then."""
        pairs = zip(low.minutes, high.minutes, strict=True)
        offset = next((offset for offset, (early, late) in enumerate(pairs) if offset > 0 and early == late), 0)
        number = low.first + offset
        cause = self.alternatives.hindrance_before(number, low.minutes[offset])
        station = self.around.line.stations[self.around.steps[number].index].id
        other = cause.other if cause is not None else None
        values: dict[str, str | int] = {"because": cause.code.value, "until": low.minutes[offset]} if cause else {}
        return Reason(ReasonCode.WOULD_WAIT, start, end, station, self._standing_at(step), other, values)

    def _chosen(self, step: Step, start: int, early_done: int, end: int, late_done: int) -> Iterator[Reason]:
        """Minutes that nothing forces: those that would make it early, then those that make it late."""
        job, due = self.around.job, self.around.job.due
        split = min(max(start + due - early_done, start), end) if end - start > 1 else start
        if end - start == 1 and late_done <= due:
            split = end
        if split > start:
            gain = min(due, late_done) - early_done
            values: dict[str, str | int] = {"gain": gain, "cost": gain * job.earliness_cost}
            yield self._choice(ReasonCode.HELD_BACK, start, split, step, values)
        if end > split:
            gain = late_done - early_done if end - start == 1 else end - split
            cost = (late_done - max(due, early_done)) * job.tardiness_cost
            yield self._choice(ReasonCode.UNFORCED, split, end, step, {"gain": gain, "cost": cost})

    def _choice(self, code: ReasonCode, start: int, end: int, step: Step, values: dict[str, str | int]) -> Reason:
        station = self.around.line.stations[step.index].id
        return Reason(code, start, end, station, self._standing_at(step), None, values)


def _joined(reasons: Iterator[Reason]) -> list[Reason]:
    """Neighbours that say the same as one, their gains and costs added."""
    result: list[Reason] = []
    for reason in reasons:
        before = result[-1] if result else None
        if before is not None and before.to_minute == reason.from_minute and _says(before) == _says(reason):
            summed = {
                name: int(before.values[name]) + int(reason.values[name]) for name in _SUMMED if name in reason.values
            }
            result[-1] = replace(before, to_minute=reason.to_minute, values={**reason.values, **summed})
        else:
            result.append(reason)
    return result


def _says(reason: Reason) -> tuple[object, ...]:
    values = {name: value for name, value in reason.values.items() if name not in _SUMMED}
    return (reason.code, reason.station, reason.standing_at, reason.other, values)
