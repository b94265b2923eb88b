"""Each rule of the nesting contract: a valid result with one thing changed is refused with that rule's code."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from scheduling import (
    NestingObjective,
    NestingProblem,
    NestingResult,
    NestingStatus,
    PalletLoad,
    Placement,
    UnplacedItem,
    check_nesting,
)
from tests.scheduling.nesting.nesting_factory import PALLET, item, two_loads

Change = Callable[[NestingResult], NestingResult]


def codes(problem: NestingProblem, result: NestingResult) -> set[str]:
    return {fault.split(":")[0] for fault in check_nesting(problem, result)}


def moved(load: int, placement: int, **values: object) -> Change:
    """A change of one placement."""

    def change(result: NestingResult) -> NestingResult:
        loads = list(result.loads)
        places = list(loads[load].placements)
        places[placement] = replace(places[placement], **values)
        loads[load] = replace(loads[load], placements=tuple(places))
        return replace(result, loads=tuple(loads))

    return change


def with_load(load: int, **values: object) -> Change:
    """A change of one load."""
    return lambda result: replace(
        result, loads=tuple(replace(entry, **values) if n == load else entry for n, entry in enumerate(result.loads))
    )


def test_the_result_that_is_changed_here_keeps_every_rule() -> None:
    assert check_nesting(*two_loads()) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda result: replace(result, unplaced=()), "N1-item"),
        (moved(0, 1, item="a"), "N1-item"),
        (moved(0, 1, item="nobody"), "N1-item"),
        (lambda result: replace(result, unplaced=result.unplaced * 2), "N1-item"),
        (lambda result: replace(result, unplaced=(*result.unplaced, UnplacedItem("a", ""))), "N1-item"),
        (with_load(0, pallet="Q"), "N2-pallet"),
        (with_load(1, id="L1"), "N2-pallet"),
        (with_load(1, id=""), "N2-pallet"),
        (lambda result: replace(result, loads=(*result.loads, PalletLoad("L3", "P", ()))), "N2-pallet"),
        (moved(0, 0, x_mm=99), "N3-edge"),
        (moved(0, 0, y_mm=99), "N3-edge"),
        # 9000 - 100 - 4000 = 4900 is the last place along, 3500 - 100 - 1500 = 1900 the last one across.
        (moved(0, 1, x_mm=4901), "N3-edge"),
        (moved(1, 1, y_mm=1901), "N3-edge"),
        (moved(0, 1, x_mm=4199), "N4-gap"),
        (moved(1, 1, y_mm=1699), "N4-gap"),
        (moved(1, 1, y_mm=100), "N4-gap"),
        (moved(0, 1, item="c"), "N6-group"),
        (moved(0, 1, x_mm=7000, rotated=True), "N8-rotation"),
        (lambda result: replace(result, unplaced=(UnplacedItem("big", "", "too-heavy"),)), "N9-unplaced"),
        (lambda result: replace(result, unplaced=(UnplacedItem("big", "", "no idea"),)), "N9-unplaced"),
        (lambda result: replace(result, objective=NestingObjective(1, 2, 89)), "N10-objective"),
        (lambda result: replace(result, objective=NestingObjective(0, 2, 90)), "N10-objective"),
        (lambda result: replace(result, bound=NestingObjective(1, 2, 91)), "N10-objective"),
        (lambda result: replace(result, bound=NestingObjective(1, 3, 0)), "N10-objective"),
        (lambda result: replace(result, status=NestingStatus.OPTIMAL), "N10-objective"),
        (lambda result: replace(result, loads=result.loads[::-1]), "N11-order"),
    ],
)
def test_a_result_that_breaks_a_rule_is_refused_with_its_code(change: Change, code: str) -> None:
    problem, result = two_loads()
    assert code in codes(problem, change(result))


def test_only_the_rule_that_is_broken_is_named() -> None:
    problem, result = two_loads()
    assert codes(problem, moved(0, 1, x_mm=4199)(result)) == {"N4-gap"}
    assert codes(problem, moved(0, 0, x_mm=99)(result)) == {"N3-edge"}


def test_weight_and_count_are_limits() -> None:
    problem, result = two_loads()
    just = replace(PALLET, count=2, max_load_kg=1000)
    assert codes(replace(problem, pallets=(just,)), result) == set()
    assert codes(replace(problem, pallets=(replace(just, max_load_kg=999),)), result) == {"N5-weight"}
    assert codes(replace(problem, pallets=(replace(just, count=1),)), result) == {"N2-pallet"}


def test_the_due_window_is_a_limit() -> None:
    problem, result = two_loads()
    assert codes(replace(problem, due_window_minutes=59), result) == {"N7-due"}
    assert codes(replace(problem, due_window_minutes=None), result) == set()


def test_nothing_is_left_out_for_which_a_pallet_is_there() -> None:
    problem = NestingProblem((replace(PALLET, count=1),), (item("a", 8000, 3000), item("b", 3000, 8000)))
    load = PalletLoad("L1", "P", (Placement("a", 100, 100),))
    left = UnplacedItem("b", "no pallet left", "no-pallet-left")
    assert codes(problem, NestingResult((load,), (left,))) == set()
    assert codes(replace(problem, pallets=(PALLET,)), NestingResult((load,), (left,))) == {"N9-unplaced"}
    assert codes(problem, NestingResult((), (UnplacedItem("a", ""), left))) == {"N9-unplaced"}


def test_a_result_need_not_claim_anything() -> None:
    problem, result = two_loads()
    assert check_nesting(problem, replace(result, objective=None, bound=None)) == ()


def test_a_proven_result_may_be_called_optimal() -> None:
    problem, result = two_loads()
    proven = replace(result, bound=NestingObjective(1, 2, 90), status=NestingStatus.OPTIMAL)
    assert check_nesting(problem, proven) == ()
