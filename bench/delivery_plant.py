"""A ledger full of elements' lives, and a city platform beside it, for the figures of delivery."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import requests
from sqlalchemy import insert, make_url, select

from bench.figure import SkippedError
from mes import migrating
from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from mes.core.ids import new_id
from mes.ledger.models import LedgerEvent
from mes.supervisor import pick_port
from mes.traceability.platforms.addresses import read_rules, use_rules
from mes.traceability.service import AddConnector, add_connector
from tests import conftest
from tests.factories import SLAB, create_order, elements_of
from tests.mes.traceability.plant_life import live

LOOPBACK = "127.0.0.0/8"


KINDS = {1: "sqlite", 2: "postgresql"}
"""The kind of database of a figure's first and second case."""


@contextmanager
def database(kind: str, folder: Path) -> Iterator[Database]:
    """An empty, migrated database: a SQLite file, or one of its own on the PostgreSQL server."""
    if kind == "sqlite":
        opened = Database(f"sqlite:///{folder / 'bench.sqlite'}")
        migrating.upgrade(opened)
        yield opened
        opened.dispose()
        return
    reason = conftest.postgres_reason()
    if reason:
        raise SkippedError(reason)
    name = f"mes_bench_{uuid4().hex[:12]}"
    with psycopg.connect(conftest.POSTGRES, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    url = make_url(conftest.POSTGRES).set(database=name, drivername="postgresql+psycopg")
    opened = Database(url.render_as_string(hide_password=False))
    try:
        migrating.upgrade(opened)
        yield opened
    finally:
        opened.dispose()
        with psycopg.connect(conftest.POSTGRES, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def tell_lives(opened: Database, clock: SetClock, elements: int, events_each: int) -> list[dict[str, Any]]:
    """Lives of so many elements, interleaved as in a plant; each has an element, pallet and batch of its own."""
    conftest.create_plant(opened, clock)
    made = elements_of(opened, create_order(opened, clock, [(SLAB, 1)]))[0]
    live(opened, clock, [made.id], sscc=None, until="element.moved")
    with opened.reading() as session:
        events = session.scalars(select(LedgerEvent).order_by(LedgerEvent.sequence)).all()
        first = [event.content for event in events if made.digital_link in json.dumps(event.content)][2:]
    life = first[:events_each]
    told = []
    for step, content in enumerate(life):
        for number in range(elements):
            told.append(_of_another(content, made.digital_link, made.serial, 5000 + number, step))
    with opened.writing() as session:
        for start in range(0, len(told), 1000):
            session.execute(insert(LedgerEvent), [_row(content, clock) for content in told[start : start + 1000]])
    return told


def _of_another(content: dict[str, Any], link: str, serial: int, number: int, step: int) -> dict[str, Any]:
    text = json.dumps(content, ensure_ascii=False)
    text = text.replace(link, f"{link.rsplit('/', 1)[0]}/{number}").replace("C260112-07", f"C{number}")
    other: dict[str, Any] = json.loads(text)
    other["id"] = str(new_id())
    other["previous"] = {f"element:{number}": None}
    for element in other["elements"]:
        element["serial"] = number
    if "pallet" in other["how"]:
        other["how"]["pallet"] = number
    return other


def _row(content: dict[str, Any], clock: SetClock) -> dict[str, Any]:
    at = clock.now() - timedelta(minutes=1)
    return {
        "id": UUID(content["id"]),
        "kind": content["kind"],
        "event_time": at,
        "recorded_time": at,
        "content": content,
        "hash": content["id"].replace("-", "").ljust(64, "0"),
    }


def connector(opened: Database, clock: Any, url: str, name: str = "city", **settings: Any) -> UUID:
    """A connector to a platform on this machine."""
    use_rules(read_rules(LOOPBACK))
    command = AddConnector(name=name, url=url, settings=settings)
    with opened.writing() as session:
        added = add_connector(Work(session, conftest.actor("admin"), clock), command)
    assert added.id is not None
    return added.id


@contextmanager
def platform(folder: Path, *arguments: str, environ: dict[str, str] | None = None) -> Iterator[str]:
    """The sandbox platform in a process of its own; its address."""
    port = pick_port(28400)
    command = [sys.executable, "-m", "mes.traceability.sandbox", "--port", str(port), "--data", str(folder)]
    log = (folder.parent / "platform.log").open("ab")
    environment = {**os.environ, **(environ or {})}
    with subprocess.Popen([*command, *arguments], stdout=log, stderr=log, env=environment) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url)
            yield url
        finally:
            process.terminate()
            log.close()


def wait_for(url: str) -> None:
    """Until the platform answers."""
    for _ in range(600):
        try:
            requests.get(f"{url}/api/summary", timeout=2)
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return
    raise SkippedError("the platform did not start")


def cpu_seconds(sequence: Sequence[float]) -> float:
    """Processor seconds between two readings."""
    return sequence[1] - sequence[0]
