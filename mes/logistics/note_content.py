"""What stands on a delivery note, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from labels.keys.naming import address
from mes.accounts.models import Plant
from mes.logistics.models import Delivery, DeliveryItem
from mes.logistics.service.consignment import delivery_key

NoteContent = dict[str, Any]


def note_content(
    delivery: Delivery, items: Sequence[DeliveryItem], plant: Plant, public_url: str, zone: ZoneInfo
) -> NoteContent:
    """Everything on the paper; the PDF is a pure function of it and the fonts."""
    project = delivery.project
    return {
        "number": delivery.number,
        "edition": delivery.note_edition,
        "sscc": delivery.sscc,
        "url": address(delivery_key(delivery), public_url),
        "planned_on": delivery.planned_on.isoformat(),
        "departed_at": _local(delivery.departed_at, zone),
        "vehicle_plate": delivery.vehicle_plate,
        "driver": " ".join(filter(None, (delivery.driver_name, delivery.driver_phone))),
        "producer": {
            "name": plant.organisation_name,
            "credit_code": plant.credit_code,
            "address": plant.address,
            "plant": plant.name,
        },
        "project": {
            "code": project.code,
            "name": project.name,
            "address": project.address,
            "contract_number": project.contract_number,
            "parties": {party.role: party.name for party in project.parties},
        },
        "items": [_item(number, item) for number, item in enumerate(items, start=1)],
        "total_weight_kg": sum(item.element.component_type.weight_kg for item in items),
        "total_volume_m3": sum(item.element.component_type.concrete_volume_m3 for item in items),
    }


def _item(number: int, item: DeliveryItem) -> dict[str, Any]:
    element, kind = item.element, item.element.component_type
    return {
        "number": number,
        "serial": element.serial,
        "type_code": kind.type_code,
        "size": f"{kind.length_mm} × {kind.width_mm} × {kind.thickness_mm}",
        "place": " ".join((element.floor.building.name, element.floor.name, element.position)),
        "weight_kg": kind.weight_kg,
        "certificate": item.certificate_number,
        "outcome": item.outcome,
    }


def _local(moment: datetime | None, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else ""
