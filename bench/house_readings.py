"""How fast the house takes over what gateways deliver: latest values, history and steps on the floor, in batches."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

from bench.figure import Figure, Quantity, Values
from mes import migrating
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.machines.service import AnnounceMachines, GatewayReading, announce_machines
from mes.shopfloor.service import HandleReadings, handle_readings
from tests import conftest
from tests.conftest import NOW, actor
from tests.mes.shopfloor.plant import KINDS, create_floor

BATCH = 2000
DEVICES = (*(f"SL/{kind}" for kind in KINDS), *(f"WL/machine-{number}" for number in range(18)))
MEASURED = tuple(f"value_{number}" for number in range(4))
POINTS = [
    *({"name": name, "role": "measurement"} for name in MEASURED),
    {"name": "state", "role": "state"},
    {"name": "pallet", "role": "pallet"},
    {"name": "cycles", "role": "counter"},
]


def house_readings(case: int, batches: int, changes_percent: float) -> Values:
    """Milliseconds for a thousand readings of thirty announced devices, on SQLite and, where it is, on PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        sqlite = _milliseconds(f"sqlite:///{Path(folder) / 'bench.sqlite'}", case, int(batches), changes_percent)
    reason = conftest.postgres_reason()
    if reason:
        return {"sqlite": sqlite, "postgresql": reason}
    with _fresh_postgres() as url:
        return {"sqlite": sqlite, "postgresql": _milliseconds(url, case, int(batches), changes_percent)}


def _milliseconds(url: str, seed: int, batches: int, changes_percent: float) -> float:
    database, clock, gateway = Database(url), SetClock(NOW), actor("gateway", kind="program")
    migrating.upgrade(database)
    create_floor(database, clock, loads=3)
    devices = [{"device": device, "line": device[:2], "points": POINTS} for device in DEVICES]
    announced = AnnounceMachines.model_validate({"gateway": "bench", "devices": devices})
    perform(database, gateway, clock, announce_machines, announced)
    use: Any = handle_readings
    chance, seconds = random.Random(seed), []
    for _ in range(batches + 1):
        readings = _batch(chance, clock, changes_percent)
        began = time.perf_counter()
        perform(database, gateway, clock, use, HandleReadings(gateway="bench", readings=readings))
        seconds.append(time.perf_counter() - began)
    database.dispose()
    return sum(seconds[1:]) * 1e6 / (BATCH * batches)  # the first one makes every point


def _batch(chance: random.Random, clock: SetClock, changes_percent: float) -> list[GatewayReading]:
    """Polls five times a second; some of them tell of a new state and pallet beside the measured values."""
    found: list[GatewayReading] = []
    while len(found) < BATCH:
        now = clock.now() + timedelta(seconds=0.2)
        clock.advance(seconds=0.2)
        found += _poll(chance, chance.choice(DEVICES), now, has_changed=chance.random() * 100 < changes_percent)
    return found[:BATCH]


def _poll(chance: random.Random, device: str, now: datetime, *, has_changed: bool) -> list[GatewayReading]:
    values: dict[str, Any] = {name: chance.random() * 100 for name in MEASURED}
    if has_changed:
        values |= {"state": chance.choice(["idle", "execute", "suspended", "held"]), "pallet": chance.randint(0, 3)}
    return [
        GatewayReading(id=uuid4(), device=device, point=name, value=value, unit="kg", quality="good", time=now)
        for name, value in values.items()
    ]


@contextmanager
def _fresh_postgres() -> Iterator[str]:
    name = f"mes_bench_{uuid4().hex[:12]}"
    _admin(f'CREATE DATABASE "{name}"')
    try:
        url = make_url(conftest.POSTGRES).set(database=name, drivername="postgresql+psycopg")
        yield url.render_as_string(hide_password=False)
    finally:
        _admin(f'DROP DATABASE "{name}" WITH (FORCE)')


def _admin(statement: str) -> None:
    with psycopg.connect(conftest.POSTGRES, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


FIGURES = (
    Figure(
        "house-readings",
        "readings of 30 machines taken over by the house, 2,000 a batch, a state change in every 20th poll",
        house_readings,
        (
            Quantity("sqlite", "1,000 readings, SQLite", digits=0, unit=" ms"),
            Quantity("postgresql", "1,000 readings, PostgreSQL", digits=0, unit=" ms"),
        ),
        {"batches": 5, "changes_percent": 5},
        (1, 2, 3),
    ),
)
