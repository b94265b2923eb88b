"""The sheet of the plant's own types."""

from __future__ import annotations

from mes.core.text import N_, Text
from mes.library.atlas import Family, normalise_code
from mes.orders.workbook.cells import (
    CellError,
    concrete_grade_of,
    decimal_of,
    text_of,
    whole_number_of,
)
from mes.orders.workbook.columns import FAMILIES, fold
from mes.orders.workbook.model import OwnTypeEntry, Severity
from mes.orders.workbook.tables import Table, TableRow

_MIN_KG_PER_M3, _MAX_KG_PER_M3 = 800, 4_000
"""Lightweight to heavy concrete, with a margin: a weight outside was given in another unit."""


def read_own_types(table: Table) -> tuple[tuple[OwnTypeEntry, ...], frozenset[str]]:
    """The sound types, and every code that has a row at all (so that a faulty row causes no second fault)."""
    types: list[OwnTypeEntry] = []
    codes: dict[str, int] = {}
    for row in table.rows():
        code = row.read("type_code", lambda value: normalise_code(text_of(value, 60)))
        if code is not None and code.upper() in codes:
            row.fault("type_code", Text(N_("This type is already in row %(row)s"), {"row": codes[code.upper()]}))
        elif code is not None:
            codes[code.upper()] = row.number
        if (entry := _own_type(row, code)) is not None:
            types.append(entry)
    return tuple(types), frozenset(codes)


def _own_type(row: TableRow, code: str | None) -> OwnTypeEntry | None:
    family = row.read("family", family_of)
    length_mm = row.read("length_mm", lambda value: whole_number_of(value, 100, 30_000))
    width_mm = row.read("width_mm", lambda value: whole_number_of(value, 100, 10_000))
    thickness_mm = row.read("thickness_mm", lambda value: whole_number_of(value, 20, 2_000))
    volume_m3 = row.read("volume_m3", lambda value: decimal_of(value, 0.001, 100))
    weight_kg = row.read("weight_kg", lambda value: decimal_of(value, 1, 200_000))
    concrete_grade = row.read("concrete_grade", concrete_grade_of)
    drawing_number = row.text("drawing_number", 60, required=False)
    if volume_m3 is not None and weight_kg is not None:
        _check_weight(row, volume_m3, weight_kg)
    if (
        code is None
        or family is None
        or length_mm is None
        or width_mm is None
        or thickness_mm is None
        or volume_m3 is None
        or weight_kg is None
        or concrete_grade is None
    ):
        return None
    return OwnTypeEntry(
        code,
        family,
        length_mm,
        width_mm,
        thickness_mm,
        volume_m3,
        weight_kg,
        concrete_grade,
        drawing_number,
    )


def family_of(value: object) -> Family:
    """A family by its title in either language, or by its name in the code."""
    title = fold(text_of(value, 40))
    for family, column in FAMILIES.items():
        if title in {fold(known) for known in (*column.titles, family.value)}:
            return family
    known = "、".join(column.zh for column in FAMILIES.values())
    raise CellError(Text(N_("this family is not known; known are %(known)s"), {"known": known}))


def _check_weight(row: TableRow, volume_m3: float, weight_kg: float) -> None:
    """Tonnes in place of kilograms, or litres in place of cubic metres, show in the density."""
    density = weight_kg / volume_m3
    if not _MIN_KG_PER_M3 <= density <= _MAX_KG_PER_M3:
        row.fault(
            "weight_kg",
            Text(
                N_("%(density)s kg for each m³ is not concrete: weight in kg, volume in m³?"),
                {"density": f"{density:,.0f}"},
            ),
        )
    elif not 1_600 <= density <= 2_900:
        row.fault(
            "weight_kg",
            Text(N_("%(density)s kg for each m³ is unusual"), {"density": f"{density:,.0f}"}),
            Severity.WARNING,
        )
