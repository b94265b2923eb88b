"""The inspectors' start page, which asks itself anew all day: many things cost it no more statements than few."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import event, select

from mes.core.database import Database
from mes.core.ids import new_id
from mes.inspection.models import ThingInspection
from mes.inspection.things.standing import standing_of, standings_of
from mes.library.models import Mould
from mes.orders.models import Element
from mes.planning.models import Line, Pallet, PalletLoadItem
from mes.shopfloor.models import MouldUse
from tests.conftest import NOW
from tests.factories import create_order, elements_of
from tests.mes.inspection.stage import Stage
from tests.mes.inspection.test_sampling import demoulded, finish

Client = Callable[..., FlaskClient]


def statements(database: Database, client: FlaskClient) -> int:
    """How many statements the lists of the page need."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        assert client.get("/inspection/lists").status_code == 200
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return len(seen)


def test_many_things_and_elements_cost_no_more_than_few(stage: Stage, client_as: Client) -> None:
    finish(demoulded(stage))
    client = client_as("inspector")
    things(stage.database, 2)
    few = statements(stage.database, client)
    things(stage.database, 30)
    more = create_order(stage.database, stage.clock, [("DBS1-67-3620-31", 20)], project="XM-02")
    with stage.database.writing() as session:
        first = session.get_one(Element, stage.element_ids[0])
        for number, element in enumerate(elements_of(stage.database, more)):
            session.add(PalletLoadItem(load_id=stage.load_id, element_id=element.id, x_mm=number, y_mm=900))
            row = session.get_one(Element, element.id)
            row.state, row.facts, row.component_type_id = "finished", first.facts, first.component_type_id
    many = statements(stage.database, client)
    assert many <= few + 4, (few, many)  # one more project, and what belongs to it


def things(database: Database, count: int, *, used: bool = False) -> None:
    """So many moulds and pallets, every second one inspected; moulds may be used since."""
    with database.writing() as session:
        line = session.scalars(select(Line)).one()
        load_id = session.scalars(select(PalletLoadItem.load_id)).first()
        for number in range(count):
            mould = Mould(id=new_id(), code=f"M-{count}-{number}", family="composite_slab", casts_between_maintenance=1)
            pallet = Pallet(id=new_id(), line_id=line.id, number=100 * count + number)
            session.add_all([mould, pallet])
            session.flush()
            if number % 2:
                session.add_all([inspected("mould", mould.id, n) for n in range(2)] + [inspected("pallet", pallet.id)])
            if used:
                use = MouldUse(id=new_id(), mould_id=mould.id, load_id=load_id, used_at=NOW, used_by="operator")
                session.add(use)


def inspected(kind: str, subject_id: object, days_ago: int = 1) -> ThingInspection:
    return ThingInspection(
        id=new_id(),
        kind="mould",
        subject_kind=kind,
        subject_id=subject_id,
        subject_code="M",
        rule_set="mould",
        verdict="accepted",
        answers={},
        evaluation={},
        photos=[],
        inspected_at=NOW - timedelta(days=days_ago),
        inspector_id="inspector",
        inspector_name="inspector",
    )


def test_standings_of_many_are_those_of_each(stage: Stage) -> None:
    things(stage.database, 4, used=True)
    with stage.database.reading() as session:
        for kind, table in (("mould", Mould), ("pallet", Pallet)):
            ids = list(session.scalars(select(table.id)))
            assert standings_of(session, kind, ids) == {one: standing_of(session, kind, one) for one in ids}
