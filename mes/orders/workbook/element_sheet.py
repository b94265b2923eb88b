"""The sheet of elements: one row a position, or a count of equal elements."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from mes.core.text import N_, Text
from mes.library.atlas import AtlasType, TypeCodeError, normalise_code, parse_type_code
from mes.orders.workbook.cells import CellError, date_of, text_of, whole_number_of
from mes.orders.workbook.model import FloorEntry, OrderLine, OwnTypeEntry, Severity
from mes.orders.workbook.tables import Table, TableRow

_MAX_COUNT = 1_000


@dataclass
class TypeRegister:
    """What a type code in the element list may mean: own types first, then known ones, then the atlas."""

    own: Mapping[str, OwnTypeEntry]
    own_codes: Collection[str]
    known: Mapping[str, str]
    atlas: dict[str, AtlasType] = field(default_factory=dict)

    @classmethod
    def of(
        cls, own_types: tuple[OwnTypeEntry, ...], own_codes: Collection[str], known: Collection[str]
    ) -> TypeRegister:
        """A register of these types; codes compare without regard to case."""
        return cls(
            {entry.type_code.upper(): entry for entry in own_types},
            own_codes,
            {normalise_code(code).upper(): code for code in known},
        )

    def resolve(self, value: object) -> str:
        """The code in its one normal form. Raises CellError where nobody knows it."""
        code = normalise_code(text_of(value, 60))
        if own := self.own.get(code.upper()):
            return own.type_code
        if code.upper() in self.own_codes:
            return code
        if code.upper() in self.known:
            return self.known[code.upper()]
        try:
            found = parse_type_code(code)
        except TypeCodeError as error:
            raise CellError(error.reason) from error
        if found is None:
            raise CellError(
                Text(N_("type code %(code)s is neither an atlas code nor one of the own types"), {"code": code})
            )
        self.atlas[found.type_code] = found
        return found.type_code


def read_lines(
    table: Table, floors: tuple[FloorEntry, ...], register: TypeRegister, today: date | None
) -> tuple[OrderLine, ...]:
    """The sound rows as order lines. A date before `today` is a warning."""
    reader = _LineReader({floor.building_code for floor in floors},
                         {(floor.building_code, floor.name) for floor in floors}, register, today)  # fmt: skip
    lines = [line for row in table.rows() if (line := reader.line(row)) is not None]
    if not any(True for _ in table.rows()):
        table.log.add(Text(N_("The list holds no element")), sheet=table.grid.title)
    return tuple(lines)


def count_elements(lines: tuple[OrderLine, ...]) -> int:
    """How many elements the lines ask for."""
    return sum(line.count for line in lines)


class _LineReader:
    def __init__(
        self,
        buildings: Collection[str],
        floors: Collection[tuple[str, str]],
        register: TypeRegister,
        today: date | None,
    ) -> None:
        self.buildings = buildings
        self.floors = floors
        self.register = register
        self.today = today
        self.taken: dict[tuple[str, str, str], int] = {}

    def line(self, row: TableRow) -> OrderLine | None:
        building, floor = self._place(row)
        position = row.text("position", 60, required=False)
        mark = row.text("mark", 60, required=False)
        type_code = row.read("type_code", self.register.resolve)
        count = row.read("count", lambda value: whole_number_of(value, 1, _MAX_COUNT))
        required_on = row.read("required_on", date_of)
        sequence = row.read("erection_sequence", lambda value: whole_number_of(value, 1, 1_000_000), required=False)
        remark = row.prose("remark", 200)
        if required_on is not None and self.today is not None and required_on < self.today:
            row.fault("required_on", Text(N_("this day is already past")), Severity.WARNING)
        if position is not None and building is not None and floor is not None:
            self._take(row, (building, floor, position), count or 1)
        if building is None or floor is None or type_code is None or count is None or required_on is None:
            return None
        return OrderLine(building, floor, position, type_code, required_on, count, sequence, mark, remark, row.number)

    def _place(self, row: TableRow) -> tuple[str | None, str | None]:
        building = row.text("building_code", 40)
        floor = row.text("floor_name", 40)
        if building is not None and building not in self.buildings:
            row.fault(
                "building_code",
                Text(
                    N_("building %(building)s is not on the sheet of buildings and floors"),
                    {"building": building},
                ),
            )
        elif building is not None and floor is not None and (building, floor) not in self.floors:
            row.fault(
                "floor_name",
                Text(N_("building %(building)s has no floor %(floor)s"), {"building": building, "floor": floor}),
            )
        return building, floor

    def _take(self, row: TableRow, place: tuple[str, str, str], count: int) -> None:
        """A position belongs to one row; so do the numbered ones that a count makes of it."""
        building, floor, position = place
        wanted = [position] if count == 1 else [position, *(f"{position}#{n}" for n in range(1, count + 1))]
        for name in wanted:
            if (building, floor, name) in self.taken:
                row.fault(
                    "position",
                    Text(
                        N_("position %(position)s of this floor is already in row %(row)s"),
                        {"position": name, "row": self.taken[building, floor, name]},
                    ),
                )
                return
        self.taken.update({(building, floor, name): row.number for name in wanted})
