"""Balconies, air-conditioner slabs and parapets after 15G368-1: YTB-D-1224-4, KTB-84-130, NEQ-J1-3614."""

from __future__ import annotations

import re

from mes.core.text import N_, Text
from mes.library.atlas.checks import Code, default_used, volume_m3, weight_kg
from mes.library.atlas.model import AtlasType, Family
from mes.library.atlas.rules import AtlasRules, ParapetKind

_BALCONY = re.compile(r"YTB-(?P<kind>[A-Z])-(?P<projection>\d\d)(?P<bay>\d\d)-(?P<kerb>\d\d?)")
_BALCONY_LIKE = re.compile(r"YTB-[A-Z]-\d{4}")
_AC_SLAB = re.compile(r"KTB-(?P<length>\d{2})-(?P<width>\d{3})")
_PARAPET = re.compile(r"NEQ-(?P<kind>[A-Z]\d)-(?P<length>\d\d)(?P<height>\d\d)")
_PARAPET_LIKE = re.compile(r"NEQ-[A-Z]\d-\d")


def parse_balcony(code: Code, rules: AtlasRules) -> AtlasType | None:
    """A YTB code; None where the code is of another family. Raises TypeCodeError.

    `-04` and `-4` are the same kerb. The volume is the plate's, over its whole area, and that of a kerb along
    the front and both sides, above it.
    """
    match = _BALCONY.fullmatch(code.normal)
    if match is None:
        if _BALCONY_LIKE.match(code.normal):
            raise code.fault(code.normal, N_("expected a form such as YTB-D-1224-4"))
        return None
    file, balcony = rules.balconies, rules.balconies.balcony
    kind = balcony.kinds.get(match["kind"])
    if kind is None:
        raise code.fault(match["kind"], N_("the atlas knows %(known)s"), known=", ".join(balcony.kinds))
    plan, kerb_mm = match["projection"] + match["bay"], int(match["kerb"]) * 100
    projection_mm, bay_mm = int(match["projection"]) * 100, int(match["bay"]) * 100
    code.in_series(plan, N_("Projection"), projection_mm, balcony.projections_mm, file)
    code.in_series(plan, N_("Bay"), bay_mm, balcony.bays_mm, file)
    code.in_series(match["kerb"], N_("Kerb height"), kerb_mm, balcony.kerbs_mm, file)
    length_mm = bay_mm - balcony.bay_deduction_mm
    width_mm = projection_mm + balcony.projection_addition_mm
    kerb_run_mm = length_mm + 2 * (width_mm - balcony.kerb_thickness_mm)
    concrete_m3 = volume_m3(length_mm, width_mm, kind.slab_mm) + volume_m3(
        kerb_run_mm, balcony.kerb_thickness_mm, kerb_mm - kind.slab_mm
    )
    return AtlasType(
        type_code=f"YTB-{match['kind']}-{plan}-{int(match['kerb'])}",
        raw_code=code.raw,
        family=Family.BALCONY,
        title_zh=kind.title.zh,
        title_en=kind.title.en,
        atlas=file.atlas,
        length_mm=length_mm,
        width_mm=width_mm,
        thickness_mm=kind.slab_mm,
        openings=(),
        concrete_volume_m3=round(concrete_m3, 4),
        weight_kg=weight_kg(concrete_m3, rules.materials),
        concrete_grade=file.concrete_grade,
        rebar_note=None,
        assumptions=(
            default_used(N_("Plate thickness"), kind.slab_mm, file),
            default_used(N_("Kerb thickness"), balcony.kerb_thickness_mm, file),
            Text(N_("The kerb is taken to run along the front and both sides")),
            default_used(N_("Concrete grade"), file.concrete_grade, file),
        ),
    )


def parse_ac_slab(code: Code, rules: AtlasRules) -> AtlasType | None:
    """A KTB code, sizes in centimetres; None where the code is of another family. Raises TypeCodeError."""
    match = _AC_SLAB.fullmatch(code.normal)
    if match is None:
        return None
    file, slab = rules.balconies, rules.balconies.ac_slab
    length_mm, width_mm = int(match["length"]) * 10, int(match["width"]) * 10
    code.in_series(match["length"], N_("Length"), length_mm, slab.lengths_mm, file)
    code.in_series(match["width"], N_("Width"), width_mm, slab.widths_mm, file)
    concrete_m3 = volume_m3(length_mm, width_mm, slab.thickness_mm)
    return AtlasType(
        type_code=code.normal,
        raw_code=code.raw,
        family=Family.AC_SLAB,
        title_zh=slab.title.zh,
        title_en=slab.title.en,
        atlas=file.atlas,
        length_mm=length_mm,
        width_mm=width_mm,
        thickness_mm=slab.thickness_mm,
        openings=(),
        concrete_volume_m3=round(concrete_m3, 4),
        weight_kg=weight_kg(concrete_m3, rules.materials),
        concrete_grade=file.concrete_grade,
        rebar_note=None,
        assumptions=(
            default_used(N_("Plate thickness"), slab.thickness_mm, file),
            default_used(N_("Concrete grade"), file.concrete_grade, file),
        ),
    )


def parse_parapet(code: Code, rules: AtlasRules) -> AtlasType | None:
    """A NEQ code; None where the code is of another family. Raises TypeCodeError.

    A corner panel's volume counts a return of the same height; its length is the straight leg's.
    """
    match = _PARAPET.fullmatch(code.normal)
    if match is None:
        if _PARAPET_LIKE.match(code.normal):
            raise code.fault(code.normal, N_("expected a form such as NEQ-J1-3614"))
        return None
    file, parapet = rules.balconies, rules.balconies.parapet
    kind = parapet.kinds.get(match["kind"])
    if kind is None:
        raise code.fault(match["kind"], N_("the atlas knows %(known)s"), known=", ".join(parapet.kinds))
    sizes = match["length"] + match["height"]
    nominal_mm, nominal_height_mm = int(match["length"]) * 100, int(match["height"]) * 100
    code.in_series(sizes, N_("Length"), nominal_mm, parapet.lengths_mm, file)
    code.in_series(sizes, N_("Height"), nominal_height_mm, parapet.heights_mm, file)
    length_mm = nominal_mm - parapet.length_deduction_mm
    height_mm = nominal_height_mm - parapet.height_deduction_mm
    return _parapet(code, kind, length_mm, height_mm, rules)


def _parapet(code: Code, kind: ParapetKind, length_mm: int, height_mm: int, rules: AtlasRules) -> AtlasType:
    file, parapet = rules.balconies, rules.balconies.parapet
    outer_mm = parapet.outer_leaf_mm if kind.sandwich else 0
    insulation_mm = parapet.insulation_mm if kind.sandwich else 0
    run_mm = length_mm + (parapet.corner_return_mm if kind.corner else 0)
    concrete_m3 = volume_m3(run_mm, height_mm, parapet.inner_leaf_mm + outer_mm)
    assumptions = [
        default_used(N_("Inner leaf"), parapet.inner_leaf_mm, file),
        default_used(N_("Concrete grade"), file.concrete_grade, file),
    ]
    if kind.sandwich:
        assumptions.append(default_used(N_("Outer leaf and insulation"), f"{outer_mm}+{insulation_mm}", file))
    if kind.corner:
        assumptions.append(default_used(N_("Return at the corner"), parapet.corner_return_mm, file))
    return AtlasType(
        type_code=code.normal,
        raw_code=code.raw,
        family=Family.PARAPET,
        title_zh=kind.title.zh,
        title_en=kind.title.en,
        atlas=file.atlas,
        length_mm=length_mm,
        width_mm=height_mm,
        thickness_mm=parapet.inner_leaf_mm + insulation_mm + outer_mm,
        openings=(),
        concrete_volume_m3=round(concrete_m3, 4),
        weight_kg=weight_kg(concrete_m3, rules.materials, volume_m3(run_mm, height_mm, insulation_mm)),
        concrete_grade=file.concrete_grade,
        rebar_note=None,
        assumptions=tuple(assumptions),
    )
