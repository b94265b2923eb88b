"""Delivery over real sockets while everything goes wrong: every fault of the sandbox platform, a sender that is killed.

What must hold afterwards: the platform has every event once in effect, in the order of each identifier, the same bytes
on every attempt; nothing was tried while the circuit was open; events that the platform does not take stopped nobody
else; and no secret stands in a log or in the database.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import requests
import yaml
from sqlalchemy import select

from bench.delivery_plant import KINDS, connector, database, platform, tell_lives
from bench.delivery_sender import FastClock
from bench.figure import Figure, Quantity, Values
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.ledger.models import LedgerEvent
from mes.traceability.models import Connector, Exchange, Receipt
from mes.traceability.service import ConnectorCommand, RetryMany, resume_connector, retry_many
from tests.conftest import NOW, actor

SPEED = 600.0
SECRET = "a-key-that-no-log-may-hold-7f3a9c"  # noqa: S105
LONGEST_SECONDS = 1800

FAULTS: tuple[dict[str, Any], ...] = (
    {"on": "capture", "answer": "lose-answer", "times": 2},
    {"on": "capture", "answer": 503, "times": 3, "retry_after": 2},
    {"on": "capture", "answer": "accept-twice", "times": 2},
    {"on": "capture", "answer": 429, "retry_after": 30},
    {"on": "capture", "answer": 429, "retry_after": "date+2"},
    {"on": "capture", "answer": "error-code", "code": 4001},
    {"on": "capture", "answer": "reset-answer", "times": 2},
    {"on": "capture", "answer": "reset-request"},
    {"on": "capture", "answer": "delay", "seconds": 1.5},
    {"on": "capture", "answer": 401},
    {"on": "capture", "answer": 500, "times": 6},
    {"on": "poll", "answer": "processing", "times": 3},
    {"on": "poll", "answer": "lose-answer"},
    {"on": "poll", "answer": 502},
    {"on": "job", "answer": "job-fails", "skip": 3},
    {"on": "job", "answer": "delay", "seconds": 1},
    {"on": "capture", "answer": "restart"},
    {"on": "capture", "answer": "restart-after"},
    {"on": "poll", "answer": "restart"},
    {"on": "job", "answer": "restart"},
)
"""Each comes after some requests that go well. Those that restart the platform are last."""


def faults(case: int, elements: int, events_each: int, kills: int, seed: int = 7, most: int = len(FAULTS)) -> Values:
    """The whole run; case 1 on SQLite, case 2 on PostgreSQL. The values are counts of what must not be.

    `most`: the first so many of the faults.
    """
    with tempfile.TemporaryDirectory() as place, database(KINDS[case], Path(place)) as opened:
        return Run(opened, Path(place), int(elements), int(events_each), int(kills), int(seed)).go(int(most))


class Run:
    """One run: a ledger, a platform with faults, a sender that is killed, and people who look after it."""

    def __init__(self, opened: Database, folder: Path, elements: int, events_each: int, kills: int, seed: int) -> None:
        self.opened, self.folder, self.kills = opened, folder, kills
        self.chance, self.clock = random.Random(seed), FastClock(SPEED)
        self.told = tell_lives(opened, SetClock(NOW), elements, events_each)
        self.poison = self.chance.sample(self.told[elements : 3 * elements], 2)
        self.sender_log, self.wrong = folder / "sender.log", folder / "wrong.txt"

    def go(self, most: int = len(FAULTS)) -> Values:
        """Deliver everything that can be delivered, and judge what came of it."""
        script = self.folder / "faults.yaml"
        script.write_text(yaml.safe_dump(self._script(most)))
        environ = {"SANDBOX_API_KEY": SECRET}
        began = time.perf_counter()
        with platform(self.folder / "city", "--faults", str(script), "--keep-running", environ=environ) as url:
            credentials = {"kind": "bearer", "secret": {"variable": "BENCH_CITY_KEY"}}
            settings = {"credentials": credentials, "timeout_seconds": 1, "batch_events": 40}
            self.connector_id = connector(self.opened, self.clock, url, **settings)
            killed = self._deliver()
            summary = requests.get(f"{url}/api/summary", timeout=60).json()
        return self._judged(summary, killed) | {"seconds": time.perf_counter() - began}

    def _script(self, most: int) -> list[dict[str, Any]]:
        always = [
            {"on": "job", "answer": "job-fails", "times": "always", "contains": f"urn:uuid:{content['id']}"}
            for content in self.poison
        ]
        spread = [{"skip": self.chance.randrange(1, 12), **fault} for fault in FAULTS[:most]]
        return [*always, *spread]

    def _deliver(self) -> int:
        """Kill the sender as often as wanted, then let it finish; how often it was killed."""
        killed, began = 0, time.monotonic()
        while not self._is_done():
            with self._sender() as process:
                left = self.kills - killed
                until = time.monotonic() + (self.chance.uniform(0.02, 0.6) if left > 0 else 5)
                while time.monotonic() < until:
                    time.sleep(min(0.4, max(0.0, until - time.monotonic())))
                    self._look_after()
                    if left <= 0 and self._is_done():
                        break
                    until = until if left > 0 else time.monotonic() + 5
                    if time.monotonic() - began > LONGEST_SECONDS:
                        raise AssertionError(f"not done: {self._open()}")
                os.kill(process.pid, signal.SIGKILL)
                killed += left > 0
        return killed

    @contextmanager
    def _sender(self) -> Iterator[subprocess.Popen[str]]:
        given = {
            "database": self.opened.engine.url.render_as_string(hide_password=False),
            "connector": str(self.connector_id),
            "speed": SPEED,
            "wrong": str(self.wrong),
        }
        command = [sys.executable, "-m", "bench.delivery_sender", json.dumps(given)]
        environment = {**os.environ, "BENCH_CITY_KEY": SECRET}
        with (
            self.sender_log.open("a") as log,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment) as process,
        ):
            assert process.stdout is not None
            process.stdout.readline()
            yield process
            process.kill()

    def _look_after(self) -> None:
        """What people do: resume where the platform said something about credentials, send refused events again."""
        with self.opened.reading() as session:
            state = session.get_one(Connector, self.connector_id).state
        if state != "running":
            command = ConnectorCommand(connector_id=self.connector_id)
            perform(self.opened, actor("admin"), self.clock, resume_connector, command)
        refused = self._receipts("refused")
        if set(refused) - self._poisoned():
            again = RetryMany(connector_id=self.connector_id)
            perform(self.opened, actor("admin"), self.clock, retry_many, again)

    def _is_done(self) -> bool:
        return not self._open()

    def _open(self) -> set[int]:
        """Events that can be delivered and are not yet; events without a receipt count as 0."""
        with self.opened.reading() as session:
            cursor = session.get_one(Connector, self.connector_id).cursor
            last = session.scalars(select(LedgerEvent.sequence).order_by(LedgerEvent.sequence.desc()).limit(1)).one()
        waiting = set(self._receipts("waiting", "sending", "accepted", "refused"))
        return (waiting - self.held) | ({0} if cursor < last - 50 else set())

    def _receipts(self, *states: str) -> Sequence[int]:
        query = select(Receipt.event_sequence).where(Receipt.connector_id == self.connector_id)
        with self.opened.reading() as session:
            return session.scalars(query.where(Receipt.state.in_(states))).all()

    def _poisoned(self) -> set[int]:
        with self.opened.reading() as session:
            wanted = [UUID(content["id"]) for content in self.poison]
            return set(session.scalars(select(LedgerEvent.sequence).where(LedgerEvent.id.in_(wanted))))

    @cached_property
    def held(self) -> set[int]:
        """The poisoned events, and what came after them of the same elements."""
        held: set[int] = set()
        with self.opened.reading() as session:
            events = session.execute(select(LedgerEvent.sequence, LedgerEvent.content).order_by(LedgerEvent.sequence))
            stuck: set[str] = set()
            poison = {content["id"] for content in self.poison}
            for sequence, content in events:
                if content["id"] in poison or stuck & content["previous"].keys():
                    held.add(sequence)
                    stuck |= content["previous"].keys()
        return held

    def _judged(self, summary: dict[str, Any], killed: int) -> Values:
        with self.opened.reading() as session:
            rows = session.scalars(select(Receipt).where(Receipt.connector_id == self.connector_id)).all()
            requests_kept = len(session.scalars(select(Exchange.id)).all())
        ours = [event_id for row in rows if row.state == "delivered" for event_id in row.event_ids]
        undelivered = {row.event_sequence for row in rows if row.state not in ("delivered", "not_sent")}
        return {
            "missing": float(len(ours) - summary["distinct_events"]),
            "twice": float(summary["stored_duplicates"] + len(ours) - len(set(ours))),
            "order": float(summary["sequence_violations"]),
            "bytes": float(summary["differing_receptions"]),
            "while_open": float(len(self.wrong.read_text().splitlines()) if self.wrong.exists() else 0),
            "strangers": float(len(undelivered - self.held)),
            "secrets": float(self._secrets()),
            "delivered": float(len(ours)),
            "repeats": float(summary["total_receptions"] - summary["distinct_events"]),
            "killed": float(killed),
            "requests": float(requests_kept),
        }

    def _secrets(self) -> int:
        """How often the platform's key stands in a log, or in a table."""
        logs = [path.read_bytes() for path in self.folder.glob("*.log")]
        found = sum(log.count(SECRET.encode()) for log in logs)
        with self.opened.reading() as session:
            for table in (Connector, Receipt, Exchange, LedgerEvent):
                for row in session.scalars(select(table)):
                    found += str(vars(row)).count(SECRET)
        return found


NOTHING = ("missing", "twice", "order", "bytes", "while_open", "strangers", "secrets")

FIGURES = (
    Figure(
        "delivery-faults",
        "2,000 events of 200 elements, every fault of the platform, the sender killed 20 times; SQLite, PostgreSQL",
        faults,
        (
            Quantity("missing", "events that the platform has not", 0, digits=0),
            Quantity("twice", "– twice in effect", 0, digits=0),
            Quantity("order", "– identifiers whose order was broken", 0, digits=0),
            Quantity("bytes", "– attempts with other bytes", 0, digits=0),
            Quantity("while_open", "– requests while the circuit was open", 0, digits=0),
            Quantity("strangers", "– events stopped by others' poison", 0, digits=0),
            Quantity("secrets", "– secrets in logs and tables", 0, digits=0),
            Quantity("delivered", "– events delivered", digits=0),
            Quantity("repeats", "– of them received more than once", digits=0),
            Quantity("killed", "– times that the sender was killed", digits=0),
            Quantity("seconds", "– the whole run", digits=0, unit=" s"),
        ),
        {"elements": 200, "events_each": 10, "kills": 20},
        (1, 2),
    ),
)
