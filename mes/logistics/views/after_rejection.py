"""What the receiver does with rejected elements: they leave for the plant, or the rejection is taken back."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import InvalidInput, MesError
from mes.core.text import N_, Text
from mes.logistics import queries, scans, service
from mes.logistics.models import Delivery, DeliveryItem
from mes.logistics.rules import REJECT_REASONS, TAKE_BACK_REASONS
from mes.logistics.views.room import field_errors, pages
from mes.logistics.views.site import receive_page


@pages.post("/receive/<number>/send-back")
@web.permission("delivery:receive")
def send_back(number: str) -> Response | WerkzeugResponse:
    """Rejected elements have left the site."""
    found, form = queries.delivery_by_number(web.reading(), web.actor(), number), request.form
    try:
        if not form.getlist("element_id"):
            raise InvalidInput(Text(N_("Choose what is on its way back")))
        command = service.SendBack.model_validate(
            {
                "command_id": form.get("command_id"),
                "delivery_id": found.id,
                "element_ids": form.getlist("element_id"),
                "vehicle_plate": form.get("vehicle_plate", "").strip()[:20],
            }
        )
        sent = web.perform(service.send_back, command)
    except MesError as error:
        again = queries.delivery_by_number(web.reading(), web.actor(), number)
        return Response(receive_page(again, error=error), status=error.status)
    serials = ", ".join(map(str, sent.serials))
    flash(web.gettext(N_("On the way back to the plant: %(serials)s"), serials=serials), "good")
    return redirect(url_for("logistics.receive", number=number), 303)


@pages.get("/receive/<number>/take-back/<int:serial>")
@web.permission("delivery:receive")
def take_back_form(number: str, serial: int) -> str:
    """Why the site accepts what it had rejected."""
    found = queries.delivery_by_number(web.reading(), web.actor(), number)
    return _page(found, scans.scanned_item(web.reading(), web.actor(), found, str(serial)), {}, None)


@pages.post("/receive/<number>/take-back/<int:serial>")
@web.permission("delivery:receive")
def take_rejection_back(number: str, serial: int) -> Response | WerkzeugResponse:
    """The site accepts the element after all."""
    found, form = queries.delivery_by_number(web.reading(), web.actor(), number), request.form.to_dict()
    item = scans.scanned_item(web.reading(), web.actor(), found, str(serial))
    command = service.TakeRejectionBack.model_validate(
        {
            "command_id": form.get("command_id"),
            "delivery_id": found.id,
            "element_id": item.element_id,
            "reason_code": form.get("reason_code", "")[:20],
            "words": form.get("words", "")[:200],
            "expected_version": form.get("expected_version"),
        }
    )
    try:
        taken = web.perform(service.take_rejection_back, command)
    except MesError as error:
        again = queries.delivery_by_number(web.reading(), web.actor(), number)
        item = scans.scanned_item(web.reading(), web.actor(), again, str(serial))
        return Response(_page(again, item, form, error), status=error.status)
    message = N_("Element %(serial)s accepted after all; its certificate %(certificate)s is valid again")
    flash(web.gettext(message, serial=taken.serial, certificate=taken.certificate), "good")
    return redirect(url_for("logistics.receive", number=number), 303)


def _page(found: Delivery, item: DeliveryItem, form: dict[str, str], error: MesError | None) -> str:
    return render_template(
        "logistics/take_back.html",
        delivery=found,
        item=item,
        typed=form,
        error=error,
        errors=field_errors(error),
        reasons=TAKE_BACK_REASONS,
        reject_reasons=REJECT_REASONS,
    )
