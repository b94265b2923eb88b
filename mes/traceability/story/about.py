"""What the element is: names, measures, project, producer, state, relatives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mes.library.drawing import elevation
from mes.orders.models import ResponsibleParty
from mes.traceability.story.records import Records, Relative
from mes.traceability.story.telling import tells

CITY_SCHEMES = ("fujian", "ecode", "handle")


@dataclass(frozen=True)
class Measures:
    """Length, width and thickness in millimetres."""

    length_mm: float
    width_mm: float
    thickness_mm: float


@dataclass(frozen=True)
class Kinship:
    """Which element this one was made for, and which was made for it."""

    replaces: Relative | None
    replaced_by: Relative | None


@dataclass(frozen=True)
class TagFacts:
    """The EPC that the element's RFID tag holds, the tag's own number and since when."""

    epc_hex: str
    tid: str
    since: datetime | None


@tells("element.code")
def _code(records: Records) -> str:
    return records.element.mark or str(records.element.serial)


@tells("element.type")
def _type(records: Records) -> tuple[str, str]:
    kind = records.element.component_type
    return kind.type_code, kind.name


@tells("element.number")
def _number(records: Records) -> str:
    element = records.element
    return f"{element.gtin} / {element.serial}" if element.gtin else element.digital_link.split("/id/")[-1]


@tells("element.other_codes")
def _other_codes(records: Records) -> list[tuple[str, str]] | None:
    """Its codes of cities and networks, by scheme; the plant's own and earlier tags are nobody else's business."""
    found: dict[tuple[str, str], bool] = {}
    for event in records.of_kind("alias.given", "alias.ended"):
        code = (str(event.data.get("scheme")), str(event.data.get("value")))
        found[code] = event.kind == "alias.given"
    return [code for code, held in found.items() if held and code[0] in CITY_SCHEMES] or None


@tells("element.permit")
def _permit(records: Records) -> str | None:
    return records.element.project.permit_number or None


@tells("element.project")
def _project(records: Records) -> str:
    return records.element.project.name


@tells("element.place")
def _place(records: Records) -> str:
    floor = records.element.floor
    return f"{floor.building.name} · {floor.name} · {records.element.position}"


@tells("element.size")
def _size(records: Records) -> Measures:
    kind = records.element.component_type
    return Measures(kind.length_mm, kind.width_mm, kind.thickness_mm)


@tells("element.volume")
def _volume(records: Records) -> float:
    return records.element.component_type.concrete_volume_m3


@tells("element.mass")
def _mass(records: Records) -> float:
    return records.element.component_type.weight_kg


@tells("element.strength_class")
def _strength_class(records: Records) -> str:
    return records.element.component_type.concrete_grade


@tells("element.drawing")
def _drawing(records: Records) -> str | None:
    kind = records.element.component_type
    return elevation(kind) if kind.length_mm and kind.width_mm else None


@tells("element.kinship")
def _kinship(records: Records) -> Kinship | None:
    if records.successor is None and records.predecessor is None:
        return None
    return Kinship(records.predecessor, records.successor)


@tells("element.state")
def _state(records: Records) -> tuple[str, datetime]:
    return records.element.state, records.element.state_since


@tells("element.tag")
def _tag(records: Records) -> TagFacts:
    bound = records.of_kind("tag.bound", "tag.replaced")
    tid = str(bound[-1].data.get("tid") or "") if bound else ""
    return TagFacts(records.element.epc_hex, tid, bound[-1].time if bound else None)


@tells("producer")
def _producer(records: Records) -> tuple[str, str]:
    return records.plant.organisation_name, records.plant.credit_code


@tells("production.day")
def _production_day(records: Records) -> datetime | None:
    cast = records.of_kind("element.cast")
    return cast[-1].time if cast else None


@tells("parties")
def _parties(records: Records) -> list[ResponsibleParty] | None:
    order = ("owner", "designer", "contractor", "supervisor", "producer")
    found = {party.role: party for party in records.element.project.parties}
    return [found[role] for role in order if role in found] or None
