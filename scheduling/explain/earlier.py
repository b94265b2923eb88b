"""What would become of a job if one of its steps were earlier, while every other job keeps its times."""

from __future__ import annotations

from dataclasses import dataclass, replace

from scheduling.explain.hindrances import Hindrance, hindrances
from scheduling.explain.surroundings import Kind, Surroundings
from scheduling.plan import Operation, PlannedJob
from scheduling.problem import MaxWait, Work


@dataclass(frozen=True)
class Earlier:
    """A job with its steps from `first` on as early as they can be. `minutes` has one entry per step from there.

    `wait` is a limit that it would break, None where it breaks none.
    """

    first: int
    minutes: tuple[int, ...]
    planned: PlannedJob
    wait: MaxWait | None

    @property
    def done(self) -> int:
        """When it would be done."""
        return self.planned.done


class Alternatives:
    """The same job with other times among the same others."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self._hindrances: dict[int, list[Hindrance]] = {}

    def hindrances(self, number: int) -> list[Hindrance]:
        """What hinders the step of this number."""
        if number not in self._hindrances:
            self._hindrances[number] = hindrances(self.around, self.around.steps[number])
        return self._hindrances[number]

    def first_free(self, number: int, minute: int) -> int:
        """The first minute from `minute` on at which a step can be taken; the planned one at the latest."""
        for entry in self.hindrances(number):
            if entry.start <= minute < entry.end:
                minute = entry.end
        return min(minute, self.around.steps[number].minute)

    def hindrance_before(self, number: int, minute: int) -> Hindrance | None:
        """What hinders a step in the minute before `minute`."""
        return next((entry for entry in self.hindrances(number) if entry.start < minute <= entry.end), None)

    def if_ready_at(self, first: int, minute: int) -> Earlier:
        """The job if it were ready for its step `first` at `minute`, everything from there on as early as possible."""
        operations = list(self.around.planned.operations)
        minutes: list[int] = []
        ready = minute
        for number in range(first, len(self.around.steps)):
            step = self.around.steps[number]
            taken = self.first_free(number, ready)
            minutes.append(taken)
            ready = self._take(operations, step.kind, step.index, taken)
        moved = replace(self.around.planned, operations=tuple(operations))
        return Earlier(first, tuple(minutes), moved, self._broken_wait(moved))

    def _take(self, operations: list[Operation], kind: Kind, index: int, minute: int) -> int:
        """Put a step at a minute; when the job is ready for the next step."""
        if kind is Kind.ENTER:
            operations[index] = replace(operations[index], enter=minute)
            if index > 0 and self.around.line.stations[index - 1].buffer_after == 0:
                operations[index - 1] = replace(operations[index - 1], leave=minute)
            return minute
        if kind is Kind.LEAVE:
            operations[index] = replace(operations[index], leave=minute)
            return minute
        end = self._end(index, minute)
        operations[index] = replace(operations[index], start=minute, end=end)
        return end

    def _end(self, index: int, start: int) -> int:
        """When work that starts at this minute ends."""
        planned, minutes = self.around.at(index), self.around.minutes[index]
        if start == planned.start:
            return planned.end
        station = self.around.line.stations[index]
        calendar = self.around.calendar(station)
        if calendar is None or minutes == 0 or station.work is not Work.PAUSABLE:
            return start + minutes
        return min(planned.end, calendar.finish(start, minutes))

    def _broken_wait(self, moved: PlannedJob) -> MaxWait | None:
        """R6-wait: a limit that the times break and the plan's times do not."""
        stations = self.around.line.station_index
        for wait in self.around.line.max_waits:
            first, last = stations[wait.from_station], stations[wait.to_station]
            planned = self.around.at(last).start - self.around.at(first).end
            waited = moved.operations[last].start - moved.operations[first].end
            if waited > max(wait.minutes, planned):
                return wait
        return None
