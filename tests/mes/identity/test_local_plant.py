"""The whole life of elements in a plant that is no member of GS1: import, labels, load, papers, public page, EPCIS."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from labels.keys.local import read_local_tag
from labels.tags.epc import decode_tag
from mes.accounts.service import SetPlant, set_plant
from mes.core.assets import STATIC_DIR
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.inspection.queries import find_scanned
from mes.ledger.models import LedgerEvent
from mes.ledger.verification import verify
from mes.logistics import service
from mes.logistics.models import Delivery
from mes.orders.models import Element
from mes.orders.queries import element_of_key
from mes.traceability.epcis import CONTEXT, encode, epcis_document
from mes.traceability.export import export_events, export_settings
from mes.traceability.sandbox.validation import event_faults
from tests.conftest import NOW, actor
from tests.factories import create_order, elements_of
from tests.mes.logistics.stage import Stage, add_project
from tests.mes.traceability.plant_life import live

OWNER = "91350200MAAY4CL12K"
IDENTITY = f"https://precast-mes.org/id/{OWNER}"
LOAD = "L00000000000000001"
SignIn = Callable[..., FlaskClient]
needs_fonts = pytest.mark.skipif(
    not (STATIC_DIR / "vendor" / "fonts" / "NotoSansSC-Regular.ttf").exists(),
    reason="no fonts here; fetch them with: mes assets",
)


@pytest.fixture
def local_plant(app: Flask, database: Database, clock: SetClock) -> None:
    """The application's plant gives its company prefix back before anything is named."""
    command = SetPlant(
        code="P1",
        name="示范预制厂",
        organisation_name="示范构件有限公司",
        credit_code=OWNER,
        company_prefix="",
    )
    perform(database, actor("admin"), clock, set_plant, command)


@pytest.fixture
def element(local_plant: None, database: Database, clock: SetClock) -> Element:
    """The first of an order's elements."""
    return elements_of(database, create_order(database, clock))[0]


@pytest.fixture
def stage(local_plant: None, database: Database, clock: SetClock) -> Stage:
    """Two certified slabs in slot A-01."""
    stage = add_project(database, clock, "XM-01", 2)
    stage.slot()
    stage.store(0, 1)
    return stage


def delivery_of(database: Database) -> Delivery:
    with database.reading() as session:
        return session.scalars(select(Delivery)).one()


def text_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_an_element_has_a_local_identity_and_tag_and_no_gtin(element: Element) -> None:
    assert (element.serial, element.gtin, element.digital_link) == (1, "", f"{IDENTITY}/element/1")
    tag = read_local_tag(element.epc_hex)
    assert (tag.kind, tag.number, tag.belongs_to(OWNER)) == ("element", 1, True)
    with pytest.raises(ValueError, match="no tag scheme"):
        decode_tag(element.epc_hex)


def test_a_scanned_local_key_finds_the_element_for_whom_may_see_it(element: Element, database: Database) -> None:
    with database.reading() as session:
        key = {"local": f"{OWNER}/element/1"}
        found = element_of_key(session, actor("planner"), key)
        assert found is not None
        assert found.id == element.id
        assert element_of_key(session, actor("receiver", project_ids=frozenset()), key) is None
        assert element_of_key(session, actor("planner"), {"local": f"{OWNER}/element/2000"}) is None
        assert element_of_key(session, actor("planner"), {"local": f"{OWNER}/pallet/1"}) is None
        assert element_of_key(session, actor("planner"), {"local": "nonsense"}) is None
        for code in (element.digital_link, f"http://mes.local/id/{OWNER}/element/1", element.epc_hex, "1"):
            scanned = find_scanned(session, actor("inspector"), code).element
            assert scanned is not None
            assert scanned.id == element.id


def test_pages_say_that_there_is_no_gtin(element: Element, client_as: SignIn) -> None:
    planner = client_as("planner")
    page = planner.get("/elements/1")
    assert page.status_code == 200
    assert f"{IDENTITY}/element/1" in page.text
    assert "no member of GS1" in page.text
    assert f"/id/{OWNER}/element/1" in page.text  # where its QR code leads, on the plant's own address
    assert planner.get("/elements").status_code == 200
    assert "no member of GS1" in planner.get("/library/types/DBS1-67-3620-31").text


def test_the_public_page_is_at_the_local_address(element: Element, app: Flask) -> None:
    client = app.test_client()
    page = client.get(f"/id/{OWNER}/element/1?lang=en")
    assert page.status_code == 200
    assert f"{OWNER}/element/1" in page.text
    assert "GS1 number" not in page.text
    assert client.get(f"/id/{OWNER}/element/999").status_code == 404
    assert client.get("/id/91350200MAAY4CL12X/element/1").status_code == 400  # a wrong check character
    assert client.get("/01/00614141000012/21/1").status_code == 404


@needs_fonts
def test_labels_of_elements_are_printed(element: Element, client_as: SignIn) -> None:
    label = client_as("planner").get("/labels.pdf?serial=1")
    assert label.mimetype == "application/pdf"
    assert "DBS1-67-3620-31" in text_of(label.data)


def test_a_lorry_has_a_number_that_is_visibly_no_sscc(stage: Stage, database: Database) -> None:
    stage.on_the_road(2)
    delivery = delivery_of(database)
    assert delivery.sscc == LOAD
    assert stage.kinds(f"delivery:{LOAD}") == ["delivery.opened", *["delivery.loaded"] * 2, "delivery.departed"]
    with database.reading() as session:
        event = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "delivery.departed")).one()
        assert event.content["data"]["delivery_digital_link"] == f"{IDENTITY}/load/{LOAD}"
        assert verify(session).intact


@needs_fonts
def test_its_papers_say_so_too(stage: Stage, database: Database, client_as: SignIn) -> None:
    delivery_id = stage.open()
    stage.load(delivery_id, 0)
    number, planner = delivery_of(database).number, client_as("planner")
    page = planner.get(f"/deliveries/{number}")
    assert LOAD in page.text
    assert "SSCC" not in page.text
    note = text_of(planner.get(f"/deliveries/{number}/note.pdf").data)
    assert f"/id/{OWNER}/load/{LOAD}" in note.replace("\n", "")
    assert "(00)" not in note


def test_the_site_receives_by_scanning_the_local_address(stage: Stage, database: Database, clock: SetClock) -> None:
    delivery_id = stage.on_the_road(1)
    perform(database, stage.receiver(), clock, service.arrive, service.Arrive(delivery_id=delivery_id))
    assert stage.receive(delivery_id, 0).completed
    assert stage.element(0).state == "received"


def exported(database: Database) -> list[dict[str, Any]]:
    with database.reading() as session:
        rows = session.scalars(select(LedgerEvent).order_by(LedgerEvent.sequence)).all()
        document = epcis_document(list(export_events(rows, export_settings(session))), NOW)
    return json.loads(encode(document))["epcisBody"]["eventList"]  # type: ignore[no-any-return]


def test_the_epcis_form_names_everything_locally_and_stays_valid(
    element: Element, database: Database, clock: SetClock
) -> None:
    live(database, clock, [element.id], sscc=LOAD)
    events = exported(database)
    text = json.dumps(events)
    for named in (f"element/{element.serial}", "pallet/12", "batch/C260112-07", "place/A-03", f"load/{LOAD}"):
        assert f"{IDENTITY}/{named}" in text
    assert "id.gs1.org" not in text
    assert [fault for event in events for fault in event_faults(event, CONTEXT)] == []
