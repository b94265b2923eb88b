"""REST routes of the machines, under /api/v1/machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from flask import Response, jsonify
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel
from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from mes.core import web
from mes.core.commands import Answer, Done
from mes.core.errors import InvalidInput
from mes.core.paging import PageQuery, paged
from mes.core.text import N_, Text
from mes.machines import schemas, service
from mes.machines.models import (
    AlarmInterval,
    GatewaySeen,
    Machine,
    MachineCommand,
    MachineMeasurement,
    MachineMinute,
    MachinePoint,
    StateInterval,
)
from mes.machines.queries import history

api = APIBlueprint(
    "machines_api",
    __name__,
    url_prefix="/api/v1/machines",
    abp_tags=[Tag(name="machines")],
    abp_security=[{"token": []}, {"session": []}],
)

S = TypeVar("S", bound=BaseModel)


@api.post("/announce", responses={200: service.MachinesAnnounced})
@web.permission("signal:write")
def announce(body: service.AnnounceMachines) -> Response:
    """Which devices a gateway serves, at its start and after each change of its files."""
    return _answer(web.perform(service.announce_machines, body))


@api.get("", responses={200: schemas.MachinePage})
@web.permission("line:read")
def list_machines(query: schemas.MachineQuery) -> Response:
    """Machines, by name."""
    wanted = history.machines(query.line, withdrawn=query.withdrawn)
    return _page(schemas.MachinePage, schemas.MachineShape, wanted, Machine.device, query)


@api.get("/gateways", responses={200: schemas.GatewayPage})
@web.permission("line:read")
def list_gateways(query: PageQuery) -> Response:
    """Gateways that announced themselves, by code."""
    return _page(schemas.GatewayPage, schemas.GatewayShape, select(GatewaySeen), GatewaySeen.code, query)


@api.get("/points", responses={200: schemas.PointPage})
@web.permission("line:read")
def list_points(query: schemas.DeviceQuery) -> Response:
    """The latest values of a device, by the point's name."""
    return _page(schemas.PointPage, schemas.PointShape, history.latest_points(query.device), MachinePoint.point, query)


@api.get("/intervals", responses={200: schemas.IntervalPage})
@web.permission("line:read")
def list_intervals(query: schemas.IntervalQuery) -> Response:
    """A device's state intervals that touch a time, oldest first."""
    wanted = history.intervals(query.device, query.since, query.until)
    return _page(schemas.IntervalPage, schemas.IntervalShape, wanted, StateInterval.started_at, query, _time)


@api.get("/measurements", responses={200: schemas.MeasurementPage})
@web.permission("line:read")
def list_measurements(query: schemas.MeasurementQuery) -> Response:
    """A point's values as they were reported, oldest first."""
    wanted = history.measurements(query.device, query.point, query.since, query.until)
    return _page(schemas.MeasurementPage, schemas.MeasurementShape, wanted, MachineMeasurement.time, query, _time)


@api.get("/minutes", responses={200: schemas.MinutePage})
@web.permission("line:read")
def list_minutes(query: schemas.MeasurementQuery) -> Response:
    """A point's values in short, minute by minute, oldest first."""
    wanted = history.minutes(query.device, query.point, query.since, query.until)
    return _page(schemas.MinutePage, schemas.MinuteShape, wanted, MachineMinute.minute, query, _time)


@api.get("/alarms", responses={200: schemas.AlarmPage})
@web.permission("line:read")
def list_alarms(query: schemas.AlarmQuery) -> Response:
    """Alarms, by id (oldest first)."""
    wanted = history.alarms(query.device, standing=query.standing)
    return _page(schemas.AlarmPage, schemas.AlarmShape, wanted, AlarmInterval.id, query, _uuid)


@api.get("/commands", responses={200: schemas.AskedPage})
@web.permission("line:read")
def list_commands(query: schemas.AskedQuery) -> Response:
    """What persons asked of machines, by id (oldest first)."""
    wanted = history.commands(query.device, query.outcome)
    return _page(schemas.AskedPage, schemas.AskedShape, wanted, MachineCommand.id, query, _uuid)


@api.post("/commands", responses={201: service.CommandAsked})
@web.permission("machine:command")
def ask_command(body: service.AskCommand) -> Response:
    """Ask for a value to be written to a machine, once at most."""
    return _answer(web.perform(service.ask_command, body), 201)


@api.post("/commands/<uuid:machine_command_id>/settle", responses={200: Done})
@web.permission("machine:command")
def settle_command(path: schemas.AskedPath, body: service.SettleCommand) -> Response:
    """Say how a command of unknown outcome ended."""
    if body.machine_command_id != path.machine_command_id:
        raise InvalidInput(Text(N_("The address and the body name different things")))
    return _answer(web.perform(service.settle_command, body))


@api.post("/configure", responses={200: Done})
@web.permission("machine:configure")
def configure_machine(body: service.ConfigureMachine) -> Response:
    """Switch a machine's commands on or off in the house, and set its best time for a cycle."""
    return _answer(web.perform(service.configure_machine, body))


def _page(
    page: type[BaseModel],
    shape: type[S],
    wanted: Select[Any],
    key: InstrumentedAttribute[Any],
    query: PageQuery,
    read_key: Callable[[Any], Any] = lambda value: value,
) -> Response:
    rows, following = paged(web.reading(), wanted, key, query, read_key=read_key)
    return _answer(page(items=_shapes(shape, rows), next=following))


def _shapes(shape: type[S], rows: Sequence[Any]) -> list[S]:
    return [shape.model_validate(row) for row in rows]


def _time(value: Any) -> datetime:
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    return found


def _uuid(value: Any) -> UUID:
    return UUID(str(value))


def _answer(model: BaseModel | Answer, status: int = 200) -> Response:
    response = jsonify(model.model_dump(mode="json"))
    response.status_code = status
    return response
