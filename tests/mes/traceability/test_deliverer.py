"""Delivery of the ledger to a real platform on a real socket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import requests
from sqlalchemy import select

from mes.config import Settings
from mes.core.clock import SetClock, SystemClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.ledger.verification import verify
from mes.supervisor import pick_port
from mes.traceability.delivery import Deliverer
from mes.traceability.jobs import start_delivery
from mes.traceability.models import Receipt
from mes.traceability.sandbox import Fault, Limits
from mes.traceability.service import (
    AddConnector,
    ConnectorCommand,
    PauseConnector,
    ReplayEvents,
    RetryReceipt,
    SkipReceipt,
    add_connector,
    pause_connector,
    replay_events,
    resume_connector,
    retry_receipt,
    skip_receipt,
)
from tests.conftest import actor, create_plant
from tests.factories import create_order, elements_of
from tests.mes.traceability.city import City, StartCity
from tests.mes.traceability.delivery import (
    connector_row,
    connector_to,
    deliver_all,
    platform_events,
    receipts_of,
    states_of,
)
from tests.mes.traceability.plant_life import SSCC, contents, live

SECOND_SSCC = "106141410000000026"
TOLD_OF_A_LIFE = [
    "commissioning",
    "assembling",
    "assembling",
    "inspecting",
    "other",
    "other",
    "inspecting",
    "removing",
    "other",
    "inspecting",
    "inspecting",
    "storing",
    "storing",
    "loading",
    "unloading",
    "accepting",
    "installing",
]


def ordered(database: Database, clock: SetClock, count: int = 2) -> list[tuple[UUID, str]]:
    """Ids and Digital Links of ordered slabs in a new plant."""
    create_plant(database, clock)
    elements = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", count)]))
    return [(element.id, element.digital_link) for element in elements]


def steps_of(city: City, link: str) -> list[str]:
    """The business steps the platform knows of a thing, in the order of storing."""
    return [event["bizStep"] for event in platform_events(city, link)]


def test_every_step_of_a_life_arrives_in_order_and_once(any_database: Database, clock: SetClock, city: City) -> None:
    elements = ordered(any_database, clock)
    live(any_database, clock, [identity for identity, _ in elements])
    deliver_all(any_database, clock, connector_to(any_database, clock, city.url))
    for _, link in elements:
        assert steps_of(city, link) == TOLD_OF_A_LIFE
    assert steps_of(city, f"https://id.gs1.org/00/{SSCC}") == [
        "commissioning",
        "loading",
        "departing",
        "arriving",
        "unloading",
    ]
    assert states_of(any_database) == {"delivered", "not_sent"}
    with any_database.reading() as session:
        assert verify(session).intact


def test_the_cursor_moves_on_over_events_that_no_platform_hears_of(
    database: Database, clock: SetClock, city: City
) -> None:
    elements = ordered(database, clock)
    live(database, clock, [identity for identity, _ in elements], until="schedule")
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    assert states_of(database) == {"not_sent"}
    assert connector_row(database, connector_id).cursor == 4  # the connector itself is told in the ledger too
    assert platform_events(city) == []


def test_a_refused_event_holds_back_its_own_element_only(
    any_database: Database, clock: SetClock, start_city: StartCity
) -> None:
    (first, first_link), (second, second_link) = ordered(any_database, clock)
    live(any_database, clock, [first], until="finish")
    live(any_database, clock, [second], sscc=SECOND_SSCC)
    cast = next(content for content in contents(any_database) if content["kind"] == "element.cast")
    city = start_city(Fault("job", "job-fails", None, contains=f"urn:uuid:{cast['id']}"))
    connector_id = connector_to(any_database, clock, city.url)

    deliver_all(any_database, clock, connector_id)

    assert steps_of(city, second_link) == TOLD_OF_A_LIFE
    assert steps_of(city, first_link) == TOLD_OF_A_LIFE[:4]
    refused = receipt_in(any_database, "refused")
    assert "The job failed as the fault script says" in (refused.answer or "")
    admin = actor("admin")
    command = SkipReceipt(receipt_id=refused.id, reason="told by letter")
    perform(any_database, admin, clock, skip_receipt, command)
    deliver_all(any_database, clock, connector_id)
    assert steps_of(city, first_link) == [*TOLD_OF_A_LIFE[:4], *TOLD_OF_A_LIFE[5:9]]
    assert states_of(any_database) == {"delivered", "not_sent", "skipped"}


def test_a_refused_event_is_sent_again_when_a_person_says_so(
    database: Database, clock: SetClock, start_city: StartCity
) -> None:
    elements = ordered(database, clock, 1)
    live(database, clock, [elements[0][0]], until="set_up")
    city = start_city(Fault("capture", 400))
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    assert platform_events(city) == []
    command = RetryReceipt(receipt_id=receipt_in(database, "refused").id)
    perform(database, actor("admin"), clock, retry_receipt, command)
    deliver_all(database, clock, connector_id)
    assert steps_of(city, elements[0][1]) == ["commissioning", "assembling"]


def test_a_lost_answer_leads_to_the_same_ids_again_and_one_effect(
    database: Database, clock: SetClock, start_city: StartCity
) -> None:
    elements = ordered(database, clock, 1)
    live(database, clock, [elements[0][0]])
    city = start_city(Fault("capture", "lose-answer"), Fault("capture", 503, 2, retry_after="1"))
    deliver_all(database, clock, connector_to(database, clock, city.url))
    assert steps_of(city, elements[0][1]) == TOLD_OF_A_LIFE
    assert max(attempts for _, attempts in receipts_of(database).values()) >= 2


def test_ids_stay_the_same_over_attempts(database: Database, clock: SetClock, start_city: StartCity) -> None:
    elements = ordered(database, clock, 1)
    live(database, clock, [elements[0][0]], until="set_up")
    city = start_city(Fault("capture", 503, 3))
    deliverer = Deliverer(database, clock, connector_to(database, clock, city.url))
    deliverer.deliver_once()
    before = receipt_in(database, "waiting").event_ids
    deliver_all(database, clock, connector_row(database).id, deliverer)
    assert [event["eventID"] for event in platform_events(city)] == before


def test_what_the_platform_takes_at_once_is_respected(
    database: Database, clock: SetClock, start_city: StartCity
) -> None:
    elements = ordered(database, clock, 3)
    for number, (identity, _) in enumerate(elements):
        live(database, clock, [identity], sscc=None, until="store" if number else "element.moved")
    city = start_city(limits=Limits(events=5, file_size_bytes=9000))
    deliver_all(database, clock, connector_to(database, clock, city.url))
    for _, link in elements:
        assert steps_of(city, link)[:12] == TOLD_OF_A_LIFE[:12]
    jobs = requests.get(city.url + "/capture", timeout=10).json()
    assert len(jobs) > 6


def test_wrong_credentials_pause_the_connector_and_cost_no_attempt(
    database: Database, clock: SetClock, start_city: StartCity, tmp_path: Path
) -> None:
    elements = ordered(database, clock, 1)
    live(database, clock, [elements[0][0]], until="set_up")
    key = tmp_path / "city-key"
    city = start_city(api_keys=("right-key",))
    settings = {"credentials": {"kind": "bearer", "secret": {"file": str(key)}}}
    command = AddConnector(name="city", url=city.url, settings=settings)
    admin = actor("admin")
    connector_id = perform(database, admin, clock, add_connector, command).id
    assert connector_id is not None
    deliver_all(database, clock, connector_id)
    assert "cannot be read" in (connector_row(database).paused_reason or "")

    key.write_text("wrong-key\n")
    perform(database, admin, clock, resume_connector, ConnectorCommand(connector_id=connector_id))
    deliver_all(database, clock, connector_id)
    paused = connector_row(database)
    assert (paused.state, "not known" in (paused.paused_reason or "")) == ("paused", True)
    assert {attempts for _, attempts in receipts_of(database).values()} == {0}

    key.write_text("right-key\n")
    perform(database, admin, clock, resume_connector, ConnectorCommand(connector_id=connector_id))
    deliver_all(database, clock, connector_id)
    assert states_of(database) == {"delivered", "not_sent"}
    assert "right-key" not in str([receipt_in(database, "delivered").answer, connector_row(database).settings])


def test_a_paused_connector_sends_nothing_and_forgets_nothing(database: Database, clock: SetClock, city: City) -> None:
    elements = ordered(database, clock, 1)
    connector_id = connector_to(database, clock, city.url)
    perform(
        database, actor("admin"), clock, pause_connector, PauseConnector(connector_id=connector_id, reason="moving")
    )
    live(database, clock, [elements[0][0]], until="set_up")
    deliver_all(database, clock, connector_id)
    assert platform_events(city) == []
    perform(database, actor("admin"), clock, resume_connector, ConnectorCommand(connector_id=connector_id))
    deliver_all(database, clock, connector_id)
    assert len(platform_events(city)) == 2


def test_a_replay_sends_the_same_ids_and_changes_nothing_at_the_platform(
    database: Database, clock: SetClock, city: City
) -> None:
    elements = ordered(database, clock)
    live(database, clock, [identity for identity, _ in elements], until="finish")
    connector_id = connector_to(database, clock, city.url)
    deliver_all(database, clock, connector_id)
    before = platform_events(city)
    command = ReplayEvents(connector_id=connector_id, element_serial=1)
    answer = perform(database, actor("admin"), clock, replay_events, command)
    deliver_all(database, clock, connector_id)
    assert answer.events == 8
    assert [event["eventID"] for event in platform_events(city)] == [event["eventID"] for event in before]
    assert sorted(attempts for _, attempts in receipts_of(database).values()) == [0] * 5 + [2] * 8


def test_one_worker_delivers_at_a_time_and_a_dead_one_is_followed(
    any_database: Database, clock: SetClock, city: City
) -> None:
    ordered(any_database, clock, 1)
    connector_id = connector_to(any_database, clock, city.url)
    first = Deliverer(any_database, clock, connector_id, owner="worker-1")
    second = Deliverer(any_database, clock, connector_id, owner="worker-2")
    assert (first.deliver_once().state, first.deliver_once().state) == ("worked", "idle")
    assert second.deliver_once().state == "elsewhere"
    clock.advance(minutes=4)
    assert second.deliver_once().state == "idle"
    assert first.deliver_once().state == "elsewhere"


DIES_AFTER_THE_REQUEST = """
import os, signal, sys
from datetime import datetime
from uuid import UUID
import mes.kinds, mes.tables
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.traceability.delivery import Deliverer
from mes.traceability.platforms.addresses import read_rules, use_rules
from mes.traceability.platforms.epcis_capture import EpcisCapture, EpcisPlatform

class Dying(EpcisPlatform):
    def send(self, renditions):
        super().send(renditions)
        os.kill(os.getpid(), signal.SIGKILL)

class Kind(EpcisCapture):
    def connect(self, url, settings):
        return Dying(url, settings)

url, connector_id, now = sys.argv[1:]
use_rules(read_rules("127.0.0.0/8"))
clock = SetClock(datetime.fromisoformat(now))
deliverer = Deliverer(Database(url), clock, UUID(connector_id), kinds=lambda name: Kind())
while True:
    deliverer.deliver_once()
"""


def test_a_deliverer_killed_between_request_and_receipt_sends_the_same_again(
    database: Database, clock: SetClock, city: City
) -> None:
    elements = ordered(database, clock, 1)
    live(database, clock, [elements[0][0]])
    connector_id = connector_to(database, clock, city.url)
    arguments = [database.url, str(connector_id), clock.now().isoformat()]
    died = subprocess.run([sys.executable, "-c", DIES_AFTER_THE_REQUEST, *arguments], check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert "sending" in states_of(database)

    deliver_all(database, clock, connector_id)

    assert steps_of(city, elements[0][1]) == TOLD_OF_A_LIFE
    identities = [event["eventID"] for event in platform_events(city)]
    assert len(identities) == len(set(identities))
    assert max(attempts for _, attempts in receipts_of(database).values()) == 2
    assert states_of(database) == {"delivered", "not_sent"}


@contextmanager
def platform_process(port: int, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The sandbox platform as a process of its own."""
    command = [sys.executable, "-m", "mes.traceability.sandbox", "--port", str(port), "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(400):
                try:
                    requests.get(f"http://127.0.0.1:{port}/api/summary", timeout=1)
                    break
                except requests.ConnectionError:
                    time.sleep(0.05)
            yield process
        finally:
            process.kill()


def test_a_platform_that_is_killed_and_comes_back_gets_everything(
    database: Database, clock: SetClock, tmp_path: Path
) -> None:
    elements = ordered(database, clock, 1)
    live(database, clock, [elements[0][0]], until="demould")
    port = pick_port(28090)
    city = City(f"http://127.0.0.1:{port}")
    deliverer = Deliverer(database, clock, connector_to(database, clock, city.url))
    with platform_process(port, tmp_path / "platform") as process:
        deliverer.deliver_once()
        os.kill(process.pid, signal.SIGKILL)
    for _ in range(20):
        outcome = deliverer.deliver_once()
        clock.advance(seconds=max(outcome.wait_seconds, 0.01))
    assert connector_row(database).failures > 0
    with platform_process(port, tmp_path / "platform"):
        clock.advance(minutes=20)
        deliver_all(database, clock, connector_row(database).id, deliverer)
        assert steps_of(city, elements[0][1]) == TOLD_OF_A_LIFE[:8]
        identities = [event["eventID"] for event in platform_events(city)]
        assert len(identities) == len(set(identities))
    assert connector_row(database).failures == 0


def test_the_worker_delivers_by_itself_what_happens_while_it_runs(
    database: Database, clock: SetClock, city: City
) -> None:
    elements = ordered(database, clock, 1)
    connector_to(database, clock, city.url)
    stop = threading.Event()
    loop = start_delivery(database, SystemClock(), Settings(connector_hosts="127.0.0.1"), stop)
    try:
        live(database, clock, [elements[0][0]], until="set_up")
        for _ in range(300):
            if len(platform_events(city)) == 2:
                break
            time.sleep(0.05)
    finally:
        stop.set()
        loop.join()
    assert steps_of(city, elements[0][1]) == ["commissioning", "assembling"]
    assert connector_row(database).lease_owner is None


def receipt_in(database: Database, state: str) -> Receipt:
    """The first receipt in a state."""
    with database.reading() as session:
        query = select(Receipt).where(Receipt.state == state).order_by(Receipt.event_sequence)
        return session.scalars(query.limit(1)).one()
