"""What idempotency, the ledger and its hash chain add to a plain write; how fast a ledger is checked."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from bench.delivery_plant import KINDS
from bench.delivery_plant import database as opened_for
from bench.figure import Figure, Quantity, Values
from mes import migrating
from mes.core.clock import SystemClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.ids import new_id
from mes.ledger.canonical import canonical_text
from mes.ledger.checkpoints import MakeCheckpoint, make_all
from mes.ledger.keys import LedgerKeys
from mes.ledger.models import LedgerEvent, LedgerSubject
from mes.ledger.service import record, utc_text
from mes.ledger.verification import verify
from mes.orders.elements import element_facts, load_elements
from mes.orders.models import Element
from mes.orders.service import HoldElement, ReleaseElement, hold_element, release_element
from tests.conftest import actor, create_plant
from tests.factories import SLAB, create_order, elements_of


def events(case: int, rounds: int) -> Values:
    """A whole use case over a bare row update; what recording an event costs. Case 1 on SQLite, 2 on PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder, opened_for(KINDS[case], Path(folder)) as database:
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
        one, thirty = (_recording_ms(database, clock, elements[:count]) for count in (1, 30))
        return {
            "ratio": whole_ms / bare_ms,
            "whole": whole_ms,
            "bare": bare_ms,
            "one": one[0],
            "one_wall": one[1],
            "thirty": thirty[0],
            "thirty_wall": thirty[1],
        }


def _recording_ms(database: Database, clock: SystemClock, elements: list[Element]) -> tuple[float, float]:
    """Milliseconds to record one event of these elements: processor time of this process, and by the clock."""
    rounds, spent, passed = 100, 0.0, 0.0
    with database.reading() as session:
        facts = [element_facts(one) for one in load_elements(session, [one.id for one in elements])]
    subjects = [f"element:{one.serial}" for one in elements]
    for _ in range(rounds):
        with database.writing() as session:
            work = Work(session, actor("operator"), clock)
            session.connection()
            began, at = time.process_time(), time.perf_counter()
            record(work, "element.moved", subjects, event_time=clock.now(), elements=facts, where={"yard_slot": "A-01"})
            spent, passed = spent + time.process_time() - began, passed + time.perf_counter() - at
    return spent * 1000 / rounds, passed * 1000 / rounds


def checking(case: int, count: int) -> Values:
    """A ledger of `count` events (twelve for each element) signed and checked, with one process and with two."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
        migrating.upgrade(database)
        clock, keys = SystemClock(), LedgerKeys(Path(folder))
        create_plant(database, clock)  # type: ignore[arg-type]
        rows = _story(database, clock, int(count))
        while some := list(islice(rows, 5000)):
            with database.writing() as session:
                session.execute(INSERT, [event for event, _ in some])
                session.execute(insert(LedgerSubject), [subject for _, subject in some])
        began = time.perf_counter()
        make_all(database, actor("admin"), clock, keys, MakeCheckpoint())
        signed = (time.perf_counter() - began) / int(count) * 1e6
        spent = {}
        for processes in (1, 2):
            began = time.perf_counter()
            with database.reading() as session:
                found = verify(session, keys=keys.public(), processes=processes)
                size = session.scalar(text("SELECT avg(length(content)) FROM ledger_event"))
            assert found.intact
            spent[processes] = (time.perf_counter() - began) / found.events * 1e6
        database.dispose()
        return {
            "two": spent[2],
            "one": spent[1],
            "signed": signed,
            "a_second": f"{1e6 / spent[2]:,.0f}",
            "characters": f"{size:.0f}",
        }


INSERT = text(
    "INSERT INTO ledger_event (sequence, id, kind, event_time, recorded_time, content, hash) "
    "VALUES (:sequence, :id, :kind, :at, :at, :content, :hash)"
)


def _story(database: Database, clock: SystemClock, count: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows of a ledger whose hashes and links fit, after the real ones of an order."""
    create_order(database, clock, [(SLAB, 1)])
    with database.reading() as session:
        last = session.query(LedgerEvent).order_by(LedgerEvent.sequence.desc()).first()
        assert last is not None
        content, first, after = dict(last.content), last.sequence, last.hash
    at, moment = clock.now(), utc_text(clock.now())
    content |= {"kind": "element.moved", "event_time": moment, "recorded_time": moment}
    for place in range(count - first):
        subject, event_id = f"element:{900_000 + place // 12}", new_id()
        previous = after if place % 12 else None
        written = canonical_text(content | {"id": str(event_id), "after": after, "previous": {subject: previous}})
        after = hashlib.sha256(written.encode()).hexdigest()
        sequence = first + place + 1
        yield (
            {
                "sequence": sequence,
                "id": event_id.hex,
                "kind": content["kind"],
                "at": at.replace(tzinfo=None).isoformat(" ", "microseconds"),
                "content": written,
                "hash": after,
            },
            {"event_sequence": sequence, "subject": subject, "ordinal": place % 12 + 1, "previous_hash": previous},
        )


def _milliseconds(work: Callable[[Element], None], elements: list[Element]) -> float:
    began = time.perf_counter()
    for element in elements:
        work(element)
    return (time.perf_counter() - began) * 1000 / (2 * len(elements))


FIGURES = (
    Figure(
        "events",
        "a use case with its event, its command id and its hash: ÷ a bare update; case 1 on SQLite, 2 on PostgreSQL",
        events,
        (
            Quantity("ratio", "a use case ÷ a bare update"),
            Quantity("whole", "– a use case", unit=" ms"),
            Quantity("bare", "– a bare update", unit=" ms"),
            Quantity("one", "– of it recording an event of 1 element, processor", target=1, digits=3, unit=" ms"),
            Quantity("one_wall", "– the same by the clock", digits=3, unit=" ms"),
            Quantity("thirty", "– recording one of 30 elements, processor", target=1, digits=3, unit=" ms"),
            Quantity("thirty_wall", "– the same by the clock", digits=3, unit=" ms"),
        ),
        {"rounds": 150},
        (1, 2),
    ),
    Figure(
        "ledger",
        "checking a ledger on SQLite: every hash, column, link and the tree",
        checking,
        (
            Quantity("two", "an event, two processes", target=20, digits=1, unit=" µs"),
            Quantity("one", "– one process", digits=1, unit=" µs"),
            Quantity("signed", "– put into checkpoints, one process", digits=1, unit=" µs"),
            Quantity("a_second", "– events a second, two processes"),
            Quantity("characters", "– characters in an event"),
        ),
        {"count": 200_000},
        (1,),
    ),
)
