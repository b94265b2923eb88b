"""Tolerance rules as data: which deviation a standard allows for an item of an element."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from quality.catalogue import Catalogue, Dimensions, Item, catalogue, read_expression
from quality.documents import Place, RuleDataError, read_document
from quality.expressions import Expression, ExpressionError
from quality.words import Words

RULE_SETS = Path(__file__).with_name("rule_sets")
_RULE_SET_KIND = "tolerances"


class UnknownRulesError(ValueError):
    """A rule set that does not exist; the message lists those that do."""


class NoToleranceError(ValueError):
    """The rules say nothing about an item of this family, length or face."""


class Face(StrEnum):
    """Which face of a panel was read."""

    INNER = "inner"
    OUTER = "outer"


@dataclass(frozen=True)
class Source:
    """Where a set of rules comes from, and whether somebody compared it with the printed standard."""

    standard: str
    edition: str
    title: Words
    note: Words
    verified: bool


@dataclass(frozen=True)
class Tolerance:
    """The deviation allowed, in mm, and the clause that says so."""

    lower: float
    upper: float
    clause: str


@dataclass(frozen=True)
class ToleranceRow:
    """One row of a table: for which families, lengths (from ≤ l < below, mm) and face it holds."""

    families: frozenset[str]
    from_mm: float
    below_mm: float
    face: Face | None
    lower: Expression
    upper: Expression
    place: str

    def holds(self, family: str, length_mm: float, face: Face | None) -> bool:
        """Whether the row speaks about this family, length and face; no face given means any face."""
        fits = self.face is None or face is None or self.face is face
        return fits and family in self.families and self.from_mm <= length_mm < self.below_mm

    def overlaps(self, other: ToleranceRow) -> bool:
        """Whether both rows would speak about one and the same reading."""
        return (
            bool(self.families & other.families)
            and self.from_mm < other.below_mm
            and other.from_mm < self.below_mm
            and (self.face is other.face or self.face is None or other.face is None)
        )


@dataclass(frozen=True)
class ItemRules:
    """All that a standard says about one item."""

    item: Item
    clause: str
    method: Words
    temporary_factor: float | None
    rows: tuple[ToleranceRow, ...]


@dataclass(frozen=True)
class Sampling:
    """How many pieces of a lot are measured: a share of the lot and a least number."""

    lot_pieces: int
    share: float
    minimum_pieces: int
    clause: str

    def sample_size(self, pieces: int) -> int:
        """Pieces to be measured of a lot of `pieces`; raises ValueError beyond the size of a lot."""
        if not 1 <= pieces <= self.lot_pieces:
            raise ValueError(f"a lot holds 1 to {self.lot_pieces} pieces, not {pieces}")
        return min(pieces, max(self.minimum_pieces, math.ceil(round(pieces * self.share, 6))))


@dataclass(frozen=True)
class RuleSet:
    """The tolerances of one edition of one standard."""

    id: str
    source: Source
    sampling: Sampling | None
    items: dict[str, ItemRules]

    def tolerance(
        self,
        item_id: str,
        family: str,
        dimensions: Dimensions,
        face: Face | None = None,
        temporary: bool = False,
    ) -> Tolerance:
        """The allowed deviation; raises NoToleranceError where the rules are silent.

        Where a table distinguishes faces and the face is not given, the strictest row counts. For temporary
        embeds the allowed deviation of a centre line is multiplied as the standard says.
        """
        item = self.items.get(item_id)
        rows = [r for r in item.rows if r.holds(family, dimensions.length_mm, face)] if item else []
        if item is None or not rows:
            raise NoToleranceError(self._silence(item_id, family, dimensions, face))
        if temporary and item.temporary_factor is None:
            raise NoToleranceError(f"{self.source.standard} has no rule for a temporary {item_id}")
        factor = (item.temporary_factor or 1.0) if temporary else 1.0
        variables = dimensions.variables()
        limits = [(row.lower.value(variables) * factor, row.upper.value(variables) * factor) for row in rows]
        lower, upper = min(limits, key=lambda pair: pair[1] - pair[0])
        return Tolerance(round(lower, 6), round(upper, 6), item.clause)

    def covers(self, item_id: str, family: str, dimensions: Dimensions | None = None) -> bool:
        """Whether the rules have a row for the item of a family (of this length, where given)."""
        rows = self.items[item_id].rows if item_id in self.items else ()
        if dimensions is not None:
            return any(row.holds(family, dimensions.length_mm, None) for row in rows)
        return any(family in row.families for row in rows)

    def required_items(self, family: str, dimensions: Dimensions | None = None) -> tuple[str, ...]:
        """Items that must be measured for a full verdict on a family, in catalogue order."""
        return tuple(
            item.id
            for item in catalogue().items.values()
            if family in item.required_for and self.covers(item.id, family, dimensions)
        )

    def _silence(self, item_id: str, family: str, dimensions: Dimensions, face: Face | None) -> str:
        where = f" on its {face.value} face" if face else ""
        return (
            f"{self.source.standard} gives no tolerance for {item_id} of a {family}{where} "
            f"of {dimensions.length_mm:g} mm length"
        )


def available_rules() -> tuple[str, ...]:
    """Ids of the tolerance rule sets that ship with the engine."""
    return tuple(
        path.stem
        for path in sorted(RULE_SETS.glob("*.yaml"))
        if read_document(path).entries().get("kind", Place(None, "")).value == _RULE_SET_KIND
    )


def load_rules(reference: str | Path) -> RuleSet:
    """The rule set with this id, or in this YAML file.

    Raises UnknownRulesError where there is none, RuleDataError (file and place) where it cannot be used.
    """
    text = str(reference)
    if isinstance(reference, Path) or text.lower().endswith((".yaml", ".yml")):
        return _read_rules(Path(reference), catalogue())
    return _shipped_rules(text)


@cache
def _shipped_rules(rules_id: str) -> RuleSet:
    if rules_id not in available_rules():
        raise UnknownRulesError(
            f"unknown rule set {rules_id!r}; known are {', '.join(available_rules())}, or a YAML file"
        )
    return _read_rules(RULE_SETS / f"{rules_id}.yaml", catalogue())


def read_source(entry: dict[str, Place]) -> Source:
    """The keys standard, edition, title, source and verified that each rule file starts with."""
    return Source(
        entry["standard"].text(),
        entry["edition"].text(),
        entry["title"].words(),
        entry["source"].words(),
        entry["verified"].truth(),
    )


SOURCE_KEYS = ("kind", "id", "standard", "edition", "title", "source", "verified")


def _read_rules(path: Path, known: Catalogue) -> RuleSet:
    entry = read_document(path).record([*SOURCE_KEYS, "items"], ["sampling"])
    entry["kind"].one_of([_RULE_SET_KIND])
    source = read_source(entry)
    items = {}
    for item_id, place in entry["items"].entries().items():
        if item_id not in known.items:
            raise place.refuse(f"unknown item {item_id!r}")
        items[item_id] = _read_item(known.items[item_id], place, known, source.standard)
    sampling = _read_sampling(entry["sampling"], source.standard) if "sampling" in entry else None
    return RuleSet(entry["id"].text(), source, sampling, items)


def _read_sampling(place: Place, standard: str) -> Sampling:
    entry = place.record(["lot_pieces", "share", "minimum_pieces", "clause"])
    share = entry["share"].number()
    if not 0 < share <= 1:
        raise entry["share"].refuse("a share between 0 and 1 is expected")
    return Sampling(
        entry["lot_pieces"].count(),
        share,
        entry["minimum_pieces"].count(),
        f"{standard} {entry['clause'].text()}",
    )


def _read_item(item: Item, place: Place, known: Catalogue, standard: str) -> ItemRules:
    entry = place.record(["clause", "method", "rows"], ["temporary_factor"])
    factor = entry["temporary_factor"].number() if "temporary_factor" in entry else None
    if factor is not None and factor < 1:
        raise entry["temporary_factor"].refuse("a factor of at least 1 is expected")
    rows = [_read_row(row, known) for row in entry["rows"].sequence()]
    for index, row in enumerate(rows):
        for earlier in rows[:index]:
            if row.overlaps(earlier):
                raise RuleDataError(place.file, row.place, f"speaks about the same readings as {earlier.place}")
    return ItemRules(item, f"{standard} {entry['clause'].text()}", entry["method"].words(), factor, tuple(rows))


def _read_row(place: Place, known: Catalogue) -> ToleranceRow:
    entry = place.record(["for", "allowed"], ["from_mm", "below_mm", "face"])
    lower, upper = _read_allowed(entry["allowed"])
    row = ToleranceRow(
        families=known.resolve_families(entry["for"]),
        from_mm=entry["from_mm"].number() if "from_mm" in entry else 0.0,
        below_mm=entry["below_mm"].number() if "below_mm" in entry else math.inf,
        face=Face(entry["face"].one_of(Face)) if "face" in entry else None,
        lower=lower,
        upper=upper,
        place=place.place,
    )
    if not 0 <= row.from_mm < row.below_mm:
        raise place.refuse("from_mm must be at least 0 and less than below_mm")
    _check_limits(row, entry["allowed"])
    return row


def _read_allowed(place: Place) -> tuple[Expression, Expression]:
    if not isinstance(place.value, list):
        return read_expression(Place(0, place.file, place.place)), read_expression(place)
    limits = place.sequence()
    if len(limits) != 2:
        raise place.refuse("[lower, upper] or one upper limit is expected")
    return read_expression(limits[0]), read_expression(limits[1])


def _check_limits(row: ToleranceRow, place: Place) -> None:
    """Refuse limits that exclude a faultless element (at a typical size within the row's lengths)."""
    length = min(max(row.from_mm, 3000.0), row.below_mm)
    typical = Dimensions(length, 1500.0, 200.0).variables()
    try:
        lower, upper = row.lower.value(typical), row.upper.value(typical)
    except ExpressionError as error:
        raise place.refuse(str(error)) from error
    if not lower <= 0 <= upper or lower == upper:
        raise place.refuse(f"the allowed range [{lower:g}, {upper:g}] must be a range around 0")
