"""Real processes: simulated machines, gateway and web server; one is killed, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from mes.accounts.service import make_token
from mes.cli.people import OWNER
from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from mes.machines.gateway.forwarding import STATUS
from mes.machines.models import MachineCommand, MachineSignal
from mes.shopfloor import service
from mes.shopfloor.models import Discrepancy
from tests.conftest import create_plant
from tests.mes.shopfloor.plant import KINDS, Floor, add_floor

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
SPEED = "600"  # ten simulated minutes a second


class RealClock(SetClock):
    """The wall's clock, for tests whose processes look at it as well."""

    def __init__(self) -> None:
        super().__init__(datetime.now(UTC))

    def now(self) -> datetime:
        return datetime.now(UTC)

    def advance(self, **step: float) -> datetime:
        return self.now()


class Plant:
    """The processes of a plant on this machine, each started, killed and started again at will."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.web_port, self.modbus_port = free_port(), free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MES_")},
            "MES_DATA": str(data),
            "MES_PORT": str(self.web_port),
            "MES_LINES": "SL",
            "MES_MODBUS_PORT": str(self.modbus_port),
            "MES_SIMULATOR_SPEED": SPEED,
        }

    def start(self, command: str) -> None:
        with (self.data / f"{command}.log").open("ab") as log:
            self.running[command] = subprocess.Popen(
                [sys.executable, "-m", "mes.cli", command], env=self.environment, stdout=log, stderr=log
            )

    def kill(self, command: str) -> None:
        process = self.running.pop(command)
        for child in children_of(process.pid):
            os.kill(child, signal.SIGKILL)
        process.kill()
        process.wait()

    def stop(self) -> None:
        for command in list(self.running):
            self.kill(command)

    def web_answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.web_port}/health", timeout=1).ok
        except requests.RequestException:
            return False

    def waiting_on_disk(self) -> set[UUID]:
        """Ids of readings that the gateway keeps and has not handed over."""
        file = self.data / "gateway" / "readings.sqlite"
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
            kept = connection.execute("SELECT id, body FROM message")
            found = {UUID(row[0]) for row in kept if STATUS not in json.loads(row[1])}
        connection.close()
        return found

    def log(self, command: str) -> str:
        return (self.data / f"{command}.log").read_text()


def children_of(pid: int) -> list[int]:
    """Processes that a process started (gunicorn's workers)."""
    file = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in file.read_text().split()] if file.exists() else []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(condition: Callable[[], bool], what: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for: {what}"
        time.sleep(0.05)


@pytest.fixture
def plant_of_processes(sqlite_template: Path, tmp_path: Path) -> Iterator[tuple[Plant, Floor]]:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(sqlite_template, data / "mes.sqlite")
    database, clock = Database(f"sqlite:///{data / 'mes.sqlite'}"), RealClock()
    create_plant(database, clock)
    floor = add_floor(database, clock)
    with database.writing() as session:
        token = make_token(Work(session, OWNER, clock), "gateway", "gateway")
    (data / "gateway-token").write_text(token)
    plant = Plant(data)
    yield plant, floor
    plant.stop()
    database.dispose()


def test_a_load_runs_to_the_casting_gate_although_gateway_and_web_server_are_killed(
    plant_of_processes: tuple[Plant, Floor],
) -> None:
    plant, floor = plant_of_processes
    for command in ("serve", "simulate", "gateway"):
        plant.start(command)
    floor.do(service.enter_next_load, service.EnterNextLoad(line_id=floor.load().line_id))
    until(lambda: floor.operation("plotting").state != "waiting", "the load at plotting")

    plant.kill("serve")
    until(lambda: bool(plant.waiting_on_disk()), "readings that wait on disk")
    plant.kill("gateway")
    kept = plant.waiting_on_disk()
    for command in ("serve", "gateway"):
        plant.start(command)

    until(lambda: floor.operation("hidden-works").state == "running", "the load at the hidden-works inspection")
    assert [floor.operation(kind).state for kind in KINDS[:6]] == ["done"] * 6
    with floor.database.reading() as session:
        taken = set(session.scalars(select(MachineSignal.id)))
    assert kept <= taken
    floor.accept_hidden_works()
    floor.assign_batch()
    until(lambda: floor.operation("casting").state != "waiting", "casting after its release")
    until(lambda: floor.states() == {"curing"}, "the elements to be cast")
    # The simulated batching plant numbers its batches by itself, not as the one that was assigned here. While the
    # gateway was dead a station may have begun unseen; that is told to a person.
    told_apart = [d for d in floor.rows(Discrepancy) if d.kind not in ("other_batch", "finished_before_started")]
    assert [(d.kind, d.machine_story, d.house_story) for d in told_apart] == []
    assert all(command.done_at and command.error is None for command in floor.rows(MachineCommand))
    told = plant.log("gateway")  # each outage is told once, and its end; the gateway itself was started twice
    assert told.count("the house is away") - told.count("the house is back") <= 2
