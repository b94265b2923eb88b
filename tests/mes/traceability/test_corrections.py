"""An event that was wrong is declared to be: once, by whom it may be, and told to platforms as EPCIS wants it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Forbidden, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.ledger.models import LedgerEvent
from mes.ledger.verification import verify
from mes.traceability.export import export_events, export_settings
from mes.traceability.models import Receipt
from mes.traceability.renditions import inflated
from mes.traceability.service import DeclareWrong, EventDeclared, declare_wrong
from mes.traceability.service.corrections import CannotBeDeclared, DeclaredBefore
from tests.conftest import actor, create_plant
from tests.factories import create_order, elements_of
from tests.mes.traceability.city import City
from tests.mes.traceability.delivery import connector_to, deliver_all, platform_events
from tests.mes.traceability.plant_life import live, take_step

REMARK = "该次检验记在了错误的构件上"


@pytest.fixture
def ids(database: Database, clock: SetClock) -> dict[str, UUID]:
    """Events of an element that was set up and cast, by kind; its strength was tested twice."""
    create_plant(database, clock)
    elements = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 2)]))
    live(database, clock, [elements[0].id], until="element.strength_tested")
    take_step(database, clock, [elements[0].id], "element.measured_again")
    with database.reading() as session:
        return {event.kind: event.id for event in session.scalars(select(LedgerEvent).order_by(LedgerEvent.sequence))}


def declare(
    database: Database, clock: SetClock, event: UUID, *instead: UUID, reason: str = "incorrect_data", who: str = "admin"
) -> EventDeclared:
    command = DeclareWrong.model_validate(
        {"event_id": event, "reason": reason, "corrective_event_ids": instead, "remark": REMARK}
    )
    return perform(database, actor(who), clock, declare_wrong, command)


def event_of(database: Database, event_id: UUID) -> LedgerEvent:
    with database.reading() as session:
        return session.scalars(select(LedgerEvent).where(LedgerEvent.id == event_id)).one()


def test_a_declaration_stands_in_the_same_stories_and_names_both(
    database: Database, clock: SetClock, ids: dict[str, UUID]
) -> None:
    wrong, instead = ids["element.strength_tested"], ids["element.measured_again"]
    clock.advance(minutes=1)
    made = event_of(database, declare(database, clock, wrong, instead, who="quality_manager").id)
    original = event_of(database, wrong)
    assert made.content["previous"].keys() == original.content["previous"].keys()
    data = made.content["data"]
    assert (data["event"]["id"], data["event"]["hash"]) == (str(wrong), original.hash)
    assert (data["reason_code"], data["remark"]) == ("incorrect_data", REMARK)
    assert [named["id"] for named in data["corrective_events"]] == [str(instead)]
    with database.reading() as session:
        assert verify(session).intact


def test_an_event_is_declared_once_and_a_declaration_never(
    database: Database, clock: SetClock, ids: dict[str, UUID]
) -> None:
    made = declare(database, clock, ids["element.cast"], reason="did_not_occur")
    with pytest.raises(DeclaredBefore):
        declare(database, clock, ids["element.cast"], reason="did_not_occur")
    with pytest.raises(CannotBeDeclared):
        declare(database, clock, made.id, reason="did_not_occur")
    with pytest.raises(DeclaredBefore):  # what was declared wrong cannot hold instead of anything
        declare(database, clock, ids["element.set_up"], ids["element.cast"])
    with pytest.raises(NotFound):
        declare(database, clock, new_id(), reason="did_not_occur")


@pytest.mark.parametrize(
    ("reason", "instead"),
    [
        ("did_not_occur", ["element.measured_again"]),
        ("incorrect_data", []),
        ("incorrect_data", ["element.set_up"]),
        ("incorrect_data", ["element.cast"]),
    ],
    ids=["nothing replaces nothing", "nothing named", "an earlier one", "itself"],
)
def test_what_holds_instead_is_a_later_event_of_the_same_thing(
    database: Database, clock: SetClock, ids: dict[str, UUID], reason: str, instead: list[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        declare(database, clock, ids["element.cast"], *(ids[kind] for kind in instead), reason=reason)
    assert refused.value.faults[0].where == "corrective_event_ids"


def test_who_sees_some_projects_only_declares_nothing(
    database: Database, clock: SetClock, ids: dict[str, UUID]
) -> None:
    command = DeclareWrong(event_id=ids["element.cast"], reason="did_not_occur", remark=REMARK)
    with pytest.raises(Forbidden):
        perform(database, actor("quality_manager", project_ids=frozenset()), clock, declare_wrong, command)


def test_by_the_api(
    database: Database, clock: SetClock, ids: dict[str, UUID], client_as: Callable[..., FlaskClient]
) -> None:
    asked = {"event_id": str(ids["element.cast"]), "reason": "did_not_occur", "remark": REMARK}
    assert client_as("inspector").post("/api/v1/event-declarations", json=asked).status_code == 403
    made = client_as("quality_manager").post("/api/v1/event-declarations", json=asked)
    assert made.status_code == 201
    assert event_of(database, UUID(made.get_json()["id"])).kind == "event.declared_wrong"


def test_a_platform_hears_the_same_events_again_with_the_declaration(
    database: Database, clock: SetClock, city: City, ids: dict[str, UUID]
) -> None:
    connector = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector)
    (right,) = _sent(database, ids["element.measured_again"])
    clock.advance(minutes=5)
    declare(database, clock, ids["element.cast"], ids["element.measured_again"])
    declare(database, clock, ids["element.curing_started"], reason="did_not_occur")
    deliver_all(database, clock, connector)
    declared = [event for event in platform_events(city) if "errorDeclaration" in event]
    first, second = (_without(event, "recordTime") for event in declared)
    assert [_without(first, "errorDeclaration")] == _sent(database, ids["element.cast"])
    assert [_without(second, "errorDeclaration")] == _sent(database, ids["element.curing_started"])
    assert (first["errorDeclaration"]["reason"], second["errorDeclaration"]["reason"]) == (
        "incorrect_data",
        "did_not_occur",
    )
    assert first["errorDeclaration"]["correctiveEventIDs"] == [right["eventID"]]
    assert "correctiveEventIDs" not in second["errorDeclaration"]
    assert first["errorDeclaration"]["pc:remark"] == REMARK


def test_an_export_tells_corrections_too(database: Database, clock: SetClock, ids: dict[str, UUID]) -> None:
    declare(database, clock, ids["element.cast"], ids["element.measured_again"])
    with database.reading() as session:
        rows = session.scalars(select(LedgerEvent).order_by(LedgerEvent.sequence)).all()
        events = [event.to_json() for event in export_events(rows, export_settings(session))]
    *before, declared = events
    (original,) = (event for event in before if event["eventID"] == declared["eventID"])
    assert _without(declared, "errorDeclaration") == original
    assert declared["errorDeclaration"]["correctiveEventIDs"] == [before[-1]["eventID"]]


def _sent(database: Database, event_id: UUID) -> list[dict[str, Any]]:
    """The events of a ledger event as a platform was sent them."""
    with database.reading() as session:
        query = select(Receipt).join(LedgerEvent, LedgerEvent.sequence == Receipt.event_sequence)
        receipt = session.scalars(query.where(LedgerEvent.id == event_id)).one()
        assert receipt.body is not None
        sent: list[dict[str, Any]] = json.loads(b"[" + inflated(receipt.body) + b"]")
        return sent


def _without(event: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != name}
