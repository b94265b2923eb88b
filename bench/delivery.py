"""How fast the ledger reaches a city: rendered, and delivered to a sandbox platform in a process of its own."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from uuid import UUID

import requests
from sqlalchemy import func, select

from bench.delivery_plant import KINDS, connector, database, platform, tell_lives
from bench.figure import Figure, Judged, Quantity, Values, ratio
from mes.core.clock import SetClock, SystemClock
from mes.core.database import Database
from mes.traceability.delivery import Deliverer, Enroller
from mes.traceability.models import Receipt
from tests.conftest import NOW


def delivery(case: int, elements: int, events_each: int, singly: int) -> Values:
    """Milliseconds an event; case 1 on SQLite, case 2 on PostgreSQL."""
    with tempfile.TemporaryDirectory() as place, database(KINDS[case], Path(place)) as opened:
        folder = Path(place)
        told = tell_lives(opened, SetClock(NOW), int(elements), int(events_each))
        with platform(folder / "city") as url, platform(folder / "other") as other:
            batches = connector(opened, SystemClock(), url)
            rendering = _enrol(opened, batches)
            together = _deliver(opened, batches)
            _check(opened, batches, url)
            one_by_one = connector(opened, SystemClock(), other, "singly", batch_events=1)
            _enrol(opened, one_by_one)
            alone = _deliver(opened, one_by_one, int(singly))
    events = len(told)
    return {
        "wall": 1000 * together[0] / events,
        "own": 1000 * together[1] / events,
        "rendering": 1000 * rendering / events,
        "whole": 1000 * (together[0] + rendering) / events,
        "singly": 1000 * alone[0] / singly,
        "ratio": ratio(together[0] / events, alone[0] / singly),
    }


def _enrol(opened: Database, connector_id: UUID) -> float:
    """Receipts and renditions for everything; processor seconds."""
    began, enroller = time.process_time(), Enroller(opened, SystemClock(), connector_id)
    while enroller.enrol():
        pass
    return time.process_time() - began


def _deliver(opened: Database, connector_id: UUID, most: int | None = None) -> tuple[float, float]:
    """Deliver everything, or so many events; seconds, and processor seconds of this process."""
    deliverer = Deliverer(opened, SystemClock(), connector_id)
    began, cpu = time.perf_counter(), time.process_time()
    rounds = 0
    while True:
        outcome = deliverer.deliver_once()
        rounds += 1
        if most is not None and rounds % 10 == 0 and _count(opened, connector_id, "delivered") >= most:
            break
        if outcome.state == "idle" and not _count(opened, connector_id, "waiting", "sending", "accepted"):
            break
        if outcome.wait_seconds:
            time.sleep(outcome.wait_seconds)
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    deliverer.close()
    return seconds, used


def _check(opened: Database, connector_id: UUID, url: str) -> None:
    """The platform has every event, once, in order.

    Raises:
        AssertionError: it has not.
    """
    with opened.reading() as session:
        query = select(Receipt.event_ids).where(Receipt.connector_id == connector_id, Receipt.state == "delivered")
        ours = sum(len(ids) for ids in session.scalars(query))
    summary = requests.get(f"{url}/api/summary", timeout=60).json()
    found = summary["distinct_events"], summary["total_receptions"], summary["sequence_violations"]
    if found != (ours, ours, 0):
        raise AssertionError(f"{ours} events were delivered; the platform has {found}")


def _count(opened: Database, connector_id: UUID, *states: str) -> int:
    query = select(func.count()).where(Receipt.connector_id == connector_id, Receipt.state.in_(states))
    with opened.reading() as session:
        return session.scalar(query) or 0


FIGURES = (
    Figure(
        "delivery",
        "18,000 events to a sandbox platform in a process of its own, two cores; case 1 on SQLite, 2 on PostgreSQL",
        delivery,
        (
            Quantity("wall", "an event of a rendered backlog, until the platform has it", 1, Judged.WORST, unit=" ms"),
            Quantity("own", "– processor time of the deliverer", digits=3, unit=" ms"),
            Quantity("rendering", "rendering and enrolling an event", unit=" ms"),
            Quantity("whole", "both, one after the other", unit=" ms"),
            Quantity("singly", "an event posted by itself", unit=" ms"),
            Quantity("ratio", "delivered together ÷ posted one by one", digits=3),
        ),
        {"elements": 2000, "events_each": 9, "singly": 200},
        (1, 2),
    ),
)
