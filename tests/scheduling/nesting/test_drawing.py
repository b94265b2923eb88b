"""The drawing of a pallet: what stands on it, and that any text is text."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from scheduling import NestingProblem, PalletLoad, Placement, pallet_svg
from tests.scheduling.nesting.nesting_factory import PALLET, item, two_loads

SVG = "{http://www.w3.org/2000/svg}"


def drawn(problem: NestingProblem, load: PalletLoad) -> ElementTree.Element:
    return ElementTree.fromstring(pallet_svg(problem, load))  # noqa: S314 - written here


def words(drawing: ElementTree.Element) -> str:
    return " | ".join("".join(element.itertext()) for element in drawing.iter(f"{SVG}text"))


def test_a_drawing_says_what_lies_on_the_pallet() -> None:
    problem, result = two_loads()
    shown = words(drawn(problem, result.loads[1]))
    # Two of 500 kg; 2 × 4000 × 1500 of 9000 × 3500 are 38 %; due 100 is 01:40.
    for expected in ("L2", "P", "C40", "2 items", "1,000 of 10,000 kg", "38 % of the area", "needed day 1 01:40"):
        assert expected in shown
    for expected in ("c", "d", "4000 × 1500", "500 kg", "due day 1 02:40", "9000 × 3500 mm · edge 100 · gap 100"):
        assert expected in shown


def test_items_are_drawn_to_scale_where_they_lie() -> None:
    problem, result = two_loads()
    boxes = [box for group in drawn(problem, result.loads[0]).iter(f"{SVG}g") for box in group.iter(f"{SVG}rect")]
    scale = 1100 / 9000
    assert [float(box.get("width", "")) for box in boxes] == pytest.approx([4000 * scale] * 2, abs=0.1)
    assert float(boxes[1].get("x", "")) - float(boxes[0].get("x", "")) == pytest.approx(4100 * scale, abs=0.2)


def test_a_rotated_item_is_marked_and_turned() -> None:
    problem = NestingProblem((PALLET,), (item("a", 3000, 1000),))
    drawing = drawn(problem, PalletLoad("L", "P", (Placement("a", 100, 100, True),)))
    assert "⟳ 90°" in words(drawing)
    box = next(iter(next(iter(drawing.iter(f"{SVG}g"))).iter(f"{SVG}rect")))
    assert float(box.get("height", "")) == pytest.approx(3 * float(box.get("width", "")), rel=0.01)


def test_any_text_is_escaped_and_chinese_has_fonts() -> None:
    problem = NestingProblem(
        (replace(PALLET, id='"<P>&'),), (item("叠合板<1>", 3000, 2000, group="C30</text><script>"),)
    )
    drawing = drawn(problem, PalletLoad("L<1>", '"<P>&', (Placement("叠合板<1>", 100, 100),)))
    assert not list(drawing.iter(f"{SVG}script"))
    assert "叠合板<1>" in words(drawing)
    assert "CJK" in str(drawing.get("font-family"))


def test_a_small_item_keeps_its_words_in_its_title() -> None:
    problem = NestingProblem((PALLET,), (item("tiny", 60, 60),))
    drawing = drawn(problem, PalletLoad("L", "P", (Placement("tiny", 100, 100),)))
    assert "tiny" not in words(drawing)
    titles = ["".join(title.itertext()) for title in drawing.iter(f"{SVG}title")]
    assert any("tiny · 60 × 60 · 500 kg" in title for title in titles)


def test_groups_have_colours_of_their_own() -> None:
    problem, result = two_loads()
    fills = []
    for load in result.loads:
        group = next(iter(drawn(problem, load).iter(f"{SVG}g")))
        fills.append(next(iter(group.iter(f"{SVG}rect"))).get("fill"))
    assert fills[0] != fills[1]


def test_a_load_of_another_problem_is_not_drawn() -> None:
    problem, _ = two_loads()
    with pytest.raises(KeyError):
        pallet_svg(problem, PalletLoad("L", "elsewhere", ()))
