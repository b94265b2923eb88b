"""From a lot, batch, mould, pallet, crew, station or period to elements: what is found, and what is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.errors import InvalidInput
from mes.recall import counts, whereabouts
from mes.recall.criteria import Criteria, understand
from mes.recall.search import find
from tests.conftest import actor
from tests.mes.recall.stage import Stage, add_slot, began, build_stage
from tests.mes.shopfloor.plant import create_floor


@pytest.fixture
def stage(any_database: Database, clock: SetClock) -> Stage:
    return build_stage(any_database, clock)


def day(load: int) -> dict[str, Any]:
    """From a load's beginning until just before the next one's."""
    return {"begins_at": began(load), "ends_at": began(load) + timedelta(hours=23)}


def test_each_kind_of_question_finds_its_loads(stage: Stage) -> None:
    questions: list[tuple[dict[str, Any], tuple[int, ...]]] = [
        ({"lot": ("cement/SN-1",)}, (1, 2)),  # through the batches it went into
        ({"lot": ("sn-1",)}, (1, 2)),  # as somebody types it
        ({"lot": ("WP-1",)}, (1, 3)),  # placed in the loads themselves
        ({"lot": ("SN-2", "SN-1")}, (1, 2, 3)),  # any of one kind
        ({"batch": ("B-4",)}, (4,)),
        ({"mould": ("M-1",)}, (1, 2)),
        ({"pallet": ("1",)}, (1, 4)),
        ({"crew": ("B班",)}, (2, 3, 4)),
        ({"station": ("SL-curing",)}, (1, 2, 3, 4)),
        ({"station": ("SL/curing",), **day(2)}, (2,)),  # the machine's name, on a day
        ({"crew": ("B班",), **day(1)}, ()),  # B班 did nothing on the first day
        (day(3), (3,)),
        ({"line": ("SL",), "begins_at": began(3)}, (3, 4)),
        ({"lot": ("SN-1",), "mould": ("M-1",), "crew": ("B班",)}, (2,)),  # all of several kinds
        ({"lot": ("SN-1", "WP-1"), "batch": ("B-3",)}, (3,)),
    ]
    for criteria, loads in questions:
        assert stage.asked(**criteria) == stage.serials(*loads), criteria


def test_work_that_spans_the_period_is_found(stage: Stage) -> None:
    """Curing of load 2 lasts from its 11th hour for 50 minutes; ten minutes in the middle of it meet load 2 alone."""
    begins = began(2) + timedelta(hours=11, minutes=20)
    found = stage.asked(station=("SL-curing",), begins_at=begins, ends_at=begins + timedelta(minutes=10))
    assert found == stage.serials(2)


def test_a_load_that_waits_is_made_of_nothing_yet(any_database: Database, clock: SetClock) -> None:
    floor = create_floor(any_database, clock)
    with any_database.reading() as session:
        found = find(session, understand(session, Criteria(line=("SL",))), actor("planner"))
        assert counts.count(found).total == 0
    assert len(floor.element_ids[0]) == 2


def test_nonsense_is_refused_with_its_place(stage: Stage) -> None:
    with stage.database.reading() as session:
        with pytest.raises(InvalidInput, match="Say what to search for"):
            understand(session, Criteria())
        with pytest.raises(InvalidInput) as refused:
            understand(session, Criteria(lot=("SN-9",), pallet=("x",), mould=("M-1",)))
        assert [fault.where for fault in refused.value.faults] == ["lot", "pallet"]
    with pytest.raises(ValueError, match="ends before it begins"):
        Criteria(begins_at=began(2), ends_at=began(1))


def test_counts_and_places_are_those_of_the_elements(stage: Stage) -> None:
    stage.to("stored", 1)
    add_slot(stage.database, stage.floor.element_ids[0])
    with stage.database.reading() as session:
        found = find(session, understand(session, Criteria(lot=("SN-1",))), actor("planner"))
        counted = counts.count(found)
        assert (counted.total, counted.load_count) == (4, 2)
        assert counted.by_state == {"curing": 2, "stored": 2}
        assert [(project.code, states) for project, states in counted.by_project] == [("XM-01", counted.by_state)]
        assert {place: n for place, n in counted.by_place.items() if n} == {"plant": 2, "yard": 2}
        assert [(spot.name, spot.count) for spot in counts.slots(found)] == [("A-01", 2)]
        rows, _ = whereabouts.page(found)
        assert [str(row.words) for row in rows[:2]] == ["Yard slot A-01"] * 2
        narrowed = whereabouts.Narrowed(state="curing", project="XM-01")
        rows, _ = whereabouts.page(found, narrowed=narrowed)
        assert [row.element.serial for row in rows] == stage.serials(2)


def test_pages_follow_one_another(stage: Stage) -> None:
    with stage.database.reading() as session:
        found = find(session, understand(session, Criteria(crew=("B班",))), actor("planner"))
        first, after = whereabouts.page(found, limit=4)
        rest, end = whereabouts.page(found, after=after or 0, limit=4)
        every = [row.element.serial for row in whereabouts.every_row(found)]
    assert (len(first), len(rest), end) == (4, 2, None)
    assert every == [row.element.serial for row in (*first, *rest)] == stage.serials(2, 3, 4)


def test_who_may_see_some_projects_only_finds_only_theirs(stage: Stage) -> None:
    stranger = actor("supervisor", project_ids=frozenset())
    assert stage.asked(stranger, lot=("SN-1",)) == []


def test_gaps_are_named_and_not_hidden(stage: Stage) -> None:
    assert stage.gaps(lot=("SN-1",)) == {
        "1 loads of this time were cast of a batch that has no lot of Cement noted": 2,
    }
    assert stage.gaps(lot=("WP-1",)) == {
        "2 loads of this time have no lot of Reinforcement mesh noted; some may need none": 4
    }
    assert stage.gaps(mould=("M-1",)) == {"2 loads of this time have no mould noted": 4}
    assert stage.gaps(batch=("B-1",)) == {}
    assert stage.gaps(lot=("SN-1",), begins_at=began(1), ends_at=began(3)) == {}  # none in the time that is asked


def test_elements_without_a_load_are_a_gap_of_every_question(stage: Stage) -> None:
    from mes.planning.models import PalletLoadItem

    with stage.database.writing() as session:
        for item in session.query(PalletLoadItem).where(PalletLoadItem.load_id == stage.floor.load_ids[3]):
            session.delete(item)
    found = stage.gaps(batch=("B-1",))
    assert found == {"2 elements were made without a load; nothing is noted of them": 2}
