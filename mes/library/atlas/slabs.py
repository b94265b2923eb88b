"""Lattice-girder composite slab plates after 15G366-1: `DBS1-67-3620-31` (two-way) and `DBD67-3620-2`."""

from __future__ import annotations

import re

from mes.core.text import N_, Text
from mes.library.atlas.checks import Code, default_used, volume_m3, weight_kg
from mes.library.atlas.model import AtlasType, Family
from mes.library.atlas.rules import AtlasRules, SlabRules, Title

_TWO_WAY = re.compile(
    r"DBS(?P<position>\d)-(?P<plate>\d)(?P<topping>\d+)-(?P<span>\d\d)(?P<width>\d\d)"
    r"-(?P<along>\d)(?P<across>\d)(?P<adjusted>δ?)"
)
_ONE_WAY = re.compile(r"DBD(?P<plate>\d)(?P<topping>\d+)-(?P<span>\d\d)(?P<width>\d\d)-(?P<along>\d)")
_LIKE = re.compile(r"DB[SD]\d*-?\d{2,3}-\d")


def parse_slab(code: Code, rules: AtlasRules) -> AtlasType | None:
    """A DBS or DBD code; None where the code is of another family. Raises TypeCodeError."""
    if match := _TWO_WAY.fullmatch(code.normal):
        return _two_way(code, match, rules)
    if match := _ONE_WAY.fullmatch(code.normal):
        return _one_way(code, match, rules)
    if _LIKE.match(code.normal):
        raise code.fault(code.normal, N_("expected a form such as DBS1-67-3620-31 or DBD67-3620-2"))
    return None


def _two_way(code: Code, match: re.Match[str], rules: AtlasRules) -> AtlasType:
    slabs = rules.slabs
    position = slabs.two_way.positions.get(match["position"])
    if position is None:
        raise code.fault(
            f"DBS{match['position']}",
            N_("a two-way plate is 1 (edge) or 2 (middle), not %(digit)s"),
            digit=match["position"],
        )
    _check_layers(code, match, slabs)
    _check_sizes(code, match, slabs, list(slabs.two_way.nominal_spans_mm))
    bars = match["along"] + match["across"] + match["adjusted"]
    rebar = Text(
        N_("Bars along the span %(along)s, across %(across)s"),
        {
            "along": _bar(code, bars, match["along"], slabs.span_bars),
            "across": _bar(code, bars, match["across"], slabs.width_bars),
        },
    )
    return _plate(code, match, rules, title=position.title, deduction_mm=position.width_deduction_mm, rebar=rebar)


def _one_way(code: Code, match: re.Match[str], rules: AtlasRules) -> AtlasType:
    slabs, one_way = rules.slabs, rules.slabs.one_way
    _check_layers(code, match, slabs)
    _check_sizes(code, match, slabs, list(one_way.nominal_spans_mm))
    rebar = Text(
        N_("Bars along the span %(along)s, across %(across)s"),
        {
            "along": _bar(code, match["along"], match["along"], slabs.span_bars),
            "across": one_way.distribution_bars,
        },
    )
    return _plate(code, match, rules, title=one_way.title, deduction_mm=one_way.width_deduction_mm, rebar=rebar)


def _check_layers(code: Code, match: re.Match[str], slabs: SlabRules) -> None:
    layers = match["plate"] + match["topping"]
    code.in_series(layers, N_("Plate thickness"), int(match["plate"]) * 10, slabs.plate_mm, slabs)
    code.in_series(layers, N_("Topping thickness"), int(match["topping"]) * 10, slabs.topping_mm, slabs)


def _check_sizes(code: Code, match: re.Match[str], slabs: SlabRules, spans_mm: list[int]) -> None:
    sizes = match["span"] + match["width"]
    code.in_series(sizes, N_("Span"), int(match["span"]) * 100, spans_mm, slabs)
    code.in_series(sizes, N_("Width"), int(match["width"]) * 100, slabs.nominal_widths_mm, slabs)


def _bar(code: Code, segment: str, digit: str, bars: dict[str, str]) -> str:
    if digit not in bars:
        raise code.fault(
            segment,
            N_("reinforcement digit %(digit)s is unknown; known are %(known)s"),
            digit=digit,
            known=", ".join(bars),
        )
    return bars[digit]


def _plate(
    code: Code, match: re.Match[str], rules: AtlasRules, *, title: Title, deduction_mm: int, rebar: Text
) -> AtlasType:
    slabs = rules.slabs
    length_mm = int(match["span"]) * 100 - slabs.span_deduction_mm
    width_mm = int(match["width"]) * 100 - deduction_mm
    thickness_mm = int(match["plate"]) * 10
    concrete_m3 = volume_m3(length_mm, width_mm, thickness_mm)
    assumptions = [default_used(N_("Concrete grade"), slabs.concrete_grade, slabs)]
    if match.groupdict().get("adjusted"):
        assumptions.append(
            Text(
                N_("δ marks an adjusted width; the drawing decides it, %(mm)s mm is the unadjusted width"),
                {"mm": width_mm},
            )
        )
    return AtlasType(
        type_code=code.normal,
        raw_code=code.raw,
        family=Family.COMPOSITE_SLAB,
        title_zh=title.zh,
        title_en=title.en,
        atlas=slabs.atlas,
        length_mm=length_mm,
        width_mm=width_mm,
        thickness_mm=thickness_mm,
        openings=(),
        concrete_volume_m3=round(concrete_m3, 4),
        weight_kg=weight_kg(concrete_m3, rules.materials),
        concrete_grade=slabs.concrete_grade,
        rebar_note=rebar,
        assumptions=tuple(assumptions),
    )
