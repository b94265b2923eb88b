"""The register of moulds: entered once, told of before anything else, out of service for a time or for good."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Conflict, Forbidden, InvalidInput, StaleVersion
from mes.ledger.models import LedgerEvent
from mes.ledger.queries import events_of
from mes.library import service as library
from mes.library.models import ComponentType, Mould
from mes.library.service import AmendMould, RegisterMould, RetireMould, ReturnMould
from mes.shopfloor import service as shopfloor
from mes.shopfloor.models import MouldUse
from tests.conftest import actor
from tests.factories import SLAB, row_counts
from tests.mes.shopfloor.plant import Floor, create_floor
from tests.mes.shopfloor.test_genealogy import add_mould

PLANNER = actor("planner")


@pytest.fixture
def floor(database: Database, clock: SetClock) -> Floor:
    """One load of two slabs that runs at the first station."""
    made = create_floor(database, clock)
    made.start("cleaning")
    return made


def register(floor: Floor, code: str = "DBS-M1", family: str = "composite_slab", **further: Any) -> library.MouldStands:
    command = RegisterMould.model_validate({"code": code, "family": family, **further})
    stands: library.MouldStands = floor.do(library.register_mould, command, PLANNER)
    return stands


def kinds_of(floor: Floor, subject: str) -> list[str]:
    with floor.database.reading() as session:
        return [event.kind for event in events_of(session, subject)]


def use(floor: Floor, code: str = "DBS-M1") -> None:
    floor.do(shopfloor.note_mould, shopfloor.NoteMould(load_id=floor.load_ids[0], code=code))


def test_a_mould_is_registered_once_and_a_repeat_gets_the_first_answer(floor: Floor) -> None:
    command = RegisterMould(code=" DBS-M1 ", family="composite_slab", type_code=SLAB, casts=64, length_mm=3900)  # type: ignore[arg-type]
    first = floor.do(library.register_mould, command, PLANNER)
    assert floor.do(library.register_mould, command, PLANNER) == first
    assert (first.code, first.state) == ("DBS-M1", "in_service")
    (mould,) = floor.rows(Mould)
    assert (mould.casts, mould.length_mm, mould.registered_at is not None) == (64, 3900, True)
    with floor.database.reading() as session:
        (event,) = events_of(session, "mould:DBS-M1")
    assert event.kind == "mould.registered"
    assert (
        event.content["data"]["mould"] | {"code": "DBS-M1", "type_code": SLAB, "type_revision": 1}
        == (event.content["data"]["mould"])
    )
    assert event.content["data"]["thing"]["identity"].endswith("DBS-M1")


def test_a_wrong_description_is_refused_at_its_field_and_changes_nothing(floor: Floor) -> None:
    register(floor)
    before = row_counts(floor.database)
    for wrong, field, told in (
        ({"code": "dbs-m1"}, "code", "There is a mould dbs-m1 already"),
        ({"code": "模具-1"}, "code", "This code cannot be right"),
        ({"code": "X" * 17}, "code", "This code cannot be right"),
        ({"code": "B:12"}, "code", "would be read as something else"),
        ({"code": "M-2", "type_code": "NO-SUCH"}, "type_code", "The library has no type NO-SUCH"),
        ({"code": "M-2", "type_code": SLAB, "family": "stair"}, "type_code", "is of another family: Composite slab"),
    ):
        with pytest.raises(InvalidInput) as refused:
            register(floor, **wrong)
        assert [fault.where for fault in refused.value.faults] == [field]
        assert told in str(refused.value.faults[0].reason)
    assert row_counts(floor.database) == before


def test_only_planners_change_the_register(floor: Floor) -> None:
    register(floor)
    before = row_counts(floor.database)
    for role in ("operator", "inspector", "quality_manager", "admin", "receiver", "handheld"):
        for case, command in (
            (library.register_mould, RegisterMould(code="M-2", family="stair")),  # type: ignore[arg-type]
            (library.amend_mould, AmendMould(code="DBS-M1")),
            (library.retire_mould, RetireMould(code="DBS-M1", reason="worn")),
            (library.return_mould, ReturnMould(code="DBS-M1")),
        ):
            with pytest.raises(Forbidden):
                perform(floor.database, actor(role), floor.clock, case, command)  # type: ignore[arg-type]
    assert row_counts(floor.database) == before


def test_a_mould_is_described_anew_by_what_changed_and_nobody_overwrites_another(floor: Floor) -> None:
    register(floor, type_code=SLAB, maker="甲厂")
    anew = {"code": "DBS-M1", "type_code": SLAB, "maker": "乙厂", "casts_between_maintenance": 80}
    floor.do(library.amend_mould, AmendMould.model_validate({**anew, "expected_version": 1}), PLANNER)
    assert not floor.do(library.amend_mould, AmendMould.model_validate(anew), PLANNER).changed
    with floor.database.reading() as session:
        events = events_of(session, "mould:DBS-M1")
        assert session.scalars(select(Mould.version)).one() == 2
    assert [event.kind for event in events] == ["mould.registered", "mould.amended"]
    assert events[1].content["data"]["changed"] == {"maker": ["甲厂", "乙厂"], "casts_between_maintenance": [200, 80]}
    with pytest.raises(StaleVersion):
        floor.do(library.amend_mould, AmendMould.model_validate({**anew, "expected_version": 1}), PLANNER)


def test_a_mould_keeps_the_revision_it_was_made_for_until_it_is_altered(floor: Floor) -> None:
    register(floor, type_code=SLAB)
    with floor.database.writing() as session:
        old = session.scalars(select(ComponentType)).one()
        columns = {
            c.key: getattr(old, c.key) for c in ComponentType.__table__.columns if c.key not in ("id", "revision")
        }
        session.add(ComponentType(revision=2, **columns))
    same = {"code": "DBS-M1", "type_code": SLAB}
    assert not floor.do(library.amend_mould, AmendMould.model_validate(same), PLANNER).changed
    floor.do(library.amend_mould, AmendMould.model_validate({**same, "newest_revision": True}), PLANNER)
    with floor.database.reading() as session:
        assert events_of(session, "mould:DBS-M1")[-1].content["data"]["changed"] == {"type_revision": [1, 2]}


def test_what_is_out_of_service_cannot_be_noted_and_comes_back_but_not_from_the_scrap(floor: Floor) -> None:
    register(floor)
    floor.do(library.retire_mould, RetireMould(code="DBS-M1", reason="送修"), PLANNER)
    with pytest.raises(Conflict, match="Mould DBS-M1 is out of service; it must be put back into service first"):
        use(floor)
    with pytest.raises(Conflict, match="has left service already: Out of service"):
        floor.do(library.retire_mould, RetireMould(code="DBS-M1", reason="送修"), PLANNER)
    floor.do(library.return_mould, ReturnMould(code="DBS-M1"), PLANNER)
    with pytest.raises(Conflict, match="is in service"):
        floor.do(library.return_mould, ReturnMould(code="DBS-M1"), PLANNER)
    floor.do(library.retire_mould, RetireMould(code="DBS-M1", reason="报废", for_good=True), PLANNER)
    with pytest.raises(Conflict, match="Mould DBS-M1 was retired for good and cannot be used any more"):
        use(floor)
    with pytest.raises(Conflict, match="its identity has ended"):
        floor.do(library.return_mould, ReturnMould(code="DBS-M1"), PLANNER)
    with pytest.raises(Conflict, match="it stays as it was"):
        floor.do(library.amend_mould, AmendMould(code="DBS-M1", maker="甲厂"), PLANNER)
    with pytest.raises(InvalidInput):
        register(floor)  # an identity that ended is not given again
    assert floor.rows(MouldUse) == []
    told = ["mould.registered", "mould.withdrawn", "mould.returned", "mould.retired"]
    assert kinds_of(floor, "mould:DBS-M1") == told


def test_a_mould_that_holds_elements_stays_in_service(floor: Floor) -> None:
    register(floor)
    use(floor)
    with pytest.raises(Conflict, match="Mould DBS-M1 holds elements of load 1"):
        floor.do(library.retire_mould, RetireMould(code="DBS-M1", reason="送修"), PLANNER)
    assert kinds_of(floor, "mould:DBS-M1") == ["mould.registered", "element.mould_used"]


def test_a_mould_of_earlier_days_is_told_of_before_it_is_next_used_and_once(floor: Floor) -> None:
    add_mould(floor)
    use(floor)
    with floor.database.reading() as session:
        query = select(LedgerEvent.kind).where(LedgerEvent.kind.contains("mould")).order_by(LedgerEvent.sequence)
        assert session.scalars(query).all() == ["mould.registered", "element.mould_used"]
    add_mould(floor, "DBS-M2")
    floor.do(library.retire_mould, RetireMould(code="DBS-M2", reason="报废", for_good=True), PLANNER)
    assert kinds_of(floor, "mould:DBS-M2") == ["mould.registered", "mould.retired"]
