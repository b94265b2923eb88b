"""What is scanned at a station: material lots, moulds, concrete batches and their lots."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Response, flash, make_response, render_template, request
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import InvalidInput, MesError
from mes.core.form_faults import faults_of
from mes.core.scanning import read_code
from mes.core.text import N_, Text
from mes.identity.own_names import reference_in
from mes.library.mould_codes import mould_in
from mes.shopfloor import queries, service, ticket
from mes.shopfloor.service.batch_lots import UnknownBatch
from mes.shopfloor.service.materials import UnknownLot, lot_number_in
from mes.shopfloor.views.room import pages, station_named
from mes.shopfloor.views.station import back_to, station_facts

FIELD_WORDS = {
    "batch_number": N_("Batch number"),
    "code": N_("Lot number"),
    "lot_number": N_("Lot number"),
    "kind": N_("Kind of material"),
    "supplier": N_("Supplier"),
    "quantity": N_("Amount"),
    "certificate_number": N_("Certificate number"),
    "concrete_grade": N_("Concrete grade"),
    "volume_m3": N_("Volume"),
    "mixed_at": N_("Mixed at"),
    "slump_mm": N_("Slump"),
    "temperature_c": N_("Concrete temperature"),
}


@pages.post("/stations/<code>/scan")
@web.permission("material:scan")
def scan(code: str) -> WerkzeugResponse | Response:
    """A material lot was scanned; an unknown one is offered for registration."""
    form = request.form
    kind = form.get("kind") or None
    if not kind and _is_mould(form.get("code", "")):
        return _note_mould(code)
    try:
        command = service.ScanMaterial(
            command_id=UUID(form["command_id"]), load_id=UUID(form["load_id"]), code=form.get("code", ""), kind=kind
        )
        if form.get("register"):
            web.perform(service.register_lot, _new_lot(command))
        answer = web.perform(service.scan_material, command)
    except UnknownLot as error:
        return _again(code, error, "lot")
    except (MesError, ValidationError) as error:
        return _again(code, error, "lot" if form.get("register") else "")
    message = N_("Lot %(lot)s was noted before") if answer.repeated else N_("Lot %(lot)s is noted")
    flash(web.gettext(message, lot=answer.lot_number), "info" if answer.repeated else "good")
    return back_to(code)


@pages.post("/stations/<code>/quantity")
@web.permission("material:scan")
def quantity(code: str) -> WerkzeugResponse | Response:
    """How much of a lot went in: `to` is what a button says, else what was typed; nothing: nobody knows."""
    form = request.form
    try:
        command = service.NoteQuantity(
            command_id=UUID(form["command_id"]),
            load_id=UUID(form["load_id"]),
            lot_id=UUID(form["lot_id"]),
            quantity=amount_in(form.get("to") or form.get("quantity", "")),
        )
        answer = web.perform(service.note_quantity, command)
    except (MesError, ValidationError) as error:
        return _again(code, error, "")
    told = N_("Lot %(lot)s: amount noted") if answer.quantity else N_("Lot %(lot)s: amount not known")
    flash(web.gettext(told, lot=answer.lot_number), "good")
    return back_to(code)


def amount_in(typed: str) -> float | None:
    """An amount as people type it, with a point or a comma; None where nothing is typed.

    Raises:
        InvalidInput: it is no number.
    """
    text = typed.strip().replace(",", ".").replace("，", ".")
    try:
        return float(text) if text else None
    except ValueError as error:
        raise InvalidInput(Text(N_("%(text)s is no amount"), {"text": typed.strip()})) from error


def _is_mould(code: str) -> bool:
    """Whether a scan at a set-up station is a mould's, and no lot has the same number."""
    try:
        mould = mould_in(web.reading(), code) if code.strip() else None
        return mould is not None and not queries.has_lot(web.reading(), lot_number_in(code))
    except MesError:
        return False  # whatever is wrong with it is told to whoever scans a lot


def _note_mould(code: str) -> WerkzeugResponse | Response:
    form = request.form
    command = service.NoteMould(
        command_id=UUID(form["command_id"]), load_id=UUID(form["load_id"]), code=form.get("code", "")
    )
    try:
        answer = web.perform(service.note_mould, command)
    except MesError as error:
        return _again(code, error, "")
    message = N_("Mould %(mould)s was noted before") if answer.repeated else N_("Mould %(mould)s is noted")
    flash(web.gettext(message, mould=answer.mould_code), "info" if answer.repeated else "good")
    return back_to(code)


@pages.post("/stations/<code>/batch-lot")
@web.permission("batch:write")
def batch_lot(code: str) -> WerkzeugResponse | Response:
    """A lot of cement, aggregate or admixture of a batch was scanned; an unknown one is offered for registration."""
    form = request.form
    kind = form.get("kind") or None
    offer = "batch_lot" if form.get("register") else ""
    try:
        command = service.NoteBatchMaterials(
            command_id=UUID(form["command_id"]),
            batch_number=form.get("batch_number", ""),
            materials=(service.BatchLot(code=form.get("code", ""), kind=kind),),
        )
        if form.get("register"):
            web.perform(service.register_lot, _new_lot(command))
        answer = web.perform(service.note_batch_materials, command)
    except UnknownLot as error:
        return _again(code, error, "batch_lot")
    except (MesError, ValidationError) as error:
        return _again(code, error, offer)
    message = N_("Batch %(batch)s: %(lots)s noted") if answer.lot_numbers else N_("Batch %(batch)s: noted before")
    flash(web.gettext(message, batch=answer.batch_number, lots=", ".join(answer.lot_numbers)), "good")
    return back_to(code)


@pages.post("/stations/<code>/batch")
@web.permission("batch:write")
def batch(code: str) -> WerkzeugResponse | Response:
    """A concrete batch was scanned; an unknown one asks for its mix ticket."""
    form = request.form
    try:
        command = service.AssignBatch(
            command_id=UUID(form["command_id"]),
            load_id=UUID(form["load_id"]),
            batch_number=_batch_in(form.get("code", "")),
        )
        if form.get("register"):
            web.perform(service.record_batch, _new_ticket(command))
        answer = web.perform(service.assign_batch, command)
    except UnknownBatch as error:
        return _again(code, error, "batch")
    except (MesError, ValidationError) as error:
        return _again(code, error, "batch" if form.get("register") else "")
    text = web.gettext(N_("Batch %(batch)s: %(volume)s m³ for load %(load)s"), **_batch_words(answer))
    flash(text, "good")
    return back_to(code)


def _batch_in(code: str) -> str:
    """The number of a batch from its label, or as typed."""
    scan = read_code(code)
    return reference_in(web.reading(), scan.key, "batch", "B") or scan.key.get("10") or scan.text


def _again(code: str, error: MesError | ValidationError, offer: str) -> Response:
    """The station's page again, with what was typed, the reason, and the form that helps."""
    web.close_reading()
    told, status = (
        (_faults_in_words(error), InvalidInput.status)
        if isinstance(error, ValidationError)
        else (web.in_words(error.reason), error.status)
    )
    facts = {**station_facts(station_named(code)), "error": told, "offer": offer, "values": request.form}
    return make_response(render_template("shopfloor/station.html", **facts), status)


def _faults_in_words(error: ValidationError) -> str:
    """Each field by the name that the form gives it, and what should be in it."""
    named = [(FIELD_WORDS.get(fault.where, fault.where), fault.reason) for fault in faults_of(error)]
    return " · ".join(f"{web.gettext(field)}: {web.in_words(reason)}" for field, reason in named)


def _new_lot(command: service.ScanMaterial | service.NoteBatchMaterials) -> service.RegisterLot:
    form = request.form
    return service.RegisterLot(
        command_id=command.child_id("register"),
        kind=form.get("kind", ""),
        lot_number=form.get("code", ""),
        supplier=form.get("supplier", ""),
        description=form.get("description", ""),
        certificate_number=form.get("certificate_number", ""),
        unit=form.get("unit", ""),
        quantity=amount_in(form.get("received_quantity", "")),
    )


def _new_ticket(command: service.AssignBatch) -> service.RecordBatch:
    form = request.form
    mixed = form.get("mixed_at", "")
    try:
        mixed_at = datetime.fromisoformat(mixed).replace(tzinfo=web.clock().zone)
    except ValueError as error:
        raise InvalidInput(Text(N_("Say when the batch was mixed"))) from error
    return service.RecordBatch.model_validate(
        {
            "command_id": command.child_id("ticket"),
            "batch_number": command.batch_number,
            "concrete_grade": form.get("concrete_grade", "").strip(),
            "volume_m3": form.get("volume_m3", "").strip(),
            "mixed_at": mixed_at,
            "mix_code": form.get("mix_code", ""),
            "slump_mm": form.get("slump_mm", "").strip() or None,
            "temperature_c": form.get("temperature_c", "").strip() or None,
            "materials": ticket.lots_in(form),
        }
    )


def _batch_words(answer: service.BatchAssigned) -> dict[str, object]:
    return {"batch": answer.batch_number, "volume": f"{answer.poured_m3:g}", "load": answer.load_number}
