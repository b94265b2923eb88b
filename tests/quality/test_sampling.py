"""Lots, the choice of the pieces that are measured, and what a failed sample means."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality import LotState, Verdict, build_lots, chosen_ordinals, load_rules, lot_outcome

PASS, FAIL = Verdict.PASS, Verdict.FAIL


def test_lots_hold_pieces_of_one_kind_in_their_order_and_no_more_than_allowed() -> None:
    made = [("e1", "P-A"), ("e2", "P-B"), ("e3", "P-A"), ("e4", "P-A"), ("e5", "P-B")]
    assert [(lot.number, lot.pieces) for lot in build_lots(made, 2)] == [
        ("P-A-001", ("e1", "e3")),
        ("P-A-002", ("e4",)),
        ("P-B-001", ("e2", "e5")),
    ]


def test_a_lot_of_nothing_and_a_piece_given_twice_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one piece"):
        build_lots([("e1", "A")], 0)
    with pytest.raises(ValueError, match="'e1' is given twice"):
        build_lots([("e1", "A"), ("e1", "B")], 5)
    with pytest.raises(ValueError, match="cannot be"):
        chosen_ordinals("L", -1, 1)


def test_a_hundred_and_one_pieces_are_two_lots_of_the_standard() -> None:
    sampling = load_rules("gb50204-2015").sampling
    assert sampling is not None
    lots = build_lots([(f"e{n}", "T") for n in range(101)], sampling.lot_pieces)
    sizes = [(len(lot.pieces), sampling.sample_size(len(lot.pieces))) for lot in lots]
    assert sizes == [(100, 5), (1, 1)]


def test_the_choice_is_that_of_the_documented_ranking() -> None:
    """The three lowest of SHA-256("LOT:place"), worked here without the engine."""
    ranks = {place: hashlib.sha256(f"JYP-A-001:{place}".encode()).hexdigest() for place in range(1, 21)}
    expected = sorted(sorted(ranks, key=lambda place: ranks[place])[:3])
    assert list(chosen_ordinals("JYP-A-001", 20, 3)) == expected


@given(lot=st.text(min_size=1, max_size=10), pieces=st.integers(1, 100), sample=st.integers(0, 100))
def test_a_choice_is_repeatable_and_within_the_lot(lot: str, pieces: int, sample: int) -> None:
    chosen = chosen_ordinals(lot, pieces, sample)
    assert chosen == chosen_ordinals(lot, pieces, sample)
    assert len(chosen) == len(set(chosen)) == min(pieces, sample)
    assert all(1 <= place <= pieces for place in chosen)


@given(lot=st.text(min_size=1, max_size=10), pieces=st.integers(2, 60), sample=st.integers(1, 10))
def test_a_chosen_place_stays_chosen_where_the_lot_ends_earlier(lot: str, pieces: int, sample: int) -> None:
    whole = set(chosen_ordinals(lot, pieces, sample))
    ended = set(chosen_ordinals(lot, pieces - 1, sample))
    assert {place for place in whole if place < pieces} <= ended


def test_lots_of_other_numbers_have_other_places() -> None:
    assert len({chosen_ordinals(f"L-{n}", 100, 5) for n in range(20)}) == 20


def test_a_lot_is_accepted_when_its_chosen_pieces_pass() -> None:
    pieces = [f"e{n}" for n in range(1, 11)]
    chosen = [pieces[place - 1] for place in chosen_ordinals("L-1", 10, 3)]
    begun = lot_outcome("L-1", pieces, 3, {chosen[0]: PASS})
    assert (begun.state, begun.to_measure) == (LotState.OPEN, tuple(chosen[1:]))
    done = lot_outcome("L-1", pieces, 3, dict.fromkeys(chosen, PASS))
    assert (done.state, done.to_measure, done.failed) == (LotState.ACCEPTED, (), ())


def test_a_failed_piece_has_the_whole_lot_inspected() -> None:
    pieces = ["a", "b", "c", "d"]
    failed = lot_outcome("L-1", pieces, 1, {"b": FAIL, "a": PASS})
    assert (failed.state, failed.to_measure, failed.failed) == (LotState.WHOLE, ("c", "d"), ("b",))
    sorted_out = lot_outcome("L-1", pieces, 1, {"a": PASS, "b": FAIL, "c": PASS, "d": PASS})
    assert (sorted_out.state, sorted_out.to_measure) == (LotState.SORTED, ())
