"""Which element families exist, which items are measured on them, and what a plausible size is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from quality.documents import Place, read_document
from quality.expressions import Expression, ExpressionError, parse_expression
from quality.words import Words

VARIABLES = frozenset({"l", "b", "h"})
READING_VARIABLES = VARIABLES | {"n"}
DIMENSION_NAMES = ("length_mm", "width_mm", "thickness_mm")


class UnknownFamilyError(ValueError):
    """A family that the catalogue does not know; the message lists the known ones."""


class UnknownItemError(ValueError):
    """An item that the catalogue does not know; the message names it."""


class Subject(StrEnum):
    """What an item is measured on."""

    ELEMENT = "element"
    MOULD = "mould"
    REBAR = "rebar"


class ItemKind(StrEnum):
    """How the readings of an item become one deviation."""

    SIZE = "size"
    """reading minus nominal, signed; both greater than zero"""
    LEVEL = "level"
    """reading minus nominal, signed; either may be zero or negative (a difference from the concrete face)"""
    OFFSET = "offset"
    """reading minus nominal along one direction, without its sign"""
    GAP = "gap"
    """the worst gap read under a straightedge or beside a string"""
    DIFFERENCE = "difference"
    """difference of the two diagonals"""
    POSITION = "position"
    """pairs [x, y]; the larger of the two directions"""


@dataclass(frozen=True)
class Dimensions:
    """Nominal size of an element in mm: length l, width b, thickness (height) h."""

    length_mm: float
    width_mm: float
    thickness_mm: float

    def variables(self) -> dict[str, float]:
        """The size under the names that rule data use."""
        return {"l": self.length_mm, "b": self.width_mm, "h": self.thickness_mm}


@dataclass(frozen=True)
class Family:
    """A family of elements, the class of table rows it is judged by, and the sizes that can be true."""

    id: str
    title: Words
    element_class: str
    plausible_mm: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Item:
    """Something that is measured on a finished element, on its mould or on its rebar."""

    id: str
    subject: Subject
    title: Words
    kind: ItemKind
    unit: str
    readings: int
    required_for: frozenset[str]
    nominal_from: str | None
    default_nominal: float | None
    implausible_beyond: Expression


@dataclass(frozen=True)
class Catalogue:
    """Families and items, each in the order in which people list them."""

    families: dict[str, Family]
    items: dict[str, Item]

    def family(self, family_id: str) -> Family:
        """The family; raises UnknownFamilyError."""
        if family_id not in self.families:
            raise UnknownFamilyError(f"unknown family {family_id!r}; known are {', '.join(self.families)}")
        return self.families[family_id]

    def item(self, item_id: str) -> Item:
        """The item; raises UnknownItemError."""
        if item_id not in self.items:
            raise UnknownItemError(f"unknown item {item_id!r}; known are {', '.join(self.items)}")
        return self.items[item_id]

    def resolve_families(self, place: Place) -> frozenset[str]:
        """Families named in rule data one by one, by class (slab, wall …) or as `all`."""
        found: set[str] = set()
        for entry in place.sequence():
            name = entry.text()
            members = {f.id for f in self.families.values() if name in ("all", f.id, f.element_class)}
            if not members:
                raise entry.refuse(f"{name!r} is neither a family nor a class of families")
            found |= members
        return frozenset(found)


@cache
def catalogue() -> Catalogue:
    """The families and items that ship with the engine: families.yaml, and a file of items for each subject."""
    return read_catalogue(Path(__file__).parent)


def read_catalogue(folder: Path) -> Catalogue:
    """Read a catalogue's files; raises RuleDataError with file and place."""
    root = read_document(folder / "families.yaml").record(["families"])
    families = {key: _read_family(key, place) for key, place in root["families"].entries().items()}
    known = Catalogue(families, {})
    for subject in Subject:
        content = read_document(folder / f"{subject}_items.yaml").record(["items"])
        for key, place in content["items"].entries().items():
            if key in known.items:
                raise place.refuse(f"{key!r} stands among the items of a {known.items[key].subject} already")
            known.items[key] = _read_item(key, subject, place, known)
    return known


def _read_family(family_id: str, place: Place) -> Family:
    entry = place.record(["title", "class", *DIMENSION_NAMES])
    return Family(
        family_id,
        entry["title"].words(),
        entry["class"].text(),
        {name: _read_range(entry[name]) for name in DIMENSION_NAMES},
    )


def _read_range(place: Place) -> tuple[float, float]:
    numbers = [entry.number() for entry in place.sequence()]
    if len(numbers) != 2 or not 0 < numbers[0] < numbers[1]:
        raise place.refuse("a range [smallest, largest] above zero is expected")
    return numbers[0], numbers[1]


def _read_item(item_id: str, subject: Subject, place: Place, known: Catalogue) -> Item:
    entry = place.record(
        ["title", "kind", "implausible_beyond"],
        ["unit", "readings", "required_for", "nominal_from", "default_nominal"],
    )
    return Item(
        id=item_id,
        subject=subject,
        title=entry["title"].words(),
        kind=ItemKind(entry["kind"].one_of(ItemKind)),
        unit=entry["unit"].text() if "unit" in entry else "mm",
        readings=entry["readings"].count() if "readings" in entry else 1,
        required_for=_read_required(entry.get("required_for"), known),
        nominal_from=entry["nominal_from"].one_of(DIMENSION_NAMES) if "nominal_from" in entry else None,
        default_nominal=entry["default_nominal"].number() if "default_nominal" in entry else None,
        implausible_beyond=read_expression(entry["implausible_beyond"], READING_VARIABLES),
    )


def _read_required(place: Place | None, known: Catalogue) -> frozenset[str]:
    return known.resolve_families(place) if place is not None else frozenset()


def read_expression(place: Place, variables: frozenset[str] = VARIABLES) -> Expression:
    """A number or expression in rule data; raises RuleDataError with file and place."""
    if isinstance(place.value, bool) or not isinstance(place.value, str | int | float):
        raise place.refuse(f"a number or an expression is expected, not {place.value!r}")
    try:
        return parse_expression(place.value, variables)
    except ExpressionError as error:
        raise place.refuse(str(error)) from error
