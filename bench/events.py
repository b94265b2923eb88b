"""What idempotency, the ledger and its hash chain add to a plain write, on SQLite."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.figure import Figure, Quantity, Values
from mes import migrating
from mes.core.clock import SystemClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.ledger.verification import verify
from mes.orders.models import Element
from mes.orders.service import HoldElement, ReleaseElement, hold_element, release_element
from tests.conftest import actor, create_plant
from tests.factories import SLAB, create_order, elements_of


def events(case: int, rounds: int) -> Values:
    """A whole use case over a bare row update; verification in events a second."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
        migrating.upgrade(database)
        clock = SystemClock()
        create_plant(database, clock)  # type: ignore[arg-type]
        elements = elements_of(database, create_order(database, clock, [(SLAB, int(rounds))]))
        planner = actor("planner")

        def use_case(element: Element) -> None:
            perform(database, planner, clock, hold_element, HoldElement(element_id=element.id, reason="bench"))
            perform(database, planner, clock, release_element, ReleaseElement(element_id=element.id))

        def bare(element: Element) -> None:
            for reason in ("bench", None):
                with database.writing() as session:
                    session.get_one(Element, element.id).hold_reason = reason

        bare_ms, whole_ms = _milliseconds(bare, elements), _milliseconds(use_case, elements)
        began = time.perf_counter()
        with database.reading() as session:
            found = verify(session)
        seconds = time.perf_counter() - began
        database.dispose()
        return {
            "ratio": whole_ms / bare_ms,
            "whole": whole_ms,
            "bare": bare_ms,
            "verified": seconds / found.events * 1000,
        }


def _milliseconds(work: Callable[[Element], None], elements: list[Element]) -> float:
    began = time.perf_counter()
    for element in elements:
        work(element)
    return (time.perf_counter() - began) * 1000 / (2 * len(elements))


FIGURES = (
    Figure(
        "events",
        "a use case with its event, its command id and its hash, on SQLite: ÷ a bare update",
        events,
        (
            Quantity("ratio", "a use case ÷ a bare update"),
            Quantity("whole", "– a use case", unit=" ms"),
            Quantity("bare", "– a bare update", unit=" ms"),
            Quantity("verified", "verifying an event", digits=3, unit=" ms"),
        ),
        {"rounds": 150},
        (1,),
    ),
)
