"""Labels of elements: what stands on them, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Literal

from labels import ElementLabel, element_labels_pdf
from mes.library.families import FAMILY_NAMES
from mes.orders.lifecycle import STATE_NAMES
from mes.orders.models import Element

FONTS = Path(__file__).parents[2] / "static" / "vendor" / "fonts"


def public_address(element: Element, public_url: str) -> str:
    """What the QR code says: the element's Digital Link on the plant's own address."""
    return f"{public_url}/01/{element.gtin}/21/{element.serial}"


def element_label(
    element: Element, public_url: str, plant_name: str, translate: Callable[[str], str], zone: tzinfo
) -> ElementLabel:
    """The label of one element."""
    kind = element.component_type
    return ElementLabel(
        type_code=kind.type_code,
        family=translate(FAMILY_NAMES[kind.family]),
        project=element.project.name,
        building=element.floor.building.name,
        floor=element.floor.name,
        position=element.position,
        serial=str(element.serial),
        digital_link=public_address(element, public_url),
        epc_hex=element.epc_hex,
        weight_kg=kind.weight_kg,
        length_mm=kind.length_mm,
        width_mm=kind.width_mm,
        thickness_mm=kind.thickness_mm,
        concrete_grade=kind.concrete_grade,
        produced_on=_date_of(element, "curing", zone),
        plant=plant_name,
        status=translate(STATE_NAMES[element.state]),
    )


def _date_of(element: Element, milestone: str, zone: tzinfo) -> date | None:
    text = element.facts.get(milestone)
    return datetime.fromisoformat(text).astimezone(zone).date() if text else None


def labels_pdf(
    elements: Sequence[Element],
    public_url: str,
    plant_name: str,
    translate: Callable[[str], str],
    *,
    language: Literal["zh", "en"],
    sheet: str,
    zone: tzinfo,
) -> bytes:
    """The labels of elements as a PDF: one a page (`label`) or eight on an A4 sheet (`a4`)."""
    records = [element_label(element, public_url, plant_name, translate, zone) for element in elements]
    return element_labels_pdf(records, FONTS, sheet="a4" if sheet == "a4" else "label", language=language)
