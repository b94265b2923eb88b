"""A rule set: what one edition of one standard, or a plant's own stricter set, says about items of elements."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from quality.catalogue import Dimensions, Item, Subject, catalogue
from quality.expressions import Expression
from quality.words import Words


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
class LengthRange:
    """Lengths in mm, from `start` to `end`; the start itself is in unless `above`, the end itself only if `up_to`."""

    start: float = 0.0
    end: float = math.inf
    above: bool = False
    up_to: bool = False

    def holds(self, length_mm: float) -> bool:
        """Whether the length is in the range."""
        after_start = length_mm > self.start if self.above else length_mm >= self.start
        return after_start and (length_mm <= self.end if self.up_to else length_mm < self.end)

    def meets(self, other: LengthRange) -> bool:
        """Whether some length is in both ranges."""
        return self._starts_within(other) and other._starts_within(self)

    def _starts_within(self, other: LengthRange) -> bool:
        if self.start == other.end:
            return other.up_to and not self.above
        return self.start < other.end


@dataclass(frozen=True)
class ToleranceRow:
    """One row of a table: for which families, lengths of the element and face it holds, and its limits in mm."""

    families: frozenset[str]
    lengths: LengthRange
    face: Face | None
    lower: Expression
    upper: Expression
    one_sided: bool
    place: str

    def holds(self, family: str, length_mm: float, face: Face | None) -> bool:
        """Whether the row speaks about this family, length and face; no face given means any face."""
        fits = self.face is None or face is None or self.face is face
        return fits and family in self.families and self.lengths.holds(length_mm)

    def overlaps(self, other: ToleranceRow) -> bool:
        """Whether both rows would speak about one and the same reading."""
        return (
            bool(self.families & other.families)
            and self.lengths.meets(other.lengths)
            and (self.face is other.face or self.face is None or other.face is None)
        )


@dataclass(frozen=True)
class ItemRules:
    """All that a standard says about one item; `verified` where somebody compared it with the printed standard."""

    item: Item
    clause: str
    method: Words
    temporary_factor: float | None
    rows: tuple[ToleranceRow, ...]
    verified: bool


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
    """The tolerances of one edition of one standard, or of a plant.

    `items` holds all that is judged by it: of a plant's own set also what it leaves as its `base` has it. `own` names
    the items that the set itself speaks about. `text` is the file, complete in itself, and `sha256` its digest.
    """

    id: str
    subject: Subject
    source: Source
    sampling: Sampling | None
    items: dict[str, ItemRules]
    own: frozenset[str]
    base: RuleSet | None
    text: str
    sha256: str

    def tolerance(
        self,
        item_id: str,
        family: str,
        dimensions: Dimensions,
        face: Face | None = None,
        temporary: bool = False,
        nominal: float | None = None,
    ) -> Tolerance:
        """The allowed deviation; raises NoToleranceError where the rules are silent.

        Where a table distinguishes faces and the face is not given, the strictest row counts. For temporary
        embeds the allowed deviation of a centre line is multiplied as the standard says. `nominal` is the drawing's
        value for rows that depend on it; where it is left out, the length of the element stands for it.
        """
        found = self._own_tolerance(item_id, family, dimensions, face, temporary, nominal)
        if self.base is None:
            if found is None:
                raise NoToleranceError(self._silence(item_id, family, dimensions, face))
            return found
        try:
            below = self.base.tolerance(item_id, family, dimensions, face, temporary, nominal)
        except NoToleranceError:
            if found is None:
                raise
            return found
        if found is None:
            return below
        return Tolerance(max(found.lower, below.lower), min(found.upper, below.upper), found.clause)

    def _own_tolerance(
        self,
        item_id: str,
        family: str,
        dimensions: Dimensions,
        face: Face | None,
        temporary: bool,
        nominal: float | None,
    ) -> Tolerance | None:
        item = self.items[item_id] if item_id in self.own else None
        rows = [r for r in item.rows if r.holds(family, dimensions.length_mm, face)] if item else []
        if item is None or not rows:
            return None
        if temporary and item.temporary_factor is None:
            raise NoToleranceError(f"{self.source.standard} has no rule for a temporary {item_id}")
        factor = (item.temporary_factor or 1.0) if temporary else 1.0
        variables = {**dimensions.variables(), "n": dimensions.length_mm if nominal is None else nominal}
        limits = [(row.lower.value(variables) * factor, row.upper.value(variables) * factor) for row in rows]
        lower, upper = max(low for low, _ in limits), min(high for _, high in limits)
        return Tolerance(round(lower, 6), round(upper, 6), item.clause)

    def rows_of(self, item_id: str) -> tuple[ToleranceRow, ...]:
        """All rows that speak about an item, the set's own before those of the set it sharpens."""
        own = self.items[item_id].rows if item_id in self.own else ()
        return own + (self.base.rows_of(item_id) if self.base is not None else ())

    def covers(self, item_id: str, family: str, dimensions: Dimensions | None = None) -> bool:
        """Whether the rules have a row for the item of a family (of this length, where given)."""
        rows = self.rows_of(item_id)
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
