"""The paper of a delivery: the note that goes with the lorry."""

from __future__ import annotations

from flask import Response

from mes.accounts.models import Plant
from mes.core import web
from mes.inspection.documents.press import press_of
from mes.logistics import queries
from mes.logistics.delivery_note import delivery_note_pdf
from mes.logistics.note_content import note_content
from mes.logistics.views.room import pages


@pages.get("/deliveries/<number>/note.pdf")
@web.permission("delivery:read")
def delivery_note(number: str) -> Response:
    """The delivery note (发货单)."""
    session, press = web.reading(), press_of(web.settings())
    found = queries.delivery_by_number(session, web.actor(), number)
    plant = session.get_one(Plant, found.project.plant_id)
    content = note_content(found, queries.items_of(session, found.id), plant, press.public_url, web.clock().zone)
    return _pdf(delivery_note_pdf(content, press.fonts()), found.number)


def _pdf(content: bytes, name: str) -> Response:
    return Response(
        content, mimetype="application/pdf", headers={"Content-Disposition": f"inline; filename={name}.pdf"}
    )
