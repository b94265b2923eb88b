"""What was declared to be wrong is never told as true: on the trace page, in open data, in the archive's register."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.ledger.models import LedgerEvent
from mes.ledger.service import record
from mes.logistics.models import Delivery
from mes.logistics.service import OpenDelivery, open_delivery
from mes.orders.models import Element
from mes.traceability.archive.facts import HEADER, Cell, Story, register_row
from mes.traceability.open_data.rows import Told, rows_of
from mes.traceability.open_data.tables import dataset_named
from mes.traceability.service import DeclareWrong, declare_wrong
from mes.traceability.story import Records, records_of_serial, tell
from tests.conftest import actor
from tests.factories import create_order, elements_of
from tests.mes.traceability.city import City
from tests.mes.traceability.delivery import connector_to, deliver_all, platform_events
from tests.mes.traceability.plant_life import BATCH, MESH, live, take_step

ClientAs = Callable[..., FlaskClient]
REMARK = "记到了另一块构件上"
CEMENT = {"kind": "cement", "lot_number": "SN-01", "supplier": "闽东水泥", "certificate_number": "Z-1"}


@pytest.fixture
def element(database: Database, clock: SetClock, plant: None) -> Element:
    """An element that was installed."""
    made = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)]))[0]
    live(database, clock, [made.id])
    return made


def last_of(database: Database, kind: str) -> LedgerEvent:
    """The last event of a kind."""
    with database.reading() as session:
        query = select(LedgerEvent).where(LedgerEvent.kind == kind).order_by(LedgerEvent.sequence.desc())
        return session.scalars(query.limit(1)).one()


def declare(database: Database, clock: SetClock, event_id: UUID, *instead: UUID) -> None:
    """An event was wrong: it did not occur, or others hold instead."""
    clock.advance(minutes=3)
    reason = "incorrect_data" if instead else "did_not_occur"
    command = DeclareWrong.model_validate(
        {"event_id": event_id, "reason": reason, "corrective_event_ids": instead, "remark": REMARK}
    )
    perform(database, actor("quality_manager", "Whoever-Declared"), clock, declare_wrong, command)


def records(database: Database, clock: SetClock, element: Element) -> Records:
    """What the trace page knows of the element."""
    with database.reading() as session:
        return records_of_serial(session, element.serial, clock.now())


def test_a_declaration_is_no_step_of_the_life(element: Element, database: Database, clock: SetClock) -> None:
    before = tell(records(database, clock, element), "public")["life.course"]
    declare(database, clock, last_of(database, "element.finished").id, last_of(database, "element.final_accepted").id)
    after = tell(records(database, clock, element), "public")["life.course"]
    assert [span.state for span in after.spans] == [span.state for span in before.spans]


def test_what_did_not_occur_is_not_drawn_and_the_page_says_that_the_state_is_in_doubt(
    element: Element, database: Database, clock: SetClock
) -> None:
    assert "element.state_in_doubt" not in tell(records(database, clock, element), "public")
    declare(database, clock, last_of(database, "element.installed").id)
    told = tell(records(database, clock, element), "public")
    assert told["life.course"].spans[-1].state == "received"
    assert told["element.state_in_doubt"] is True


def test_open_data_tell_no_change_of_state_twice(element: Element, database: Database, clock: SetClock) -> None:
    declare(database, clock, last_of(database, "element.cast").id, last_of(database, "element.finished").id)
    made = last_of(database, "event.declared_wrong")
    told = Told(made.sequence, made.kind, made.event_time, made.recorded_time, made.content, made.hash)
    assert list(rows_of(dataset_named("states"), [told])) == []
    assert len(list(rows_of(dataset_named("events"), [told]))) == 1


def test_the_archive_register_tells_what_holds_and_names_what_was_declared(
    element: Element, database: Database, clock: SetClock
) -> None:
    before = row(database, clock, element)
    declare(database, clock, last_of(database, "element.strength_tested").id)
    declare(database, clock, last_of(database, "element.cast").id, last_of(database, "element.finished").id)
    after = row(database, clock, element)
    assert before["浇筑"] == "2026-11-23 09:35"
    assert (after["浇筑"], after["混凝土批次"]) == ("", "")
    assert before["声明有误的记录"] == ""
    assert after["声明有误的记录"] == (
        f"2026-11-23 09:35 已浇筑：内容有误（{REMARK}）；2026-11-23 09:49 已测强度：并未发生（{REMARK}）"
    )
    assert after["账本事件数"] == int(before["账本事件数"]) + 2
    with database.reading() as session:
        assert _story(database, element).facts()["state"] == session.get_one(Element, element.id).state == "installed"


def row(database: Database, clock: SetClock, element: Element) -> dict[str, Cell]:
    """The element's row of the register."""
    made = register_row(_story(database, element), [], ZoneInfo("Asia/Shanghai"), "")
    return dict(zip(HEADER, made, strict=True))


def _story(database: Database, element: Element) -> Story:
    with database.reading() as session:
        query = select(LedgerEvent.content).order_by(LedgerEvent.sequence)
        subject = f"element:{element.serial}"
        return Story(element.serial, [one for one in session.scalars(query) if subject in one["previous"]])


def test_a_lot_that_did_not_go_into_the_concrete_is_not_told(
    element: Element, database: Database, clock: SetClock
) -> None:
    with database.writing() as session:
        work, batch = Work(session, actor("operator"), clock), {"batch": BATCH, "materials": [CEMENT]}
        record(work, "batch.material_noted", ["batch:C260112-07"], event_time=clock.now(), how=batch)

    def makers() -> list[str]:
        return [lot.maker for lot in tell(records(database, clock, element), "public")["materials.makers"]]

    assert makers() == [CEMENT["supplier"], MESH["supplier"]]
    declare(database, clock, last_of(database, "batch.material_noted").id)
    assert makers() == [MESH["supplier"]]


@pytest.fixture
def declared(element: Element, database: Database, clock: SetClock) -> Element:
    """The same element: its first strength test was declared wrong, its installation did not occur."""
    take_step(database, clock, [element.id], "element.measured_again")
    instead = last_of(database, "element.measured_again").id
    declare(database, clock, last_of(database, "element.strength_tested").id, instead)
    declare(database, clock, last_of(database, "element.installed").id)
    return element


def test_every_audience_reads_that_a_step_was_wrong_and_only_the_step_of_its_own(
    declared: Element, app: Flask, client_as: ClientAs
) -> None:
    address = f"/01/{declared.gtin}/21/{declared.serial}?lang=en"
    public = app.test_client().get(address).text
    supervisor = client_as("supervisor").get(address).text
    assert re.findall(r"<s><b>(.*?)</b>", public) == ["Installed"]
    assert re.findall(r"<s><b>(.*?)</b>", supervisor) == ["Strength tested", "Installed"]
    assert "it did not occur" in public
    assert "state holds until a further step" in public
    (instead,) = re.findall(r'href="#(e\d+)">what holds instead', supervisor)
    assert f'<li id="{instead}"' in supervisor
    assert (REMARK in public, REMARK in supervisor) == (False, True)
    assert not any("Whoever-Declared" in page for page in (public, supervisor))


def test_the_element_its_load_and_the_ledger_strike_it_out(
    declared: Element, database: Database, clock: SetClock, client_as: ClientAs
) -> None:
    opening = OpenDelivery(  # type: ignore[call-arg]
        project_id=declared.project_id, planned_on=clock.now().date(), vehicle_plate="闽D12345", driver_name="李军"
    )
    opened = perform(database, actor("planner"), clock, open_delivery, opening)
    declare(database, clock, last_of(database, "delivery.opened").id)
    manager = client_as("quality_manager")
    page = manager.get(f"/elements/{declared.serial}?lang=en").text
    assert re.findall(r"<s><a [^>]*>(.*?)</a></s>", page) == ["Installed", "Strength tested"]
    assert page.count(REMARK) == 2
    assert "state holds until a further step" in page
    with database.reading() as session:
        sscc = session.get_one(Delivery, opened.id).sscc
    load = manager.get(f"/history/delivery/{sscc}?lang=en").text
    assert load.count('<p class="timeline-wrong">') == 1
    assert manager.get("/ledger/?lang=en").text.count("<s>") == 3


def test_who_may_not_read_a_thing_reads_no_history_of_it(
    element: Element, database: Database, clock: SetClock, client_as: ClientAs
) -> None:
    other = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)], project="XM-02"))[0]
    stranger = client_as("supervisor", (other.project_id,))
    assert stranger.get(f"/history/element/{element.serial}").status_code == 404
    assert stranger.get(f"/history/element/{other.serial}").status_code == 200
    assert stranger.get(f"/events/{last_of(database, 'element.cast').id}").status_code == 403
    assert client_as("receiver").get(f"/history/element/{element.serial}").status_code == 403
    manager = client_as("quality_manager")
    for nothing in ("element/999999", "nothing/1", "delivery/x", "element/x"):
        assert manager.get(f"/history/{nothing}").status_code == 404


def form(event_id: UUID, **given: object) -> dict[str, object]:
    """The form of a declaration."""
    return {"command_id": str(uuid4()), "reason": "did_not_occur", "remark": REMARK, **given}


def test_the_page_shows_what_each_platform_is_told_and_then_tells_it(
    element: Element, database: Database, clock: SetClock, city: City, client_as: ClientAs
) -> None:
    connector = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector)
    take_step(database, clock, [element.id], "element.measured_again")
    wrong, right = last_of(database, "element.strength_tested").id, last_of(database, "element.measured_again").id
    deliver_all(database, clock, connector)
    manager = client_as("quality_manager")
    page = manager.get(f"/events/{wrong}?lang=en").text
    assert f'name="instead" value="{right}"' in page
    assert "A declaration changes no state" in page
    asked = form(wrong, reason="incorrect_data", instead=[str(right)])
    before = last_of(database, "element.measured_again").sequence
    shown = html.unescape(manager.post(f"/events/{wrong}/declaration/preview?lang=en", data=asked).text)
    body = json.loads(re.findall(r'<pre class="wire"[^>]*>(\{.*?)</pre>', shown, re.S)[0])
    with database.reading() as session:  # nothing was recorded
        assert session.scalars(select(func.max(LedgerEvent.sequence))).one() == before
    assert manager.post(f"/events/{wrong}/declaration", data=asked).status_code == 303
    deliver_all(database, clock, connector)
    (told,) = [event for event in platform_events(city) if "errorDeclaration" in event]
    (foreseen,) = body["epcisBody"]["eventList"]
    for event in (told, foreseen):
        event.pop("recordTime", None)
        event["errorDeclaration"].pop("declarationTime")
        event["errorDeclaration"].pop("pc:ledgerEvent", None)
    assert told == foreseen
    again = manager.get(f"/events/{wrong}?lang=en").text
    assert "This event does not hold" in again
    assert "declaration/preview" not in again


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"reason": ""}, "Choose what is wrong"),
        ({"remark": " "}, "Choose what is wrong"),
        ({"reason": "incorrect_data"}, "Name the events that hold instead"),
        ({"reason": "incorrect_data", "instead": ["x"]}, "Choose what is wrong"),
        ({"reason": "incorrect_data", "instead": [str(uuid4())]}, "There is no event"),
    ],
    ids=["no reason", "no remark", "nothing named", "no id", "unknown"],
)
def test_what_cannot_be_declared_is_refused_in_words_and_kept_in_the_form(
    element: Element, database: Database, client_as: ClientAs, given: dict[str, object], reason: str
) -> None:
    wrong = last_of(database, "element.strength_tested").id
    manager = client_as("quality_manager")
    for path in ("declaration/preview", "declaration"):
        answer = manager.post(f"/events/{wrong}/{path}?lang=en", data=form(wrong, **given))
        assert answer.status_code in (404, 422)
        assert reason in answer.text
        assert (REMARK in answer.text) == ("remark" not in given)
    with database.reading() as session:
        assert not session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "event.declared_wrong")).all()


def test_who_may_not_declare_is_offered_no_form_and_refused(
    element: Element, database: Database, client_as: ClientAs
) -> None:
    wrong = last_of(database, "element.strength_tested").id
    for role in ("inspector", "supervisor", "authority"):
        client = client_as(role)
        assert "declaration/preview" not in client.get(f"/events/{wrong}").text
        assert client.post(f"/events/{wrong}/declaration/preview", data=form(wrong)).status_code == 403
        assert client.post(f"/events/{wrong}/declaration", data=form(wrong)).status_code == 403
