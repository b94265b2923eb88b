"""The receiver's pages on a phone: a lorry's elements accepted or rejected one by one, and installed."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.documents import file_store
from mes.core.errors import Conflict, MesError
from mes.core.files import keep_photo
from mes.core.text import N_, Text
from mes.logistics import queries, scans, service
from mes.logistics.models import Delivery, DeliveryItem
from mes.logistics.rules import DELIVERY_STATES, ON_THE_WAY, REJECT_REASONS, UNDO_REASONS
from mes.logistics.views.room import field_errors, pages
from mes.orders.lifecycle import STATE_NAMES
from mes.orders.models import Element

MOST_PHOTOS = 10

navigation.add_page(N_("Installation"), "logistics.install", "crane", "element:install", 540)


@pages.get("/receive/<number>")
@web.permission("delivery:receive")
def receive(number: str) -> Response | str:
    """The receipt of a lorry; `code` is what was scanned last."""
    found = queries.delivery_by_number(web.reading(), web.actor(), number)
    code = request.args.get("code", "").strip()
    if not code:
        return receive_page(found)
    try:
        item = scans.scanned_item(web.reading(), web.actor(), found, code)
    except MesError as error:
        return Response(receive_page(found, error=error, code=code), status=error.status)
    return receive_page(found, item=item)


def receive_page(
    found: Delivery, item: DeliveryItem | None = None, error: MesError | None = None, code: str = ""
) -> str:
    """The receipt of a lorry, with the element that was scanned and what was wrong."""
    items = queries.items_of(web.reading(), found.id)
    return render_template(
        "logistics/receive.html",
        delivery=found,
        items=sorted(items, key=lambda one: (one.outcome is not None, -one.stack_order)),
        item=item,
        answered=sum(one.outcome is not None for one in items),
        rejected=sum(one.outcome == "rejected" for one in items),
        here_rejected=[one for one in items if _lies_rejected(one)],
        undone=service.last_undone(web.reading(), found) if found.state == "loading" else None,
        undo_reasons=UNDO_REASONS,
        is_open=found.state in ON_THE_WAY,
        states=DELIVERY_STATES,
        reject_reasons=REJECT_REASONS,
        error=error,
        code=code,
    )


def _lies_rejected(item: DeliveryItem) -> bool:
    """Whether it was rejected with this delivery and has not left the site."""
    return item.outcome == "rejected" and item.element.state == "rejected_at_site" and item.sent_back_at is None


@pages.post("/receive/<number>/arrive")
@web.permission("delivery:receive")
def arrive(number: str) -> WerkzeugResponse:
    """The lorry is on site."""
    found = queries.delivery_by_number(web.reading(), web.actor(), number)
    command = {"command_id": request.form.get("command_id"), "delivery_id": found.id}
    web.perform(service.arrive, service.Arrive.model_validate(command))
    return redirect(url_for("logistics.receive", number=number), 303)


@pages.post("/receive/<number>/accept")
@web.permission("delivery:receive")
def accept(number: str) -> Response | WerkzeugResponse:
    """Accept the element that was scanned."""
    found = queries.delivery_by_number(web.reading(), web.actor(), number)
    form = request.form
    command = service.ReceiveElement.model_validate(
        {
            "command_id": form.get("command_id"),
            "delivery_id": found.id,
            "element_id": form.get("element_id"),
            "expected_version": form.get("expected_version"),
        }
    )
    try:
        answered = web.perform(service.receive_element, command)
    except MesError as error:
        again = queries.delivery_by_number(web.reading(), web.actor(), number)
        return Response(receive_page(again, error=error), status=error.status)
    flash(web.gettext(N_("Element %(serial)s accepted"), serial=answered.serial), "good")
    return redirect(url_for("logistics.receive", number=number), 303)


@pages.get("/receive/<number>/reject/<int:serial>")
@web.permission("delivery:receive")
def reject_form(number: str, serial: int) -> str:
    """The form for rejecting an element."""
    found = queries.delivery_by_number(web.reading(), web.actor(), number)
    item = scans.scanned_item(web.reading(), web.actor(), found, str(serial))
    return _reject_page(found, item, {}, (), None)


@pages.post("/receive/<number>/reject/<int:serial>")
@web.permission("delivery:receive")
def reject(number: str, serial: int) -> Response | WerkzeugResponse:
    """Reject an element; photos that came stay kept when the form has to be filled in again."""
    found = queries.delivery_by_number(web.reading(), web.actor(), number)
    item = scans.scanned_item(web.reading(), web.actor(), found, str(serial))
    form, photos = request.form.to_dict(), request.form.getlist("photo_sha256")
    try:
        photos += keep_photos()
        command = service.RejectElement.model_validate(
            {
                "command_id": form.get("command_id"),
                "delivery_id": found.id,
                "element_id": item.element_id,
                "reason_code": form.get("reason_code", ""),
                "words": form.get("words", "")[:300],
                "photos": photos,
                "expected_version": form.get("expected_version"),
            }
        )
        answered = web.perform(service.reject_element, command)
    except MesError as error:
        again = queries.delivery_by_number(web.reading(), web.actor(), number)
        item = scans.scanned_item(web.reading(), web.actor(), again, str(serial))
        return Response(_reject_page(again, item, form, photos, error), status=error.status)
    flash(web.gettext(N_("Element %(serial)s rejected"), serial=answered.serial), "warn")
    return redirect(url_for("logistics.receive", number=number), 303)


def keep_photos() -> list[str]:
    """Keep the photos of the request; returns their digests."""
    contents = [file.read() for file in request.files.getlist("photos")[:MOST_PHOTOS] if file.filename]
    if not contents:
        return []
    web.close_reading()
    with web.database().writing() as session:
        return [keep_photo(session, file_store(), content, web.clock().now()) for content in contents]


def _reject_page(
    found: Delivery, item: DeliveryItem, form: dict[str, str], photos: Sequence[str], error: MesError | None
) -> str:
    return render_template(
        "logistics/reject.html",
        delivery=found,
        item=item,
        typed=form,
        photos=photos,
        error=error,
        errors=field_errors(error),
        reject_reasons=REJECT_REASONS,
    )


@pages.get("/install")
@web.permission("element:install")
def install() -> Response | str:
    """Received elements; `code` is the one that was scanned, to be confirmed in its position."""
    code = request.args.get("code", "").strip()
    if not code:
        return _install_page()
    try:
        element = scans.scanned_element(web.reading(), web.actor(), code)
        if element.state != "received":
            raise Conflict(
                Text(
                    N_("Element %(serial)s is %(state)s; only a received one is installed"),
                    {"serial": element.serial, "state": Text(STATE_NAMES[element.state])},
                )
            )
    except MesError as error:
        return Response(_install_page(error=error, code=code), status=error.status)
    return _install_page(element)


@pages.post("/install")
@web.permission("element:install")
def confirm_installation() -> Response | WerkzeugResponse:
    """The element stands in its position."""
    form = request.form
    command = service.InstallElement.model_validate(
        {
            "command_id": form.get("command_id"),
            "element_id": form.get("element_id"),
            "position": form.get("position", ""),
            "expected_version": form.get("expected_version"),
        }
    )
    try:
        web.perform(service.install_element, command)
    except MesError as error:
        return Response(_install_page(error=error), status=error.status)
    flash(web.gettext(N_("Installed at %(position)s"), position=command.position), "good")
    return redirect(url_for("logistics.install"), 303)


def _install_page(element: Element | None = None, error: MesError | None = None, code: str = "") -> str:
    return render_template(
        "logistics/install.html",
        elements=queries.to_be_installed(web.reading(), web.actor()),
        element=element,
        error=error,
        code=code,
    )
