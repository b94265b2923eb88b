"""The one entrance: a code in, what it means out."""

from __future__ import annotations

import re
import unicodedata

from mes.library.atlas.balconies import parse_ac_slab, parse_balcony, parse_parapet
from mes.library.atlas.checks import Code
from mes.library.atlas.exterior_walls import parse_exterior_wall
from mes.library.atlas.interior_walls import parse_interior_wall
from mes.library.atlas.model import AtlasType
from mes.library.atlas.rules import AtlasRules, load_rules
from mes.library.atlas.slabs import parse_slab
from mes.library.atlas.stairs import parse_stair

_DASHES = re.compile(r"\s*[-‐‑‒–—―−]\s*")
_FAMILIES = (
    parse_slab,
    parse_exterior_wall,
    parse_interior_wall,
    parse_stair,
    parse_balcony,
    parse_ac_slab,
    parse_parapet,
)


def normalise_code(code: str) -> str:
    """The code with full-width characters, dashes of all kinds and stray blanks brought to one form."""
    folded = unicodedata.normalize("NFKC", code).strip().replace("Δ", "δ")
    return _DASHES.sub("-", folded)


def parse_type_code(code: str, rules: AtlasRules | None = None) -> AtlasType | None:
    """What an atlas code says; None for a project's own code.

    Sizes follow the atlases' general notes; whatever the code does not carry comes from the YAML defaults of
    `atlas_rules/` and is named in `assumptions`. Raises TypeCodeError where a code has the shape of an atlas
    code but breaks its rule.
    """
    reading = Code(raw=code, normal=normalise_code(code).upper().replace("Δ", "δ"))
    for parse in _FAMILIES:
        found = parse(reading, rules or load_rules())
        if found is not None:
            return found
    return None
