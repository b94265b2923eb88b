"""The sheet of buildings and floors: one row a floor."""

from __future__ import annotations

from mes.core.text import N_, Text
from mes.orders.workbook.cells import whole_number_of
from mes.orders.workbook.model import BuildingEntry, FloorEntry
from mes.orders.workbook.tables import Table, TableRow


def read_buildings(table: Table) -> tuple[tuple[BuildingEntry, ...], tuple[FloorEntry, ...]]:
    """Buildings in the order of their first row, and floors. Doubled floors and levels are faults."""
    buildings: dict[str, BuildingEntry] = {}
    floors: dict[tuple[str, str], FloorEntry] = {}
    levels: dict[tuple[str, int], str] = {}
    for row in table.rows():
        code = row.text("building_code", 40)
        name = row.prose("building_name", 80)
        floor_name = row.text("floor_name", 40)
        level = row.read("level_order", lambda value: whole_number_of(value, -20, 300))
        if code is not None:
            _note_building(row, buildings, code, name)
        if code is None or floor_name is None:
            continue
        if (code, floor_name) in floors:
            row.fault("floor_name", Text(N_("This floor is already listed for building %(building)s"),
                                         {"building": code}))  # fmt: skip
            continue
        if level is not None and (code, level) in levels:
            row.fault(
                "level_order",
                Text(
                    N_("Floor %(floor)s of this building already has this level"),
                    {"floor": levels[code, level]},
                ),
            )
        if level is not None:
            levels[code, level] = floor_name
        # A floor whose level is wrong is still known, so that its elements give no faults of their own.
        floors[code, floor_name] = FloorEntry(code, floor_name, 0 if level is None else level)
    return tuple(buildings.values()), tuple(floors.values())


def _note_building(row: TableRow, buildings: dict[str, BuildingEntry], code: str, name: str | None) -> None:
    known = buildings.get(code)
    if known is None:
        buildings[code] = BuildingEntry(code, name or code)
    elif name is not None and known.name == known.code:
        buildings[code] = BuildingEntry(code, name)
    elif name is not None and name != known.name:
        row.fault(
            "building_name",
            Text(N_("Building %(code)s is named %(name)s above"), {"code": code, "name": known.name}),
        )
