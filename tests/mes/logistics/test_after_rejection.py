"""What becomes of a rejected element: its certificate is suspended, it is sent back, or the site takes it after all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.errors import Conflict, Forbidden, InvalidInput
from mes.core.ids import new_id
from mes.inspection.documents.queries import verification_of
from mes.inspection.handovers import HandoverNotInspected, handover_plan, record_at_site
from mes.inspection.nonconformities import OpenNonconformity, report_nonconformity
from mes.inspection.nonconformities.schemas import NonconformityReport
from mes.inspection.queries import standing_certificate, valid_certificate
from mes.inspection.schemas import HandoverReport
from mes.ledger.queries import events_of
from mes.ledger.verification import verify
from mes.logistics import queries, service
from mes.orders.elements import note
from mes.orders.lifecycle import TransitionRefused
from mes.orders.models import Element
from mes.traceability.mapping import MappingSettings, epcis_events
from mes.traceability.story import records_of_serial, tell
from tests.conftest import actor
from tests.mes.logistics.stage import PHOTO, Stage, add_project, build_stage
from tests.mes.logistics.test_at_once import at_once

SETTINGS = MappingSettings(company_prefix="0614141", plant_gln="0614141000005")
NUMBER = "HGZ-P1-2026-000001"


@pytest.fixture
def stage(database: Database, clock: SetClock) -> Stage:
    """Four certified slabs in slot A-01."""
    return build_stage(database, clock)


def take_back(stage: Stage, delivery_id: UUID, index: int = 0, **further: Any) -> service.RejectionTakenBack:
    facts = {"reason_code": "mistake", "words": "点错了", **further}
    element_id = stage.elements[index].id
    command = service.TakeRejectionBack(delivery_id=delivery_id, element_id=element_id, **facts)
    return perform(stage.database, stage.receiver(), stage.clock, service.take_rejection_back, command)


def send_back(stage: Stage, delivery_id: UUID, *indexes: int, **further: Any) -> service.SentBack:
    ids = [stage.elements[index].id for index in indexes or (0,)]
    command = service.SendBack(delivery_id=delivery_id, element_ids=ids, **further)
    return perform(stage.database, stage.receiver(), stage.clock, service.send_back, command)


def return_to_plant(stage: Stage, index: int = 0) -> service.Returned:
    command = service.ReturnElement(element_id=stage.elements[index].id)
    return perform(stage.database, stage.operator, stage.clock, service.return_element, command)


def is_valid(stage: Stage, index: int = 0) -> bool:
    with stage.database.reading() as session:
        return valid_certificate(session, stage.elements[index].id) is not None


def tell_certificate(stage: Stage) -> None:
    """The event of element 1's certificate, as the inspectors' room would have recorded it."""
    with stage.database.writing() as session:
        element = session.get_one(Element, stage.elements[0].id)
        work = Work(session, actor("inspector"), stage.clock)
        note(
            work, "element.certified", [element], event_time=stage.clock.now(), data={"certificate": {"number": NUMBER}}
        )


def epcis_of(stage: Stage, subject: str, kind: str) -> list[dict[str, Any]]:
    with stage.database.reading() as session:
        event = [event for event in events_of(session, subject) if event.kind == kind][-1]
        return [one.to_json() for one in epcis_events(event.content, SETTINGS)]


def test_the_rejection_itself_suspends_the_certificate(any_database: Database, clock: SetClock) -> None:
    stage = build_stage(any_database, clock, 2)
    delivery_id = stage.on_the_road(2)
    stage.reject(delivery_id, 0)
    assert (is_valid(stage, 0), is_valid(stage, 1)) == (False, True)
    assert stage.kinds("element:1")[-2:] == ["element.certificate_suspended", "element.rejected_at_site"]
    with any_database.reading() as session:
        found = verification_of(session, NUMBER)
        assert found is not None
        assert (found.is_valid, found.suspended_at, found.withdrawn_at) == (False, clock.now(), None)
        assert verify(session).intact
    (held,) = epcis_of(stage, "element:1", "element.certificate_suspended")
    assert (held["bizStep"], held["disposition"]) == ("holding", "non_conformant")
    assert held["bizTransactionList"][0]["bizTransaction"].endswith(f":{NUMBER}")


def test_a_rejection_that_is_refused_suspends_nothing(stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    with pytest.raises(InvalidInput):
        stage.reject(delivery_id, 0, photos=[])
    assert is_valid(stage)


def test_back_at_the_plant_the_suspended_certificate_is_withdrawn_for_good(stage: Stage) -> None:
    tell_certificate(stage)
    delivery_id = stage.on_the_road(1)
    stage.reject(delivery_id, 0)
    return_to_plant(stage)
    with stage.database.reading() as session:
        assert standing_certificate(session, stage.elements[0].id) is None
        found = verification_of(session, NUMBER)
        assert found is not None
        assert (found.withdrawn_at is None, found.suspended_at) == (False, None)
        certificate = tell(records_of_serial(session, 1, stage.clock.now()), "public")["certificate"]
    assert (certificate.withdrawn_at is None, certificate.suspended_at) == (False, None)


def test_the_site_takes_its_rejection_back_and_the_certificate_is_valid_again(
    any_database: Database, clock: SetClock
) -> None:
    stage = build_stage(any_database, clock, 2)
    tell_certificate(stage)
    delivery_id = stage.on_the_road(2)
    stage.reject(delivery_id, 0)
    with any_database.reading() as session:
        certificate = tell(records_of_serial(session, 1, clock.now()), "public")["certificate"]
    assert (certificate.is_valid, certificate.suspended_at) == (False, clock.now())
    stage.receive(delivery_id, 1)
    assert stage.delivery(delivery_id).state == "completed"
    once = new_id()
    taken = take_back(stage, delivery_id, command_id=once)
    assert taken == service.RejectionTakenBack(serial=1, certificate=NUMBER)
    assert take_back(stage, delivery_id, command_id=once) == taken
    assert (stage.element(0).state, stage.element(0).hold_reason, is_valid(stage)) == ("received", None, True)
    item = stage.items(delivery_id)[0]
    assert (item.outcome, item.reject_reason) == ("accepted", "板底贯通裂缝")  # what was said is kept
    assert stage.kinds("element:1")[-2:] == ["element.certificate_reinstated", "element.rejection_taken_back"]
    (accepted,) = epcis_of(stage, "element:1", "element.rejection_taken_back")
    assert (accepted["bizStep"], accepted["disposition"]) == ("accepting", "conformant")
    assert accepted["bizTransactionList"][0]["type"] == "recadv"
    assert accepted["destinationList"][-1]["type"] == "location"
    with any_database.reading() as session:
        assert verify(session).intact
        told = tell(records_of_serial(session, 1, clock.now()), "contractor")
    assert (told["certificate"].is_valid, told["verdict"][1]) == (True, "good")
    assert [one.kind for one in told["site"]] == ["element.rejected_at_site", "element.rejection_taken_back"]


@pytest.mark.parametrize(("further", "where"), [({"reason_code": "mood"}, "reason_code"), ({"words": " "}, "words")])
def test_a_rejection_is_taken_back_with_a_reason_and_words(stage: Stage, further: dict[str, str], where: str) -> None:
    delivery_id = stage.on_the_road(1)
    stage.reject(delivery_id, 0)
    with pytest.raises(InvalidInput) as refused:
        take_back(stage, delivery_id, 0, **further)
    assert [fault.where for fault in refused.value.faults] == [where]
    assert (stage.element(0).state, is_valid(stage)) == ("rejected_at_site", False)


def test_what_was_repaired_on_site_needs_an_accepted_inspection_since(stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    stage.reject(delivery_id, 0)
    with pytest.raises(HandoverNotInspected, match="no accepted inspection at the site"):
        take_back(stage, delivery_id, reason_code="mended", words="缺角已修补")
    assert stage.element(0).state == "rejected_at_site"
    with stage.database.reading() as session:
        plan = handover_plan(session.get_one(Element, stage.elements[0].id), "at_site")
    sound = {"element_id": stage.elements[0].id, "kind": "at_site", "answers": {item.id: "yes" for item in plan.items}}
    report = HandoverReport.model_validate(sound)
    perform(stage.database, stage.receiver(), stage.clock, record_at_site, report)
    assert take_back(stage, delivery_id, reason_code="mended", words="缺角已修补").certificate == NUMBER
    assert stage.element(0).state == "received"


def test_what_the_plant_has_taken_up_is_decided_there(stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    stage.reject(delivery_id, 0)
    report = NonconformityReport(
        element_id=stage.elements[0].id, kind="damage", severity="general", description="缺角", photos=[PHOTO]
    )
    perform(stage.database, actor("inspector"), stage.clock, report_nonconformity, report)
    with pytest.raises(OpenNonconformity):
        take_back(stage, delivery_id)
    assert (stage.element(0).state, is_valid(stage)) == ("rejected_at_site", False)


def test_only_what_lies_rejected_is_taken_back_or_sent_back(stage: Stage) -> None:
    delivery_id = stage.on_the_road(2)
    for tried in (take_back, send_back):
        with pytest.raises(TransitionRefused):
            tried(stage, delivery_id)
        with pytest.raises(service.NotOnThisDelivery):
            tried(stage, delivery_id, 3)
    stage.reject(delivery_id, 0)
    return_to_plant(stage)
    for tried in (take_back, send_back):
        with pytest.raises(TransitionRefused):
            tried(stage, delivery_id)
    assert stage.count_events("element.sent_back") == 0
    assert stage.count_events("element.certificate_reinstated") == 0


def test_rejected_elements_go_back_together_as_one_event(any_database: Database, clock: SetClock) -> None:
    stage = build_stage(any_database, clock, 3)
    delivery_id = stage.on_the_road(3)
    for index in (0, 1):
        stage.reject(delivery_id, index)
    stage.receive(delivery_id, 2)
    before = stage.element(0).state_since
    clock.advance(hours=2)
    once = new_id()
    sent = send_back(stage, delivery_id, 1, 0, 1, vehicle_plate="闽D·8 8888", command_id=once)
    assert sent.serials == [1, 2]
    assert send_back(stage, delivery_id, 1, 0, 1, vehicle_plate="闽D·8 8888", command_id=once) == sent
    with pytest.raises(service.SentBackAlready, match="Element 1 is on its way back already"):
        send_back(stage, delivery_id, 0)
    item, element = stage.items(delivery_id)[0], stage.element(0)
    assert (item.sent_back_at, item.return_plate) == (clock.now(), "闽D88888")
    assert (element.state, element.state_since, element.hold_reason) == ("rejected_at_site", before, "板底贯通裂缝")
    (told,) = epcis_of(stage, "element:1", "element.sent_back")
    assert (told["bizStep"], told["disposition"], len(told["epcList"])) == ("departing", "returned", 2)
    assert "bizLocation" not in told
    assert told["sourceList"][-1]["source"].endswith("/site/0614141000005/XM-01")
    assert told["destinationList"][-1]["destination"] == "https://id.gs1.org/414/0614141000005"
    with any_database.reading() as session:
        coming = queries.to_be_returned(session)
        assert verify(session).intact
    assert [(one.element.serial, one.plate) for one in coming] == [(1, "闽D88888"), (2, "闽D88888")]
    return_to_plant(stage)
    assert stage.kinds("element:1")[-3:] == ["element.sent_back", "element.certificate_withdrawn", "element.returned"]


def test_without_a_word_of_the_site_it_comes_back_as_before(stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    stage.reject(delivery_id, 0)
    with stage.database.reading() as session:
        assert [one.sent_back_at for one in queries.to_be_returned(session)] == [None]
    assert return_to_plant(stage).serial == 1
    assert stage.element(0).state == "nonconforming"


def test_turned_round_on_its_way_back_it_may_still_be_taken(stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    stage.reject(delivery_id, 0)
    send_back(stage, delivery_id, 0)
    take_back(stage, delivery_id)
    assert stage.items(delivery_id)[0].sent_back_at is None
    assert stage.element(0).state == "received"


def test_only_the_sites_receiver_says_so(stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    stage.reject(delivery_id, 0)
    element_id = stage.elements[0].id
    back = service.SendBack(delivery_id=delivery_id, element_ids=[element_id], vehicle_plate="")
    take = service.TakeRejectionBack(
        delivery_id=delivery_id, element_id=element_id, reason_code="mistake", words="点错了"
    )
    for role in ("planner", "operator", "inspector", "quality_manager", "admin"):
        with pytest.raises(Forbidden):
            perform(stage.database, actor(role), stage.clock, service.send_back, back)
        with pytest.raises(Forbidden):
            perform(stage.database, actor(role), stage.clock, service.take_rejection_back, take)
    other = add_project(stage.database, stage.clock, "XM-02")
    with pytest.raises(service.NoSuchDelivery):
        perform(stage.database, other.receiver(), stage.clock, service.send_back, back)
    assert stage.kinds("element:1")[-1] == "element.rejected_at_site"


def test_the_site_takes_it_while_the_plant_says_that_it_is_back(any_database: Database, clock: SetClock) -> None:
    stage = build_stage(any_database, clock, 1)
    delivery_id = stage.on_the_road(1)
    stage.reject(delivery_id, 0)
    taken, returned = at_once(lambda: take_back(stage, delivery_id), lambda: return_to_plant(stage))
    assert isinstance(taken, Conflict) != isinstance(returned, Conflict)
    wanted = ("nonconforming", False) if isinstance(taken, Conflict) else ("received", True)
    assert (stage.element(0).state, is_valid(stage)) == wanted
    with any_database.reading() as session:
        assert verify(session).intact


ClientAs = Callable[..., FlaskClient]


def test_the_receivers_page_and_the_public_one(
    client_as: ClientAs, database: Database, clock: SetClock, plant: None
) -> None:
    stage = add_project(database, clock, "XM-01", 3)
    stage.slot()
    stage.store(0, 1, 2)
    delivery_id = stage.on_the_road(3)
    for index in (0, 1):
        stage.reject(delivery_id, index)
    number, receiver = stage.delivery(delivery_id).number, client_as("receiver", (stage.project_id,))
    page = receiver.get(f"/receive/{number}?code=1").text
    assert f"/receive/{number}/take-back/1" in page
    assert page.count('name="element_id"') == 2
    public = receiver.get(f"/verify/{NUMBER}").text
    assert "Rejected on site on 2026-11-23" in public
    assert "板底贯通裂缝" not in public
    checklist = f"/inspection/elements/{stage.elements[0].id}/handover/at_site"
    assert "Record the inspection" in receiver.get(checklist).text
    nothing = receiver.post(f"/receive/{number}/send-back", data={"command_id": str(new_id())})
    assert nothing.status_code == 422
    assert "Choose what is on its way back" in nothing.text
    ids = [str(element.id) for element in stage.elements[:2]]
    tap = {"command_id": str(new_id()), "element_id": ids[1:], "vehicle_plate": "闽D88888"}
    for _ in range(2):  # a double tap
        assert (
            "On the way back to the plant: 2"
            in receiver.post(f"/receive/{number}/send-back", data=tap, follow_redirects=True).text
        )
    assert "闽D88888" in client_as("operator").get("/yard").text
    address = f"/receive/{number}/take-back/1"
    assert "Choose a reason" in receiver.post(address, data={"command_id": str(new_id()), "words": "点错了"}).text
    full = {"command_id": str(new_id()), "reason_code": "mistake", "words": "点错了"}
    for _ in range(2):
        assert "valid again" in receiver.post(address, data=full, follow_redirects=True).text
    assert "Genuine and valid" in receiver.get(f"/verify/{NUMBER}").text
    late = receiver.post(address, data={**full, "command_id": str(new_id())})
    assert late.status_code == 409
    body: dict[str, object] = {"command_id": str(new_id()), "serials": [2]}
    assert receiver.post(f"/api/v1/deliveries/{number}/send-back", json=body).status_code == 409
    body = {"command_id": str(new_id()), "serial": 2, "reason_code": "found_sound", "words": "复验合格"}
    taken = receiver.post(f"/api/v1/deliveries/{number}/take-rejection-back", json=body)
    assert taken.json == {"serial": 2, "certificate": "HGZ-P1-2026-000002"}
