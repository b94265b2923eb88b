"""A plant's own set may only be stricter than the standard's that it names: nothing looser passes here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from quality.catalogue import Dimensions
from quality.documents import Place, RuleDataError
from quality.expressions import ExpressionError
from quality.rules.model import Face, NoToleranceError, RuleSet, Sampling, Tolerance, ToleranceRow

_LENGTHS_MM = (*map(float, (*range(200, 3000, 200), *range(3000, 21000, 500))), 25000.0, 30000.0, 40000.0, 60000.0)
_WIDTHS_MM = (300.0, 1500.0, 4000.0)
_THICKNESSES_MM = (60.0, 200.0, 1000.0)
_SHORTEST_MM = 100.0
_NEAR_MM = 0.001
"""Beside each length at which a row begins or ends, the lengths just before and after it are looked at."""


class LooserFigureError(RuleDataError):
    """A figure of a plant's own set that is looser than the standard's; both ranges in mm, and where it is so."""

    def __init__(
        self, file: str, place: str, own: tuple[float, float], allowed: Tolerance, family: str, length_mm: float
    ) -> None:
        self.own = own
        self.allowed = allowed
        self.family = family
        self.length_mm = length_mm
        super().__init__(
            file,
            place,
            f"[{own[0]:g}, {own[1]:g}] is looser than [{allowed.lower:g}, {allowed.upper:g}] of {allowed.clause} "
            f"for {family} of {length_mm:g} mm; a set of the plant's own may only be stricter",
        )


def require_stricter(own: RuleSet, base: RuleSet, place: Place) -> None:
    """Refuse what is looser than the base: limits at any length the rows speak about, factors, and sampling.

    Limits may be expressions, so they are compared over a grid of sizes that has every length at which a row of
    either set begins or ends.

    Raises:
        RuleDataError: file and place of the looser figure, both ranges, and the clause it must keep to.
    """
    if own.id == base.id:
        raise place.entries()["id"].refuse(f"{own.id!r} is the set that it sharpens; it needs a name of its own")
    for item_id in sorted(own.own):
        factor, kept = own.items[item_id].temporary_factor, base.items.get(item_id)
        if factor is not None and kept is not None and factor > (kept.temporary_factor or 1.0):
            where = f"items.{item_id}.temporary_factor"
            raise RuleDataError(place.file, where, f"{factor:g} is looser than {kept.temporary_factor or 1:g}")
        for row in own.items[item_id].rows:
            _require_stricter_row(item_id, row, base, place.file)
    if own.sampling is not base.sampling and own.sampling and base.sampling:
        _require_stricter_sampling(own.sampling, base.sampling, place)


def _require_stricter_row(item_id: str, row: ToleranceRow, base: RuleSet, file: str) -> None:
    for family in sorted(row.families):
        for dimensions, nominal in _sizes((row, *base.rows_of(item_id))):
            if not row.lengths.holds(dimensions.length_mm):
                continue
            allowed = _allowed(base, item_id, family, dimensions, row.face, nominal)
            if allowed is None:
                continue
            lower, upper = _limits(row, {**dimensions.variables(), "n": nominal}, file)
            if lower < allowed.lower - 1e-9 or upper > allowed.upper + 1e-9:
                place = f"{row.place}.allowed"
                raise LooserFigureError(file, place, (lower, upper), allowed, family, dimensions.length_mm)


def _limits(row: ToleranceRow, variables: dict[str, float], file: str) -> tuple[float, float]:
    try:
        return row.lower.value(variables), row.upper.value(variables)
    except ExpressionError as error:
        raise RuleDataError(file, f"{row.place}.allowed", str(error)) from error


def _allowed(
    base: RuleSet, item_id: str, family: str, dimensions: Dimensions, face: Face | None, nominal: float
) -> Tolerance | None:
    """What the base allows, the stricter face where the row speaks about both; None where it is silent."""
    try:
        return base.tolerance(item_id, family, dimensions, face, nominal=nominal)
    except NoToleranceError:
        return None


def _sizes(rows: Sequence[ToleranceRow]) -> Iterator[tuple[Dimensions, float]]:
    """Sizes of elements and nominal values to compare at; only what some row depends on is varied."""
    edges = [edge for row in rows for edge in (row.lengths.start, row.lengths.end) if math.isfinite(edge)]
    near = [edge + step for edge in edges for step in (-_NEAR_MM, 0.0, _NEAR_MM)]
    used = {name for row in rows for limit in (row.lower, row.upper) for name in limit.names}
    lengths = sorted({*_LENGTHS_MM, *near}) if "l" in used else sorted({3000.0, *near})
    for length in (length for length in lengths if length >= _SHORTEST_MM):
        for width in _WIDTHS_MM if "b" in used else (1500.0,):
            for thickness in _THICKNESSES_MM if "h" in used else (200.0,):
                for nominal in _LENGTHS_MM if "n" in used else (length,):
                    yield Dimensions(length, width, thickness), nominal


def _require_stricter_sampling(own: Sampling, base: Sampling, place: Place) -> None:
    entry = place.entries()["sampling"].entries()
    if own.lot_pieces > base.lot_pieces:
        raise entry["lot_pieces"].refuse(f"a lot of {own.lot_pieces} is larger than one of {base.lot_pieces}")
    if own.share < base.share:
        raise entry["share"].refuse(f"a share of {own.share:g} is less than {base.share:g}")
    if own.minimum_pieces < base.minimum_pieces:
        raise entry["minimum_pieces"].refuse(f"{own.minimum_pieces} pieces are fewer than {base.minimum_pieces}")
