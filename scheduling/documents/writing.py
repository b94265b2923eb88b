"""Dataclasses into documents of the contract. Values at their defaults are left out of a problem."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a problem knows its document's SHA-256, and so stands above this module
    from scheduling.plan import Plan, PlannedJob
    from scheduling.problem import FixedOperation, Job, Line, Problem, Station, Weights


def document_sha256(document: bytes) -> str:
    """SHA-256 of a document's bytes, as `problem_sha256` states it."""
    return hashlib.sha256(document).hexdigest()


def _given(**values: Any) -> dict[str, Any]:
    """The values that are not None, False, 0 or empty."""
    return {key: value for key, value in values.items() if value not in (None, 0, ()) and value != []}


def problem_json(problem: Problem) -> str:
    """The problem as a document of the contract."""
    document: dict[str, Any] = {"version": 1, "epoch": problem.epoch, "now": problem.now}
    document["calendars"] = [
        {"id": calendar.id, "windows": [list(window) for window in calendar.windows]} for calendar in problem.calendars
    ]
    document["overtime"] = [
        {"id": entry.id, "calendar": entry.calendar, "window": list(entry.window), "cost": entry.cost}
        for entry in problem.overtime
    ]
    document["resources"] = [{"id": entry.id, "count": entry.count} for entry in problem.resources]
    document["lines"] = [_line(line) for line in problem.lines]
    document["jobs"] = [_job(job) for job in problem.jobs]
    document["objective"] = _weights(problem.objective)
    document["fixed"] = [
        {"job": entry.job, "line": entry.line, "operations": [_fixed(item) for item in entry.operations]}
        for entry in problem.fixed
    ]
    document["previous"] = [{"job": entry.job, "line": entry.line, "enter": entry.enter} for entry in problem.previous]
    return _text(document)


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _station(station: Station) -> dict[str, Any]:
    document: dict[str, Any] = {"id": station.id, "work": str(station.work)}
    if station.calendar is not None:
        document["calendar"] = station.calendar
    document |= {"capacity": station.capacity, "buffer_after": station.buffer_after}
    document["order"] = str(station.order)
    if station.changeover is not None:
        minutes = {before: dict(row) for before, row in station.changeover.minutes.items()}
        document["changeover"] = {"minutes": minutes}
        if station.changeover.initial is not None:
            document["changeover"]["initial"] = station.changeover.initial
    return document


def _line(line: Line) -> dict[str, Any]:
    waits = [{"from": wait.from_station, "to": wait.to_station, "minutes": wait.minutes} for wait in line.max_waits]
    return {"id": line.id, "stations": [_station(station) for station in line.stations]} | _given(max_waits=waits)


def _job(job: Job) -> dict[str, Any]:
    document: dict[str, Any] = {"id": job.id, "due": job.due}
    if job.family is not None:
        document["family"] = job.family
    document |= _given(release=job.release, tardiness_cost=job.tardiness_cost, earliness_cost=job.earliness_cost)
    document["options"] = [{"line": option.line, "minutes": list(option.minutes)} for option in job.options]
    document |= _given(
        holds=[
            {
                "resource": hold.resource,
                "line": hold.line,
                "from": hold.from_station,
                "to": hold.to_station,
            }
            for hold in job.holds
        ]
    )
    return document


def _weights(weights: Weights) -> dict[str, int]:
    names = ("changeover_minute", "makespan_minute", "line_change", "shift_hour")
    return {name: getattr(weights, name) for name in names}


def _fixed(operation: FixedOperation) -> dict[str, Any]:
    document: dict[str, Any] = {"station": operation.station, "enter": operation.enter}
    for name in ("start", "end", "leave", "remaining"):
        value = getattr(operation, name)
        if value is not None:
            document[name] = value
    return document


def plan_json(plan: Plan) -> str:
    """The plan as a document of the contract."""
    names = ("tardiness", "earliness", "changeover", "makespan", "overtime", "stability")
    objective = {name: getattr(plan.objective, name) for name in names}
    objective["total"] = plan.objective.total if plan.stated_total is None else plan.stated_total
    document: dict[str, Any] = {
        "version": 1,
        "problem_sha256": plan.problem_sha256,
        "status": str(plan.status),
        "objective": objective,
        "bound": plan.bound,
        "seconds": round(plan.seconds, 3),
        "overtime": list(plan.overtime),
        "jobs": [_planned_job(job) for job in plan.jobs],
        "unscheduled": [{"job": entry.job, "reason": entry.reason} for entry in plan.unscheduled],
    }
    return _text(document)


def _planned_job(job: PlannedJob) -> dict[str, Any]:
    operations = [
        {
            "station": operation.station,
            "enter": operation.enter,
            "start": operation.start,
            "end": operation.end,
            "leave": operation.leave,
        }
        for operation in job.operations
    ]
    return {"id": job.id, "line": job.line, "operations": operations}
