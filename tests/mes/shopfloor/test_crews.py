"""Work keeps the crew of whoever did it: operations and castings, for the statistics of later years."""

from __future__ import annotations

from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.shopfloor import service
from mes.shopfloor.models import Casting
from tests.conftest import actor
from tests.mes.shopfloor.plant import Floor, create_floor

BLUE, RED = actor("operator", crew="蓝班"), actor("operator", crew="红班")


def ready_to_cast(database: Database, clock: SetClock) -> Floor:
    floor = create_floor(database, clock)
    floor.run_up_to("hidden-works")
    floor.start("hidden-works")
    floor.accept_hidden_works()
    ticket = service.RecordBatch(batch_number="B-1", concrete_grade="C30", volume_m3=3.0, mixed_at=clock.now())
    floor.do(service.record_batch, ticket, BLUE)
    floor.do(service.assign_batch, service.AssignBatch(load_id=floor.load_ids[0], batch_number="B-1"), BLUE)
    floor.do(service.start_operation, service.StartOperation(operation_id=floor.operation("casting").id), BLUE)
    return floor


def test_an_operation_and_a_casting_keep_the_crew(any_database: Database, clock: SetClock) -> None:
    floor = ready_to_cast(any_database, clock)
    assert floor.operation("casting").crew == "蓝班"
    floor.do(service.finish_operation, service.FinishOperation(operation_id=floor.operation("casting").id), RED)
    assert floor.operation("casting").crew == "红班"
    with any_database.reading() as session:
        assert session.scalars(select(Casting.crew)).all() == ["蓝班"]


def test_somebody_without_a_crew_who_ends_the_work_of_a_crew_leaves_it_theirs(
    database: Database, clock: SetClock
) -> None:
    floor = ready_to_cast(database, clock)
    floor.finish("casting")
    assert floor.operation("casting").crew == "蓝班"
