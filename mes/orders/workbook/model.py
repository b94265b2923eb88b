"""An order as a planner's workbook says it: project, parties, buildings, floors, lines and own types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from mes.core.text import Text
from mes.library.atlas import AtlasType, Family


class PartyRole(StrEnum):
    """The five responsible parties of a project (五方责任主体, with the producer for precast work)."""

    OWNER = "owner"
    DESIGNER = "designer"
    CONTRACTOR = "contractor"
    SUPERVISOR = "supervisor"
    PRODUCER = "producer"


class Severity(StrEnum):
    """How much a fault matters: an error keeps the order out, the others are shown to the planner."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True)
class Fault:
    """Something in the workbook a planner should look at.

    `sheet`, `cell` (such as "D7") and `column` are the titles as they stand in the file, empty where the
    fault belongs to the whole file or sheet; `value` is what stood in the cell.
    """

    sheet: str
    cell: str
    column: str
    value: str
    reason: Text
    severity: Severity = Severity.ERROR


@dataclass(frozen=True)
class OrderLimits:
    """What a workbook may at most hold; guards against mistakes and against hostile files."""

    max_rows: int = 5_000
    max_elements: int = 20_000
    max_file_bytes: int = 20_000_000
    max_unpacked_bytes: int = 200_000_000
    max_entries: int = 1_000
    max_ratio: int = 200
    max_text_characters: int = 200


@dataclass(frozen=True)
class ProjectEntry:
    """The project of the order."""

    code: str
    name: str
    address: str | None = None
    permit_number: str | None = None
    contract_number: str | None = None


@dataclass(frozen=True)
class PartyEntry:
    """One responsible party; `credit_code` is its unified social credit code (GB 32100-2015)."""

    role: PartyRole
    name: str
    credit_code: str | None = None
    contact: str | None = None


@dataclass(frozen=True)
class BuildingEntry:
    """A building of the project."""

    code: str
    name: str


@dataclass(frozen=True)
class FloorEntry:
    """A floor of a building; `level_order` rises from the lowest floor to the highest."""

    building_code: str
    name: str
    level_order: int


@dataclass(frozen=True)
class OwnTypeEntry:
    """A component type that the plant or the designer coded itself."""

    type_code: str
    family: Family
    length_mm: int
    width_mm: int
    thickness_mm: int
    volume_m3: float
    weight_kg: float
    concrete_grade: str
    drawing_number: str | None = None


@dataclass(frozen=True)
class OrderLine:
    """One row of the element list.

    `position` is the place on the floor (a grid position such as 3-4/B-C), `mark` the customer's own piece
    mark, `row` the row's number in the sheet (0 where the line comes from elsewhere).
    """

    building_code: str
    floor_name: str
    position: str | None
    type_code: str
    required_on: date
    count: int = 1
    erection_sequence: int | None = None
    mark: str | None = None
    remark: str | None = None
    row: int = 0


@dataclass(frozen=True)
class OrderedElement:
    """One single element that the order asks for.

    `position` is unique on its floor; where the planner gave no `erection_sequence`, the order of the rows
    counts.
    """

    building_code: str
    floor_name: str
    position: str
    type_code: str
    required_on: date
    erection_sequence: int
    mark: str | None
    remark: str | None
    row: int


@dataclass(frozen=True)
class CheckedFile:
    """What was read of a person's file, with everything in it that the person should look at."""

    faults: tuple[Fault, ...] = field(default=(), kw_only=True)

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults that keep the file out."""
        return tuple(fault for fault in self.faults if fault.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """Warnings and notices: to be shown, not to be refused for."""
        return tuple(fault for fault in self.faults if fault.severity is not Severity.ERROR)


@dataclass(frozen=True)
class OrderWorkbook(CheckedFile):
    """A whole order, and everything in its file that a planner should look at.

    `project` is None only where the file did not hold a usable one; then `faults` says why. An order whose
    `is_sound` is false must not be applied.
    """

    project: ProjectEntry | None = None
    parties: tuple[PartyEntry, ...] = ()
    buildings: tuple[BuildingEntry, ...] = ()
    floors: tuple[FloorEntry, ...] = ()
    lines: tuple[OrderLine, ...] = ()
    own_types: tuple[OwnTypeEntry, ...] = ()
    atlas_types: tuple[AtlasType, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether the order may be applied."""
        return self.project is not None and not self.errors

    @property
    def element_count(self) -> int:
        """How many single elements the order asks for."""
        return sum(line.count for line in self.lines)

    def elements(self) -> Iterator[OrderedElement]:
        """Every single element, in the order of the rows (see `expand_lines` for the positions)."""
        return expand_lines(self.lines)

    def with_faults(self, *faults: Fault) -> OrderWorkbook:
        """The same order with more faults."""
        return replace(self, faults=self.faults + faults)


def expand_lines(lines: tuple[OrderLine, ...]) -> Iterator[OrderedElement]:
    """Split rows with a count into single elements and give each a position.

    A row with one element keeps its position; one with n elements gives `P#1` … `P#n`. Where a row has no
    position, the type code stands in for it and the numbers run on through the floor: `DBS1-67-3620-31#4`.
    """
    running: Counter[tuple[str, str, str]] = Counter()
    for place, line in enumerate(lines, start=1):
        for number in range(1, line.count + 1):
            yield OrderedElement(
                building_code=line.building_code,
                floor_name=line.floor_name,
                position=_position(line, number, running),
                type_code=line.type_code,
                required_on=line.required_on,
                erection_sequence=place if line.erection_sequence is None else line.erection_sequence,
                mark=line.mark,
                remark=line.remark,
                row=line.row,
            )


def _position(line: OrderLine, number: int, running: Counter[tuple[str, str, str]]) -> str:
    if line.position is None:
        key = (line.building_code, line.floor_name, line.type_code)
        running[key] += 1
        return f"{line.type_code}#{running[key]}"
    return line.position if line.count == 1 else f"{line.position}#{number}"
