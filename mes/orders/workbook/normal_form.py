"""An order's one normal form, by which a second upload of the same order is recognised."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from mes.orders.workbook.model import OrderedElement, OrderWorkbook


def normal_form(workbook: OrderWorkbook) -> dict[str, Any]:
    """The order as plain data, whatever the order of its rows and sheets, its language or its layout.

    Row numbers, faults and what the atlas says are no part of it. Where elements have no position or no
    erection sequence of their own, the order of the rows decides them, and so counts.
    """
    return {
        "project": asdict(workbook.project) if workbook.project else None,
        "parties": sorted((asdict(party) for party in workbook.parties), key=lambda party: party["role"]),
        "buildings": sorted(
            (asdict(building) for building in workbook.buildings), key=lambda building: building["code"]
        ),
        "floors": sorted(
            (asdict(floor) for floor in workbook.floors),
            key=lambda floor: (floor["building_code"], floor["level_order"], floor["name"]),
        ),
        "own_types": sorted((asdict(entry) for entry in workbook.own_types), key=lambda e: e["type_code"]),
        "elements": sorted(
            (_element(element) for element in workbook.elements()),
            key=lambda element: (element["building_code"], element["floor_name"], element["position"]),
        ),
    }


def content_sha256(workbook: OrderWorkbook) -> str:
    """The SHA-256 of the normal form's canonical JSON, in hexadecimal."""
    text = json.dumps(normal_form(workbook), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _element(element: OrderedElement) -> dict[str, Any]:
    facts = asdict(element)
    del facts["row"]
    facts["required_on"] = element.required_on.isoformat()
    return facts
