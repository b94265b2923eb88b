"""Interior solid walls after 15G365-2: `NQ-2128`, `NQM1-3028-0921`."""

from __future__ import annotations

import re

from mes.core.text import N_, Text
from mes.library.atlas.checks import Code, default_used, opening_area_m2, volume_m3, weight_kg
from mes.library.atlas.model import AtlasType, Family, Opening
from mes.library.atlas.rules import AtlasRules, InteriorPanel, InteriorWallRules

_CODE = re.compile(r"(?P<kind>NQ(?:M\d)?)-(?P<width>\d\d)(?P<storey>\d\d)(?:-(?P<door>\d{4}))?")
_LIKE = re.compile(r"NQ(M\d)?-\d{4}")


def parse_interior_wall(code: Code, rules: AtlasRules) -> AtlasType | None:
    """An NQ code; None where the code is of another family. Raises TypeCodeError."""
    match = _CODE.fullmatch(code.normal)
    if match is None:
        if _LIKE.match(code.normal):
            raise code.fault(code.normal, N_("expected a form such as NQ-2128 or NQM1-3028-0921"))
        return None
    walls = rules.interior_walls
    panel = walls.panels.get(match["kind"])
    if panel is None:
        raise code.fault(match["kind"], N_("the atlas knows %(known)s"), known=", ".join(walls.panels))
    return _wall(code, match, panel, rules)


def _wall(code: Code, match: re.Match[str], panel: InteriorPanel, rules: AtlasRules) -> AtlasType:
    walls = rules.interior_walls
    sizes = match["width"] + match["storey"]
    code.in_series(sizes, N_("Width"), int(match["width"]) * 100, panel.widths_mm, walls)
    code.in_series(sizes, N_("Storey height"), int(match["storey"]) * 100, walls.storeys_mm, walls)
    length_mm = int(match["width"]) * 100 - walls.length_deduction_mm
    height_mm = int(match["storey"]) * 100 - walls.height_deduction_mm
    openings = _door(code, match["door"], panel, length_mm, height_mm)
    concrete_m3 = volume_m3(length_mm, height_mm, walls.thickness_mm)
    concrete_m3 -= opening_area_m2(openings) * walls.thickness_mm / 1000
    return AtlasType(
        type_code=code.normal,
        raw_code=code.raw,
        family=Family.INTERIOR_WALL,
        title_zh=panel.title.zh,
        title_en=panel.title.en,
        atlas=walls.atlas,
        length_mm=length_mm,
        width_mm=height_mm,
        thickness_mm=walls.thickness_mm,
        openings=openings,
        concrete_volume_m3=round(concrete_m3, 4),
        weight_kg=weight_kg(concrete_m3, rules.materials),
        concrete_grade=walls.concrete_grade,
        rebar_note=None,
        assumptions=_assumptions(panel, walls),
    )


def _door(code: Code, door: str | None, panel: InteriorPanel, length_mm: int, height_mm: int) -> tuple[Opening, ...]:
    if panel.door == "none":
        if door:
            raise code.fault(door, N_("this kind of panel has no opening"))
        return ()
    if not door:
        raise code.fault(code.normal, N_("the size of the opening is missing, such as -0921"))
    width_mm, door_height_mm = int(door[:2]) * 100, int(door[2:]) * 100
    x_mm = {"jamb": panel.jamb_mm, "middle": (length_mm - width_mm) // 2, "edge": 0}[panel.door]
    if not width_mm or not door_height_mm or x_mm + width_mm >= length_mm or door_height_mm >= height_mm:
        raise code.fault(
            door,
            N_("opening %(width)s × %(height)s mm does not fit a panel of %(length)s × %(tall)s mm"),
            width=width_mm,
            height=door_height_mm,
            length=length_mm,
            tall=height_mm,
        )
    return (Opening(width_mm=width_mm, height_mm=door_height_mm, x_mm=x_mm, y_mm=0),)


def _assumptions(panel: InteriorPanel, walls: InteriorWallRules) -> tuple[Text, ...]:
    common = (
        default_used(N_("Wall thickness"), walls.thickness_mm, walls),
        default_used(N_("Deduction from the storey height"), walls.height_deduction_mm, walls),
        default_used(N_("Concrete grade"), walls.concrete_grade, walls),
    )
    if panel.door == "jamb":
        return (*common, default_used(N_("Door jamb"), panel.jamb_mm, walls))
    return common
