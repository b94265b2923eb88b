"""The house away for ten minutes under load, then back: every interval arrives, once, in order."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from lines import DeviceState, DeviceStatus, Quality, Reading, Store
from mes.accounts.service import make_token
from mes.cli.people import OWNER
from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from mes.machines.gateway.forwarding import STATUS
from mes.machines.models import MachineMeasurement, MachineMinute, StateInterval
from tests.conftest import create_plant
from tests.mes.machines.edge import SPREADER, Edge, at, seconds

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
DEVICES = [f"SL/station-{number:02}" for number in range(30)]
OUTAGE_SECONDS = 600
STATES = ("idle", "execute", "suspended", "held", "complete")
Interval = tuple[str, str, int, int | None, int | None]


class Plant:
    """What thirty machines did in ten minutes, and the readings that a gateway kept of it meanwhile."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.intervals: list[Interval] = []
        self.values: list[tuple[str, int, float]] = []
        kept = [message for device in DEVICES for message in self._machine(device)]
        self.messages = [message for _, message in sorted(kept, key=lambda one: one[0])]

    def _machine(self, device: str) -> Iterator[tuple[float, list[dict[str, Any]]]]:
        """One machine's polls, each with its time."""
        second, state, changes = 0, "idle", []
        while second < OUTAGE_SECONDS:
            state = self._random.choice([other for other in (*STATES, "unknown") if other != state])
            pallet = 0 if state in ("idle", "unknown") else self._random.randint(1, 24)
            changes.append((second, state, pallet))
            yield second, self._tell(device, second, state, pallet)
            second += self._random.randint(5, 20)
        for (begin, name, pallet), following in zip(changes, [*changes[1:], None], strict=True):
            self.intervals.append((device, name, begin, following[0] if following else None, pallet or None))
        for moment in range(2, OUTAGE_SECONDS, 5):
            value = round(self._random.uniform(0, 500), 1)
            self.values.append((device, moment, value))
            yield moment + 0.5, [Reading(device, "hopper_kg", value, "kg", Quality.GOOD, at(moment)).as_json()]

    def _tell(self, device: str, second: int, state: str, pallet: int) -> list[dict[str, Any]]:
        if state == "unknown":
            failed = DeviceStatus(device, DeviceState.FAILED, at(second), "no connection")
            stale = [Reading(device, "state", "idle", None, Quality.STALE, at(second))]
            return [{STATUS: failed.as_json()}, *(reading.as_json() for reading in stale)]
        points = {"state": state, "pallet": pallet}
        told = [Reading(device, name, value, None, Quality.GOOD, at(second)) for name, value in points.items()]
        return [reading.as_json() for reading in told]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing on the test's terminal."""


@pytest.fixture
def house(shared_app: Flask, any_database: Database, clock: SetClock) -> Iterator[str]:
    """The real web application on each database; gives its address."""
    create_plant(any_database, clock)
    shared_app.extensions.update(mes_database=any_database, mes_clock=clock)
    server = make_server("127.0.0.1", 0, shared_app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def edge(house: str, any_database: Database, clock: SetClock) -> Edge:
    """The machines are announced."""
    made = Edge(any_database, clock)
    made.announce(*({**SPREADER, "device": device} for device in DEVICES))
    return made


def start_sender(folder: Path, url: str) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MES_")}
    with (folder / "log").open("ab") as log:
        command = [sys.executable, "-m", "tests.mes.machines.sender", str(folder), url]
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def forward_with_kills(folder: Path, url: str) -> int:
    """Forward all that waits, killing the sender after each tenth of it; how often it was killed."""
    total, kills = waiting_in(folder), 0
    sender = start_sender(folder, url)
    goal, end = total * 0.9, time.monotonic() + 240
    while waiting := waiting_in(folder):
        assert time.monotonic() < end, (folder / "log").read_text()
        if waiting <= goal:
            sender.kill()
            sender.wait()
            kills, goal = kills + 1, waiting - total / 10
            sender = start_sender(folder, url)
        time.sleep(0.01)
    sender.kill()
    sender.wait()
    return kills


def waiting_in(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder / 'readings.sqlite'}?mode=ro", uri=True)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM message").fetchone()
        return int(count)


def test_every_interval_of_an_outage_arrives_once_although_the_sender_is_killed(
    edge: Edge, house: str, tmp_path: Path
) -> None:
    with edge.database.writing() as session:
        token = make_token(Work(session, OWNER, edge.clock), "gateway", "gateway")
    (tmp_path / "token").write_text(token)
    plant = Plant(seed=7)
    with closing(Store(tmp_path / "readings.sqlite", 500_000)) as store:
        for messages in plant.messages:
            store.append_many(messages)
    kills = forward_with_kills(tmp_path, house)
    assert kills >= 3
    assert kept_intervals(edge) == sorted(plant.intervals)
    assert kept_values(edge) == sorted(plant.values)
    minutes = edge.rows(MachineMinute)
    assert sum(minute.count for minute in minutes) == len(plant.values)
    assert sum(minute.total for minute in minutes) == pytest.approx(sum(value for _, _, value in plant.values))


def kept_intervals(edge: Edge) -> list[Interval]:
    rows = edge.rows(StateInterval, StateInterval.device, StateInterval.started_at)
    return sorted((i.device, i.state, seconds(i.started_at) or 0, seconds(i.ended_at), i.pallet) for i in rows)


def kept_values(edge: Edge) -> list[tuple[str, int, float]]:
    with edge.database.reading() as session:
        rows = session.scalars(select(MachineMeasurement).where(MachineMeasurement.point == "hopper_kg"))
        return sorted((row.device, seconds(row.time) or 0, row.value) for row in rows)
