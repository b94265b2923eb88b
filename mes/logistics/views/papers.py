"""Papers of a delivery: the note that goes with the lorry, and the load's label."""

from __future__ import annotations

from collections import Counter

from flask import Response

from labels import LoadLabel, load_labels_pdf
from mes.accounts.models import Plant
from mes.core import web
from mes.inspection.press import press_of
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


@pages.get("/deliveries/<number>/label.pdf")
@web.permission("label:print")
def load_label(number: str) -> Response:
    """The load's label with its SSCC (A6)."""
    session, press = web.reading(), press_of(web.settings())
    press.fonts()
    found = queries.delivery_by_number(session, web.actor(), number)
    items = queries.items_of(session, found.id)
    counts = Counter(item.element.component_type.type_code for item in items)
    label = LoadLabel(
        sscc=found.sscc,
        project=found.project.name,
        site_address=found.project.address,
        delivery_note=found.number,
        vehicle_plate=found.vehicle_plate,
        driver=found.driver_name,
        loaded_on=found.planned_on,
        element_count=len(items),
        weight_kg=round(sum(item.element.component_type.weight_kg for item in items)),
        contents=tuple(f"{code} × {count}" for code, count in counts.most_common(6)),
        plant=session.get_one(Plant, found.project.plant_id).name,
    )
    pdf = load_labels_pdf([label], press.font_dir, language="en" if web.locale() == "en" else "zh")
    return _pdf(pdf, f"{found.number}-label")


def _pdf(content: bytes, name: str) -> Response:
    return Response(
        content, mimetype="application/pdf", headers={"Content-Disposition": f"inline; filename={name}.pdf"}
    )
