"""Exterior sandwich walls after 15G365-1: WQ-2428, WQC2-4828-0614-1514, WQ-2428 wy1(290,290)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mes.core.text import N_, Text
from mes.library.atlas.checks import Code, default_used, opening_area_m2, volume_m3, weight_kg
from mes.library.atlas.model import AtlasType, Family, Opening
from mes.library.atlas.rules import AtlasRules, ExteriorPanel, ExteriorWallRules

_CODE = re.compile(
    r"(?P<kind>WQ(?:C\d|CA|M)?)-(?P<width>\d\d)(?P<storey>\d\d)(?P<openings>(?:-\d{4})*)(?:\s*(?P<leaf>WY.*))?"
)
_LIKE = re.compile(r"WQ(C\d|CA|M)?-\d{4}")
_LEAF = re.compile(
    r"WY-?(?:(?P<plain>1)\((?P<a1>\d+),(?P<b1>\d+)\)"
    r"|2\((?P<a2>\d+),(?P<b2>\d+),C[LR]=?(?P<c>\d+),D[LR]=?(?P<d>\d+)\))"
)


@dataclass(frozen=True)
class _OuterLeaf:
    """How far the outer leaf reaches beyond the inner one, and the balcony notch cut out of it, in mm."""

    left_mm: int
    right_mm: int
    notch_width_mm: int = 0
    notch_height_mm: int = 0


def parse_exterior_wall(code: Code, rules: AtlasRules) -> AtlasType | None:
    """A WQ code; None where the code is of another family. Raises TypeCodeError."""
    match = _CODE.fullmatch(code.normal)
    if match is None:
        if _LIKE.match(code.normal):
            raise code.fault(code.normal, N_("expected a form such as WQ-2428 or WQC1-3028-1514"))
        return None
    walls = rules.exterior_walls
    panel = walls.panels.get(match["kind"])
    if panel is None:
        raise code.fault(match["kind"], N_("the atlas knows %(known)s"), known=", ".join(walls.panels))
    sizes = match["width"] + match["storey"]
    code.in_series(sizes, N_("Width"), int(match["width"]) * 100, panel.widths_mm, walls)
    code.in_series(sizes, N_("Storey height"), int(match["storey"]) * 100, walls.storeys_mm, walls)
    return _wall(code, match, panel, rules)


def _wall(code: Code, match: re.Match[str], panel: ExteriorPanel, rules: AtlasRules) -> AtlasType:
    walls = rules.exterior_walls
    leaf = _outer_leaf(code, match["leaf"], walls)
    inner_length_mm = int(match["width"]) * 100 - walls.inner_leaf_length_deduction_mm
    inner_height_mm = int(match["storey"]) * 100 - walls.inner_leaf_height_deduction_mm
    outer_length_mm = inner_length_mm + leaf.left_mm + leaf.right_mm
    outer_height_mm = int(match["storey"]) * 100 - walls.outer_leaf_height_deduction_mm
    openings = _openings(code, match["openings"], panel, leaf.left_mm, (inner_length_mm, inner_height_mm))
    area_m2 = opening_area_m2(openings)
    notch_m2 = leaf.notch_width_mm * leaf.notch_height_mm / 1e6
    concrete_m3 = (
        volume_m3(inner_length_mm, inner_height_mm, walls.inner_leaf_mm)
        + volume_m3(outer_length_mm, outer_height_mm, walls.outer_leaf_mm)
        - area_m2 * (walls.inner_leaf_mm + walls.outer_leaf_mm) / 1000
        - notch_m2 * walls.outer_leaf_mm / 1000
    )
    insulated_m2 = (outer_length_mm - 2 * walls.insulation_edge_mm) * outer_height_mm / 1e6 - area_m2 - notch_m2
    return AtlasType(
        type_code=_type_code(code, match),
        raw_code=code.raw,
        family=Family.EXTERIOR_WALL,
        title_zh=panel.title.zh,
        title_en=panel.title.en,
        atlas=walls.atlas,
        length_mm=outer_length_mm,
        width_mm=outer_height_mm,
        thickness_mm=walls.inner_leaf_mm + walls.insulation_mm + walls.outer_leaf_mm,
        openings=openings,
        concrete_volume_m3=round(concrete_m3, 4),
        weight_kg=weight_kg(concrete_m3, rules.materials, insulated_m2 * walls.insulation_mm / 1000),
        concrete_grade=walls.concrete_grade,
        rebar_note=None,
        assumptions=_assumptions(panel, walls),
    )


def _type_code(code: Code, match: re.Match[str]) -> str:
    """The code with its outer leaf written as the atlas writes it: `WQ-2428 wy2(290,290,cL200,dL150)`."""
    if match["leaf"] is None:
        return code.normal
    leaf = re.sub(r"\s", "", match["leaf"]).replace("WY", "wy").replace("C", "c").replace("D", "d")
    return f"{code.normal[: match.start('leaf')].rstrip()} {leaf}"


def _outer_leaf(code: Code, text: str | None, walls: ExteriorWallRules) -> _OuterLeaf:
    if text is None:
        return _OuterLeaf(walls.outer_leaf_extension_mm, walls.outer_leaf_extension_mm)
    match = _LEAF.fullmatch(re.sub(r"\s", "", text).replace("、", ",").replace(";", ","))
    if match is None:
        raise code.fault(text, N_("expected an outer leaf such as wy1(290,290) or wy2(290,290,cL200,dL150)"))
    if match["plain"]:
        return _OuterLeaf(int(match["a1"]), int(match["b1"]))
    return _OuterLeaf(int(match["a2"]), int(match["b2"]), int(match["c"]), int(match["d"]))


def _openings(
    code: Code, text: str, panel: ExteriorPanel, left_mm: int, inner_mm: tuple[int, int]
) -> tuple[Opening, ...]:
    """The windows or doors, spread so that all piers of the inner leaf are equally wide."""
    segments = [segment for segment in text.split("-") if segment]
    if len(segments) != panel.openings:
        raise code.fault(
            text.strip("-") or code.normal,
            N_("this kind of panel has %(wanted)s opening(s), the code gives %(given)s"),
            wanted=panel.openings,
            given=len(segments),
        )
    sizes = [(int(segment[:2]) * 100, int(segment[2:]) * 100) for segment in segments]
    length_mm, height_mm = inner_mm
    spare_mm = length_mm - sum(width for width, _ in sizes)
    openings, x_mm = [], left_mm
    pier_mm = spare_mm // (len(sizes) + 1)
    for segment, (width_mm, opening_height_mm) in zip(segments, sizes, strict=True):
        if not (width_mm and opening_height_mm and pier_mm > 0 and panel.sill_mm + opening_height_mm < height_mm):
            raise code.fault(
                segment,
                N_("opening %(width)s × %(height)s mm does not fit a panel of %(length)s × %(tall)s mm"),
                width=width_mm,
                height=opening_height_mm,
                length=length_mm,
                tall=height_mm,
            )
        x_mm += pier_mm
        openings.append(Opening(width_mm, opening_height_mm, x_mm, panel.sill_mm))
        x_mm += width_mm
    return tuple(openings)


def _assumptions(panel: ExteriorPanel, walls: ExteriorWallRules) -> tuple[Text, ...]:
    layers = f"{walls.outer_leaf_mm}+{walls.insulation_mm}+{walls.inner_leaf_mm}"
    common = (
        default_used(N_("Wall layers"), layers, walls),
        default_used(N_("Inner leaf shorter by"), walls.inner_leaf_length_deduction_mm, walls),
        default_used(N_("Inner leaf lower by"), walls.inner_leaf_height_deduction_mm, walls),
        default_used(N_("Concrete grade"), walls.concrete_grade, walls),
    )
    if not panel.openings:
        return common
    return (
        *common,
        default_used(N_("Sill height"), panel.sill_mm, walls),
        Text(N_("The openings are taken as evenly spaced; the drawing decides their places")),
    )
