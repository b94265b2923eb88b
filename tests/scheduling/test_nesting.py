"""Pallet formation: hand-worked loads, and a check that refuses what is wrong."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling import (
    Item,
    NestingError,
    NestingProblem,
    NestingResult,
    PalletType,
    Placement,
    check_nesting,
    nest,
    nesting_problem_json,
    nesting_result_json,
    pallet_svg,
    read_nesting_problem,
    read_nesting_result,
)

PALLET = PalletType("P", 9000, 3500, 10_000, edge_clearance_mm=100, gap_mm=100)


def item(name: str, length: int, width: int, **values: object) -> Item:
    base = Item(name, length, width, 500, "C30", 0)
    return replace(base, **values)


def test_two_items_fill_a_pallet_to_the_millimetre() -> None:
    # 100 + 4350 + 100 + 4350 + 100 = 9000 long, 100 + 3300 + 100 = 3500 wide.
    problem = NestingProblem((PALLET,), (item("a", 4350, 3300), item("b", 4350, 3300)))
    result = nest(problem)
    assert len(result.loads) == 1
    assert {(p.x_mm, p.y_mm) for p in result.loads[0].placements} == {(100, 100), (4550, 100)}


def test_one_millimetre_more_needs_a_second_pallet() -> None:
    problem = NestingProblem((PALLET,), (item("a", 4350, 3300), item("b", 4351, 3300)))
    assert len(nest(problem).loads) == 2


def test_an_item_is_rotated_only_where_it_may_be() -> None:
    upright = item("a", 3300, 8800)
    assert nest(NestingProblem((PALLET,), (upright,))).loads[0].placements[0].rotated
    fixed = NestingProblem((PALLET,), (replace(upright, may_rotate=False),))
    assert [entry.code for entry in nest(fixed).unplaced] == ["too-large"]


def test_groups_and_distant_due_times_never_share_a_pallet() -> None:
    items = (
        item("a", 1000, 1000),
        item("b", 1000, 1000, group="C40"),
        item("c", 1000, 1000, due=1441),
    )
    assert len(nest(NestingProblem((PALLET,), items, due_window_minutes=1440)).loads) == 3


def test_weight_fills_a_pallet_before_area_does() -> None:
    items = tuple(item(f"i{n}", 500, 500, weight_kg=4000) for n in range(5))
    assert len(nest(NestingProblem((PALLET,), items)).loads) == 3


def test_a_heavy_item_and_a_lack_of_pallets_are_reasons() -> None:
    heavy = nest(NestingProblem((PALLET,), (item("a", 500, 500, weight_kg=10_001),)))
    assert heavy.unplaced[0].code == "too-heavy"
    one = replace(PALLET, count=1)
    scarce = nest(NestingProblem((one,), (item("a", 8000, 3000), item("b", 8000, 3000))))
    assert (len(scarce.loads), scarce.unplaced[0].code) == (1, "no-pallet-left")


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (Placement("a", 99, 100), Placement("b", 2000, 100), "N3-edge"),
        (Placement("a", 100, 100), Placement("b", 1199, 100), "N4-gap"),
        (Placement("a", 100, 100), Placement("a", 2000, 100), "N1-item"),
        (Placement("a", 100, 100), Placement("b", 2000, 100, True), "N8-rotation"),
    ],
)
def test_wrong_placements_are_refused(first: Placement, second: Placement, code: str) -> None:
    problem = NestingProblem((PALLET,), (item("a", 1000, 1000), item("b", 1000, 1000, may_rotate=False)))
    load = replace(nest(problem).loads[0], placements=(first, second))
    assert any(fault.startswith(code) for fault in check_nesting(problem, NestingResult((load,))))


def test_mixed_overloaded_or_unknown_loads_are_refused() -> None:
    problem = NestingProblem((PALLET,), (item("a", 1000, 1000), item("b", 1000, 1000)))
    result = nest(problem)
    mixed = replace(problem, items=(problem.items[0], replace(problem.items[1], group="C40", due=9)))
    late = replace(mixed, due_window_minutes=5)
    heavy = replace(problem, items=tuple(replace(entry, weight_kg=9000) for entry in problem.items))
    elsewhere = NestingResult((replace(result.loads[0], pallet="Q"),))
    assert [fault.split(":")[0] for fault in check_nesting(late, result)] == ["N6-group", "N7-due"]
    assert check_nesting(heavy, result)[0].startswith("N5-weight")
    assert check_nesting(problem, elsewhere)[0].startswith("N2-pallet")
    from scheduling import UnplacedItem

    idle = NestingResult((), (UnplacedItem("a", "?"), UnplacedItem("b", "?")))
    assert check_nesting(problem, idle)[0].startswith("N9-unplaced")


def test_out_of_range_values_are_refused_with_their_path() -> None:
    with pytest.raises(NestingError, match=r"\$\.items\[0\]\.length_mm"):
        NestingProblem((PALLET,), (item("a", 0, 10),))


SIZES = st.integers(300, 5000)


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.tuples(SIZES, SIZES, st.integers(0, 3000), st.integers(0, 5000), st.booleans())),
    window=st.none() | st.integers(0, 3000),
)
def test_every_nesting_passes_its_check(sizes: list[tuple[int, int, int, int, bool]], window: int | None) -> None:
    items = tuple(
        Item(f"i{n}", length, width, weight, "AB"[n % 2], due, turn)
        for n, (length, width, weight, due, turn) in enumerate(sizes)
    )
    problem = NestingProblem((PALLET, PalletType("Q", 4000, 4000, 6000)), items, window)
    assert check_nesting(problem, nest(problem, 0.2)) == ()


def test_four_hundred_items_use_two_thirds_of_their_pallets() -> None:
    draw = random.Random(1)
    items = tuple(item(f"i{n}", draw.randint(20, 45) * 100, draw.randint(10, 28) * 100) for n in range(400))
    problem = NestingProblem((replace(PALLET, max_load_kg=50_000),), items)
    result = nest(problem, 1.0)
    area = sum(entry.length_mm * entry.width_mm for entry in items)
    assert area / (len(result.loads) * 9000 * 3500) > 0.66
    assert check_nesting(problem, result) == ()


def test_nesting_documents_come_back_as_they_were_and_are_drawn() -> None:
    problem = NestingProblem((PALLET,), (item("a<b", 1000, 1000),), 60)
    result = nest(problem)
    assert read_nesting_problem(nesting_problem_json(problem).encode()) == problem
    assert read_nesting_result(nesting_result_json(result).encode()) == result
    assert "a&lt;b" in pallet_svg(problem, result.loads[0])
