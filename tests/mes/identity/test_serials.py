"""Serials are given once: by many threads, to several plants of one house, and to houses that share a prefix."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from labels.tags.epc import decode_tag
from mes.accounts.models import Plant
from mes.accounts.service import SetPlant, next_element_serials, set_plant
from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.identity.naming import naming_of
from mes.library.atlas import Family
from mes.library.families import FAMILY_NAMES, item_reference
from mes.orders.models import Element
from mes.orders.queries import LARGEST_SERIAL, ElementFilter, element_by_serial, element_page, element_query
from tests.conftest import actor
from tests.factories import SLAB, STAIR, create_order, elements_of

FAMILIES = [Family(name) for name in FAMILY_NAMES]
THREADS, DRAWS, BATCH = 20, 10, 50  # 10,000 serials in 200 transactions of 50


def add_plant(database: Database, clock: SetClock, site_number: int, prefix: str = "0614141") -> UUID:
    """A plant P0, P1 … at its site."""
    command = SetPlant(
        code=f"P{site_number}",
        name="厂",
        organisation_name="示范构件有限公司",
        credit_code="91350200MAAY4CL12K",
        company_prefix=prefix,
        site_number=site_number,
    )
    return perform(database, actor("admin"), clock, set_plant, command).id


def drawer(database: Database, clock: SetClock, plant_id: UUID) -> Callable[[object], list[int]]:
    """Draws a batch of serials in a transaction of its own."""

    def draw(_: object) -> list[int]:
        with database.writing() as session:
            return list(next_element_serials(Work(session, actor("planner"), clock), plant_id, BATCH))

    return draw


def test_twenty_threads_draw_ten_thousand_serials_without_a_repeat_or_a_hole(
    any_database: Database, clock: SetClock
) -> None:
    draw = drawer(any_database, clock, add_plant(any_database, clock, 0))
    with ThreadPoolExecutor(THREADS) as pool:
        drawn = list(pool.map(draw, range(THREADS * DRAWS)))
    assert sorted(chain.from_iterable(drawn)) == list(range(1, 10_001))


def test_two_plants_of_one_house_never_share_a_key_or_a_tag(any_database: Database, clock: SetClock) -> None:
    plants = [add_plant(any_database, clock, site) for site in (0, 1)]
    draws = [drawer(any_database, clock, plant_id) for plant_id in plants]
    with ThreadPoolExecutor(8) as pool:
        drawn = [list(chain.from_iterable(pool.map(draw, range(4)))) for draw in draws]
    assert [min(serials) for serials in drawn] == [1, 10_000_000_001]
    with any_database.reading() as session:
        namings = [naming_of(session.get_one(Plant, plant_id)) for plant_id in plants]
    keys = [naming.element(2, serial) for naming, serials in zip(namings, drawn, strict=True) for serial in serials]
    assert len({(key["01"], key["21"]) for key in keys}) == len(keys) == 400
    tags = {namings[0].epc_hex(key) for key in keys}
    assert len(tags) == 400
    assert {decode_tag(tag).scheme for tag in tags} == {"sgtin-96"}


def test_a_transaction_that_fails_leaves_no_hole(any_database: Database, clock: SetClock) -> None:
    plant_id = add_plant(any_database, clock, 0)

    def fails() -> None:
        with any_database.writing() as session:
            next_element_serials(Work(session, actor("planner"), clock), plant_id, 7)
            raise RuntimeError("the order was refused")

    with pytest.raises(RuntimeError, match="refused"):
        fails()
    assert drawer(any_database, clock, plant_id)(None)[0] == 1


@pytest.fixture
def second_house(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A database of another house."""
    opened = Database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'second.sqlite')}")
    yield opened
    opened.dispose()


def test_two_houses_that_share_a_prefix_never_share_a_key_or_a_tag(
    any_database: Database, second_house: Database, clock: SetClock
) -> None:
    add_plant(any_database, clock, 0)
    add_plant(second_house, clock, 1)
    made = [
        element for house in (any_database, second_house) for element in elements_of(house, create_order(house, clock))
    ]
    assert [element.serial for element in made] == [1, 2, 3, 4, *range(10_000_000_001, 10_000_000_005)]
    assert len({element.gtin for element in made}) == 1
    assert len({element.digital_link for element in made}) == 8
    assert len({element.epc_hex for element in made}) == 8


def test_a_serial_of_eleven_digits_is_kept_found_and_listed(any_database: Database, clock: SetClock) -> None:
    add_plant(any_database, clock, 9)
    element = elements_of(any_database, create_order(any_database, clock))[0]
    assert element.serial == 90_000_000_001
    with any_database.reading() as session:
        planner = actor("planner")
        assert element_by_serial(session, planner, 90_000_000_001).id == element.id
        query = element_query(planner, ElementFilter(text="90000000001"))
        assert element_page(session, query, 1)[1] == 1
        for nobody in (str(LARGEST_SERIAL), str(LARGEST_SERIAL + 1), "9" * 30):
            query = element_query(planner, ElementFilter(text=nobody))
            assert element_page(session, query, 1)[1] == 0
        assert session.scalar(select(Element.serial).where(Element.serial == LARGEST_SERIAL)) is None


def test_families_that_a_long_prefix_has_no_number_for_share_one() -> None:
    assert [item_reference(family, "0614141") for family in FAMILIES] == list(range(1, 11))
    assert [item_reference(family, "06141411234") for family in FAMILIES] == [*range(1, 10), 0]
    assert {item_reference(family, "061414112345") for family in FAMILIES} == {0}


def test_a_plant_with_a_prefix_of_twelve_digits_names_its_elements_by_serial_alone(
    database: Database, clock: SetClock
) -> None:
    add_plant(database, clock, 0, "061414112345")
    made = elements_of(database, create_order(database, clock, [(SLAB, 2), (STAIR, 2)]))
    assert {element.gtin for element in made} == {"00614141123452"}
    assert len({element.epc_hex for element in made}) == 4
