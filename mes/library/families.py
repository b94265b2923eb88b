"""The component families: their names, and the item reference each has in the plant's GTINs."""

from __future__ import annotations

from mes.core.text import N_
from mes.library.atlas import Family

FAMILY_NAMES: dict[str, str] = {
    Family.COMPOSITE_SLAB: N_("Composite slab"),
    Family.EXTERIOR_WALL: N_("Exterior wall"),
    Family.INTERIOR_WALL: N_("Interior wall"),
    Family.STAIR: N_("Stair"),
    Family.BEAM: N_("Beam"),
    Family.COLUMN: N_("Column"),
    Family.BALCONY: N_("Balcony"),
    Family.AC_SLAB: N_("AC slab"),
    Family.BAY_WINDOW: N_("Bay window"),
    Family.PARAPET: N_("Parapet"),
}


def item_reference(family: Family, company_prefix: str) -> int:
    """The family's item reference in GTINs: its place in the list.

    0, the elements' common one, where a company prefix of 11 or 12 digits leaves no room for the number.
    """
    number = list(FAMILY_NAMES).index(family) + 1
    return number if number < 10 ** (12 - len(company_prefix)) else 0
