"""What has happened: the values of `fixed`, in the form in which every rule reads them."""

from __future__ import annotations

from scheduling.problem import FixedOperation, Problem


def fixed_operation(problem: Problem, job: str, index: int) -> FixedOperation | None:
    """What is given of a job's operation at the station of this index, or None."""
    fixed = problem.fixed_by_job.get(job)
    if fixed is None or index >= len(fixed.operations):
        return None
    return fixed.operations[index]


def required_overtime(problem: Problem) -> frozenset[str]:
    """Overtime in which a given `start`, or `end` − 1, of attended work lies: it has been worked (R2-overtime)."""
    worked: set[str] = set()
    for fixed in problem.fixed_by_job.values():
        line = problem.line_by_id[fixed.line]
        option = problem.job_by_id[fixed.job].option(fixed.line)
        for index, operation in enumerate(fixed.operations):
            station = line.stations[index]
            if not station.attended or option is None or option.minutes[index] == 0:
                continue
            minutes = [operation.start] if operation.start is not None else []
            if operation.end is not None:
                minutes.append(operation.end - 1)
            worked.update(
                overtime.id
                for overtime in problem.overtime
                if overtime.calendar == station.calendar
                and any(overtime.window[0] <= minute < overtime.window[1] for minute in minutes)
            )
    return frozenset(worked)
