"""Documents into dataclasses, strictly.

Every fault carries its JSON path. Ranges and references are checked by the dataclasses themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduling.documents.checking import MAX_MINUTE
from scheduling.documents.json_values import Reader, RefusedError, integer, integers, parse_json, refuse, text
from scheduling.documents.writing import document_sha256
from scheduling.plan import (
    Objective,
    Operation,
    Plan,
    PlanError,
    PlannedJob,
    Status,
    Unscheduled,
)
from scheduling.problem import (
    Calendar,
    Changeover,
    FixedJob,
    FixedOperation,
    Hold,
    Job,
    Line,
    MaxWait,
    Option,
    Order,
    Overtime,
    PreviousStart,
    Problem,
    ProblemError,
    Resource,
    Station,
    Weights,
    Window,
    Work,
)

_MAX_SECONDS = 1_000_000_000


def read_problem(document: bytes) -> Problem:
    """The problem that a document holds; raises `ProblemError` with the JSON path of every fault found."""
    try:
        return _problem(parse_json(document), document_sha256(document))
    except RefusedError as error:
        raise ProblemError(error.issues) from error


def _version(reader: Reader) -> None:
    if reader.integer("version") != 1:
        raise refuse(reader.at("version"), f"must be 1, not {reader.value['version']}")


def _problem(value: Any, sha256: str) -> Problem:
    reader = Reader(value, "$")
    _version(reader)
    parts: dict[str, Any] = {
        "epoch": reader.text("epoch"),
        "now": reader.integer("now", 0),
        "calendars": reader.items("calendars", _calendar),
        "overtime": reader.items("overtime", _overtime),
        "resources": reader.items("resources", _resource),
        "lines": reader.items("lines", _line, required=True),
        "jobs": reader.items("jobs", _job, required=True),
        "objective": _weights(reader.take("objective", {}), reader.at("objective")),
        "fixed": reader.items("fixed", _fixed_job),
        "previous": reader.items("previous", _previous),
    }
    reader.finish()
    return Problem(**parts, source_sha256=sha256)


def _window(value: Any, path: str) -> Window:
    bounds = integers(value, path)
    if len(bounds) != 2:
        raise refuse(path, "must be [start, end]")
    return (bounds[0], bounds[1])


def _calendar(value: Any, path: str) -> Calendar:
    reader = Reader(value, path)
    calendar = Calendar(reader.text("id"), reader.items("windows", _window))
    reader.finish()
    return calendar


def _overtime(value: Any, path: str) -> Overtime:
    reader = Reader(value, path)
    window = _window(reader.take("window"), reader.at("window"))
    overtime = Overtime(reader.text("id"), reader.text("calendar"), window, reader.integer("cost", 0))
    reader.finish()
    return overtime


def _resource(value: Any, path: str) -> Resource:
    reader = Reader(value, path)
    resource = Resource(reader.text("id"), reader.integer("count"))
    reader.finish()
    return resource


def _line(value: Any, path: str) -> Line:
    reader = Reader(value, path)
    line = Line(
        reader.text("id"),
        reader.items("stations", _station, required=True),
        reader.items("max_waits", _max_wait),
    )
    reader.finish()
    return line


def _station(value: Any, path: str) -> Station:
    reader = Reader(value, path)
    station = Station(
        id=reader.text("id"),
        work=reader.choice("work", Work),
        calendar=reader.optional_text("calendar"),
        capacity=reader.integer("capacity", 1),
        buffer_after=reader.integer("buffer_after", 0),
        order=reader.choice("order", Order, "fifo"),
        changeover=_changeover(reader.take("changeover"), reader.at("changeover"))
        if "changeover" in reader.value
        else None,
    )
    reader.finish()
    return station


def _changeover(value: Any, path: str) -> Changeover:
    reader = Reader(value, path)
    initial = reader.optional_text("initial")
    table = Reader(reader.take("minutes", {}), reader.at("minutes"))
    minutes: dict[str, Mapping[str, int]] = {}
    for before in table.value:
        row = Reader(table.take(before), table.at(before))
        minutes[before] = {after: row.integer(after) for after in row.value}
    reader.finish()
    return Changeover(minutes, initial)


def _max_wait(value: Any, path: str) -> MaxWait:
    reader = Reader(value, path)
    wait = MaxWait(reader.text("from"), reader.text("to"), reader.integer("minutes"))
    reader.finish()
    return wait


def _job(value: Any, path: str) -> Job:
    reader = Reader(value, path)
    job = Job(
        id=reader.text("id"),
        due=reader.integer("due"),
        options=reader.items("options", _option, required=True),
        family=reader.optional_text("family"),
        release=reader.integer("release", 0),
        tardiness_cost=reader.integer("tardiness_cost", 0),
        earliness_cost=reader.integer("earliness_cost", 0),
        holds=reader.items("holds", _hold),
    )
    reader.finish()
    return job


def _option(value: Any, path: str) -> Option:
    reader = Reader(value, path)
    option = Option(reader.text("line"), integers(reader.take("minutes"), reader.at("minutes")))
    reader.finish()
    return option


def _hold(value: Any, path: str) -> Hold:
    reader = Reader(value, path)
    hold = Hold(reader.text("resource"), reader.text("line"), reader.text("from"), reader.text("to"))
    reader.finish()
    return hold


def _weights(value: Any, path: str) -> Weights:
    reader = Reader(value, path)
    names = ("changeover_minute", "makespan_minute", "line_change", "shift_hour")
    weights = Weights(**{name: reader.integer(name, 0) for name in names})
    reader.finish()
    return weights


def _fixed_job(value: Any, path: str) -> FixedJob:
    reader = Reader(value, path)
    operations = reader.items("operations", _fixed_operation, required=True)
    fixed = FixedJob(reader.text("job"), reader.text("line"), operations)
    reader.finish()
    return fixed


def _fixed_operation(value: Any, path: str) -> FixedOperation:
    reader = Reader(value, path)
    optional = {name: reader.optional_integer(name) for name in ("start", "end", "leave", "remaining")}
    operation = FixedOperation(reader.text("station"), reader.integer("enter"), **optional)
    reader.finish()
    return operation


def _previous(value: Any, path: str) -> PreviousStart:
    reader = Reader(value, path)
    previous = PreviousStart(reader.text("job"), reader.text("line"), reader.integer("enter"))
    reader.finish()
    return previous


def read_plan(document: bytes) -> Plan:
    """The plan that a document holds; raises `PlanError` where its form is wrong."""
    try:
        return _plan(parse_json(document))
    except RefusedError as error:
        raise PlanError(error.issues) from error


def _plan(value: Any) -> Plan:
    reader = Reader(value, "$")
    _version(reader)
    objective, total = _objective(reader.take("objective"), reader.at("objective"))
    bound = reader.take("bound", None)
    plan = Plan(
        problem_sha256=reader.text("problem_sha256"),
        status=reader.choice("status", Status),
        objective=objective,
        jobs=reader.items("jobs", _planned_job, required=True),
        unscheduled=reader.items("unscheduled", _unscheduled),
        overtime=reader.items("overtime", text),
        bound=None if bound is None else integer(bound, reader.at("bound")),
        seconds=_seconds(reader.take("seconds", 0), reader.at("seconds")),
        stated_total=total,
    )
    reader.finish()
    return plan


def _seconds(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MAX_SECONDS:
        raise refuse(path, f"must be a number of seconds, 0 … {_MAX_SECONDS}")
    return float(value)


def _minute(value: Any, path: str) -> int:
    minute = integer(value, path)
    if not 0 <= minute <= MAX_MINUTE:
        raise refuse(path, f"must be 0 … {MAX_MINUTE}, not {minute}")
    return minute


def _objective(value: Any, path: str) -> tuple[Objective, int]:
    reader = Reader(value, path)
    names = ("tardiness", "earliness", "changeover", "makespan", "overtime", "stability")
    objective = Objective(**{name: reader.integer(name) for name in names})
    total = reader.integer("total")
    reader.finish()
    return objective, total


def _planned_job(value: Any, path: str) -> PlannedJob:
    reader = Reader(value, path)
    operations = reader.items("operations", _operation, required=True)
    planned = PlannedJob(reader.text("id"), reader.text("line"), operations)
    reader.finish()
    return planned


def _operation(value: Any, path: str) -> Operation:
    reader = Reader(value, path)
    times = [_minute(reader.take(name), reader.at(name)) for name in ("enter", "start", "end", "leave")]
    operation = Operation(reader.text("station"), times[0], times[1], times[2], times[3])
    reader.finish()
    return operation


def _unscheduled(value: Any, path: str) -> Unscheduled:
    reader = Reader(value, path)
    entry = Unscheduled(reader.text("job"), reader.text("reason"))
    reader.finish()
    return entry
