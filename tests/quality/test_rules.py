"""Rule files are read strictly: a fault is named with its file and place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality import (
    Dimensions,
    NoToleranceError,
    RuleDataError,
    UnknownRulesError,
    available_rules,
    load_rules,
)
from quality.expressions import ExpressionError, parse_expression

HEAD = """kind: tolerances
id: plant
standard: Plant rule
edition: "2026"
title: {zh: 厂标, en: Plant rule}
source: {zh: 厂内, en: in house}
verified: true
"""
LENGTH = """items:
  length:
    clause: clause 1
    method: {zh: 尺量, en: tape}
    rows:
"""


def rule_file(folder: Path, rows: str) -> Path:
    path = folder / "plant.yaml"
    path.write_text(HEAD + LENGTH + rows, encoding="utf-8")
    return path


def test_a_plant_may_have_its_own_rule_file(tmp_path: Path) -> None:
    rules = load_rules(rule_file(tmp_path, '      - {for: [slab], allowed: [-2, "l/1000"]}\n'))
    tolerance = rules.tolerance("length", "stair", Dimensions(3000, 1000, 200))
    assert (tolerance.lower, tolerance.upper, tolerance.clause) == (-2, 3, "Plant rule clause 1")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("      - {for: [slab], allowed: l**2}\n", r"plant.yaml: items.length.rows\[0\].allowed: 'l \*\* 2'"),
        (
            "      - {for: [slab], allowed: q/750}\n",
            r"rows\[0\].allowed: 'q' is not allowed; known are b, h, l",
        ),
        ("      - {for: [slab], allowed: 5 +}\n", r"rows\[0\].allowed: '5 \+' is not an expression"),
        (
            "      - {for: [slab], allowed: true}\n",
            r"rows\[0\].allowed: a number or an expression is expected",
        ),
        ("      - {for: [slab], allowed: 5/0}\n", r"rows\[0\].allowed: '5/0' has no value"),
        ("      - {for: [slab], allowed: [5, -5]}\n", r"rows\[0\].allowed: the allowed range \[5, -5\]"),
        ("      - {for: [slab], allowed: [-5, 5, 6]}\n", r"rows\[0\].allowed: \[lower, upper\]"),
        (
            "      - {for: [ship], allowed: 5}\n",
            r"rows\[0\].for\[0\]: 'ship' is neither a family nor a class",
        ),
        ("      - {for: [slab], allowed: 5, colour: red}\n", r"rows\[0\]: unknown key 'colour'"),
        ("      - {for: [slab]}\n", r"rows\[0\]: the key 'allowed' is missing"),
        (
            "      - {for: [slab], allowed: 5, face: back}\n",
            r"rows\[0\].face: 'back' is not one of inner, outer",
        ),
        ("      - {for: [slab], from_mm: 9, below_mm: 9, allowed: 5}\n", r"rows\[0\]: from_mm must be"),
        (
            "      - {for: [slab], allowed: 5}\n      - {for: [stair], allowed: 6}\n",
            r"rows\[1\]: speaks about",
        ),
        ("      - {for: [slab], allowed: 5, allowed: 6}\n", "line 13: the key 'allowed' is given twice"),
        ("    []\n", "line"),
    ],
)
def test_a_fault_is_named_with_file_and_place(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(RuleDataError, match=message):
        load_rules(rule_file(tmp_path, rows))


def test_an_item_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = rule_file(tmp_path, "      - {for: [slab], allowed: 5}\n")
    path.write_text(path.read_text(encoding="utf-8").replace("  length:", "  lenght:"), encoding="utf-8")
    with pytest.raises(RuleDataError, match=r"items.lenght: unknown item 'lenght'"):
        load_rules(path)


def test_missing_rules_are_named() -> None:
    with pytest.raises(UnknownRulesError, match="known are gb50204-2015, gbt51231-2016"):
        load_rules("gb50204-2002")
    with pytest.raises(RuleDataError, match=r"nowhere\.yaml: document: cannot be read"):
        load_rules("nowhere.yaml")


def test_rules_that_are_silent_say_so() -> None:
    with pytest.raises(NoToleranceError, match="no tolerance for warp of a beam"):
        load_rules("gb50204-2015").tolerance("warp", "beam", Dimensions(6000, 300, 500))


def test_shipped_figures_are_marked_as_not_verified_and_name_their_standard() -> None:
    for rules_id in available_rules():
        rules = load_rules(rules_id)
        assert rules.id == rules_id
        assert not rules.source.verified
        assert rules.source.standard.startswith("GB")
        assert all(item.clause.startswith(rules.source.standard) for item in rules.items.values())
        assert all(item.method.zh and item.method.en for item in rules.items.values())


def test_table_9_2_7_is_whole() -> None:
    assert set(load_rules("gb50204-2015").items) == {
        *("length", "width", "thickness", "flatness", "side_bow", "warp", "diagonal"),
        *("hole_position", "hole_size", "opening_position", "opening_size", "plate_position", "plate_level"),
        *("bolt_position", "bolt_projection", "sleeve_position", "sleeve_level"),
        *("starter_bar_position", "starter_bar_projection", "key_position", "key_size", "key_depth"),
    }


@pytest.mark.parametrize(("pieces", "sample"), [(1, 1), (2, 2), (3, 3), (60, 3), (61, 4), (100, 5)])
def test_five_per_cent_of_a_lot_and_at_least_three_are_measured(pieces: int, sample: int) -> None:
    sampling = load_rules("gb50204-2015").sampling
    assert sampling is not None
    assert sampling.sample_size(pieces) == sample


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "l.real",
        "[l][0]",
        "l if b else h",
        "min(l)",
        "min(*[1,2])",
        "min",
        "l and b",
        "'5'",
        "()",
    ],
)
def test_an_expression_is_arithmetic_and_nothing_else(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(text, frozenset({"l", "b", "h"}))


@given(l=st.floats(1, 60000), b=st.floats(1, 60000))
def test_an_expression_means_what_it_says(l: float, b: float) -> None:  # noqa: E741
    expression = parse_expression("max(min(l/750, 20), -(b - 3) * 2 + 1)", frozenset({"l", "b"}))
    assert expression.value({"l": l, "b": b}) == max(min(l / 750, 20), -(b - 3) * 2 + 1)
