"""What the label of a load tells everybody, and what the one of a local plant's element does."""

from __future__ import annotations

import pytest
from flask import Flask

from labels.keys.local import local_tag_hex
from labels.keys.naming import address, parse_identity
from mes.accounts.service import SetPlant, set_plant
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.identity.own_names import owned_key
from mes.identity.queries import thing_of_epc
from mes.logistics.models import Delivery
from mes.orders.models import Element
from tests.conftest import actor
from tests.factories import create_order, elements_of
from tests.mes.logistics.stage import PLATE, Stage, add_project

OWNER = "91350200MA2XN0XH64"


@pytest.fixture
def loaded(app: Flask, database: Database, clock: SetClock) -> tuple[Stage, Delivery]:
    """A lorry with two elements that has left."""
    stage = add_project(database, clock, "XM-01", 2)
    stage.slot()
    stage.store(0, 1)
    delivery_id = stage.on_the_road()
    with database.reading() as session:
        return stage, session.get_one(Delivery, delivery_id)


def test_a_load_tells_what_stands_on_it_and_nobodys_plate(app: Flask, loaded: tuple[Stage, Delivery]) -> None:
    stage, delivery = loaded
    page = app.test_client().get(f"/00/{delivery.sscc}?lang=en")
    assert page.status_code == 200
    for element in stage.elements:
        assert f'href="/01/{element.gtin}/21/{element.serial}"' in page.text
    for kept in (PLATE, "陈师傅", "13800000000", "Open in the plant"):
        assert kept not in page.text


def test_the_links_of_a_load_lead_to_each_element_in_this_house(app: Flask, loaded: tuple[Stage, Delivery]) -> None:
    stage, delivery = loaded
    told = app.test_client().get(f"/00/{delivery.sscc}?linkType=linkset").get_json()["linkset"][0]
    assert told["anchor"] == f"https://id.gs1.org/00/{delivery.sscc}"
    here = app.config["MES_SETTINGS"].effective_public_url
    assert {item["href"] for item in told["item"]} == {
        f"{here}/01/{element.gtin}/21/{element.serial}" for element in stage.elements
    }


@pytest.fixture
def local_element(app: Flask, database: Database, clock: SetClock) -> Element:
    """An element of a plant without GS1 membership."""
    command = SetPlant(
        code="P1", name="示范预制厂", organisation_name="示范构件有限公司", credit_code=OWNER, company_prefix=""
    )
    perform(database, actor("admin"), clock, set_plant, command)
    return elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)]))[0]


def test_a_local_name_is_answered_as_a_gs1_one(app: Flask, local_element: Element) -> None:
    path = address(parse_identity(local_element.digital_link), "")
    assert path == f"/id/{OWNER}/element/{local_element.serial}"
    client = app.test_client()
    assert "DBS1-67-3620-31" in client.get(path).text
    told = client.get(path, headers={"Accept": "application/ld+json"}).get_json()
    assert told["@id"] == local_element.digital_link
    assert told["schema:identifier"] == f"{OWNER}/element/{local_element.serial}"
    assert not [name for name in told if name.startswith("gs1:")]


def test_a_local_tag_is_its_own_plants(database: Database, local_element: Element) -> None:
    digits = local_tag_hex(parse_identity(local_element.digital_link))
    with database.reading() as session:
        found = thing_of_epc(session, digits)
        assert found is not None
        assert found.subject == f"element:{local_element.serial}"
        assert owned_key(session, {"00": "1"}) == {"00": "1"}
