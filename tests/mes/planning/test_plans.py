"""A plan's life: proposed by a job, published or discarded by a planner, superseded by the next."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

import scheduling
from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.errors import Conflict
from mes.core.jobs import Job, RunningJob, Worker, request_cancel, run_job
from mes.ledger.queries import events_of
from mes.ledger.verification import verify
from mes.orders.elements import load_elements
from mes.orders.models import Element
from mes.orders.service import HoldElement, hold_element
from mes.planning import jobs, queries
from mes.planning.models import Operation, PalletLoad, PlanVersion
from mes.planning.plan_content import plan_of, problem_of
from mes.planning.service import DiscardPlan, ProposePlan, discard_plan, propose_plan
from scheduling import Problem, check, plan_json, problem_json
from tests.conftest import actor
from tests.factories import advance, elements_of
from tests.mes.planning.plant import propose, publish, set_up


def states(database: Database) -> dict[str, int]:
    """How many elements are in each state."""
    with database.reading() as session:
        return dict(session.execute(select(Element.state, func.count()).group_by(Element.state)).all())


def start_first_load(database: Database, clock: SetClock) -> PalletLoad:
    """The slab line's first load enters: work at its first station begins, its elements are set up."""
    with database.writing() as session:
        line = queries.line_by_code(session, "SL")
        load = queries.next_waiting_load(session, line.id)
        assert load is not None
        load.state, load.pallet_id = "running", queries.free_pallets(session, line.id)[0].id
        load.operations[0].state, load.operations[0].started_at = "running", clock.now()
        ids = [item.element_id for item in load.items]
    advance(database, clock, ids, "in_setup")
    return load


def test_a_plan_is_proposed_solved_checked_and_published(any_database: Database, clock: SetClock) -> None:
    set_up(any_database, clock)
    proposed = propose(any_database, clock)
    with any_database.reading() as session:
        version = queries.plan_by_number(session, proposed.number)
        assert version.state == "proposed", version.note
        problem, plan = problem_of(version), plan_of(version)
        assert problem is not None
        assert plan is not None
        assert check(problem, plan).valid
        assert queries.open_count(session) == 8
    assert states(any_database) == {"planned": 8}

    published = publish(any_database, clock, proposed.number)
    assert (published.element_count, published.withdrawn_count) == (8, 0)
    assert states(any_database) == {"scheduled": 8}
    with any_database.reading() as session:
        in_force = queries.published_plan(session)
        assert in_force is not None
        assert in_force.number == proposed.number
        loads = queries.loads_with_items(session, states=["waiting"])
        assert len(loads) == published.load_count
        assert sum(len(load.items) for load in loads) == 8
        for load in loads:
            assert [operation.ordinal for operation in load.operations] == list(range(1, 13))
            starts = [operation.planned_start for operation in load.operations]
            assert starts == sorted(starts)
            assert load.planned_enter >= clock.now()
        element = loads[0].items[0].element
        found = queries.load_of_element(session, element.id)
        assert found is not None
        assert found.number == loads[0].number
        event = events_of(session, f"element:{element.serial}")[-1]
        assert event.kind == "element.scheduled"
        assert event.content["how"] == {"load": loads[0].number}
        assert verify(session).intact


def test_the_documents_are_those_that_were_solved(any_database: Database, clock: SetClock) -> None:
    set_up(any_database, clock)
    proposed = propose(any_database, clock)
    with any_database.reading() as session:
        version = queries.plan_by_number(session, proposed.number)
        problem, plan = problem_of(version), plan_of(version)
    assert problem is not None
    assert plan is not None
    assert hashlib.sha256(problem_json(problem).encode()).hexdigest() == plan.problem_sha256


def test_an_element_put_on_hold_meanwhile_keeps_the_plan_from_being_published(
    any_database: Database, clock: SetClock
) -> None:
    imported = set_up(any_database, clock)
    proposed = propose(any_database, clock)
    held = elements_of(any_database, imported)[2]
    command = HoldElement(element_id=held.id, reason="drawing changed")
    perform(any_database, actor("planner"), clock, hold_element, command)
    with pytest.raises(Conflict, match=rf"1 elements have changed .*element {held.serial}: it is now: On hold") as no:
        publish(any_database, clock, proposed.number)
    assert [fault.where for fault in no.value.faults] == [f"element {held.serial}"]
    assert states(any_database) == {"on_hold": 1, "planned": 7}
    with any_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(PalletLoad)) == 0


def test_the_next_plan_withdraws_waiting_loads_only(any_database: Database, clock: SetClock) -> None:
    set_up(any_database, clock, slabs=14)
    publish(any_database, clock, propose(any_database, clock).number)
    running = start_first_load(any_database, clock)
    clock.advance(minutes=3)
    second = propose(any_database, clock)
    with any_database.reading() as session:
        version = queries.plan_by_number(session, second.number)
        assert version.problem is not None, version.note
        assert [fixed["job"] for fixed in version.problem["fixed"]] == [f"RUN-{running.number}"]
    published = publish(any_database, clock, second.number)
    with any_database.reading() as session:
        counts = dict(session.execute(select(PalletLoad.state, func.count()).group_by(PalletLoad.state)).all())
        assert counts["running"] == 1
        assert counts["withdrawn"] == published.withdrawn_count
        assert counts["waiting"] == published.load_count
        assert queries.plan_by_number(session, 1).state == "superseded"
        kept = queries.load_by_number(session, running.number)
        assert kept.state == "running"
        assert len(kept.operations) == 12
        stale = select(func.count()).select_from(Operation).join(PalletLoad).where(PalletLoad.state == "withdrawn")
        assert session.scalar(stale) == 0
        waiting = [
            item.element_id for load in queries.loads_with_items(session, states=["waiting"]) for item in load.items
        ]
        assert len(waiting) == len(set(waiting)) == 16 - len(running.items)


def test_a_load_that_entered_meanwhile_keeps_the_plan_from_being_published(database: Database, clock: SetClock) -> None:
    set_up(database, clock)
    publish(database, clock, propose(database, clock).number)
    second = propose(database, clock)
    start_first_load(database, clock)
    with pytest.raises(Conflict, match="In set-up"):
        publish(database, clock, second.number)


def test_two_planners_publish_at_once_and_one_wins(any_database: Database, clock: SetClock) -> None:
    set_up(any_database, clock)
    numbers = [propose(any_database, clock).number, propose(any_database, clock).number]
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def run(number: int) -> None:
        barrier.wait()
        try:
            publish(any_database, clock, number)
            outcomes.append("published")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=run, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["published", "refused"]
    assert states(any_database) == {"scheduled": 8}
    with any_database.reading() as session:
        found = sorted(session.scalars(select(PlanVersion.state)))
        assert found == ["published", "superseded"]


def test_only_one_plan_is_made_at_a_time(any_database: Database, clock: SetClock) -> None:
    set_up(any_database, clock)
    planner = actor("planner")
    first = perform(any_database, planner, clock, propose_plan, ProposePlan())
    with pytest.raises(Conflict, match="Plan 1 is being made already"):
        perform(any_database, planner, clock, propose_plan, ProposePlan())
    with any_database.writing() as session:
        request_cancel(Work(session, planner, clock), first.job_id)
    # The job was stopped while it waited: the next plan can be made, and this one has failed.
    second = perform(any_database, planner, clock, propose_plan, ProposePlan())
    with any_database.reading() as session:
        assert queries.plan_by_number(session, first.number).state == "failed"
        found = queries.solving(session)
        assert found is not None
        assert found[0].number == second.number


def test_a_job_that_is_stopped_leaves_no_proposal(
    database: Database, clock: SetClock, plant: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.factories import create_order
    from tests.mes.planning.plant import SLAB, set_up_lines

    set_up_lines(database, clock)
    create_order(database, clock, [(SLAB, 8)])
    planner = actor("planner")
    proposed = perform(database, planner, clock, propose_plan, ProposePlan(seconds=60))
    really_solve: Callable[..., object] = scheduling.solve

    def stopped_by_somebody(problem: Problem, **further: object) -> object:
        with database.writing() as session:
            request_cancel(Work(session, planner, clock), proposed.job_id)
        return really_solve(problem, **further)

    monkeypatch.setattr(scheduling, "solve", stopped_by_somebody)
    run_job(database, clock, proposed.job_id)
    with database.reading() as session:
        assert session.get_one(Job, proposed.job_id).state == "cancelled"
        version = queries.plan_by_number(session, proposed.number)
        assert (version.state, version.plan) == ("failed", None)
        assert version.note == "The job was stopped before it had a proposal"


def test_a_plan_that_the_validator_refuses_is_never_proposed(
    database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(database, clock)
    really_solve = scheduling.solve

    def forget_a_load(problem: Problem, **further: object) -> object:
        from dataclasses import replace

        plan = really_solve(problem, **further)
        return replace(plan, jobs=plan.jobs[1:])

    monkeypatch.setattr(scheduling, "solve", forget_a_load)
    proposed = propose(database, clock)
    with database.reading() as session:
        version = queries.plan_by_number(session, proposed.number)
        assert version.state == "failed"
        assert "R1-job" in version.note
        assert session.get_one(Job, proposed.job_id).state == "failed"


def test_a_job_that_runs_twice_stores_one_proposal(database: Database, clock: SetClock) -> None:
    set_up(database, clock)
    proposed = propose(database, clock)
    with database.reading() as session:
        before = queries.plan_by_number(session, proposed.number).plan
        again = RunningJob(database, clock, session.get_one(Job, proposed.job_id))
    jobs.solve_plan(again)
    with database.reading() as session:
        assert queries.plan_by_number(session, proposed.number).plan == before


def test_without_lines_or_open_elements_there_is_nothing_to_plan(
    database: Database, clock: SetClock, plant: None
) -> None:
    from tests.mes.planning.plant import set_up_lines

    with pytest.raises(Conflict, match="No production line"):
        perform(database, actor("planner"), clock, propose_plan, ProposePlan())
    set_up_lines(database, clock)
    with pytest.raises(Conflict, match="nothing to plan"):
        perform(database, actor("planner"), clock, propose_plan, ProposePlan())


def test_a_discarded_plan_cannot_be_published(database: Database, clock: SetClock) -> None:
    set_up(database, clock)
    number = propose(database, clock).number
    perform(database, actor("planner"), clock, discard_plan, DiscardPlan(number=number))
    with pytest.raises(Conflict, match="it is: Discarded"):
        publish(database, clock, number)


def test_an_element_released_from_hold_after_its_load_left_is_planned_again(
    database: Database, clock: SetClock
) -> None:
    from mes.orders.service import ReleaseElement, release_element

    set_up(database, clock)
    publish(database, clock, propose(database, clock).number)
    with database.reading() as session:
        load = queries.next_waiting_load(session, queries.line_by_code(session, "SL").id)
        assert load is not None
        left_behind = load.items[0].element_id
        others = [item.element_id for item in load.items[1:]]
    planner = actor("planner")
    perform(database, planner, clock, hold_element, HoldElement(element_id=left_behind, reason="no drawing"))
    with database.writing() as session:
        running = session.get_one(PalletLoad, load.id)
        running.state, running.operations[0].started_at = "running", clock.now()
    advance(database, clock, others, "in_setup")
    perform(database, planner, clock, release_element, ReleaseElement(element_id=left_behind))
    clock.advance(minutes=1)
    publish(database, clock, propose(database, clock).number)
    with database.reading() as session:
        (element,) = load_elements(session, [left_behind])
        found = queries.load_of_element(session, left_behind)
        assert element.state == "scheduled"
        assert found is not None
        assert found.number != load.number
        assert found.state == "waiting"


def test_a_real_worker_makes_the_plan(database: Database, clock: SetClock) -> None:
    set_up(database, clock)
    proposed = perform(database, actor("planner"), clock, propose_plan, ProposePlan(seconds=0.3))
    worker = Worker(database, clock, "test-worker")
    worker.start()
    try:
        ended = threading.Event()
        for _ in range(300):
            with database.reading() as session:
                if session.get_one(Job, proposed.job_id).state in ("done", "failed"):
                    break
            ended.wait(0.1)
    finally:
        worker.stop()
    with database.reading() as session:
        version = queries.plan_by_number(session, proposed.number)
        assert version.state == "proposed", version.note
        assert version.plan is not None
        assert plan_json(plan_of(version) or pytest.fail("no plan")).startswith("{")


def test_what_is_wanted_later_than_asked_is_not_planned(database: Database, clock: SetClock) -> None:
    set_up(database, clock)  # wanted in 14 days
    with pytest.raises(Conflict, match="nothing to plan"):
        perform(database, actor("planner"), clock, propose_plan, ProposePlan(ahead_days=13))
