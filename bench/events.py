"""What idempotency, the ledger and its hash chain add to a plain write, on SQLite."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.row import Row
from mes import migrating
from mes.core.clock import SystemClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.ledger.verification import verify
from mes.orders.models import Element
from mes.orders.service import HoldElement, ReleaseElement, hold_element, release_element
from tests.conftest import actor, create_plant
from tests.factories import SLAB, create_order, elements_of

ROUNDS = 150


def rows() -> Iterator[Row]:
    """A whole use case over a bare row update; verification in events a second."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
        migrating.upgrade(database)
        clock = SystemClock()
        create_plant(database, clock)  # type: ignore[arg-type]
        elements = elements_of(database, create_order(database, clock, [(SLAB, ROUNDS)]))
        planner = actor("planner")

        def use_case(element: Element) -> None:
            perform(database, planner, clock, hold_element, HoldElement(element_id=element.id, reason="bench"))
            perform(database, planner, clock, release_element, ReleaseElement(element_id=element.id))

        def bare(element: Element) -> None:
            for reason in ("bench", None):
                with database.writing() as session:
                    session.get_one(Element, element.id).hold_reason = reason

        bare_ms, whole_ms = _milliseconds(bare, elements), _milliseconds(use_case, elements)
        yield Row(
            "a use case with its event",
            "a bare update of the row",
            whole_ms / bare_ms,
            f"{whole_ms:.2f} ms, {bare_ms:.2f} ms",
        )
        began = time.perf_counter()
        with database.reading() as session:
            found = verify(session)
        seconds = time.perf_counter() - began
        yield Row(
            "verifying an event",
            "writing one",
            seconds / found.events * 1000 / whole_ms,
            f"{found.events / seconds:.0f} events/s",
        )
        database.dispose()


def _milliseconds(work: Callable[[Element], None], elements: list[Element]) -> float:
    began = time.perf_counter()
    for element in elements:
        work(element)
    return (time.perf_counter() - began) * 1000 / (2 * len(elements))
