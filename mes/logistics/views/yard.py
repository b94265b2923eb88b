"""The yard's map; storing and moving by scan; elements that come back."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.errors import InvalidInput, MesError
from mes.core.text import N_, Text
from mes.logistics import queries, scans, service
from mes.logistics.rules import SLOT_KINDS, rules
from mes.logistics.views.room import pages
from mes.orders.lifecycle import STATE_NAMES
from mes.orders.models import Element

navigation.add_page(N_("Yard"), "logistics.yard", "building-warehouse", "yard:read", 520)


@pages.get("/yard")
@web.permission("yard:read")
def yard() -> str:
    """The map of the yard, what waits to be stored, what must come back; `slot` shows one slot's content."""
    return _page(None, {})


def _page(error: MesError | None, form: dict[str, str]) -> str:
    session = web.reading()
    areas = queries.yard(session, web.clock().now())
    chosen = request.args.get("slot", "").upper()
    waiting, waiting_count = queries.waiting_to_be_stored(session)
    return render_template(
        "logistics/yard.html",
        areas=areas,
        chosen=next((view for area in areas for view in area.slots if view.slot.code == chosen), None),
        waiting=waiting,
        waiting_count=waiting_count,
        returning=queries.to_be_returned(session) if web.actor().may("yard:write") else (),
        slot_kinds=SLOT_KINDS,
        state_names=STATE_NAMES,
        long_stay_days=rules().long_stay_days,
        now=web.clock().now(),
        error=error,
        typed=form,
    )


@pages.post("/yard/place")
@web.permission("yard:write")
def place() -> Response | WerkzeugResponse:
    """Store an accepted element, or move one that is in the yard: element and slot as they were scanned."""
    form = {name: request.form.get(name, "") for name in ("element", "slot", "command_id")}
    try:
        element = scans.scanned_element(web.reading(), web.actor(), form["element"])
        stored = _put(element, scans.scanned_slot(web.reading(), form["slot"]), form["command_id"])
    except MesError as error:
        return Response(_page(error, form), status=error.status)
    facts = {"serial": stored.serial, "slot": stored.slot_code, "n": stored.occupied, "of": stored.capacity}
    flash(web.gettext(N_("Element %(serial)s is in %(slot)s now (%(n)s of %(of)s)"), **facts), "good")
    return redirect(url_for("logistics.yard"), 303)


def _put(element: Element, slot_code: str, command_id: str) -> service.Stored:
    """Store or move, by what the element's state asks for."""
    facts = {"command_id": command_id, "element_id": element.id, "slot_code": slot_code}
    if element.state in service.IN_YARD:
        return web.perform(service.move_element, service.MoveElement.model_validate(facts))
    return web.perform(service.store_element, service.StoreElement.model_validate(facts))


@pages.post("/yard/slots")
@web.permission("yard:write")
def add_slot() -> Response | WerkzeugResponse:
    """Add a place to the yard."""
    form = request.form.to_dict()
    try:
        web.perform(service.add_yard_slot, _slot_command(form))
    except MesError as error:
        return Response(_page(error, form), status=error.status)
    flash(web.gettext(N_("Slot %(code)s was added"), code=form["code"].strip().upper()), "good")
    return redirect(url_for("logistics.yard"), 303)


def _slot_command(form: dict[str, str]) -> service.AddYardSlot:
    try:
        return service.AddYardSlot.model_validate(
            {
                "command_id": form.get("command_id"),
                "code": form.get("code", "").strip().upper(),
                "kind": form.get("kind"),
                "capacity": form.get("capacity"),
            }
        )
    except ValidationError as error:
        raise InvalidInput(
            Text(N_("A slot needs a code such as A-03, a kind, and room for at least one element"))
        ) from error


@pages.post("/yard/returns")
@web.permission("yard:write")
def take_back() -> WerkzeugResponse:
    """An element that a site rejected is back at the plant."""
    form = request.form
    command = service.ReturnElement.model_validate(
        {
            "command_id": form.get("command_id"),
            "element_id": form.get("element_id"),
            "expected_version": form.get("expected_version"),
        }
    )
    back = web.perform(service.return_element, command)
    message = N_("Element %(serial)s is back; the inspectors decide about %(number)s")
    flash(web.gettext(message, serial=back.serial, number=back.nonconformity), "good")
    return redirect(url_for("logistics.yard"), 303)
