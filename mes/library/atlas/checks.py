"""Checks and sums that several component families share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mes.core.text import N_, Text
from mes.library.atlas.model import Opening, TypeCodeError
from mes.library.atlas.rules import AtlasFile, MaterialRules


@dataclass(frozen=True)
class Code:
    """A code being read: as it was written, and in its one normal form."""

    raw: str
    normal: str

    def fault(self, segment: str, message: str, **values: object) -> TypeCodeError:
        """The error for the part `segment` of the code."""
        return TypeCodeError(self.raw, segment, Text(message, values))

    def in_series(self, segment: str, what: str, value: int, series: Iterable[int], atlas: AtlasFile) -> None:
        """Refuse a size that the atlas does not list."""
        listed = list(series)
        if value not in listed:
            raise self.fault(
                segment,
                N_("%(what)s %(value)s is not in the series of %(atlas)s: %(listed)s"),
                what=Text(what),
                value=value,
                atlas=atlas.atlas,
                listed=", ".join(str(size) for size in listed),
            )


def volume_m3(*factors_mm: float) -> float:
    """The volume of a box with edges in millimetres, in cubic metres."""
    product = 1.0
    for factor in factors_mm:
        product *= factor / 1000
    return product


def opening_area_m2(openings: Iterable[Opening]) -> float:
    """The area of all openings together."""
    return sum(opening.width_mm * opening.height_mm for opening in openings) / 1e6


def weight_kg(concrete_m3: float, materials: MaterialRules, insulation_m3: float = 0.0) -> float:
    """Concrete with its reinforcement, and insulation, to a tenth of a kilogram."""
    kilograms = concrete_m3 * materials.reinforced_concrete_kg_per_m3
    return round(kilograms + insulation_m3 * materials.insulation_kg_per_m3, 1)


def default_used(what: str, value: object, atlas: AtlasFile) -> Text:
    """The assumption that a size came from the editable defaults and not from the code."""
    return Text(
        N_("%(what)s %(value)s is a default of %(atlas)s; the code does not say it"),
        {"what": Text(what), "value": value, "atlas": atlas.atlas},
    )
