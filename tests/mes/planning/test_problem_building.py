"""From elements and running loads to a problem of the scheduling contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mes.planning.pallet_forming import due_minute, form_loads
from mes.planning.problem_building import BuiltProblem, build_problem, epoch_of, work_minutes
from mes.planning.situation import RunningLoad, Situation
from scheduling import FixedOperation, check, check_nesting, solve
from tests.mes.planning.facts import RULES, at, element, line, running, situation


def built(there: Situation) -> BuiltProblem:
    return build_problem(there, RULES, 0.5)


def test_minutes_are_those_of_the_pallet_and_of_its_square_metres() -> None:
    # Two slabs of 3.4 × 1.8 m are 12.24 m²: casting 5 + ⌈6.12⌉ = 12, demoulding 6 + ⌈1.224⌉ = 8.
    there = situation()
    assert work_minutes(there, there.lines[0], [element(1), element(2)]) == (4, 12, 480, 8)


def test_an_element_is_due_so_many_yard_days_before_the_site_wants_it_at_seven() -> None:
    # Wanted on 7 December; a slab lies 2 days in the yard: 5 December, 07:00, 12 days and 420 minutes after midnight.
    there = situation()
    assert due_minute(element(1), RULES, there, at(0)) == 12 * 1440 + 420


def test_what_is_late_already_is_due_at_once() -> None:
    late = element(1, required_on=date(2026, 11, 20))
    assert due_minute(late, RULES, situation(), at(0)) == 0


def test_the_problem_holds_lines_pallets_hours_and_now() -> None:
    problem = built(situation(element(1), element(2))).problem
    assert problem.epoch == "2026-11-23T00:00:00+08:00"
    assert problem.now == 540
    assert [(resource.id, resource.count) for resource in problem.resources] == [("pallets-L1", 4)]
    assert problem.calendars[0].windows[:2] == ((450, 690), (780, 1050))
    (job,) = problem.jobs
    assert job.options[0].minutes == (4, 12, 480, 8)
    assert job.tardiness_cost == 2 * RULES.tardiness_cost_per_element
    assert (job.holds[0].from_station, job.holds[0].to_station) == ("cleaning", "demoulding")


def test_a_load_that_two_lines_can_make_fits_the_smaller_pallet_and_has_two_options() -> None:
    lines = (line("L1", "beam"), line("L2", "beam", width_mm=4000))
    made = built(situation(element(1, family="beam"), lines=lines))
    assert [option.line for option in made.problem.jobs[0].options] == ["L1", "L2"]
    assert made.forming.parts[0].problem.pallets[0].width_mm == 3500


def test_an_element_without_a_line_or_a_route_or_a_pallet_is_left_out_with_the_reason() -> None:
    there = situation(
        element(1, family="stair"),
        element(2, family="bay_window"),
        element(3, width_mm=4200, length_mm=8000),
        element(4),
        lines=(line("L1", "composite_slab", "bay_window"),),
    )
    made = built(there)
    assert {(entry.serials, entry.code) for entry in made.forming.left_out} == {
        ((1,), "no-line"),
        ((2,), "no-route"),
        ((3,), "too-large"),
    }
    assert [load.elements[0].serial for load in made.forming.loads] == [4]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["composite_slab", "interior_wall"]),
            st.sampled_from(["C30", "C40"]),
            st.sampled_from([60, 80, 81, 200]),
            st.integers(1, 20),
        ),
        min_size=1,
        max_size=14,
    )
)
def test_a_load_never_mixes_family_grade_thickness_class_or_far_due_days(
    drawn: list[tuple[str, str, int, int]],
) -> None:
    elements = [
        element(n, family=family, concrete_grade=grade, thickness_mm=thickness, required_on=date(2026, 12, day))
        for n, (family, grade, thickness, day) in enumerate(drawn, start=1)
    ]
    forming = form_loads(situation(*elements), RULES, at(0), 0.5)
    assert sorted(e.serial for load in forming.loads for e in load.elements) == list(range(1, len(drawn) + 1))
    for load in forming.loads:
        kinds = {(e.family, e.concrete_grade, RULES.thickness_class(e.thickness_mm)) for e in load.elements}
        days = [e.required_on for e in load.elements]
        assert len(kinds) == 1
        assert (max(days) - min(days)).days <= RULES.due_window_days
    assert all(check_nesting(part.problem, part.result) == () for part in forming.parts)


def test_forming_that_is_stopped_has_placed_every_element() -> None:
    elements = [element(n, required_on=date(2026, 12, 1 + n % 9)) for n in range(1, 40)]
    asked = iter([False, True])
    forming = form_loads(situation(*elements), RULES, at(0), 60, lambda: next(asked, True))
    assert sorted(e.serial for load in forming.loads for e in load.elements) == list(range(1, 40))
    assert [part.result.status for part in forming.parts] == ["cancelled"]


def test_a_running_load_is_fixed_with_what_has_happened() -> None:
    load = running(7, ("cleaning", at(8, 30), at(8, 35)), ("casting", at(8, 50), None))
    made = built(situation(element(1), running=(load,)))
    (fixed,) = made.problem.fixed
    # One slab, 6.12 m²: casting takes 5 + ⌈3.06⌉ = 9 minutes; 10 have passed by 09:00, so one remains.
    assert fixed.operations == (
        FixedOperation("cleaning", enter=510, start=510, end=515, leave=530),
        FixedOperation("casting", enter=530, start=530, remaining=1),
    )
    assert made.running_left_out == ()


def test_only_open_minutes_count_as_worked() -> None:
    # Demoulding takes 7 minutes. Begun on Saturday at 17:27, three open minutes passed; four remain on Monday.
    load = running(
        7,
        ("cleaning", at(7, 30, 21), at(7, 35, 21)),
        ("casting", at(7, 35, 21), at(7, 45, 21)),
        ("curing", at(7, 45, 21), at(15, 45, 21)),
        ("demoulding", at(17, 27, 21), None),
    )
    now = at(7, 30)
    made = built(situation(running=(load,), now=now))
    assert made.problem.fixed[0].operations[-1].remaining == 4


def test_the_epoch_goes_back_to_the_day_on_which_a_running_load_entered() -> None:
    load = running(7, ("cleaning", at(16, 0, 21), at(16, 10, 21)), ("casting", at(16, 10, 21), None))
    assert epoch_of(situation(running=(load,))) == at(0, 0, 21)
    assert epoch_of(situation()) == at(0)


CURING = (("cleaning", at(7, 40), at(7, 45)), ("casting", at(7, 50), at(8, 0)), ("curing", at(8, 0), None))


def test_a_past_that_cannot_be_continued_is_left_out_and_its_pallet_counts_as_taken() -> None:
    # At 03:00 the calendar is closed: casting that runs then can have no end by the contract's rules.
    night = running(8, ("cleaning", at(2, 40), at(2, 45)), ("casting", at(2, 50), None))
    made = built(situation(element(1), running=(night,), now=at(3, 0)))
    assert made.running_left_out == (8,)
    assert made.problem.fixed == ()
    assert made.problem.resources[0].count == 3


def test_a_skipped_station_is_no_past_the_contract_can_tell() -> None:
    skipped = running(8, ("cleaning", at(8, 0), at(8, 5)), ("curing", at(8, 20), None))
    made = built(situation(element(1), running=(skipped,)))
    assert made.running_left_out == (8,)
    # It stands in the chamber: one of the four places is taken too.
    curing = made.problem.lines[0].stations[2]
    assert curing.capacity == 3


def test_the_loads_that_can_be_continued_are_kept_beside_one_that_cannot() -> None:
    good = running(7, *CURING)
    also_casting = running(8, ("cleaning", at(8, 40), at(8, 45)), ("casting", at(8, 50), None))
    twice_there = running(9, ("cleaning", at(8, 46), at(8, 48)), ("casting", at(8, 55), None))
    made = built(situation(element(1), running=(good, also_casting, twice_there)))
    assert made.running_left_out == (9,)
    assert [fixed.job for fixed in made.problem.fixed] == ["RUN-7", "RUN-8"]


@pytest.mark.parametrize("loads", [(), (running(7, *CURING),)])
def test_the_engine_solves_what_was_built_and_its_validator_agrees(loads: tuple[RunningLoad, ...]) -> None:
    problem = built(situation(*(element(n) for n in range(1, 15)), running=loads)).problem
    plan = solve(problem, seconds=0.5)
    assert check(problem, plan).valid
    assert not plan.unscheduled


def test_a_load_of_the_same_elements_remembers_where_the_former_plan_had_it() -> None:
    from mes.planning.situation import WaitingLoad

    waiting = WaitingLoad(12, "L1", frozenset({1, 2}), at(10, 15))
    made = built(replace(situation(element(1), element(2)), waiting=(waiting,)))
    (previous,) = made.problem.previous
    assert (previous.line, previous.enter) == ("L1", 615)
