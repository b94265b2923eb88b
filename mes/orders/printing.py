"""Labels of elements: what stands on them, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo

from labels.keys.naming import address, parse_identity
from labels.layout.content import LabelContent
from labels.layout.contents import element_content
from labels.layout.records import ElementLabel
from labels.tags.user_memory import TagFacts, write_user_memory
from mes.identity.things import LabelWords
from mes.library.families import FAMILY_NAMES
from mes.orders.lifecycle import STATE_NAMES
from mes.orders.models import Element
from mes.printing.press import contents_pdf

DESIGN = "element-100x70"


def public_address(element: Element, public_url: str) -> str:
    """What the QR code says: the element's identity as a path on the plant's own address."""
    return address(parse_identity(element.digital_link), public_url)


def label_content(element: Element, words: LabelWords) -> LabelContent:
    """The label of one element, and what goes into its tag."""
    kind = element.component_type
    record = ElementLabel(
        type_code=kind.type_code,
        family=words.translate(FAMILY_NAMES[kind.family]),
        project=element.project.name,
        building=element.floor.building.name,
        floor=element.floor.name,
        position=element.position,
        serial=str(element.serial),
        identity_url=public_address(element, words.public_url),
        epc_hex=element.epc_hex,
        weight_kg=round(kind.weight_kg),
        length_mm=kind.length_mm,
        width_mm=kind.width_mm,
        thickness_mm=kind.thickness_mm,
        concrete_grade=kind.concrete_grade,
        produced_on=_cast_on(element, words.zone),
        plant=words.plant_name,
        status=words.translate(STATE_NAMES[element.state]),
        user_memory_hex=_user_memory_hex(element, words),
    )
    return element_content(record, words.language)


def _user_memory_hex(element: Element, words: LabelWords) -> str:
    """What the tag's USER bank tells somebody without a network; empty where the plant's tags have none."""
    if not words.tag_user_bits:
        return ""
    kind = element.component_type
    facts = TagFacts(
        type_code=kind.type_code,
        weight_kg=round(kind.weight_kg),
        produced_on=_cast_on(element, words.zone),
        project=element.project.name,
        concrete_grade=kind.concrete_grade,
        serial=str(element.serial),
        plant=words.plant_name,
    )
    return write_user_memory(facts, words.tag_user_bits)


def _cast_on(element: Element, zone: tzinfo) -> date | None:
    text = element.facts.get("curing")
    return datetime.fromisoformat(text).astimezone(zone).date() if text else None


def labels_pdf(elements: Sequence[Element], words: LabelWords, sheet: str) -> bytes:
    """The labels of elements as a PDF: one a page (`label`) or eight on an A4 sheet (`a4`)."""
    contents = [label_content(element, words) for element in elements]
    return contents_pdf(DESIGN, words.language, contents, "a4" if sheet == "a4" else "label")
