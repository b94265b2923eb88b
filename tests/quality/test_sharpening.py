"""A plant's own set: it names what it sharpens, is never looser, and is complete in its kept text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality import Dimensions, Face, LooserFigureError, RuleDataError, RuleSet, digest_of, load_rules, parse_rules
from quality.rules import RULE_SETS
from quality.rules.text import bundled, canonical_text, unbundled

EXAMPLE = (RULE_SETS / "examples" / "own-strict.yaml").read_text(encoding="utf-8")
HEAD = EXAMPLE[: EXAMPLE.index("sampling:")]


def own(rows: str, item: str = "length", further: str = "") -> RuleSet:
    text = f"items:\n  {item}:\n    clause: clause 1\n    method: {{zh: 尺量, en: tape}}\n{further}    rows:\n{rows}"
    return parse_rules(HEAD + text, "own.yaml")


def test_what_the_own_set_leaves_out_is_judged_by_the_set_it_sharpens() -> None:
    rules = parse_rules(EXAMPLE)
    slab, long_slab, wall = Dimensions(5999, 1760, 60), Dimensions(6000, 1760, 60), Dimensions(3000, 2800, 200)
    assert rules.tolerance("length", "composite_slab", slab).upper == 3
    assert rules.tolerance("length", "composite_slab", long_slab).upper == 5  # its row ends below 6 m
    assert rules.tolerance("length", "composite_slab", long_slab).clause == "GB 50204-2015 table 9.2.7"
    assert rules.tolerance("flatness", "exterior_wall", wall, Face.OUTER).upper == 2
    assert rules.tolerance("flatness", "exterior_wall", wall, Face.INNER).upper == 5
    assert rules.tolerance("flatness", "exterior_wall", wall).upper == 2  # the stricter of both faces
    assert rules.required_items("composite_slab") == load_rules("gb50204-2015").required_items("composite_slab")


@pytest.mark.parametrize(
    ("rows", "place", "told"),
    [
        ("      - {for: [slab], allowed: [-6, 3]}\n", "items.length.rows[0].allowed", "[-6, 3] is looser than [-5, 5]"),
        ("      - {for: [wall], allowed: [-3, 5]}\n", "items.length.rows[0].allowed", "[-3, 5] is looser than [-4, 4]"),
        ("      - {for: [slab], below_mm: 13000, allowed: [-7, 7]}\n", "items.length.rows[0].allowed", "looser"),
        ("      - {for: [slab], allowed: [-5, l/600]}\n", "items.length.rows[0].allowed", "looser"),
    ],
)
def test_a_looser_figure_is_refused_with_file_and_place(rows: str, place: str, told: str) -> None:
    with pytest.raises(LooserFigureError) as refusal:
        own(rows)
    assert (refusal.value.file, refusal.value.place) == ("own.yaml", place)
    assert told in str(refusal.value)
    assert refusal.value.allowed.clause == "GB 50204-2015 table 9.2.7"


def test_an_expression_that_is_looser_at_some_length_only_is_found() -> None:
    """min(l/750, 20) of the standard: l/900 is stricter up to 18 m and looser above, where the standard stops."""
    with pytest.raises(LooserFigureError) as refusal:
        own('      - {for: [beam], allowed: "l/900"}\n', "side_bow")
    assert refusal.value.length_mm > 18000
    assert own('      - {for: [beam], allowed: "min(l/900, 20)"}\n', "side_bow").own == {"side_bow"}


def test_a_face_the_standard_is_stricter_on_may_not_be_loosened() -> None:
    with pytest.raises(LooserFigureError, match=r"\[0, 4\] is looser than \[0, 3\]"):
        own("      - {for: [exterior_wall], allowed: 4}\n", "flatness")
    assert own("      - {for: [exterior_wall], face: inner, allowed: 4}\n", "flatness")


def test_factors_and_samples_are_never_looser_either() -> None:
    rows = "      - {for: [all], allowed: 1}\n"
    with pytest.raises(RuleDataError, match="temporary_factor: 3 is looser than 2"):
        own(rows, "bolt_position", "    temporary_factor: 3\n")
    size = Dimensions(3000, 600, 600)
    assert own(rows, "bolt_position").tolerance("bolt_position", "column", size, temporary=True).upper == 2  # 1 twice
    for change, place in (
        (("lot_pieces: 50", "lot_pieces: 101"), "sampling.lot_pieces"),
        (("share: 0.1", "share: 0.04"), "sampling.share"),
        (("minimum_pieces: 5", "minimum_pieces: 2"), "sampling.minimum_pieces"),
    ):
        with pytest.raises(RuleDataError) as refusal:
            parse_rules(EXAMPLE.replace(*change))
        assert refusal.value.place == place


def test_an_own_set_needs_a_name_and_a_known_base() -> None:
    for change in (("id: own-strict", "id: gb50204-2015"), ("sharpens: gb50204-2015", "sharpens: gb50204-2002")):
        with pytest.raises(RuleDataError):
            parse_rules(EXAMPLE.replace(*change))
    chained = bundled(EXAMPLE.replace("own-strict", "own-2").replace("gb50204-2015\n", "own-strict\n"), EXAMPLE)
    with pytest.raises(RuleDataError, match="sharpens another set itself"):
        parse_rules(chained)


def test_the_kept_text_is_complete_in_itself() -> None:
    """Years later the packaged file may be another: the kept text has its own."""
    kept = parse_rules(EXAMPLE).text
    changed = kept.replace("{for: [wall], allowed: 5}", "{for: [wall], allowed: 4}")
    assert parse_rules(kept).tolerance("diagonal", "parapet", Dimensions(3000, 1400, 160)).upper == 5
    assert parse_rules(changed).tolerance("diagonal", "parapet", Dimensions(3000, 1400, 160)).upper == 4
    assert parse_rules(changed).sha256 != parse_rules(kept).sha256
    assert parse_rules(kept).sha256 == digest_of(kept) == parse_rules(EXAMPLE).sha256


LINES = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\ufeff\x00-", exclude_categories=["Cc"]), max_size=12
)


@given(lines=st.lists(LINES, min_size=1, max_size=5))
def test_the_digest_does_not_depend_on_the_editor(lines: list[str]) -> None:
    text = "\n".join(lines)
    for other in ("\r\n".join(lines), "\ufeff" + text, text + "\n\n", text.replace("\n", "  \n")):
        assert digest_of(other) == digest_of(text)
    assert canonical_text(canonical_text(text)) == canonical_text(text)


def test_a_bundle_comes_apart_again() -> None:
    assert unbundled(bundled("a: 1", "b: 2")) == ("a: 1\n", "b: 2\n")
    assert unbundled("---\na: 1\n") == ("---\na: 1\n", None)


def test_lengths_exactly_at_the_ends_of_rows_have_one_row() -> None:
    rules = load_rules("gbt51231-2016-mould")
    limits = [rules.tolerance("mould_length", "beam", Dimensions(l, 300, 500)) for l in (6000, 6000.1, 12000, 12000.1)]  # noqa: E741
    assert [(one.lower, one.upper) for one in limits] == [(-2, 1), (-4, 2), (-4, 2), (-5, 3)]
