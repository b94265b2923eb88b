"""Deliveries at the plant: the list, opening one, loading by scan, sending it on its way."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Response, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.commands import Command
from mes.core.errors import Fault, InvalidInput, MesError
from mes.core.text import N_, Text
from mes.logistics import queries, scans, service
from mes.logistics.gate.checks import gate_is_used, last_check
from mes.logistics.gate.departure import asks_for
from mes.logistics.models import Delivery
from mes.logistics.rules import DELIVERY_STATES, ON_THE_WAY, REJECT_REASONS, UNDO_REASONS, rules
from mes.logistics.views.room import field_errors, page_number, pages

PAGE_SIZE = 30
FORM_FIELDS = ("project_id", "planned_on", "vehicle_plate", "driver_name", "driver_phone", "weight_limit_kg")
C = TypeVar("C", bound=Command)

navigation.add_page(N_("Deliveries"), "logistics.deliveries", "truck-delivery", "delivery:read", 530)


@pages.get("/deliveries")
@web.permission("delivery:read")
def deliveries() -> str:
    """Deliveries by state; a receiver's own projects only."""
    session, reader = web.reading(), web.actor()
    counts = queries.delivery_counts(session, reader)
    chosen = request.args.get("state") or _first_shown(counts)
    states = ON_THE_WAY if chosen == "coming" else (chosen,) if chosen in DELIVERY_STATES else ()
    lines, total = queries.delivery_page(session, reader, states, page_number(), PAGE_SIZE)
    return render_template(
        "logistics/deliveries.html",
        lines=lines,
        total=total,
        page=page_number(),
        page_size=PAGE_SIZE,
        counts=counts,
        chosen=chosen,
        states=DELIVERY_STATES,
        on_the_way=ON_THE_WAY,
    )


def _first_shown(counts: dict[str, int]) -> str:
    """What a reader looks for first: receivers what is coming, the plant what is being loaded."""
    wanted = "coming" if web.actor().may("delivery:receive") else "loading"
    there = sum(counts.get(state, 0) for state in ON_THE_WAY) if wanted == "coming" else counts.get("loading", 0)
    return wanted if there else "all"


@pages.get("/deliveries/new")
@web.permission("delivery:write")
def new_delivery() -> str:
    """The form for a lorry."""
    today = web.local_time(web.clock().now()).date().isoformat()
    blank = {"planned_on": today, "weight_limit_kg": str(rules().default_limit_kg)}
    return _form_page({**blank, "project_id": request.args.get("project", "")}, None)


@pages.post("/deliveries")
@web.permission("delivery:write")
def open_delivery() -> Response | WerkzeugResponse:
    """Open a delivery."""
    form = {name: request.form.get(name, "").strip() for name in FORM_FIELDS}
    try:
        opened = web.perform(service.open_delivery, _command(service.OpenDelivery, form))
    except MesError as error:
        return Response(_form_page(form, error), status=error.status)
    _say_plate(opened)
    return redirect(url_for("logistics.delivery", number=opened.number), 303)


def _form_page(form: dict[str, str], error: MesError | None, delivery: Delivery | None = None) -> str:
    return render_template(
        "logistics/delivery_form.html",
        typed=form,
        error=error,
        errors=field_errors(error),
        delivery=delivery,
        projects=queries.projects_with_stock(web.reading(), web.actor()),
        default_limit_kg=rules().default_limit_kg,
    )


def _say_plate(opened: service.DeliveryOpened) -> None:
    if opened.plate_is_unusual:
        flash(web.gettext(N_("The plate was taken as it is, but has no form known here; look at it again")), "warn")
    else:
        flash(web.gettext(N_("Delivery %(number)s is ready for loading"), number=opened.number), "good")


def _command(kind: type[C], facts: dict[str, Any]) -> C:
    """A command of a form; what pydantic finds becomes faults of the fields."""
    filled = {name: value for name, value in facts.items() if value != "" or name not in ("weight_limit_kg",)}
    try:
        return kind.model_validate({**filled, "command_id": request.form.get("command_id")})
    except ValidationError as error:
        reason = Text(N_("Please look at this again"))
        faults = [Fault(str(item["loc"][0]) if item["loc"] else "form", reason) for item in error.errors()]
        raise InvalidInput(Text(N_("Some fields are not right")), faults) from error


@pages.get("/deliveries/<number>")
@web.permission("delivery:read")
def delivery(number: str) -> str:
    """One delivery: while loading with what is ready, afterwards with what the site said."""
    return _page(queries.delivery_by_number(web.reading(), web.actor(), number))


def _page(found: Delivery, error: MesError | None = None, code: str = "") -> str:
    session = web.reading()
    items = queries.items_of(session, found.id)
    loaded_kg = sum(item.element.component_type.weight_kg for item in items)
    loading = found.state == "loading" and web.actor().may("delivery:load")
    return render_template(
        "logistics/delivery.html",
        delivery=found,
        items=items,
        loaded_kg=loaded_kg,
        ready=queries.ready_for(session, found, found.weight_limit_kg - loaded_kg) if loading else (),
        loading=loading,
        states=DELIVERY_STATES,
        reject_reasons=REJECT_REASONS,
        on_the_way=ON_THE_WAY,
        undone=service.last_undone(session, found) if found.state == "loading" else None,
        undo_reasons=UNDO_REASONS,
        **_gate(found),
        error=error,
        code=code,
    )


def _gate(found: Delivery) -> dict[str, Any]:
    """The last check at the gate, and what the departure asks for."""
    session = web.reading()
    check = last_check(session, found)
    is_asked = found.state == "loading" and not (check and check.is_complete) and (check or gate_is_used(session))
    return {"check": check, "gate_asks": asks_for(check) if is_asked else None}


@pages.post("/deliveries/<number>/load")
@web.permission("delivery:load")
def load(number: str) -> Response | WerkzeugResponse:
    """Load what was scanned; a refusal stays on the page until the next scan."""
    found, code = queries.delivery_by_number(web.reading(), web.actor(), number), request.form.get("code", "")
    try:
        element = scans.scanned_element(web.reading(), web.actor(), code)
        facts = {"delivery_id": found.id, "element_id": element.id}
        loaded = web.perform(service.load_element_on, _command(service.LoadElement, facts))
    except MesError as error:
        again = queries.delivery_by_number(web.reading(), web.actor(), number)
        return Response(_page(again, error, code), status=error.status)
    message = N_("Element %(serial)s is on the lorry, place %(order)s")
    flash(web.gettext(message, serial=loaded.serial, order=loaded.stack_order), "good")
    return redirect(url_for("logistics.delivery", number=number), 303)


@pages.post("/deliveries/<number>/unload")
@web.permission("delivery:load")
def unload(number: str) -> Response | WerkzeugResponse:
    """Take an element off again."""
    found, form = queries.delivery_by_number(web.reading(), web.actor(), number), request.form
    facts = {
        "delivery_id": found.id,
        "element_id": form.get("element_id"),
        "slot_code": scans.scanned_slot(web.reading(), form["slot"]) if form.get("slot", "").strip() else "",
    }
    try:
        web.perform(service.unload, _command(service.UnloadElement, facts))
    except MesError as error:
        again = queries.delivery_by_number(web.reading(), web.actor(), number)
        return Response(_page(again, error), status=error.status)
    return redirect(url_for("logistics.delivery", number=number), 303)


@pages.post("/deliveries/<number>/depart")
@web.permission("delivery:load")
def depart(number: str) -> Response | WerkzeugResponse:
    """The lorry leaves."""
    found = queries.delivery_by_number(web.reading(), web.actor(), number)
    facts = {
        "delivery_id": found.id,
        "expected_version": request.form.get("expected_version"),
        "gate_reason": request.form.get("gate_reason", "").strip(),
    }
    try:
        left = web.perform(service.depart, _command(service.Depart, facts))
    except MesError as error:
        again = queries.delivery_by_number(web.reading(), web.actor(), number)
        return Response(_page(again, error), status=error.status)
    message = N_("Delivery %(number)s is on its way with %(count)s elements")
    flash(web.gettext(message, number=left.number, count=left.element_count), "good")
    return redirect(url_for("logistics.delivery", number=number), 303)


@pages.post("/deliveries/<number>/cancel")
@web.permission("delivery:write")
def cancel(number: str) -> WerkzeugResponse:
    """Call a delivery off."""
    found = queries.delivery_by_number(web.reading(), web.actor(), number)
    facts = {"delivery_id": found.id, "expected_version": request.form.get("expected_version")}
    web.perform(service.cancel_delivery, _command(service.CancelDelivery, facts))
    flash(web.gettext(N_("Delivery %(number)s was cancelled"), number=number), "info")
    return redirect(url_for("logistics.deliveries"), 303)


@pages.get("/deliveries/<number>/edit")
@web.permission("delivery:write")
def edit_delivery(number: str) -> str:
    """The form for changing day, vehicle and driver."""
    found = queries.delivery_by_number(web.reading(), web.actor(), number)
    form = {name: str(getattr(found, name)) for name in FORM_FIELDS}
    return _form_page({**form, "expected_version": str(found.version)}, None, found)


@pages.post("/deliveries/<number>/edit")
@web.permission("delivery:write")
def amend_delivery(number: str) -> Response | WerkzeugResponse:
    """Change day, vehicle and driver."""
    found = queries.delivery_by_number(web.reading(), web.actor(), number)
    fields = (*FORM_FIELDS[1:], "expected_version")
    form = {name: request.form.get(name, "").strip() for name in fields}
    try:
        command = _command(service.AmendDelivery, {**form, "delivery_id": found.id})
        opened = web.perform(service.amend_delivery, command)
    except MesError as error:
        again = queries.delivery_by_number(web.reading(), web.actor(), number)
        return Response(_form_page({**form, "project_id": str(again.project_id)}, error, again), status=error.status)
    _say_plate(opened)
    return redirect(url_for("logistics.delivery", number=number), 303)
