"""Every state and every step: what is not in the table cannot happen, whatever is proved, and changes nothing.

The table below is written by hand from the domain's rules, not read from the code.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from mes.accounts.service import AddPerson, add_person
from mes.app import create_app
from mes.config import Settings
from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.errors import NotFound, StaleVersion
from mes.ledger.kinds import EVENT_KINDS
from mes.ledger.models import LedgerEvent
from mes.orders import lifecycle
from mes.orders.elements import change_state
from mes.orders.lifecycle import NEED_NAMES, STATE_NAMES, STATES, STEPS, TransitionRefused
from mes.orders.models import Element
from mes.orders.service import HoldElement, ReleaseElement, hold_element, release_element
from tests.conftest import NOW, actor, create_plant, sign_client_in
from tests.factories import SLAB, advance, create_order, elements_of

ALLOWED: dict[str, dict[str, str]] = {
    "planned": {"schedule": "scheduled", "hold": "on_hold"},
    "scheduled": {"unschedule": "planned", "set_up": "in_setup", "hold": "on_hold"},
    "in_setup": {
        "accept_hidden_works": "ready_to_cast",
        "refuse_hidden_works": "in_setup",
        "hold": "on_hold",
        "report_nonconformity": "nonconforming",
    },
    "ready_to_cast": {
        "cast": "curing",
        "refuse_witness": "in_setup",
        "hold": "on_hold",
        "report_nonconformity": "nonconforming",
    },
    "curing": {"demould": "demoulded", "report_nonconformity": "nonconforming"},
    "demoulded": {"finish": "finished", "hold": "on_hold", "report_nonconformity": "nonconforming"},
    "finished": {
        "accept_final": "accepted",
        "refuse_final": "nonconforming",
        "hold": "on_hold",
        "report_nonconformity": "nonconforming",
    },
    "accepted": {"store": "stored", "hold": "on_hold", "report_nonconformity": "nonconforming"},
    "stored": {"load": "loaded", "hold": "on_hold", "report_nonconformity": "nonconforming"},
    "loaded": {"unload": "stored", "ship": "shipped"},
    "shipped": {"receive": "received", "reject_at_site": "rejected_at_site", "undo_departure": "loaded"},
    "received": {"install": "installed"},
    "installed": {},
    "on_hold": {"release": "finished"},  # the element here was put on hold when it was finished
    "nonconforming": {"rework": "in_setup", "repair": "demoulded", "concede": "accepted", "scrap": "scrapped"},
    "rejected_at_site": {"return_to_plant": "nonconforming", "take_rejection_back": "received", "scrap": "scrapped"},
    "scrapped": {},
}
NEEDS = {
    "accept_hidden_works": {"accepted_hidden_works_inspection"},
    "cast": {"accepted_hidden_works_inspection"},
    "demould": {"demoulding_strength"},
    "accept_final": {"accepted_final_inspection", "delivery_strength"},
    "load": {"certificate"},
    "ship": {"certificate"},
    "take_rejection_back": {"certificate"},
    "rework": {"not_yet_cast"},
    "repair": {"already_cast"},
    "concede": {"designer_consent", "delivery_strength"},
}
ASIDE = {  # how an element gets aside: from which state of its normal life, by which steps
    "on_hold": ("finished", ["hold"]),
    "nonconforming": ("finished", ["refuse_final"]),
    "rejected_at_site": ("shipped", ["reject_at_site"]),
    "scrapped": ("finished", ["refuse_final", "scrap"]),
}
EVERY_PROOF = frozenset(NEED_NAMES)
REFUSED = [(state, step) for state in STATES for step in STEPS if step not in ALLOWED[state]]
POSSIBLE = [(state, step) for state, steps in ALLOWED.items() for step in steps]
NOBODYS_SERIALS = (0, 999, 2**31 - 1, 2**31, 10**12, 10**30)


@pytest.fixture(scope="module")
def plant_of_all_states(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with one element in each state; the element of `STATES[n]` has the serial n + 1."""
    file = tmp_path_factory.mktemp("lifecycle") / "mes.sqlite"
    shutil.copy(sqlite_template, file)
    database, clock = Database(f"sqlite:///{file}"), SetClock(NOW)
    create_plant(database, clock)
    made = elements_of(database, create_order(database, clock, [(SLAB, len(STATES))]))
    for element, state in zip(made, STATES, strict=True):
        normal, further = ASIDE.get(state, (state, []))
        advance(database, clock, [element.id], normal)
        for step in further:
            with database.writing() as session:
                found = session.get_one(Element, element.id)
                change_state(Work(session, actor("admin"), clock), [found], step, event_time=clock.now())
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def pages(plant_of_all_states: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    settings = Settings(data=tmp_path_factory.mktemp("pages"))
    app = create_app(settings, database=plant_of_all_states, clock=SetClock(NOW))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture(scope="module")
def planner(pages: Flask, plant_of_all_states: Database) -> FlaskClient:
    """A planner's web client, speaking English."""
    command = AddPerson.model_validate(
        {"sign_in_name": "wang", "name": "Wang", "role": "planner", "password": "a long password"}
    )
    person = perform(plant_of_all_states, actor("admin"), SetClock(NOW), add_person, command)
    client = pages.test_client()
    client.set_cookie("mes_locale", "en")
    sign_client_in(client, plant_of_all_states, SetClock(NOW), person.id)
    return client


def element_in(database: Database, state: str) -> Element:
    with database.reading() as session:
        return session.scalars(select(Element).where(Element.serial == STATES.index(state) + 1)).one()


def everything(database: Database) -> tuple[Any, ...]:
    """All elements' rows, and how many events there are."""
    with database.reading() as session:
        rows = session.execute(select(Element.__table__).order_by(Element.serial)).all()
        return tuple(map(str, rows)), session.scalar(select(func.count()).select_from(LedgerEvent))


def attempt(database: Database, state: str, step: str, proofs: frozenset[str]) -> str:
    """The state after the step; everything is taken back."""
    with database.session() as session:
        session.connection(execution_options={"mes_write": True})
        found = session.scalars(select(Element).where(Element.serial == STATES.index(state) + 1)).one()
        change_state(Work(session, actor("admin"), SetClock(NOW)), [found], step, event_time=NOW, proofs=proofs)
        after = found.state
        session.rollback()
        return after


def test_the_table_speaks_of_every_state_and_of_every_step() -> None:
    assert set(ALLOWED) == set(STATES)
    assert {step for steps in ALLOWED.values() for step in steps} == set(STEPS)
    assert len(REFUSED) + len(POSSIBLE) == len(STATES) * len(STEPS)


def test_the_elements_are_where_the_tests_want_them(plant_of_all_states: Database) -> None:
    with plant_of_all_states.reading() as session:
        assert tuple(session.scalars(select(Element.state).order_by(Element.serial))) == STATES


@pytest.mark.parametrize(("state", "step"), REFUSED)
def test_a_step_that_the_state_does_not_allow_changes_nothing(
    plant_of_all_states: Database, state: str, step: str
) -> None:
    before = everything(plant_of_all_states)
    with pytest.raises(TransitionRefused) as refused:
        attempt(plant_of_all_states, state, step, EVERY_PROOF)
    message = str(refused.value)
    assert STATE_NAMES[state] in message
    assert EVENT_KINDS[STEPS[step].event_kind] in message
    assert f"Element {STATES.index(state) + 1} " in message
    assert everything(plant_of_all_states) == before


@pytest.mark.parametrize(("state", "step"), POSSIBLE)
def test_a_step_that_is_allowed_leads_where_it_should(plant_of_all_states: Database, state: str, step: str) -> None:
    assert attempt(plant_of_all_states, state, step, frozenset(NEEDS.get(step, set()))) == ALLOWED[state][step]


@pytest.mark.parametrize(("step", "missing"), [(step, need) for step, needs in NEEDS.items() for need in sorted(needs)])
def test_a_step_without_one_of_its_proofs_is_refused(plant_of_all_states: Database, step: str, missing: str) -> None:
    state = next(state for state, steps in ALLOWED.items() if step in steps)
    before = everything(plant_of_all_states)
    with pytest.raises(TransitionRefused, match=f"lacks {NEED_NAMES[missing]}"):
        attempt(plant_of_all_states, state, step, EVERY_PROOF - {missing})
    assert everything(plant_of_all_states) == before


def test_one_element_that_may_not_go_keeps_all_of_them_back(plant_of_all_states: Database) -> None:
    before = everything(plant_of_all_states)
    with plant_of_all_states.reading() as session:
        both = session.scalars(select(Element).where(Element.state.in_(["planned", "curing"]))).all()
        with pytest.raises(TransitionRefused):
            change_state(Work(session, actor("admin"), SetClock(NOW)), both, "schedule", event_time=NOW)
        assert not session.dirty
    assert everything(plant_of_all_states) == before


def test_a_hold_leads_back_to_where_it_came_from(database: Database, clock: SetClock, plant: None) -> None:
    for state in (state for state, steps in ALLOWED.items() if "hold" in steps):
        assert lifecycle.next_state(1, "on_hold", state, "release", frozenset()) == state


@pytest.mark.parametrize("state", [state for state, steps in ALLOWED.items() if "hold" not in steps])
def test_the_api_refuses_a_hold_that_the_state_does_not_allow(
    plant_of_all_states: Database, planner: FlaskClient, state: str
) -> None:
    element, before = element_in(plant_of_all_states, state), everything(plant_of_all_states)
    body = {"command_id": str(uuid4()), "expected_version": element.version, "reason": "cracked"}
    answer = planner.post(f"/api/v1/elements/{element.serial}/hold", json=body)
    assert answer.status_code == 409
    assert answer.mimetype == "application/problem+json"
    assert answer.json is not None
    assert answer.json["type"] == "urn:precast-mes:problem:transition-refused"
    assert STATE_NAMES[state] in answer.json["detail"]
    assert everything(plant_of_all_states) == before


@pytest.mark.parametrize("state", [state for state, steps in ALLOWED.items() if "release" not in steps])
def test_the_api_refuses_a_release_where_nothing_is_on_hold(
    plant_of_all_states: Database, planner: FlaskClient, state: str
) -> None:
    element, before = element_in(plant_of_all_states, state), everything(plant_of_all_states)
    body = {"command_id": str(uuid4()), "expected_version": element.version}
    answer = planner.post(f"/api/v1/elements/{element.serial}/release", json=body)
    assert answer.status_code == 409
    assert everything(plant_of_all_states) == before


def test_an_element_that_nobody_made_is_not_found(plant_of_all_states: Database) -> None:
    before = everything(plant_of_all_states)
    for use, command in (
        (hold_element, HoldElement(element_id=uuid4(), reason="cracked")),
        (release_element, ReleaseElement(element_id=uuid4())),
    ):
        with pytest.raises(NotFound):
            perform(plant_of_all_states, actor("planner"), SetClock(NOW), use, command)  # type: ignore[arg-type]
    assert everything(plant_of_all_states) == before


def test_a_version_that_is_not_the_elements_is_stale(plant_of_all_states: Database) -> None:
    element = element_in(plant_of_all_states, "planned")
    command = HoldElement(element_id=element.id, reason="cracked", expected_version=element.version + 1)
    with pytest.raises(StaleVersion):
        perform(plant_of_all_states, actor("planner"), SetClock(NOW), hold_element, command)


def test_somebody_of_another_project_cannot_hold_an_element(plant_of_all_states: Database) -> None:
    element = element_in(plant_of_all_states, "planned")
    stranger = actor("planner", project_ids=frozenset({uuid4()}))
    with pytest.raises(NotFound):
        perform(
            plant_of_all_states,
            stranger,
            SetClock(NOW),
            hold_element,
            HoldElement(element_id=element.id, reason="cracked"),
        )


@pytest.mark.parametrize("serial", NOBODYS_SERIALS)
def test_a_serial_that_names_no_element_is_refused_everywhere(planner: FlaskClient, serial: int) -> None:
    hold = {"command_id": str(uuid4()), "expected_version": 1, "reason": "cracked"}
    answers = [
        planner.get(f"/api/v1/elements/{serial}"),
        planner.post(f"/api/v1/elements/{serial}/hold", json=hold),
        planner.post(f"/api/v1/elements/{serial}/release", json={**hold, "command_id": str(uuid4())}),
        planner.get(f"/elements/{serial}"),
        planner.post(f"/elements/{serial}/hold", data=hold),
        planner.get(f"/labels.pdf?serial={serial}"),
        planner.get(f"/scan?code={serial}"),
    ]
    assert {answer.status_code for answer in answers} <= {404, 422}


@pytest.mark.parametrize("serial", ["-1", "abc", "1.5", "1'--", "%00", "²"])
def test_what_is_no_serial_at_all_is_refused_everywhere(planner: FlaskClient, serial: str) -> None:
    for address in (f"/api/v1/elements/{serial}", f"/elements/{serial}", f"/labels.pdf?serial={serial}"):
        assert planner.get(address).status_code in (404, 422), address


def test_the_right_serial_with_a_wrong_gtin_names_nothing(plant_of_all_states: Database, planner: FlaskClient) -> None:
    element = element_in(plant_of_all_states, "stored")
    right = f"(01){element.gtin}(21){element.serial}"
    assert planner.get("/scan", query_string={"code": right}).status_code == 303
    wrong = "06141411234562"  # a GTIN with a right check digit, which is not this element's
    assert wrong != element.gtin
    for code in (
        f"(01){wrong}(21){element.serial}",
        f"https://id.gs1.org/01/{wrong}/21/{element.serial}",
        f"(01){element.gtin}(21)99999999999999999999",
        f"(01){element.gtin}(21)²",
    ):
        assert planner.get("/scan", query_string={"code": code}).status_code in (404, 422), code


@pytest.mark.parametrize("command_id", ["", "1", "not-a-uuid", None])
def test_a_command_without_a_right_id_is_refused(
    plant_of_all_states: Database, planner: FlaskClient, command_id: str | None
) -> None:
    element, before = element_in(plant_of_all_states, "planned"), everything(plant_of_all_states)
    body = {"command_id": command_id, "expected_version": element.version, "reason": "cracked"}
    assert planner.post(f"/api/v1/elements/{element.serial}/hold", json=body).status_code == 422
    form = {name: value for name, value in body.items() if value is not None}
    assert planner.post(f"/elements/{element.serial}/hold", data=form).status_code == 422
    assert everything(plant_of_all_states) == before
