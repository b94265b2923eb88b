"""Pages of the room: lines at a glance, the operator's station, finishing, discrepancies."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.errors import InvalidInput, MesError, NotFound
from mes.core.scanning import read_code
from mes.core.text import N_, Text
from mes.identity.own_names import reference_in
from mes.library.families import FAMILY_NAMES
from mes.machines.queries.machine_page import open_stop
from mes.planning.models import Station
from mes.shopfloor import queries, service, ticket
from mes.shopfloor.hints import hints_for
from mes.shopfloor.loads import CASTING, DEMOULDING, GATES, HIDDEN_WORKS, castings_of, lots_of, needed_concrete_m3
from mes.shopfloor.service.batch_lots import UnknownBatch
from mes.shopfloor.service.materials import BATCH_KINDS, MATERIAL_KINDS, UnknownLot, lot_number_in
from mes.shopfloor.words import DISCREPANCY_NAMES, HOLD_REASONS, MACHINE_WORDS, STATE_WORDS

pages = Blueprint("shopfloor", __name__, url_prefix="/shopfloor")
navigation.add_page(N_("Shop floor"), "shopfloor.index", "building-factory-2", "operation:read", 20, "operator")
navigation.add_page(N_("Shop floor"), "shopfloor.index", "building-factory-2", "operation:read", 230, "planner admin")
navigation.add_page(N_("Shop floor"), "shopfloor.index", "building-factory-2", "operation:read", 60, "inspector")

STATION_COOKIE = "mes_station"
A_YEAR_SECONDS = 31_536_000


@pages.get("")
@web.permission("operation:read")
def index() -> str:
    """Every line, live."""
    return render_template("shopfloor/index.html", tab_items=_tabs("index"), my_station=_my_station(), **_overview())


@pages.get("/live")
@web.permission("operation:read")
def live_lines() -> WerkzeugResponse:
    """The part of the overview that moves; nothing if it has not changed since the reader saw it."""
    facts = _overview()
    return _unless_seen("shopfloor/_lines.html", facts)


@pages.get("/stations/<code>")
@web.permission("operation:read")
def station(code: str) -> Response:
    """An operator's station; the tablet remembers it."""
    found = _station(code)
    response = make_response(render_template("shopfloor/station.html", **_station_facts(found)))
    response.set_cookie(STATION_COOKIE, found.code, max_age=A_YEAR_SECONDS, samesite="Lax", httponly=True)
    return response


@pages.get("/stations/<code>/live")
@web.permission("operation:read")
def live_station(code: str) -> WerkzeugResponse:
    """The part of the station's page that moves; when another load has come, the whole page is loaded again.

    The forms beside the moving part name a load: they must never outlive it.
    """
    facts = _station_facts(_station(code))
    if request.args.get("subject") != facts["subject"]:
        return Response(headers={"HX-Redirect": url_for("shopfloor.station", code=code)})
    return _unless_seen("shopfloor/_station.html", facts)


@pages.post("/stations/<code>/<any(start, finish, hold, resume):verb>")
@web.permission("operation:run")
def run_operation(code: str, verb: str) -> WerkzeugResponse:
    """Start, finish, hold or go on."""
    form = request.form
    named: dict[str, Any] = {
        "command_id": form["command_id"],
        "operation_id": form["operation_id"],
        "expected_version": form.get("expected_version") or None,
    }
    if verb == "start":
        web.perform(service.start_operation, service.StartOperation(**named))
        flash(web.gettext(N_("Started")), "good")
    elif verb == "finish":
        web.perform(service.finish_operation, service.FinishOperation(**named))
        flash(web.gettext(N_("Work finished")), "good")
    elif verb == "hold":
        reason = (form.get("other_reason") or "").strip() or form.get("reason", "")
        web.perform(service.hold_operation, service.HoldOperation(reason=reason, **named))
        flash(web.gettext(N_("On hold")), "warn")
    else:
        web.perform(service.resume_operation, service.ResumeOperation(**named))
        flash(web.gettext(N_("The load goes on")), "good")
    return _back_to(code)


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
    return _back_to(code)


def _is_mould(code: str) -> bool:
    """Whether a scan at a set-up station is a mould's, and no lot has the same number."""
    try:
        mould = service.mould_in(web.reading(), code) if code.strip() else None
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
    return _back_to(code)


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
    return _back_to(code)


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
    return _back_to(code)


def _batch_in(code: str) -> str:
    """The number of a batch from its label, or as typed."""
    scan = read_code(code)
    return reference_in(web.reading(), scan.key, "batch", "B") or scan.key.get("10") or scan.text


@pages.post("/lines/<code>/enter")
@web.permission("operation:run")
def enter(code: str) -> WerkzeugResponse:
    """The next load enters the line."""
    answer = web.perform(
        service.enter_next_load,
        service.EnterNextLoad(command_id=UUID(request.form["command_id"]), line_id=_line_id(code)),
    )
    text = N_("Load %(load)s enters on pallet %(pallet)s")
    flash(web.gettext(text, load=answer.load_number, pallet=answer.pallet_number), "good")
    return redirect(url_for("shopfloor.index"), 303)


@pages.post("/lines/<code>/automatic")
@web.permission("operation:run")
def automatic(code: str) -> WerkzeugResponse:
    """Whether the line's loads enter by themselves."""
    command = service.SetAutomaticEntry(
        command_id=UUID(request.form["command_id"]), line_id=_line_id(code), on=request.form.get("on") == "1"
    )
    web.perform(service.set_automatic_entry, command)
    return redirect(url_for("shopfloor.index"), 303)


@pages.get("/finishing")
@web.permission("operation:read")
def finishing() -> str:
    """Demoulded elements that are to be made good and marked."""
    return render_template(
        "shopfloor/finishing.html",
        tab_items=_tabs("finishing"),
        loads=queries.loads_to_finish(web.reading()),
    )


@pages.post("/finishing")
@web.permission("operation:run")
def finish() -> WerkzeugResponse:
    """One element, or all of a load, is finished."""
    ids = [UUID(value) for value in request.form.getlist("element_id")]
    command = service.FinishElements(command_id=UUID(request.form["command_id"]), element_ids=ids)
    answer = web.perform(service.finish_elements, command)
    flash(web.gettext(N_("%(count)s elements finished"), count=len(answer.serials)), "good")
    return redirect(url_for("shopfloor.finishing"), 303)


@pages.get("/discrepancies")
@web.permission("operation:read")
def discrepancies() -> str:
    """Where machine and house tell different stories."""
    session = web.reading()
    return render_template(
        "shopfloor/discrepancies.html",
        tab_items=_tabs("discrepancies"),
        open=queries.open_discrepancies(session),
        closed=queries.closed_discrepancies(session),
        refused={str(command.id): command for command in queries.refused_commands(session)},
        names=DISCREPANCY_NAMES,
        state_words=STATE_WORDS,
        machine_words=MACHINE_WORDS,
        kept_words=lambda kept: web.in_words(Text.from_json(kept) if isinstance(kept, dict) else kept),
    )


@pages.post("/discrepancies/<uuid:discrepancy_id>/resolve")
@web.permission("operation:run")
def resolve(discrepancy_id: UUID) -> WerkzeugResponse:
    """A person found out what was true."""
    command = service.ResolveDiscrepancy(
        command_id=UUID(request.form["command_id"]),
        discrepancy_id=discrepancy_id,
        resolution=request.form.get("resolution", "").strip(),
    )
    web.perform(service.resolve_discrepancy, command)
    flash(web.gettext(N_("Closed")), "good")
    return redirect(url_for("shopfloor.discrepancies"), 303)


@pages.post("/releases/<uuid:machine_command_id>/again")
@web.permission("operation:run")
def release_again(machine_command_id: UUID) -> WerkzeugResponse:
    """Try a refused release once more."""
    command = service.AskReleaseAgain(
        command_id=UUID(request.form["command_id"]), machine_command_id=machine_command_id
    )
    web.perform(service.ask_release_again, command)
    flash(web.gettext(N_("The release is sent again")), "info")
    return redirect(url_for("shopfloor.discrepancies"), 303)


def _tabs(active: str) -> list[dict[str, object]]:
    """The room's three pages, each with what waits there."""
    session = web.reading()
    to_finish = sum(len(elements) for _, elements in queries.loads_to_finish(session))
    counts = {"index": None, "finishing": to_finish, "discrepancies": queries.discrepancy_count(session)}
    titles = {"index": N_("Stations"), "finishing": N_("Finishing"), "discrepancies": N_("Discrepancies")}
    return [
        {
            "title": web.gettext(titles[name]),
            "url": url_for(f"shopfloor.{name}"),
            "active": name == active,
            "count": count,
        }
        for name, count in counts.items()
    ]


def _station(code: str) -> Station:
    found = queries.station_of(web.reading(), code)
    if found is None:
        raise NotFound(Text(N_("There is no station %(code)s"), {"code": code}))
    return found


def _my_station() -> Station | None:
    code = request.cookies.get(STATION_COOKIE, "")
    return queries.station_of(web.reading(), code) if code else None


def _line_id(code: str) -> UUID:
    for line in queries.lines(web.reading()):
        if line.code == code:
            return line.id
    raise NotFound(Text(N_("There is no line %(code)s"), {"code": code}))


def _overview() -> dict[str, Any]:
    session = web.reading()
    lines = queries.overview(session, web.clock().now())
    open_count = queries.discrepancy_count(session)
    seen = [_station_digest(view) for line in lines for view in line.stations]
    counts = [
        (v.waiting_count, v.free_pallets, v.entering and v.entering.id, v.next_load and v.next_load.id) for v in lines
    ] + [(v.line.auto_release, v.running_count) for v in lines]
    return {
        "lines": lines,
        "open_count": open_count,
        "waits_for": queries.waits_for,
        "families": FAMILY_NAMES,
        "seen": _digest(open_count, counts, seen),
    }


def _station_facts(station: Station) -> dict[str, Any]:
    session = web.reading()
    work = queries.station_work(session, station, web.clock().now())
    subject = work.shown
    load = subject.load if subject else None
    lots = list(lots_of(session, load)) if load else []
    moulds = service.moulds_of(session, load) if load else []
    castings = list(castings_of(session, load)) if load else []
    batch_lots = ticket.lots_of_batches(session, [casting.batch_id for casting in castings])
    hopper = queries.batch_in_hopper(session, station, load) if load and station.kind == CASTING else None
    machine = (work.machine.state, work.machine.pallet, work.machine.good) if work.machine else None
    states = [(item.element.serial, item.element.state) for item in load.items] if load else []
    operations = [(o.id, o.state, o.version, o.load.pallet_id) for o in (*work.present, *work.queue)]
    candidate = (work.candidate.id, work.candidate.version) if work.candidate else None
    stop = open_stop(session, station.device) if station.device else None
    hints = hints_for(session, subject) if subject else []
    return {
        "station": station,
        "work": work,
        "subject": f"{subject.id}/{subject.state}" if subject else "none",
        "load": load,
        "lots": lots,
        "moulds": moulds,
        "batch_lots": batch_lots,
        "batch_kinds": BATCH_KINDS,
        "usual_lots": ticket.usual_lots(session) if load and station.kind == CASTING else {},
        "castings": castings,
        "needed_m3": needed_concrete_m3(load) if load else 0,
        "can_scan": load is not None and load.state == "running" and not _is_behind_casting(station),
        "takes_concrete": station.kind == CASTING,
        "hopper_batch": hopper,
        "is_gate": station.kind in GATES,
        "inspects": station.kind == HIDDEN_WORKS,
        "demoulds": station.kind == DEMOULDING,
        "hold_reasons": HOLD_REASONS,
        "material_kinds": [(kind, web.gettext(name)) for kind, name in MATERIAL_KINDS.items()],
        "machine_words": MACHINE_WORDS,
        "stop": stop,
        "hints": hints,
        "waits_for": queries.waits_for,
        "error": None,
        "offer": "",
        "values": {},
        "now_local": web.local_time(web.clock().now()),
        "seen": _digest(
            machine,
            states,
            operations,
            candidate,
            [str(missing.reason) for missing in work.missing],
            len(lots),
            len(castings),
            len(moulds),
            sum(map(len, batch_lots.values())),
            hopper.batch_number if hopper else None,
            work.lamp,
            stop.id if stop else None,
            [(str(hint.value), hint.at, hint.tone) for hint in hints],
        ),
    }


def _is_behind_casting(station: Station) -> bool:
    casting = next((found for found in station.line.stations if found.kind == CASTING), None)
    return casting is not None and station.ordinal > casting.ordinal


def _unless_seen(template: str, facts: dict[str, Any]) -> WerkzeugResponse:
    if request.args.get("seen") == facts["seen"]:
        return Response(status=204)
    return make_response(render_template(template, **facts))


def _digest(*facts: object) -> str:
    return hashlib.sha256(repr((web.locale(), facts)).encode()).hexdigest()[:16]


def _station_digest(view: queries.StationView) -> tuple[object, ...]:
    return (
        view.station.code,
        view.lamp,
        _percent(view.progress),
        view.remaining_minutes,
        view.next_up and view.next_up.id,
        [str(missing.reason) for missing in view.missing],
        [(operation.load.number, operation.state, operation.version) for operation in view.present],
    )


def _percent(progress: float | None) -> int | None:
    return None if progress is None else int(progress * 20) * 5


def _again(code: str, error: MesError | ValidationError, offer: str) -> Response:
    """The station's page again, with what was typed, the reason, and the form that helps."""
    web.close_reading()
    if isinstance(error, ValidationError):
        fields = ", ".join(sorted({str(item["loc"][0]) for item in error.errors() if item["loc"]}))
        error = InvalidInput(Text(N_("These fields are not right: %(fields)s"), {"fields": fields}))
    facts = {**_station_facts(_station(code)), "error": web.in_words(error.reason), "offer": offer}
    facts["values"] = request.form
    return make_response(render_template("shopfloor/station.html", **facts), error.status)


def _back_to(code: str) -> WerkzeugResponse:
    return redirect(url_for("shopfloor.station", code=code), 303)


def _new_lot(command: service.ScanMaterial | service.NoteBatchMaterials) -> service.RegisterLot:
    form = request.form
    return service.RegisterLot(
        command_id=command.child_id("register"),
        kind=form.get("kind", ""),
        lot_number=form.get("code", ""),
        supplier=form.get("supplier", ""),
        description=form.get("description", ""),
        certificate_number=form.get("certificate_number", ""),
    )


def _new_ticket(command: service.AssignBatch) -> service.RecordBatch:
    form = request.form
    mixed = form.get("mixed_at", "")
    try:
        mixed_at = datetime.fromisoformat(mixed).replace(tzinfo=web.clock().zone)
    except ValueError as error:
        raise InvalidInput(Text(N_("Say when the batch was mixed"))) from error
    return service.RecordBatch(
        command_id=command.child_id("ticket"),
        batch_number=command.batch_number,
        concrete_grade=form.get("concrete_grade", ""),
        volume_m3=float(form.get("volume_m3") or 0),
        mixed_at=mixed_at,
        mix_code=form.get("mix_code", ""),
        slump_mm=int(form["slump_mm"]) if form.get("slump_mm") else None,
        temperature_c=float(form["temperature_c"]) if form.get("temperature_c") else None,
        materials=ticket.lots_in(form),
    )


def _batch_words(answer: service.BatchAssigned) -> dict[str, object]:
    return {"batch": answer.batch_number, "volume": f"{answer.poured_m3:g}", "load": answer.load_number}
