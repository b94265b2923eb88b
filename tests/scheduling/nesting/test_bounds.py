"""What is proven about pallets: bounds worked out by hand, and bounds that no packing found is below."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling import Item, NestingObjective, NestingProblem, PalletType, nest
from scheduling.nesting.bounds import least_early_minutes, least_pallets
from scheduling.nesting.groups import groups_of
from tests.scheduling.nesting.nesting_factory import PALLET, item

BARE = PalletType("P", 1000, 1000, 1000)


def bound(items: tuple[Item, ...], pallet: PalletType = BARE, window: int | None = None) -> int:
    groups, _ = groups_of(NestingProblem((pallet,), items, window))
    return sum(least_pallets(group) for group in groups)


def squares(count: int, side: int, **values: object) -> tuple[Item, ...]:
    return tuple(item(f"i{n}", side, side, **({"weight_kg": 0} | values)) for n in range(count))


def test_area_is_a_bound() -> None:
    # Twenty-six squares of 200 cover 26 × 40,000 = 1,040,000 square millimetres, more than one pallet.
    assert bound(squares(25, 200)) == 1
    assert bound(squares(26, 200)) == 2


def test_the_gap_counts_as_area() -> None:
    # With gaps of 50, four squares of 225 lie along a side: 4 × 225 + 3 × 50 = 1050 is too much, three do.
    assert bound(squares(10, 250), replace(BARE, gap_mm=50)) == 2


def test_squares_of_more_than_half_a_side_share_no_pallet() -> None:
    # Area says 3 × 0.26 = 0.78; but no two of 510 lie beside one another.
    assert bound(squares(3, 510)) == 3


def test_squares_of_more_than_a_third_lie_four_to_a_pallet() -> None:
    assert bound(squares(9, 340)) == 3


def test_only_orientations_that_are_allowed_count() -> None:
    # Boards of 1000 × 400 lie two to a pallet, whichever way they are turned.
    boards = tuple(item(f"i{n}", 1000, 400, weight_kg=0, may_rotate=bool(n % 2)) for n in range(5))
    assert bound(boards) == 3


def test_weight_is_a_bound() -> None:
    assert bound(squares(5, 100, weight_kg=500)) == 3


def test_due_times_apart_add_up() -> None:
    # At 0, 10 and 100 one small item each; with a window of 20 the third needs a pallet of its own.
    items = tuple(replace(entry, due=due) for entry, due in zip(squares(3, 100), (0, 10, 100), strict=True))
    assert [bound(items, window=window) for window in (0, 9, 10, 90, 100, None)] == [3, 3, 2, 2, 1, 1]


def test_the_largest_pallet_is_what_counts() -> None:
    small, large = replace(BARE, id="small", length_mm=600), BARE
    groups, _ = groups_of(NestingProblem((small, large), squares(4, 500)))
    assert least_pallets(groups[0]) == 1


def test_the_bench_slabs_need_fifty_pallets() -> None:
    """Their area is that of 35 pallets and with gaps of 39; but 3720 and 3420 long ones lie two abreast only with a
    narrow one between them and the edge."""
    pallet = PalletType("P", 9000, 3500, 20_000, edge_clearance_mm=40, gap_mm=120)
    sizes = [(3420, 1760), (3120, 1460), (2820, 1700), (3720, 1760)]
    assert bound(tuple(item(f"E{n}", *sizes[n % 4]) for n in range(200)), pallet) == 50


def test_so_few_pallets_need_so_many_early_minutes() -> None:
    # Due at 0, 1, 5, 6, 6: on two pallets from 0 and 5 on, 1 + 1 + 1; on one 1 + 5 + 6 + 6; on four nothing.
    items = tuple(replace(entry, due=due) for entry, due in zip(squares(5, 10), (0, 1, 5, 6, 6), strict=True))
    groups, _ = groups_of(NestingProblem((BARE,), items))
    assert [least_early_minutes(groups[0], pallets) for pallets in (1, 2, 3, 4, 9)] == [18, 3, 1, 0, 0]


def test_many_items_on_one_pallet_are_proven_best() -> None:
    items = tuple(replace(entry, due=n) for n, entry in enumerate(squares(40, 100)))
    result = nest(NestingProblem((BARE,), items))
    assert (result.status, result.objective) == ("optimal", NestingObjective(0, 1, sum(range(40))))


def test_a_small_group_is_solved_to_the_end() -> None:
    # Area with gaps says 2 pallets of 9000 × 3500; walls of 2000 × 2900 in one row: 4 × 2000 + 3 × 100 = 8300 of
    # 8800, so that 9 need three. Due times of 0 … 8: loads (0–3), (4–7), (8) or shifted: 6 + 6, best 3 + 3 + 3.
    walls = tuple(item(f"w{n}", 2000, 2900, due=n) for n in range(9))
    result = nest(NestingProblem((PALLET,), walls))
    assert result.status == "optimal"
    assert result.objective == result.bound
    assert result.objective is not None
    assert (result.objective.pallets, result.objective.early_minutes) == (3, 9)


SIDES = st.integers(100, 1000)


@settings(max_examples=30, deadline=None)
@given(
    values=st.lists(st.tuples(SIDES, SIDES, st.integers(0, 600), st.integers(0, 100), st.booleans()), max_size=18),
    window=st.none() | st.integers(0, 100),
    gap=st.integers(0, 100),
)
def test_no_nesting_is_below_the_bound(
    values: list[tuple[int, int, int, int, bool]], window: int | None, gap: int
) -> None:
    items = tuple(
        Item(f"i{n}", length, width, weight, "g", due, turn)
        for n, (length, width, weight, due, turn) in enumerate(values)
    )
    pallets = (replace(BARE, gap_mm=gap), PalletType("Q", 700, 1200, 800))
    problem = NestingProblem(pallets, items, window)
    groups, _ = groups_of(problem)
    result = nest(problem, 60, iterations=100)
    assert sum(least_pallets(group) for group in groups) <= len(result.loads)
    assert result.objective is not None
    counts = Counter(load.placements[0].item for load in result.loads)
    least = sum(least_early_minutes(group, sum(counts[item.id] for item in group.items)) for group in groups)
    assert least <= result.objective.early_minutes


@pytest.mark.parametrize("columns", [2, 3, 4])
def test_pallets_cut_into_pieces_are_never_bound_above_their_number(columns: int) -> None:
    # Seven pallets cut into strips and the strips into boards: they go back on seven pallets.
    items = []
    for pallet in range(7):
        edges = [0, *sorted((pallet * 131 + column * 307) % 900 + 50 for column in range(columns - 1)), 1000]
        for column in range(columns):
            length, cut = edges[column + 1] - edges[column], 200 + (pallet * 97 + column * 53) % 600
            if length > 0:
                items += [(length, cut), (length, 1000 - cut)]
    pieces = tuple(item(f"p{n}", *size, weight_kg=0) for n, size in enumerate(items))
    assert bound(pieces) <= 7
