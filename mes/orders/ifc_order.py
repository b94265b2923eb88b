"""An IFC model's elements as an order, so that both kinds of input go the same way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from mes.orders.ifc_model import IfcElement, IfcOrder
from mes.orders.workbook import (
    BuildingEntry,
    Fault,
    FloorEntry,
    OrderLine,
    OrderWorkbook,
    OwnTypeEntry,
    ProjectEntry,
)

T = TypeVar("T")
ONLY_BUILDING = "1"
NO_STOREY = "-"


def order_of_model(model: IfcOrder, project_code: str, required_on: date) -> OrderWorkbook:
    """The order that a model asks for: one element each, for its building and storey, in the order of the marks."""
    elements = model.elements
    positions = _positions(model)
    faults = tuple(
        Fault(sheet=fault.name, cell=fault.global_id, column=fault.field, value="", reason=fault.reason)
        for fault in model.faults
    )
    return OrderWorkbook(
        project=ProjectEntry(project_code, model.project_name or project_code),
        buildings=tuple(BuildingEntry(code, code) for code in _distinct(map(_building, elements))),
        floors=tuple(
            FloorEntry(building, storey, level)
            for level, (building, storey) in enumerate(_distinct((_building(e), _storey(e)) for e in elements), 1)
        ),
        lines=tuple(
            OrderLine(
                _building(element),
                _storey(element),
                positions[element.global_id],
                element.type_code,
                required_on,
                1,
                place,
                mark=element.mark,
                row=place,
            )
            for place, element in enumerate(elements, start=1)
        ),
        own_types=tuple(_own_types(elements)),
        faults=faults,
    )


def model_ids(model: IfcOrder) -> dict[str, str]:
    """The model's GlobalId of each position (positions are unique within a model)."""
    return {position: global_id for global_id, position in _positions(model).items()}


def _positions(model: IfcOrder) -> dict[str, str]:
    """Each GlobalId's position: the element's mark where no other has it, else the GlobalId itself."""
    marks = Counter(element.mark for element in model.elements)
    return {
        element.global_id: element.mark if element.mark and marks[element.mark] == 1 else element.global_id
        for element in model.elements
    }


def _own_types(elements: Iterable[IfcElement]) -> Iterable[OwnTypeEntry]:
    seen: set[str] = set()
    for element in elements:
        if element.type_code in seen:
            continue
        seen.add(element.type_code)
        yield OwnTypeEntry(
            type_code=element.type_code,
            family=element.family,
            length_mm=round(element.length_mm or 0),
            width_mm=round(element.width_mm or 0),
            thickness_mm=round(element.thickness_mm or 0),
            volume_m3=element.volume_m3 or 0,
            weight_kg=element.weight_kg or 0,
            concrete_grade=element.concrete_grade or "",
        )


def _building(element: IfcElement) -> str:
    return (element.building or ONLY_BUILDING)[:40]


def _storey(element: IfcElement) -> str:
    return (element.storey or NO_STOREY)[:40]


def _distinct(values: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(values))
