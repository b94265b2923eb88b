"""The form with which a departure is undone: the lorry was told to have left, but is at the plant."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import MesError
from mes.core.text import N_
from mes.logistics import queries, service
from mes.logistics.models import Delivery
from mes.logistics.rules import UNDO_REASONS
from mes.logistics.views.room import field_errors, pages


@pages.get("/deliveries/<number>/undo-departure")
@web.permission("delivery:load")
def undo_form(number: str) -> str:
    """Why the lorry has not left after all."""
    return _page(queries.delivery_by_number(web.reading(), web.actor(), number), {}, None)


@pages.post("/deliveries/<number>/undo-departure")
@web.permission("delivery:load")
def undo_departure(number: str) -> Response | WerkzeugResponse:
    """The lorry is at the plant after all."""
    found, form = queries.delivery_by_number(web.reading(), web.actor(), number), request.form.to_dict()
    command = service.UndoDeparture.model_validate(
        {
            "command_id": form.get("command_id"),
            "delivery_id": found.id,
            "reason_code": form.get("reason_code", "")[:20],
            "words": form.get("words", "")[:200],
            "expected_version": form.get("expected_version"),
        }
    )
    try:
        undone = web.perform(service.undo_departure, command)
    except MesError as error:
        again = queries.delivery_by_number(web.reading(), web.actor(), number)
        return Response(_page(again, form, error), status=error.status)
    message = N_("Delivery %(number)s is at the plant with %(count)s elements; its note is edition %(edition)s now")
    words = {"number": undone.number, "count": undone.element_count, "edition": undone.note_edition}
    flash(web.gettext(message, **words), "good")
    return redirect(url_for("logistics.delivery", number=number), 303)


def _page(found: Delivery, form: dict[str, str], error: MesError | None) -> str:
    return render_template(
        "logistics/undo_departure.html",
        delivery=found,
        count=len(queries.items_of(web.reading(), found.id)),
        typed=form,
        error=error,
        errors=field_errors(error),
        reasons=UNDO_REASONS,
    )
