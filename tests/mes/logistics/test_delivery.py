"""A lorry from the yard to the site's last answer."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from labels import has_valid_check_digit
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Conflict, Forbidden, InvalidInput, NotFound, StaleVersion
from mes.inspection.models import Certificate, Nonconformity
from mes.inspection.queries import valid_certificate
from mes.ledger.queries import events_of
from mes.ledger.verification import verify
from mes.logistics import service
from mes.logistics.models import YardPlace
from mes.orders.lifecycle import TransitionRefused
from tests.conftest import actor
from tests.mes.logistics.stage import A_SLAB_KG, PHOTO, PLATE, Stage, add_project, build_stage


@pytest.fixture
def stage(database: Database, clock: SetClock) -> Stage:
    """Four certified slabs in slot A-01."""
    return build_stage(database, clock)


def test_a_lorry_goes_from_the_yard_to_the_last_answer(any_database: Database, clock: SetClock) -> None:
    stage = build_stage(any_database, clock)
    delivery_id = stage.open()
    stage.load(delivery_id, 2, 0, 1)
    stage.depart(delivery_id)
    perform(any_database, stage.receiver(), clock, service.arrive, service.Arrive(delivery_id=delivery_id))
    assert stage.receive(delivery_id, 0).completed is False
    assert stage.reject(delivery_id, 2).answered == 2
    last = stage.receive(delivery_id, 1)
    assert (last.answered, last.total, last.completed) == (3, 3, True)
    delivery = stage.delivery(delivery_id)
    assert delivery.state == "completed"
    assert [stage.element(i).state for i in range(4)] == ["received", "received", "rejected_at_site", "stored"]
    assert stage.kinds(f"delivery:{delivery.sscc}") == [
        "delivery.opened",
        *["delivery.loaded"] * 3,
        "delivery.departed",
        "delivery.arrived",
        "element.received",
        "element.rejected_at_site",
        "element.received",
        "delivery.completed",
    ]
    with any_database.reading() as session:
        assert verify(session).intact


def test_numbers_run_by_day_and_the_sscc_is_the_plants(stage: Stage) -> None:
    first, second = stage.delivery(stage.open()), stage.delivery(stage.open())
    assert [first.number, second.number] == ["DN-261123-001", "DN-261123-002"]
    assert first.sscc[1:8] == "0614141"
    assert first.sscc != second.sscc
    assert has_valid_check_digit(first.sscc)


def test_what_leaves_together_is_one_event_with_all_that_a_platform_needs(stage: Stage) -> None:
    delivery_id = stage.open()
    stage.load(delivery_id, 3, 1)
    stage.depart(delivery_id)
    delivery = stage.delivery(delivery_id)
    with stage.database.reading() as session:
        event = events_of(session, f"delivery:{delivery.sscc}")[-1]
        text = str([event.content for event in events_of(session, f"delivery:{delivery.sscc}")])
    assert event.kind == "delivery.departed"
    assert stage.count_events("delivery.departed") == 1
    data = event.content["data"]
    assert (data["delivery"], data["sscc"], data["vehicle_plate"]) == (delivery.number, delivery.sscc, PLATE)
    assert data["driver_name"] == "陈师傅"
    assert data["project_code"] == "XM-01"
    assert [(party["role"], party["name"]) for party in data["parties"]] == [("producer", "示范构件有限公司")]
    assert len(data["parties"][0]["credit_code"]) == 18
    assert data["stack_order"] == {"4": 1, "2": 2}
    assert data["weight_kg"] == pytest.approx(2 * A_SLAB_KG, abs=2)
    assert [facts["serial"] for facts in event.content["elements"]] == [2, 4]
    assert "13800000000" not in text  # a driver's phone is nobody's business for ever


def test_the_order_of_loading_is_the_order_in_the_stack(stage: Stage) -> None:
    delivery_id = stage.open()
    stage.load(delivery_id, 3, 0, 2)
    unload = service.UnloadElement(delivery_id=delivery_id, element_id=stage.elements[0].id)
    perform(stage.database, stage.operator, stage.clock, service.unload, unload)
    assert [(item.stack_order, item.element_id) for item in stage.items(delivery_id)] == [
        (1, stage.elements[3].id),
        (2, stage.elements[2].id),
    ]
    with stage.database.reading() as session:
        assert session.get_one(YardPlace, stage.elements[0].id).slot.code == "A-01"
    assert stage.element(0).state == "stored"


def test_nothing_is_loaded_without_a_valid_certificate(stage: Stage) -> None:
    with stage.database.writing() as session:
        session.execute(update(Certificate).values(withdrawn_at=stage.clock.now()))
    delivery_id = stage.open()
    with pytest.raises(TransitionRefused, match="certificate"):
        stage.load(delivery_id, 0)
    assert stage.element(0).state == "stored"
    assert stage.items(delivery_id) == []


def test_a_certificate_withdrawn_after_loading_stops_the_lorry(stage: Stage) -> None:
    delivery_id = stage.open()
    stage.load(delivery_id, 0, 1)
    with stage.database.writing() as session:
        session.execute(
            update(Certificate)
            .where(Certificate.element_id == stage.elements[1].id)
            .values(withdrawn_at=stage.clock.now())
        )
    with pytest.raises(TransitionRefused, match="element 2 was withdrawn"):
        stage.depart(delivery_id)
    assert stage.element(0).state == "loaded"


def test_a_lorry_takes_elements_of_its_own_project_only(stage: Stage) -> None:
    other = add_project(stage.database, stage.clock, "XM-02")
    other.store(0)
    delivery_id = stage.open()
    command = service.LoadElement(delivery_id=delivery_id, element_id=other.elements[0].id)
    with pytest.raises(service.OtherProject):
        perform(stage.database, stage.operator, stage.clock, service.load_element_on, command)


def test_an_element_outside_the_yard_is_not_loaded(database: Database, clock: SetClock) -> None:
    stage = build_stage(database, clock, stored=False)
    with pytest.raises(TransitionRefused):
        stage.load(stage.open(), 0)


def test_an_element_is_on_one_lorry_only(stage: Stage) -> None:
    stage.load(stage.open(), 0)
    with pytest.raises(TransitionRefused):
        stage.load(stage.open(), 0)


def test_the_payload_is_a_limit(stage: Stage) -> None:
    delivery_id = stage.open(weight_limit_kg=1000)
    stage.load(delivery_id, 0)
    with pytest.raises(service.TooHeavy, match="may carry 1000 kg"):
        stage.load(delivery_id, 1)
    assert stage.element(1).state == "stored"


@pytest.mark.parametrize("missing", ["vehicle_plate", "driver_name"])
def test_a_lorry_leaves_with_plate_and_driver(stage: Stage, missing: str) -> None:
    delivery_id = stage.open(**{missing: " "})
    stage.load(delivery_id, 0)
    with pytest.raises(service.DeliveryIncomplete):
        stage.depart(delivery_id)


def test_an_empty_lorry_does_not_leave(stage: Stage) -> None:
    with pytest.raises(service.DeliveryIncomplete, match="a loaded element"):
        stage.depart(stage.open())


def test_a_delivery_is_cancelled_only_while_empty(stage: Stage) -> None:
    delivery_id = stage.open()
    stage.load(delivery_id, 0)
    cancel = service.CancelDelivery(delivery_id=delivery_id)
    with pytest.raises(Conflict, match="take them off"):
        perform(stage.database, stage.planner, stage.clock, service.cancel_delivery, cancel)
    empty = stage.open()
    perform(
        stage.database, stage.planner, stage.clock, service.cancel_delivery, service.CancelDelivery(delivery_id=empty)
    )
    assert stage.delivery(empty).state == "cancelled"
    with pytest.raises(service.WrongDeliveryState):
        stage.load(empty, 1)


def test_whoever_saw_an_older_load_cannot_send_the_lorry_away(stage: Stage) -> None:
    delivery_id = stage.open()
    stage.load(delivery_id, 0)
    seen = stage.delivery(delivery_id).version
    stage.load(delivery_id, 1)
    command = service.Depart(delivery_id=delivery_id, expected_version=seen)
    with pytest.raises(StaleVersion):
        perform(stage.database, stage.operator, stage.clock, service.depart, command)
    assert stage.delivery(delivery_id).state == "loading"


@pytest.mark.parametrize(
    ("typed", "kept", "unusual"),
    [
        ("闽D·12345", "闽D12345", False),
        ("闽 d f12345", "闽DF12345", False),
        ("粤Z1234港", "粤Z1234港", False),
        ("TRUCK 7", "TRUCK7", True),
    ],
)
def test_a_plate_is_tidied_and_never_refused(stage: Stage, typed: str, kept: str, unusual: bool) -> None:
    command = service.OpenDelivery(
        project_id=stage.project_id, planned_on=stage.clock.now().date(), vehicle_plate=typed, driver_name="陈"
    )
    opened = perform(stage.database, stage.planner, stage.clock, service.open_delivery, command)
    assert opened.plate_is_unusual is unusual
    assert stage.delivery(opened.id).vehicle_plate == kept


def test_a_forgotten_arrival_is_recorded_with_the_first_answer(stage: Stage) -> None:
    delivery_id = stage.on_the_road()
    stage.receive(delivery_id, 0)
    delivery = stage.delivery(delivery_id)
    assert delivery.state == "arrived"
    assert delivery.arrived_at == stage.clock.now()
    assert stage.count_events("delivery.arrived") == 1


def test_nothing_is_received_before_the_lorry_left(stage: Stage) -> None:
    delivery_id = stage.open()
    stage.load(delivery_id, 0)
    with pytest.raises(service.WrongDeliveryState, match="not left the plant"):
        stage.receive(delivery_id, 0)


def test_an_element_of_another_lorry_is_not_received(stage: Stage) -> None:
    first = stage.on_the_road(1)
    second = stage.open()
    stage.load(second, 1)
    stage.depart(second)
    with pytest.raises(service.NotOnThisDelivery):
        stage.receive(first, 1)


def test_for_another_projects_receiver_the_delivery_does_not_exist(stage: Stage) -> None:
    other = add_project(stage.database, stage.clock, "XM-02")
    delivery_id = stage.on_the_road()
    said = set()
    for asked in (delivery_id, stage.elements[0].id):  # the second is the id of no delivery at all
        with pytest.raises(NotFound) as refused:
            stage.receive(asked, 0, by=other.receiver())
        said.add(str(refused.value))
    assert said == {"There is no such delivery"}
    assert stage.element(0).state == "shipped"


def test_a_planner_does_not_receive(stage: Stage) -> None:
    with pytest.raises(Forbidden):
        stage.receive(stage.on_the_road(), 0, by=actor("planner"))


@pytest.mark.parametrize(
    ("further", "where"),
    [
        ({"photos": []}, "photos"),
        ({"words": " "}, "words"),
        ({"reason_code": "mood"}, "reason_code"),
        ({"photos": ["0" * 64]}, "photos"),
    ],
)
def test_a_rejection_needs_reason_words_and_a_photo(stage: Stage, further: dict[str, object], where: str) -> None:
    delivery_id = stage.on_the_road()
    with pytest.raises(InvalidInput) as refused:
        stage.reject(delivery_id, 0, **further)
    assert [fault.where for fault in refused.value.faults] == [where]
    assert stage.element(0).state == "shipped"


def test_a_rejection_keeps_its_grounds(stage: Stage) -> None:
    delivery_id = stage.on_the_road()
    stage.reject(delivery_id, 0)
    item = stage.items(delivery_id)[0]
    assert (item.outcome, item.reject_code, item.reject_reason, item.photos) == (
        "rejected",
        "crack",
        "板底贯通裂缝",
        [PHOTO],
    )
    assert stage.element(0).hold_reason == "板底贯通裂缝"
    with stage.database.reading() as session:
        event = events_of(session, "element:1")[-1]
    assert event.content["how"]["photos"] == [PHOTO]
    assert event.content["where"]["project_code"] == "XM-01"


def test_an_offline_phone_may_send_again(stage: Stage) -> None:
    delivery_id = stage.on_the_road()
    command = service.ReceiveElement(delivery_id=delivery_id, element_id=stage.elements[0].id)
    receiver = stage.receiver()
    first = perform(stage.database, receiver, stage.clock, service.receive_element, command)
    assert perform(stage.database, receiver, stage.clock, service.receive_element, command) == first
    assert stage.count_events("element.received") == 1


def test_an_answer_stands(stage: Stage) -> None:
    delivery_id = stage.on_the_road()
    stage.receive(delivery_id, 0, by=stage.receiver("王收货"))
    with pytest.raises(service.AlreadyAnswered, match="王收货 has accepted element 1"):
        stage.reject(delivery_id, 0)


def test_a_rejected_element_comes_back_as_a_nonconformity(stage: Stage) -> None:
    delivery_id = stage.on_the_road()
    stage.reject(delivery_id, 0, reason_code="transport")
    command = service.ReturnElement(element_id=stage.elements[0].id)
    back = perform(stage.database, stage.operator, stage.clock, service.return_element, command)
    assert stage.element(0).state == "nonconforming"
    with stage.database.reading() as session:
        row = session.scalars(select(Nonconformity)).one()
        assert (row.number, row.kind, row.description, row.photos) == (
            back.nonconformity,
            "transport",
            "板底贯通裂缝",
            [PHOTO],
        )
        assert valid_certificate(session, stage.elements[0].id) is None


def test_only_a_rejected_element_comes_back(stage: Stage) -> None:
    command = service.ReturnElement(element_id=stage.elements[0].id)
    with pytest.raises(TransitionRefused):
        perform(stage.database, stage.operator, stage.clock, service.return_element, command)
    with stage.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Nonconformity)) == 0


def test_an_element_is_installed_where_it_belongs(stage: Stage) -> None:
    delivery_id = stage.on_the_road(1)
    stage.receive(delivery_id, 0)
    element = stage.element(0)
    wrong = service.InstallElement(element_id=element.id, position="9-A")
    with pytest.raises(service.PositionDiffers):
        perform(stage.database, stage.receiver(), stage.clock, service.install_element, wrong)
    right = service.InstallElement(element_id=element.id, position=element.position)
    perform(stage.database, stage.receiver(), stage.clock, service.install_element, right)
    assert stage.element(0).state == "installed"


def test_another_projects_receiver_installs_nothing_here(stage: Stage) -> None:
    other = add_project(stage.database, stage.clock, "XM-02")
    element = stage.element(0)
    command = service.InstallElement(element_id=element.id, position=element.position)
    with pytest.raises(NotFound, match="There is no such element"):
        perform(stage.database, other.receiver(), stage.clock, service.install_element, command)
