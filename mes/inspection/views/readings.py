"""The final form's fields: from text that people typed to readings, and from faults back to the fields."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mes.core.errors import Fault
from mes.core.text import N_, Text
from mes.inspection.judgement import dimensions_of, measured_items, rules_of
from mes.inspection.schemas import Reading
from mes.orders.models import Element
from quality import InspectionPlan, PlanItem, Tolerance

MOST_ROWS = 20
_ROW = re.compile(r"r\.(\w+)\.(\d{1,2})\.\w+")
_FAULT = re.compile(r"measurements\[(\d+)\]\.(\w+)(?:\[(\d+)\])?")


@dataclass
class ReadForm:
    """Readings of a form, and for each the names of the fields its values and its nominal came from."""

    readings: list[Reading] = field(default_factory=list)
    value_fields: list[list[str]] = field(default_factory=list)
    nominal_fields: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add(self, reading: Reading, value_fields: list[str], nominal_field: str = "") -> None:
        """Take a reading with the fields it was read from."""
        self.readings.append(reading)
        self.value_fields.append(value_fields)
        self.nominal_fields.append(nominal_field or value_fields[0])

    def field_of(self, where: str) -> str:
        """The field that a fault of the service speaks of; the place itself where it is none of these."""
        place = _FAULT.fullmatch(where)
        if place is None:
            return where
        index = int(place[1])
        if place[2] == "nominal":
            return self.nominal_fields[index]
        fields = self.value_fields[index]
        return fields[min(int(place[3] or 0), len(fields) - 1)]


def read_form(plan: InspectionPlan, form: Mapping[str, str]) -> ReadForm:
    """All readings that were typed; empty fields are no readings, and text that is no number is a fault."""
    read = ReadForm()
    for item in measured_items(plan):
        if item.repeatable:
            for row in rows_of(item.id, form):
                _read_row(item, row, form, read)
        else:
            _read_single(item, form, read)
    return read


def rows_of(item: str, form: Mapping[str, str]) -> list[int]:
    """The numbers of the rows of a repeatable item in a form."""
    found = {int(match[2]) for match in map(_ROW.fullmatch, form) if match and match[1] == item}
    return sorted(found)[:MOST_ROWS]


def _read_single(item: PlanItem, form: Mapping[str, str], read: ReadForm) -> None:
    names = [f"m.{item.id}.{number}" for number in range(item.readings)]
    typed = {name: number for name in names if (number := _number(name, form, read)) is not None}
    if typed:
        read.add(Reading(item=item.id, values=list(typed.values())), list(typed))


def _read_row(item: PlanItem, row: int, form: Mapping[str, str], read: ReadForm) -> None:
    at = f"r.{item.id}.{row}."
    parts = ("x", "y", "nominal_x", "nominal_y") if item.pairs else ("value", "nominal")
    typed = {part: _number(at + part, form, read) for part in parts}
    if all(number is None for number in typed.values()):
        return  # nothing was measured here
    open_parts = [part for part, number in typed.items() if number is None and not _may_be_open(item, part)]
    read.faults += [Fault(at + part, Text(N_("This is missing"))) for part in open_parts if not form.get(at + part)]
    if open_parts:
        return
    numbers = {part: number for part, number in typed.items() if number is not None}
    if item.pairs:
        nominal = (numbers["nominal_x"], numbers["nominal_y"])
        reading = Reading(item=item.id, nominal=nominal, values=[(numbers["x"], numbers["y"])])
        read.add(reading, [at + "x"], at + "nominal_x")
    else:
        reading = Reading(item=item.id, nominal=numbers.get("nominal"), values=[numbers["value"]])
        read.add(reading, [at + "value"], at + "nominal")


def _may_be_open(item: PlanItem, part: str) -> bool:
    return part == "nominal" and not item.nominal_required


def _number(name: str, form: Mapping[str, str], read: ReadForm) -> float | None:
    text = form.get(name, "").strip().replace("−", "-")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or len(text) > 20:
        read.faults.append(Fault(name, Text(N_("%(typed)s is not a number"), {"typed": text[:20]})))
        return None
    return number


def block_of(name: str) -> str:
    """The part of the form that a field's judgement is shown in: the item, or the row of a repeatable one."""
    kind, item, number, *_ = name.split(".")
    return item if kind == "m" else f"{item}-{number}"


@dataclass(frozen=True)
class MeasuredField:
    """An item of the final form: its tolerance, the names of its fields, and the rows of a repeatable one."""

    item: PlanItem
    tolerance: Tolerance
    names: tuple[str, ...]
    rows: tuple[int, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """What is typed in a row of a repeatable item, in the order of typing."""
        return ("nominal_x", "nominal_y", "x", "y") if self.item.pairs else ("nominal", "value")

    @property
    def inputs(self) -> list[str]:
        """The names of all its fields."""
        rows = [f"r.{self.item.id}.{row}.{part}" for row in self.rows for part in self.parts]
        return [*self.names, *rows]

    @property
    def blocks(self) -> list[str]:
        """Where its judgements are shown."""
        return [f"{self.item.id}-{row}" for row in self.rows] if self.item.repeatable else [self.item.id]

    @property
    def nominal(self) -> float | int:
        """What a reading is compared with, zero for gaps; whole millimetres without a decimal point."""
        nominal = self.item.nominal or 0.0
        return int(nominal) if nominal == int(nominal) else nominal


def measured_fields(plan: InspectionPlan, element: Element, form: Mapping[str, Any]) -> Iterator[MeasuredField]:
    """The items of the final form in the order in which people measure."""
    for item in measured_items(plan):
        tolerance = rules_of(element).tolerance(item.id, plan.family, dimensions_of(element))
        names = () if item.repeatable else tuple(f"m.{item.id}.{number}" for number in range(item.readings))
        yield MeasuredField(item, tolerance, names, tuple(rows_of(item.id, form) or [0]) if item.repeatable else ())
