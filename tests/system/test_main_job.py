"""The main job through the REST API, while processes are killed at random moments."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
from sqlalchemy import func, select

from mes.core.database import Database
from mes.ledger.models import LedgerEvent
from mes.ledger.verification import verify
from mes.traceability.export import export_events, export_settings
from mes.traceability.models import Receipt
from mes.traceability.queries import events_to_export
from tests.system.main_job import MainJob
from tests.system.running_plant import RunningPlant, running_plant, wait_until

pytestmark = pytest.mark.slow
KILLS = 10
VICTIMS = ("web", "worker", "gateway")


def play(job: MainJob, count: int) -> None:
    """From the workbook to the receiver's confirmation; the site rejects one element."""
    job.order(count)
    job.plan()
    job.make_until_hidden_works()
    job.demould()
    for element in job.elements():
        job.accept_final(element)
    job.receive(job.deliver(), rejected=1)


def check_outcome(plant: RunningPlant, job: MainJob, count: int) -> None:
    """Everybody has what they should have, the ledger holds, the city has each event once in effect."""
    states = sorted(element["state"] for element in job.elements())
    assert states == ["received"] * (count - 1) + ["rejected_at_site"]
    wait_until("every event to reach the city", lambda: undelivered(plant.database) == 0, 90, plant)
    with plant.database.reading() as session:
        assert verify(session).intact
        rows = events_to_export(session, serial=None, project_code=None, since=None)
        ours = sorted(event.to_json()["eventID"] for event in export_events(rows, export_settings(session)))
    summary = requests.get(f"{plant.platform_url}/api/summary", timeout=10).json()
    assert len(ours) >= count * 8
    assert len(set(ours)) == len(ours)
    assert captured_ids(plant) == ours
    assert summary["distinct_events"] == len(ours)
    assert summary["sequence_violations"] == 0
    assert summary["differing_receptions"] == 0


def captured_ids(plant: RunningPlant) -> list[str]:
    """The ids of all events that the city platform keeps, following its pages."""
    found: list[str] = []
    address: str | None = f"{plant.platform_url}/events?perPage=100"
    while address:
        answer = requests.get(address, timeout=10)
        body = answer.json()["epcisBody"]
        events = body.get("queryResults", {}).get("resultsBody", body).get("eventList", [])
        found += [event["eventID"] for event in events]
        following = answer.links.get("next", {}).get("url")
        address = urljoin(address, following) if following else None
    return sorted(found)


def undelivered(database: Database) -> int:
    """How many events the city has not confirmed yet."""
    with database.reading() as session:
        events = session.scalar(select(func.count()).select_from(LedgerEvent)) or 0
        final = ("delivered", "not_sent")
        settled = session.scalar(select(func.count()).where(Receipt.state.in_(final))) or 0
    return events - settled


@contextmanager
def random_kills(plant: RunningPlant, seed: int) -> Iterator[list[str]]:
    """SIGKILL a random process every few seconds, `KILLS` times in all, while the block runs."""
    chance, done, killed = random.Random(seed), threading.Event(), []

    def run() -> None:
        while len(killed) < KILLS and not done.wait(chance.uniform(1.5, 4.0)):
            name = chance.choice(VICTIMS)
            plant.kill(name)
            killed.append(name)

    thread = threading.Thread(target=run, name="killer")
    thread.start()
    try:
        yield killed
        while len(killed) < KILLS:  # a quick machine may be done before the last one
            done.wait(0.1)
    finally:
        done.set()
        thread.join()


def test_the_main_job_survives_ten_kills(any_database: Database, tmp_path: Path) -> None:
    with running_plant(any_database, tmp_path / "data") as plant:
        job = MainJob(plant)
        with random_kills(plant, seed=20261121) as killed:
            play(job, 3)
        check_outcome(plant, job, 3)
    assert len(killed) == KILLS
