"""A plan overtaken by events: what has happened by `now` is fixed, some loads take longer, rush loads come in."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scheduling import (
    Changeover,
    FixedJob,
    FixedOperation,
    Job,
    Line,
    Operation,
    Option,
    Plan,
    PlannedJob,
    PreviousStart,
    Problem,
)

DAY = 24 * 60
SLOWER_SHARE = 0.05
SLOWER_FACTOR = 2.5
SLOWER_STATION = "rebar"
RUSH_LOADS = 10


@dataclass(frozen=True)
class Disturbed:
    """The problem of the moment, and the plan that held until then."""

    problem: Problem
    plan: Plan
    open_jobs: tuple[str, ...]
    """Loads of the plan that have not begun."""


def disturbed(problem: Problem, plan: Plan, now: int, seed: int = 1) -> Disturbed:
    """The problem at `now`, had the plan been followed to the minute until then.

    Loads that have left their line are left out; those on it are fixed as far as they have come. Of those that have
    not begun, 5 % need 150 % more rebar minutes. Ten rush loads, copies of loads of the plan, are due in two to three
    days at the highest price. Every load that has not begun remembers its line and entry (`previous`).
    """
    draw = random.Random(f"{now}/{seed}")
    begun = {job.id: job for job in plan.jobs if job.enter < now}
    gone = {name for name, job in begun.items() if job.done < now}
    waiting = [job.id for job in problem.jobs if job.id not in begun]
    slower = set(draw.sample(waiting, round(SLOWER_SHARE * len(waiting))))
    jobs = [_slower(problem, job) if job.id in slower else job for job in problem.jobs if job.id not in gone]
    jobs += [_rush(number, draw.choice(problem.jobs), problem, now, draw) for number in range(1, RUSH_LOADS + 1)]
    return Disturbed(
        problem=replace(
            problem,
            now=now,
            lines=tuple(_with_last_family(problem, line, begun, now) for line in problem.lines),
            jobs=tuple(jobs),
            fixed=tuple(_so_far(begun[job.id], now) for job in jobs if job.id in begun),
            previous=tuple(
                PreviousStart(name, plan.job_by_id[name].line, plan.job_by_id[name].enter)
                for name in waiting
                if name in plan.job_by_id
            ),
            source_sha256=None,
        ),
        plan=plan,
        open_jobs=tuple(waiting),
    )


def _so_far(job: PlannedJob, now: int) -> FixedJob:
    """What had happened before `now`."""

    def happened(operation: Operation) -> FixedOperation:
        return FixedOperation(
            operation.station,
            operation.enter,
            operation.start if operation.start < now else None,
            operation.end if operation.end < now and operation.start < now else None,
            operation.leave if operation.leave < now else None,
        )

    return FixedJob(job.id, job.line, tuple(happened(entry) for entry in job.operations if entry.enter < now))


def _slower(problem: Problem, job: Job) -> Job:
    def minutes(option: Option) -> tuple[int, ...]:
        place = problem.line_by_id[option.line].station_index[SLOWER_STATION]
        return tuple(round(m * SLOWER_FACTOR) if k == place else m for k, m in enumerate(option.minutes))

    return replace(job, options=tuple(replace(option, minutes=minutes(option)) for option in job.options))


def _rush(number: int, pattern: Job, problem: Problem, now: int, draw: random.Random) -> Job:
    """A load of today like one of the plan, due at a minute of day after tomorrow or the day behind it."""
    dearest = max(problem.jobs, key=lambda job: job.tardiness_cost)
    return replace(
        pattern,
        id=f"RUSH-{number:02d}",
        release=now,
        due=now + draw.randint(2 * DAY, 3 * DAY),
        tardiness_cost=dearest.tardiness_cost,
        earliness_cost=dearest.earliness_cost,
    )


def _with_last_family(problem: Problem, line: Line, begun: Mapping[str, PlannedJob], now: int) -> Line:
    """The line, set up for the family that was worked on last before `now`."""
    here = [job for job in begun.values() if job.line == line.id]

    def initial(index: int, changeover: Changeover) -> Changeover:
        worked = [job for job in here if job.operations[index].start < now and _minutes(problem, job, index)]
        last = max(worked, key=lambda job: job.operations[index].start, default=None)
        return changeover if last is None else replace(changeover, initial=problem.job_by_id[last.id].family)

    return replace(
        line,
        stations=tuple(
            station if station.changeover is None else replace(station, changeover=initial(index, station.changeover))
            for index, station in enumerate(line.stations)
        ),
    )


def _minutes(problem: Problem, job: PlannedJob, index: int) -> int:
    option = problem.job_by_id[job.id].option(job.line)
    return 0 if option is None else option.minutes[index]
