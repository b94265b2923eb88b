"""What a code of the national standard atlases says about a component, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mes.core.errors import InvalidInput
from mes.core.text import N_, Text


class Family(StrEnum):
    """The component families (构件类别) of the field."""

    COMPOSITE_SLAB = "composite_slab"
    EXTERIOR_WALL = "exterior_wall"
    INTERIOR_WALL = "interior_wall"
    STAIR = "stair"
    BEAM = "beam"
    COLUMN = "column"
    BALCONY = "balcony"
    AC_SLAB = "ac_slab"
    BAY_WINDOW = "bay_window"
    PARAPET = "parapet"


@dataclass(frozen=True)
class Opening:
    """A window or door in a wall panel, in millimetres.

    `x_mm` and `y_mm` lead from the panel's lower left corner, seen from inside, to the opening's.
    """

    width_mm: int
    height_mm: int
    x_mm: int
    y_mm: int


@dataclass(frozen=True)
class AtlasType:
    """A component type as far as its atlas code and the atlas's general notes define it.

    For walls and parapets `length_mm` is the horizontal length of the whole panel and `width_mm` its height;
    for stairs they are the flight's plan length and its width, and `thickness_mm` is the waist. Everything
    that the code itself does not say, and that came from the editable defaults, is named in `assumptions`.
    """

    type_code: str
    raw_code: str
    family: Family
    title_zh: str
    title_en: str
    atlas: str
    length_mm: int
    width_mm: int
    thickness_mm: int
    openings: tuple[Opening, ...]
    concrete_volume_m3: float
    weight_kg: float
    concrete_grade: str
    rebar_note: Text | None
    assumptions: tuple[Text, ...]


class TypeCodeError(InvalidInput):
    """A code has the shape of an atlas code but breaks the atlas's rule.

    `reason` says what is wrong and where; `segment` is the part of the code it is about.
    """

    title = N_("This type code breaks the rule of its atlas")

    def __init__(self, code: str, segment: str, reason: Text) -> None:
        super().__init__(
            Text(
                N_("Type code %(code)s, at “%(segment)s”: %(reason)s"),
                {"code": code, "segment": segment, "reason": reason},
            )
        )
        self.type_code = code
        self.segment = segment
