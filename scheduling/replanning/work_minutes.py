"""The minutes of work that a job needs at a station, and those that an earlier plan gave it."""

from __future__ import annotations

from scheduling.calendars import open_times
from scheduling.history import fixed_operation
from scheduling.plan import Plan, PlannedJob
from scheduling.problem import Problem, Station


class WorkMinutes:
    """Work in the calendars of `problem`, with the overtime of the plan `before` as far as it is still offered."""

    def __init__(self, problem: Problem, before: Plan) -> None:
        self.problem = problem
        self._open = open_times(problem, before.overtime)

    def needed(self, job: PlannedJob, station: int) -> int:
        """Minutes of work as the problem has them; work under way counts what is done and what remains."""
        given = fixed_operation(self.problem, job.id, station)
        if given is not None and given.start is not None and given.remaining is not None:
            return self._between(self._station(job, station), given.start, self.problem.now) + given.remaining
        option = self.problem.job_by_id[job.id].option(job.line)
        return 0 if option is None else option.minutes[station]

    def planned(self, job: PlannedJob, station: int) -> int:
        """Minutes of work between start and end of a planned operation; where it now is closed, none."""
        operation = job.operations[station]
        return self._between(self._station(job, station), operation.start, operation.end)

    def is_closed(self, job: PlannedJob, station: int) -> bool:
        """Whether planned work would begin or end while the station is closed."""
        at, operation = self._station(job, station), job.operations[station]
        if not at.attended or operation.start == operation.end:
            return False
        return not all(self._between(at, minute, minute + 1) for minute in (operation.start, operation.end - 1))

    def _station(self, job: PlannedJob, station: int) -> Station:
        return self.problem.line_by_id[job.line].stations[station]

    def _between(self, station: Station, start: int, end: int) -> int:
        """Open minutes in [start, end); every minute where nobody is needed."""
        if station.calendar is None or not station.attended:
            return end - start
        open_time = self._open[station.calendar]
        return open_time.open_before(end) - open_time.open_before(start)
