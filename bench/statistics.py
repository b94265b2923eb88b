"""Quality statistics over 100,000 inspections: how long overview and charts take, on either database."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from bench.figure import Figure, Quantity, SkippedError, Values
from mes import migrating
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.inspection.statistics import defects, drifts, yields
from mes.inspection.statistics.choosing import Chosen
from mes.inspection.statistics.readings import dimension, readings_of
from tests import conftest
from tests.conftest import NOW, actor, create_plant
from tests.mes.inspection.history import History, Piece

DAYS = 365
AT_ONCE = 5000
ITEMS = ("length", "width", "thickness", "diagonal", "flatness", "side_bow", "warp", "opening_position")
SQLITE, POSTGRESQL = 1, 2


def statistics(case: int, inspections: float) -> Values:
    """Seconds of each question about a whole year, and about the 13 weeks that a page shows unasked.

    Raises:
        SkippedError: no PostgreSQL server, for the second case.
    """
    with _database(case) as database:
        clock = SetClock(NOW)
        create_plant(database, clock)
        history = History(database, clock)
        for first in range(0, int(inspections), AT_ONCE):
            history.write(_pieces(first, min(AT_ONCE, int(inspections) - first), int(inspections)))
        _settle(database)
        today = NOW.astimezone(clock.zone).date()
        year, quarter = Chosen(today - timedelta(days=DAYS), today), Chosen(today - timedelta(days=90), today)
        of_shift = Chosen(year.first, year.last, shift="0730-1730", crew="甲班")
        return {
            "overview": _seconds(database, lambda session: _overview(session, quarter)),
            "overview_year": _seconds(database, lambda session: _overview(session, year)),
            "dimension": _seconds(database, lambda session: _dimension(session, quarter)),
            "dimension_year": _seconds(database, lambda session: _dimension(session, year)),
            "of_shift": _seconds(database, lambda session: _dimension(session, of_shift)),
            "warnings": _seconds(
                database, lambda session: drifts.present_warnings(session, actor("planner"), clock.zone, NOW)
            ),
        }


def _overview(session: Session, chosen: Chosen) -> object:
    zone, planner = SetClock(NOW).zone, actor("planner")
    tries = yields.first_tries(session, planner, zone, chosen)
    newest = drifts.newest_readings(session, planner, zone, chosen)
    found = [dimension(item, readings, 1) for item, readings in newest.by_item.items()]
    wrong = defects.by_kind(defects.defects(session, planner, zone, chosen))
    return yields.by_stretch(tries, zone), found, wrong, drifts.warnings(newest.by_series)


def _dimension(session: Session, chosen: Chosen) -> object:
    return dimension("length", readings_of(session, actor("planner"), SetClock(NOW).zone, chosen, "length"))


def _seconds(database: Database, ask: Callable[[Session], object]) -> float:
    """The median of three."""
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        with database.reading() as session:
            ask(session)
        taken.append(time.perf_counter() - began)
    return sorted(taken)[1]


def _pieces(first: int, count: int, total: int) -> Iterator[Piece]:
    chance = random.Random(first)
    for number in range(first, first + count):
        at = NOW - timedelta(days=DAYS * (1 - number / total))
        off = {item: round(abs(chance.gauss(1, 1)), 1) for item in ITEMS}
        wrong = chance.random() < 0.04
        yield Piece(
            at,
            off,
            accepted=not wrong,
            line=chance.choice(["SL", "WL"]),
            crew=chance.choice(["甲班", "乙班", "丙班"]),
            mould=f"M-{number % 60}",
            defect=chance.choice(["crack", "honeycomb", "damage", "dimension"]) if wrong else "",
            cast_at=at - timedelta(hours=chance.randint(12, 40)),
        )


def _settle(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


@contextmanager
def _database(case: int) -> Iterator[Database]:
    """An empty, migrated database that goes away afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        if case == SQLITE:
            opened = Database(f"sqlite:///{Path(folder) / 'mes.sqlite'}")
            migrating.upgrade(opened)
            yield opened
            opened.dispose()
            return
        reason = conftest.postgres_reason()
        if reason:
            raise SkippedError(reason)
        name = f"mes_bench_{uuid4().hex[:10]}"
        with psycopg.connect(conftest.POSTGRES, autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
        url = make_url(conftest.POSTGRES).set(database=name, drivername="postgresql+psycopg")
        opened = Database(url.render_as_string(hide_password=False))
        try:
            migrating.upgrade(opened)
            yield opened
        finally:
            opened.dispose()
            with psycopg.connect(conftest.POSTGRES, autocommit=True) as admin:
                admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


FIGURES = (
    Figure(
        "statistics",
        "Quality statistics over 100,000 inspections of a year (case 1 SQLite, 2 PostgreSQL)",
        statistics,
        (
            Quantity("overview", "overview of 13 weeks", target=2.0, unit=" s"),
            Quantity("overview_year", "overview of the whole year", unit=" s"),
            Quantity("dimension", "charts of a dimension, 13 weeks", target=2.0, unit=" s"),
            Quantity("dimension_year", "charts of a dimension, the whole year", unit=" s"),
            Quantity("of_shift", "the same of one shift and crew", unit=" s"),
            Quantity("warnings", "drift warnings of a start page", target=1.0, unit=" s"),
        ),
        settings={"inspections": 100_000},
        cases=(SQLITE, POSTGRESQL),
    ),
)
