"""Refused events of one cause written anew together; whom a question to a platform was about; names on these pages."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import select

from mes.accounts.service import AddPerson, add_person
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.traceability.models import Exchange, Receipt
from mes.traceability.queries import refused_groups, sequences_about, timeline_of
from mes.traceability.queries.persons import masker_of_names
from mes.traceability.renditions import inflated
from mes.traceability.sandbox import Fault
from mes.traceability.service import (
    AddConnector,
    ChangeConnector,
    RepairMany,
    RetryMany,
    add_connector,
    change_connector,
    repair_many,
    retry_many,
)
from tests.conftest import actor
from tests.mes.traceability.city import StartCity
from tests.mes.traceability.delivery import connector_row, connector_to, deliver_all, platform_events, receipts_of
from tests.mes.traceability.test_delivery_by_people import set_up

ClientAs = Callable[..., FlaskClient]
FORM = "with a reason"


def refused_set_ups(database: Database, clock: SetClock, start_city: StartCity) -> tuple[UUID, list[Receipt]]:
    """Three elements set in moulds; the platform refused each, naming its serial in its words."""
    links = set_up(database, clock, 3)
    city = start_city(Fault("capture", 400, None, contains="pc:shuttering"))
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    with database.writing() as session:
        rows = session.scalars(select(Receipt).where(Receipt.state == "refused").order_by(Receipt.event_sequence)).all()
        for number, row in enumerate(rows):
            row.answer = f"400: mould {1000 + number} of {links[number]} is not registered"
    return connector_id, list(rows)


def test_serials_in_the_platforms_words_do_not_split_a_group_and_all_of_it_is_sent_again(
    database: Database, clock: SetClock, start_city: StartCity
) -> None:
    connector_id, rows = refused_set_ups(database, clock, start_city)
    with database.reading() as session:
        (group,) = refused_groups(session, connector_id)
    assert (len(rows), group.events, dict(group.kinds)) == (3, 3, {"element.set_up": 3})
    command = RetryMany(connector_id=connector_id, refused_for="data", answer=None, kind=None, cause=group.cause)
    assert perform(database, actor("admin"), clock, retry_many, command).events == 3
    assert {receipts_of(database)[row.event_sequence][0] for row in rows} == {"waiting"}


def test_what_changed_settings_mend_is_shown_first_and_then_sent_at_once(
    client_as: ClientAs, database: Database, clock: SetClock, start_city: StartCity
) -> None:
    connector_id, rows = refused_set_ups(database, clock, start_city)
    admin, path = client_as("admin"), f"/connectors/{connector_id}/refused/{rows[1].event_sequence}?show=repair"
    assert "3 events come out as they were" in admin.get(path).text
    changed = ChangeConnector(connector_id=connector_id, url=None, settings={"mapping": {"company_prefix": ""}})
    perform(database, actor("admin"), clock, change_connector, changed)
    before = receipts_of(database)
    page = admin.get(path).text
    assert ("3 events come out in a new form" in page, receipts_of(database)) == (True, before)
    cause = page.split('name="cause" value="')[1].split('"')[0]
    form = {"command_id": str(uuid4()), "refused_for": "data", "cause": cause}
    address = f"/connectors/{connector_id}/repair-many"
    assert client_as("planner").post(address, data=form | {"reason": FORM}).status_code == 403
    assert (admin.post(address, data=form).status_code, receipts_of(database)) == (422, before)
    for _ in range(2):
        assert admin.post(address, data=form | {"reason": FORM}).status_code == 303
    with database.reading() as session:
        again = session.scalars(select(Receipt).where(Receipt.id.in_([row.id for row in rows]))).all()
    assert [(row.state, b"/8003/" in inflated(row.body or b"")) for row in again] == [("waiting", False)] * 3


def test_what_may_be_with_the_platform_already_is_left_as_it_is(
    database: Database, clock: SetClock, start_city: StartCity
) -> None:
    connector_id, rows = refused_set_ups(database, clock, start_city)
    with database.writing() as session:
        session.get_one(Receipt, rows[0].id).delivered_at = clock.now()
    changed = ChangeConnector(connector_id=connector_id, url=None, settings={"mapping": {"company_prefix": ""}})
    perform(database, actor("admin"), clock, change_connector, changed)
    command = RepairMany(connector_id=connector_id, refused_for="data", answer=None, kind=None, cause=None, reason=FORM)
    done = perform(database, actor("admin"), clock, repair_many, command)
    assert (done.events, done.left) == (2, 1)
    assert receipts_of(database)[rows[0].event_sequence][0] == "refused"


def test_a_platform_that_still_works_was_asked_about_the_events_of_its_job(
    client_as: ClientAs, database: Database, clock: SetClock, start_city: StartCity
) -> None:
    set_up(database, clock)
    city = start_city(Fault("poll", "processing", 2))
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    assert platform_events(city)
    with database.reading() as session:
        query = select(Exchange).where(Exchange.purpose == "poll").order_by(Exchange.at)
        asked = session.scalars(query).all()
        about = sequences_about(session, connector_id, asked)
        delivered = [sequence for sequence, (state, _) in receipts_of(database).items() if state == "delivered"]
        story = timeline_of(session, connector_row(database), delivered[0])
    assert len(asked) >= 3
    assert {tuple(about[each.id]) for each in asked} == {tuple(delivered)}
    assert story is not None
    assert {each.id for each in asked} < {each.id for each in story.tries}
    page = client_as("planner").get(f"/connectors/{connector_id}/requests").text
    assert page.count(f"/connectors/{connector_id}/events/{delivered[0]}") >= len(asked)


def test_names_of_people_are_shown_to_those_only_who_may_mend_the_connector(
    client_as: ClientAs, database: Database, clock: SetClock, start_city: StartCity
) -> None:
    set_up(database, clock)
    name = "李铁匠"
    person = AddPerson(
        sign_in_name="smith",
        name=name,
        role="operator",
        organisation="",
        crew="",
        password=SecretStr("a long password"),
    )
    perform(database, actor("admin"), clock, add_person, person)
    city = start_city(Fault("capture", 400, 1, contains="pc:shuttering"))
    settings = {"mapping": {"with_person_names": True}}
    added = AddConnector(name="city", kind="epcis", url=city.url, settings=settings)
    connector_id = perform(database, actor("admin"), clock, add_connector, added).id
    assert connector_id is not None
    deliver_all(database, clock, connector_id)
    with database.writing() as session:
        for row in session.scalars(select(Exchange)):
            row.request, row.answer = f'{{"pc:name":"{name}"}}', f"{name} 不在名册"
        refused = session.scalars(select(Receipt).where(Receipt.state == "refused")).one()
        refused.answer, sequence = f"400: {name} is not known", refused.event_sequence
    pages = [f"/connectors/{connector_id}{tab}" for tab in ("", "/requests", f"/events/{sequence}")]
    answers = [f"/api/v1/connectors/city{tab}" for tab in ("", "/exchanges", f"/events/{sequence}")]
    planner, admin = client_as("planner"), client_as("admin")
    assert [path for path in pages + answers if name in planner.get(path).get_data(as_text=True)] == []
    assert all(name in admin.get(path).get_data(as_text=True) for path in pages)
    assert masker_of_names(database.session()).text(f"sent by {name}") == "sent by ***"
