"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from flask import Response, jsonify
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel
from sqlalchemy import select

from mes.core import web
from mes.core.commands import Answer, Command, Done, UseCase
from mes.core.errors import InvalidInput
from mes.core.paging import PageQuery, paged
from mes.core.text import N_, Text
from mes.planning.models import Line, Operation, PalletLoad, Station
from mes.shopfloor import service
from mes.shopfloor.amounts import left_of
from mes.shopfloor.models import CastingBatch, MaterialLot
from mes.shopfloor.schemas import (
    BatchOut,
    BatchPage,
    CommandPath,
    CommandsOut,
    LotPage,
    LotRow,
    OperationOut,
    OperationPage,
    OperationPath,
    OperationQuery,
)

api = APIBlueprint(
    "shopfloor_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="shopfloor")],
    abp_security=[{"token": []}, {"session": []}],
)

C = TypeVar("C", bound=service.StartOperation | service.FinishOperation | service.HoldOperation)


@api.get("/operations", responses={200: OperationPage})
@web.permission("operation:read")
def list_operations(query: OperationQuery) -> Response:
    """Operations, by id."""
    wanted = (
        select(Operation)
        .join(PalletLoad, PalletLoad.id == Operation.load_id)
        .join(Station, Station.id == Operation.station_id)
        .join(Line, Line.id == Station.line_id)
    )
    for column, value in ((Line.code, query.line), (Station.code, query.station), (Operation.state, query.state)):
        if value is not None:
            wanted = wanted.where(column == value)
    rows, following = paged(web.reading(), wanted, Operation.id, query, read_key=_uuid)
    return _answer(OperationPage(items=[_operation(row) for row in rows], next=following))


@api.post("/operations/<uuid:operation_id>/start", responses={200: service.OperationAnswer})
@web.permission("operation:run")
def start_operation(path: OperationPath, body: service.StartOperation) -> Response:
    """Start a load at a station."""
    return _answer(web.perform(service.start_operation, _checked(path, body)))


@api.post("/operations/<uuid:operation_id>/finish", responses={200: service.OperationAnswer})
@web.permission("operation:run")
def finish_operation(path: OperationPath, body: service.FinishOperation) -> Response:
    """Finish a load at a station."""
    return _answer(web.perform(service.finish_operation, _checked(path, body)))


@api.post("/operations/<uuid:operation_id>/hold", responses={200: service.OperationAnswer})
@web.permission("operation:run")
def hold_operation(path: OperationPath, body: service.HoldOperation) -> Response:
    """Hold a running load with a reason."""
    return _answer(web.perform(service.hold_operation, _checked(path, body)))


@api.post("/operations/<uuid:operation_id>/resume", responses={200: service.OperationAnswer})
@web.permission("operation:run")
def resume_operation(path: OperationPath, body: service.ResumeOperation) -> Response:
    """Go on with a held load."""
    return _answer(web.perform(service.resume_operation, _checked(path, body)))


@api.post("/loads/enter-next", responses={200: service.LoadEntered})
@web.permission("operation:run")
def enter_next_load(body: service.EnterNextLoad) -> Response:
    """Let the line's next load enter."""
    return _answer(web.perform(service.enter_next_load, body))


@api.post("/elements/finish", responses={200: service.ElementsFinished})
@web.permission("operation:run")
def finish_elements(body: service.FinishElements) -> dict[str, Any]:
    """Take demoulded elements to finished, together."""
    return web.perform(service.finish_elements, body).model_dump(mode="json")


@api.get("/batches", responses={200: BatchPage})
@web.permission("material:read")
def list_batches(query: PageQuery) -> Response:
    """Concrete batches, by id (oldest first)."""
    rows, following = paged(web.reading(), select(CastingBatch), CastingBatch.id, query, read_key=_uuid)
    return _answer(BatchPage(items=[_from_row(BatchOut, row) for row in rows], next=following))


@api.post("/batches", responses={201: Done})
@web.permission("batch:write")
def record_batch(body: service.RecordBatch) -> Response:
    """Record a mix ticket."""
    return _answer(web.perform(service.record_batch, body), 201)


@api.post("/batches/materials", responses={200: service.BatchMaterialsNoted})
@web.permission("batch:write")
def note_batch_materials(body: service.NoteBatchMaterials) -> Response:
    """Note what a recorded batch was made of."""
    return _answer(web.perform(service.note_batch_materials, body))


@api.post("/moulds/note", responses={200: service.MouldNoted})
@web.permission("material:scan")
def note_mould(body: service.NoteMould) -> Response:
    """Note the mould of a load that is being set up."""
    return _answer(web.perform(service.note_mould, body))


@api.post("/batches/assign", responses={200: service.BatchAssigned})
@web.permission("batch:write")
def assign_batch(body: service.AssignBatch) -> Response:
    """Assign a batch to a load."""
    return _answer(web.perform(service.assign_batch, body))


@api.get("/lots", responses={200: LotPage})
@web.permission("material:read")
def list_lots(query: PageQuery) -> Response:
    """Material lots, by id (oldest first)."""
    rows, following = paged(web.reading(), select(MaterialLot), MaterialLot.id, query, read_key=_uuid)
    left = left_of(web.reading(), rows)
    items = [_from_row(LotRow, row).with_left(left.get(row.id)) for row in rows]
    return _answer(LotPage(items=items, next=following))


@api.post("/lots", responses={201: Done})
@web.permission("material:scan")
def register_lot(body: service.RegisterLot) -> Response:
    """Register a material lot."""
    return _answer(web.perform(service.register_lot, body), 201)


@api.post("/lots/scan", responses={200: service.MaterialScanned})
@web.permission("material:scan")
def scan_material(body: service.ScanMaterial) -> Response:
    """Note that a lot goes into a load."""
    return _answer(web.perform(service.scan_material, body))


@api.post("/lots/quantity", responses={200: service.QuantityNoted})
@web.permission("material:scan")
def note_quantity(body: service.NoteQuantity) -> Response:
    """Note how much of a lot went into a load that is not cast yet."""
    return _answer(web.perform(service.note_quantity, body))


@api.post("/signals", responses={200: service.ReadingsTaken})
@web.permission("signal:write")
def take_signals(body: service.HandleReadings) -> Response:
    """Readings of the gateway, each taken once; answers with the commands that are to be written now."""
    use = cast("UseCase[service.HandleReadings, service.ReadingsTaken]", service.handle_readings)
    return _answer(web.perform(use, body))


@api.get("/machine-commands", responses={200: CommandsOut})
@web.permission("signal:write")
def list_machine_commands() -> Response:
    """Commands whose machine is ready for them."""
    return _answer(CommandsOut(commands=service.pending_releases(web.reading_work())))


@api.post("/machine-commands/<uuid:machine_command_id>/result", responses={200: Done})
@web.permission("signal:write")
def report_command_result(path: CommandPath, body: service.ReportCommandResult) -> Response:
    """How a command ended."""
    if body.machine_command_id != path.machine_command_id:
        raise InvalidInput(Text(N_("The address and the body name different things")))
    return _answer(web.perform(service.report_command_result, body))


M = TypeVar("M", bound=BaseModel)
O = TypeVar("O", bound=Command)  # noqa: E741


def _checked(path: OperationPath, body: O) -> O:
    if body.__dict__["operation_id"] != path.operation_id:
        raise InvalidInput(Text(N_("The address and the body name different things")))
    return body


def _operation(row: Operation) -> OperationOut:
    load, station = row.load, row.station
    return OperationOut(
        id=row.id,
        load_id=load.id,
        load_number=load.number,
        pallet_number=load.pallet.number if load.pallet else None,
        line=station.line.code,
        station=station.code,
        station_kind=station.kind,
        ordinal=row.ordinal,
        state=row.state,
        planned_start=row.planned_start,
        planned_end=row.planned_end,
        started_at=row.started_at,
        finished_at=row.finished_at,
        started_by=row.started_by,
        inferred=row.inferred,
        hold_reason=row.hold_reason,
        version=row.version,
    )


def _from_row(model: type[M], row: Any) -> M:
    return model.model_validate({name: getattr(row, name) for name in model.model_fields})


def _uuid(value: Any) -> Any:
    from uuid import UUID

    try:
        return UUID(str(value))
    except ValueError as error:
        raise InvalidInput(Text(N_("This cursor is not one of ours"))) from error


def _answer(model: BaseModel | Answer, status: int = 200) -> Response:
    response = jsonify(model.model_dump(mode="json"))
    response.status_code = status
    return response
