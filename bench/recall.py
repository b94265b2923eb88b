"""A recall over a plant's whole life: 1,000,000 elements and 12,000,000 events of the ledger, on PostgreSQL."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import resources
from uuid import uuid4

import psycopg
from sqlalchemy import make_url, select, text

from bench.figure import Figure, Quantity, SkippedError, Values
from mes import migrating
from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from mes.library.models import Mould
from mes.planning.models import Line, Pallet, Station
from mes.recall import counts, gaps, whereabouts
from mes.recall.criteria import Criteria, understand
from mes.recall.search import find
from mes.shopfloor.models import CastingBatch, MaterialLot
from tests import conftest
from tests.conftest import NOW, actor
from tests.mes.shopfloor.plant import create_line, create_plant

BEGINS = NOW - timedelta(days=1095)
A_DAY = timedelta(days=1)


def recall(case: int, elements: float, events: float, questions: float) -> Values:
    """Seconds for a recall's counts and first page, at the 95th percentile of each kind of question.

    Raises:
        SkippedError: no PostgreSQL server.
    """
    reason = conftest.postgres_reason()
    if reason:
        raise SkippedError(reason)
    with _plant(int(elements), int(events)) as database:
        chance = random.Random(case)
        taken = {kind: _timed(database, make, int(questions)) for kind, make in _kinds(database, chance).items()}
        proof = _timed_proof(database, chance)
    values: Values = {kind: _p95(seconds) for kind, seconds in taken.items()}
    values["p95"] = max(_p95(seconds) for seconds in taken.values())
    values["proof"] = proof
    return values


def _timed(database: Database, make: Callable[[], Criteria], questions: int) -> list[float]:
    planner, seconds = actor("planner"), []
    for _ in range(questions):
        criteria = make()
        with database.reading() as session:
            began = time.perf_counter()
            question = understand(session, criteria)
            found = find(session, question, planner)
            counts.slots(found)
            counts.lorries(found)
            counts.floors(session, counts.count(found))
            whereabouts.page(found)
            seconds.append(time.perf_counter() - began)
    return seconds


def _timed_proof(database: Database, chance: random.Random) -> float:
    """Seconds until the gaps of one big lot are named."""
    with database.reading() as session:
        question = understand(session, _kinds(database, chance)["big_lot"]())
        began = time.perf_counter()
        gaps.searched(find(session, question, actor("planner")), actor("planner"), NOW)
        return time.perf_counter() - began


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.95))]


def _kinds(database: Database, chance: random.Random) -> dict[str, Callable[[], Criteria]]:
    """Questions of each kind about things picked at random."""
    with database.reading() as session:
        cement = session.scalars(select(MaterialLot.lot_number).where(MaterialLot.kind == "cement")).all()
        mesh = session.scalars(select(MaterialLot.lot_number).where(MaterialLot.kind == "mesh")).all()
        big = session.scalars(select(MaterialLot.lot_number).where(MaterialLot.kind == "sleeve")).all()
        batches = session.scalars(select(CastingBatch.batch_number)).all()
        moulds = session.scalars(select(Mould.code)).all()
        pallets = session.scalars(select(Pallet.number)).all()
        stations = session.scalars(select(Station.code)).all()
        lines = session.scalars(select(Line.code)).all()

    def some_time(days: float) -> tuple[datetime, datetime]:
        begins = BEGINS + chance.random() * (NOW - BEGINS - days * A_DAY)
        return begins, begins + days * A_DAY

    def period(days: float, **further: tuple[str, ...]) -> Criteria:
        begins, ends = some_time(days)
        return Criteria(begins_at=begins, ends_at=ends, **further)

    return {
        "cement_lot": lambda: Criteria(lot=(f"cement/{chance.choice(cement)}",)),
        "placed_lot": lambda: Criteria(lot=(f"mesh/{chance.choice(mesh)}",)),
        "big_lot": lambda: Criteria(lot=(f"sleeve/{chance.choice(big)}",)),
        "batch": lambda: Criteria(batch=(chance.choice(batches),)),
        "mould": lambda: Criteria(mould=(chance.choice(moulds),)),
        "pallet": lambda: Criteria(pallet=(str(chance.choice(pallets)),)),
        "crew": lambda: period(7, crew=(f"{chance.randint(1, 12)}班",)),
        "station": lambda: period(7, station=(chance.choice(stations),)),
        "period": lambda: period(7, line=(chance.choice(lines),)),
        "both": lambda: period(30, lot=(f"sleeve/{chance.choice(big)}",), line=(chance.choice(lines),)),
    }


@contextmanager
def _plant(elements: int, events: int) -> Iterator[Database]:
    """A database of its own, filled by the server itself; dropped afterwards."""
    name = f"mes_bench_{uuid4().hex[:12]}"
    _admin(f'CREATE DATABASE "{name}"')
    try:
        url = make_url(conftest.POSTGRES).set(database=name, drivername="postgresql+psycopg")
        database = Database(url.render_as_string(hide_password=False))
        migrating.upgrade(database)
        _fill(database, elements, events)
        yield database
        database.dispose()
    finally:
        _admin(f'DROP DATABASE "{name}" WITH (FORCE)')


def _fill(database: Database, elements: int, events: int) -> None:
    clock = SetClock(NOW)
    create_plant(database, clock)
    with database.writing() as session:
        create_line(Work(session, actor("planner"), clock))
    statements = resources.files("bench").joinpath("recall.sql").read_text(encoding="utf-8")
    sizes = {"elements": elements, "events": events, "begins": BEGINS, "seconds": (NOW - BEGINS).total_seconds()}
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in filter(None, (part.strip() for part in statements.split(";\n"))):
            began = time.perf_counter()
            connection.execute(text(statement), sizes if "bench_size AS SELECT" in statement else {})
            if time.perf_counter() - began > 5:
                told = f"  {statement.splitlines()[0][:70]} … {time.perf_counter() - began:.0f} s"
                print(told, file=sys.stderr, flush=True)
        connection.execute(text("SET session_replication_role = DEFAULT"))


def _admin(statement: str) -> None:
    with psycopg.connect(conftest.POSTGRES, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


FIGURES = (
    Figure(
        "recall",
        "a recall over 1,000,000 elements and 12,000,000 events, PostgreSQL: counts, picture and first page, p95 of 50",
        recall,
        (
            Quantity("p95", "slowest kind of question", target=2.0, unit=" s"),
            Quantity("cement_lot", "– a cement lot, in 20 batches", unit=" s"),
            Quantity("placed_lot", "– a lot of mesh", unit=" s"),
            Quantity("big_lot", "– a lot in 5 % of all elements", unit=" s"),
            Quantity("batch", "– a batch of concrete", unit=" s"),
            Quantity("mould", "– a mould", unit=" s"),
            Quantity("pallet", "– a pallet", unit=" s"),
            Quantity("crew", "– a crew's week", unit=" s"),
            Quantity("station", "– a station's week", unit=" s"),
            Quantity("period", "– a line's week", unit=" s"),
            Quantity("both", "– a big lot, in a month, on one line", unit=" s"),
            Quantity("proof", "– naming the gaps of a big lot", unit=" s"),
        ),
        {"elements": 1_000_000, "events": 12_000_000, "questions": 50},
        (1,),
    ),
)
