"""Loads of a plant without GS1: their labels are scanned at the gate and on every page, as SSCCs are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from labels.keys.local import local_tag_hex
from mes.accounts.service import SetPlant, set_plant
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.ids import new_id
from mes.logistics.queries import delivery_of_key
from tests.conftest import actor
from tests.mes.logistics.stage import Stage, add_project

OWNER, OTHER = "91350200MAAY4CL12K", "91350200MATH3BJ1XE"
LABEL = f"http://mes.example/id/{OWNER}/load/L00000000000000001"
SignIn = Callable[..., FlaskClient]


@pytest.fixture
def stage(app: Flask, database: Database, clock: SetClock) -> Stage:
    """A certified slab in slot A-01 of a plant that gave its company prefix back."""
    command = SetPlant(code="P1", name="厂", organisation_name="示范构件有限公司", credit_code=OWNER, company_prefix="")
    perform(database, actor("admin"), clock, set_plant, command)
    stage = add_project(database, clock, "XM-01", 1)
    stage.slot()
    stage.store(0)
    return stage


def test_a_loads_label_leads_to_its_delivery_from_every_page(stage: Stage, client_as: SignIn) -> None:
    number = stage.delivery(stage.open()).number
    answer = client_as("planner").get("/scan", query_string={"code": LABEL})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/deliveries/{number}")


def test_a_loads_label_chooses_the_lorry_at_the_gate(stage: Stage, client_as: SignIn) -> None:
    delivery_id = stage.open()
    stage.load(delivery_id, 0)
    form = {"command_id": str(new_id()), "codes": LABEL}
    answer = client_as("operator").post("/gate/reads", data=form, follow_redirects=True)
    assert answer.status_code == 200
    assert stage.delivery(delivery_id).number in answer.text


@pytest.mark.parametrize("key", [{"local": f"{OTHER}/load/17"}, {"local": "x"}, {"local_tag": "1D"}, {"417": "1"}, {}])
def test_a_key_of_no_load_of_ours_finds_none(stage: Stage, database: Database, key: dict[str, str]) -> None:
    stage.open()
    with database.reading() as session:
        assert delivery_of_key(session, actor("planner"), key) is None


def test_the_tag_of_another_companys_load_is_answered_in_plain_words(stage: Stage, client_as: SignIn) -> None:
    tag = local_tag_hex({"local": f"{OTHER}/load/17"})
    answer = client_as("planner").get("/scan", query_string={"code": tag})
    assert answer.status_code == 404
