"""Many at once: numbers never collide, the ledger holds with a real clock, files are kept whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import select

from mes.accounts.models import Plant
from mes.accounts.service import next_element_serials, next_number, the_plant
from mes.app import secret_key
from mes.core.clock import SetClock, SystemClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.errors import InvalidInput
from mes.core.files import FileStore
from mes.ledger.verification import verify
from mes.orders.models import Element
from mes.orders.service import ImportOrder, import_order
from tests.conftest import actor, create_plant
from tests.factories import create_order, order_book


def test_twenty_threads_never_get_the_same_number(any_database: Database, clock: SetClock) -> None:
    create_plant(any_database, clock)

    def draw(_: int) -> tuple[int, int]:
        with any_database.writing() as session:
            work = Work(session, actor("planner"), clock)
            plant = the_plant(session)
            return next_element_serials(work, plant.id, 1)[0], next_number(work, plant, "delivery")

    with ThreadPoolExecutor(20) as pool:
        drawn = list(pool.map(draw, range(60)))
    assert sorted(serial for serial, _ in drawn) == list(range(1, 61))
    assert sorted(number for _, number in drawn) == list(range(1, 61))


def test_one_place_is_ordered_once_whoever_is_faster(any_database: Database, clock: SetClock) -> None:
    create_plant(any_database, clock)

    def order(n: int) -> str:
        command = ImportOrder(source="workbook", source_name="o", content_sha256=f"{n:064d}", order=order_book())
        try:
            perform(any_database, actor("planner"), clock, import_order, command)
        except InvalidInput:
            return "refused"
        return "taken"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(order, range(6)))
    assert outcomes == ["refused"] * 5 + ["taken"]
    with any_database.reading() as session:
        assert len(session.scalars(select(Element.id)).all()) == 4


def test_the_ledger_holds_with_a_clock_that_runs(any_database: Database) -> None:
    clock = SystemClock()
    with any_database.writing() as session:
        session.add(
            Plant(code="P", name="P", organisation_name="P", credit_code="", company_prefix="0614141", next_serial=1)
        )
    create_order(any_database, clock, [("DBS1-67-3620-31", 300)])
    with any_database.reading() as session:
        found = verify(session)
    assert (found.events, found.fault) == (300, None)


def test_a_file_is_kept_whole_when_many_keep_it(tmp_path: Path) -> None:
    store, content = FileStore(tmp_path), b"x" * 100_000
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(lambda _: store.write(content), range(80)))
    assert len(digests) == 1
    assert store.read(digests.pop()) == content
    assert list(tmp_path.rglob("*.part")) == []


def test_an_empty_secret_key_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "secret-key").touch()
    key = secret_key(tmp_path)
    assert len(key) == 64
    assert secret_key(tmp_path) == key
