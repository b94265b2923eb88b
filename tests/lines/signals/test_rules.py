"""Rules say what a station's signals mean; each test is one story of a machine and what is made of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lines.signals import Deed, RulesError, evaluate, parse_rules, rise, standard_rules
from lines.states import MachineState

ROBOT = standard_rules().of("SL-shuttering", "shuttering")
SPREADER = standard_rules().of("SL-casting", "casting")
CHAMBER = standard_rules().of("SL-curing", "curing")


def deeds(rules: tuple, before: dict, now: dict) -> list[tuple[str, int]]:
    return [(intent.deed.value, intent.pallet) for intent in evaluate(rules, before, now)]


def test_a_machine_that_executes_starts_the_pallet_in_it() -> None:
    assert deeds(ROBOT, {}, {"state": "execute", "pallet": 17}) == [("arrive", 17), ("start", 17)]


def test_a_machine_that_waits_for_the_line_only_has_the_pallet() -> None:
    assert deeds(ROBOT, {}, {"state": "suspended", "pallet": 17}) == [("arrive", 17)]


def test_a_machine_without_a_pallet_says_nothing() -> None:
    assert deeds(ROBOT, {"state": "execute", "pallet": 17}, {"state": "execute", "pallet": 0}) == []
    assert deeds(ROBOT, {}, {"state": "execute"}) == []


def test_complete_finishes_the_pallet() -> None:
    assert deeds(ROBOT, {}, {"state": "complete", "pallet": 17}) == [("arrive", 17), ("finish", 17)]


def test_the_counter_finishes_the_pallet_that_was_there_before() -> None:
    before = {"state": "execute", "pallet": 17, "cycles": 7}
    now = {"state": "execute", "pallet": 18, "cycles": 8}
    assert ("finish", 17) in deeds(ROBOT, before, now)
    assert ("finish", 18) not in deeds(ROBOT, before, now)


@pytest.mark.parametrize(("was", "shows"), [(7, 7), (7, 9), (7, 0), (None, 8), (7, None)])
def test_a_counter_that_did_not_go_up_by_one_finishes_nothing(was: int | None, shows: int | None) -> None:
    before = {"state": "execute", "pallet": 17, "cycles": was}
    now = {"state": "execute", "pallet": 17, "cycles": shows}
    assert ("finish", 17) not in deeds(ROBOT, before, now)


def test_a_spreader_says_what_it_poured_before_the_pallet_is_done() -> None:
    before = {"state": "execute", "pallet": 17, "cycles": 7, "poured_m3": 41.2}
    now = {"state": "complete", "pallet": 17, "cycles": 8, "poured_m3": 42.6, "batch": "B-0812"}
    found = evaluate(SPREADER, before, now)
    consume = next(intent for intent in found if intent.deed is Deed.CONSUME)
    assert (consume.pallet, consume.values, consume.rises) == (17, {"batch": "B-0812"}, {"volume_m3": "poured_m3"})
    order = [intent.deed for intent in found]
    assert order.index(Deed.CONSUME) < order.index(Deed.FINISH)


def test_a_spreader_that_names_no_batch_leaves_it_out() -> None:
    before = {"state": "execute", "pallet": 17, "cycles": 7}
    now = {"state": "complete", "pallet": 17, "cycles": 8, "batch": ""}
    (consume,) = (intent for intent in evaluate(SPREADER, before, now) if intent.deed is Deed.CONSUME)
    assert consume.values == {}


def test_a_batch_that_the_batching_plant_names_anew_was_mixed() -> None:
    rules = standard_rules().of_machine("batching-plant")
    now = {"state": "idle", "batch": "SL-000013", "batch_m3": 1.7, "mix": "PHB-C30-02"}
    (mixed,) = evaluate(rules, {**now, "batch": "SL-000012"}, now)
    assert (mixed.deed, mixed.pallet) == (Deed.MIX, 0)
    assert mixed.values == {"batch": "SL-000013", "volume_m3": 1.7, "mix": "PHB-C30-02"}
    assert evaluate(rules, now, now) == ()
    assert evaluate(rules, now, {**now, "batch": ""}) == ()
    assert standard_rules().of_machine("energy-meter") == ()


def test_a_slot_that_is_filled_starts_and_one_that_is_emptied_lets_go() -> None:
    before = {"slot_01_pallet": 17, "slot_02_pallet": 0}
    now = {"slot_01_pallet": 0, "slot_02_pallet": 18}
    assert deeds(CHAMBER, before, now) == [("start", 18), ("leave", 17)]


def test_a_pallet_that_changes_its_slot_has_not_left() -> None:
    before = {"slot_01_pallet": 17, "slot_02_pallet": 0}
    now = {"slot_01_pallet": 0, "slot_02_pallet": 17}
    assert deeds(CHAMBER, before, now) == [("start", 17)]


def test_a_slot_that_cannot_be_read_has_not_been_emptied() -> None:
    assert deeds(CHAMBER, {"slot_01_pallet": 17}, {"slot_01_pallet": None}) == []


@given(state=st.sampled_from(list(MachineState)), pallet=st.integers(1, 999))
def test_a_state_that_lasts_means_the_same_however_often_it_is_read(state: MachineState, pallet: int) -> None:
    now = {"state": state.value, "pallet": pallet, "cycles": 5, "slot_01_pallet": pallet}
    for rules in (ROBOT, SPREADER, CHAMBER):
        lasting = evaluate(rules, now, now)
        assert lasting == evaluate(rules, now, now)
        assert not any(intent.deed in {Deed.CONSUME, Deed.LEAVE} or intent.counted for intent in lasting)


@pytest.mark.parametrize(
    ("start", "now", "expected"), [(41.2, 42.6, 1.4), (0, 0, 0.0), (9.5, 1.2, 1.2), (None, 4, None), (4, None, None)]
)
def test_the_rise_of_a_counter_survives_its_reset(start: float, now: float, expected: float | None) -> None:
    assert rise(start, now) == (pytest.approx(expected) if expected is not None else None)


def test_a_station_may_have_rules_of_its_own() -> None:
    own = parse_rules(
        """
rules: plant
kinds:
  default:
    - {do: start, when: {state: [execute]}}
stations:
  SL-rebar:
    - {do: finish, when: {lamp_green: [true]}}
"""
    )
    assert deeds(own.of("SL-rebar", "rebar"), {}, {"lamp_green": True, "pallet": 4}) == [("finish", 4)]
    assert deeds(own.of("SL-oiling", "oiling"), {}, {"lamp_green": True, "pallet": 4}) == []


GOOD = """rules: plant
kinds:
  default:
    - {do: start, when: {state: [execute]}}
"""


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            GOOD.replace("do: start", "do: begin"),
            "r.yaml:4: 'begin' is not one of arrive, start, consume, finish, leave",
        ),
        (GOOD.replace("execute", "running"), "r.yaml:4: 'running' is no PackML state"),
        (GOOD.replace("[execute]", "soon"), "r.yaml:4: state is tested by a list of values or one of shown, counted"),
        (GOOD.replace("default", "casting"), "r.yaml:2: the rules of 'default' are missing"),
        (GOOD.replace("{state: [execute]}", "{}"), "r.yaml:4: when is a mapping of points to what they show"),
        (GOOD.replace("when: {state", "pallet: slot, when: {state"), "r.yaml:4: a rule about slots, and no other"),
        (GOOD.replace("}}", "}, facts: {batch: {value_of: batch}}}").replace("]}}", "]}"), "r.yaml:4: "),
        (GOOD.replace("kinds", "kind"), "r.yaml:1: 'kinds' is missing"),
    ],
)
def test_a_fault_is_named_with_file_and_line(wrong: str, message: str) -> None:
    with pytest.raises(RulesError) as caught:
        parse_rules(wrong, "r.yaml")
    assert message in str(caught.value)
