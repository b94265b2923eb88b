"""Who taps twice, or two who tap at once, get one label; a number never goes into two tags."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from mes.accounts.models import Person
from mes.accounts.secrets import badge_code, sha256_of
from mes.accounts.service import AddPerson, add_person
from mes.core.database import Database
from mes.core.errors import MesError
from mes.printing.service.badges import IssueBadge, issue_badge
from tests.conftest import actor
from tests.mes.printing.shop import PUBLIC_URL, Shop, open_shop

MORE_THAN_A_JOB = 30
AT_ONCE = 4


@pytest.fixture
def shop(database: Database) -> Shop:
    opened = open_shop(database, MORE_THAN_A_JOB)
    opened.printer()
    opened.route()
    return opened


def numbers(shop: Shop, *subjects: str, **more: Any) -> list[int]:
    return [job.number for job in shop.print(*subjects, **more).jobs]


def test_two_taps_on_more_labels_than_a_job_holds_make_their_jobs_once(shop: Shop) -> None:
    first = numbers(shop, *shop.subjects)
    again = shop.print(*shop.subjects)
    assert [(job.number, job.waits_already) for job in again.jobs] == [(number, True) for number in first]
    assert len(shop.jobs()) == 2


def test_a_second_tap_while_a_part_of_many_is_out_already_prints_nothing_again(shop: Shop) -> None:
    first = numbers(shop, *shop.subjects)
    shop.set(first[0], state="printed")
    assert numbers(shop, *shop.subjects) == first


def test_a_part_of_many_that_was_withdrawn_is_made_again_and_the_others_wait_on(shop: Shop) -> None:
    first = numbers(shop, *shop.subjects)
    shop.set(first[0], state="cancelled")
    for _ in range(2):
        assert numbers(shop, *shop.subjects) == [first[1] + 1, first[1]]


def test_a_second_tap_while_the_label_comes_out_makes_no_second_one(shop: Shop) -> None:
    number = numbers(shop)[0]
    shop.set(number, state="printing")
    assert numbers(shop) == [number]


def test_a_label_that_would_say_something_else_by_now_is_no_repeat(shop: Shop) -> None:
    number = numbers(shop)[0]
    assert numbers(shop, copies=2) == [number + 1]


def test_a_thing_named_twice_gets_one_label(shop: Shop) -> None:
    serial = shop.elements[0].serial
    assert shop.print(f"element:{serial}", f"element:0{serial}").jobs[0].count == 1


def test_of_two_badges_given_one_after_the_other_the_one_that_is_printed_opens(shop: Shop) -> None:
    shop.printer("B1", media_width_mm=86, media_height_mm=54)
    shop.route("B1", label="badge")
    command = AddPerson(sign_in_name="lin", name="林师傅", role="operator", password=SecretStr("a long password"))
    person_id = shop.do(add_person, command, actor("admin")).id
    for _ in range(2):
        shop.do(issue_badge, IssueBadge(person_id=person_id, public_url=PUBLIC_URL), actor("admin"))
    old, new = shop.jobs()
    assert (old.state, new.state) == ("cancelled", "queued")
    assert "fields" not in old.labels[0]
    with shop.database.reading() as session:
        digest = session.scalars(select(Person.badge_sha256).where(Person.id == person_id)).one()
    assert sha256_of(badge_code(new.labels[0]["fields"]["number"])) == digest


def at_once(calls: list[Callable[[], Any]]) -> list[MesError]:
    """Make all calls in the same moment; returns what was refused."""
    ready, refused = Barrier(len(calls)), []

    def run(call: Callable[[], Any]) -> None:
        ready.wait(10)
        try:
            call()
        except MesError as error:
            refused.append(error)

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def test_several_who_tap_in_the_same_moment_get_one_label(any_database: Database) -> None:
    shop = open_shop(any_database)
    shop.printer()
    shop.route()
    assert at_once([shop.print] * AT_ONCE) == []
    assert len(shop.jobs()) == 1


def test_several_printers_asked_in_the_same_moment_write_one_tag(any_database: Database) -> None:
    shop = open_shop(any_database)
    for number in range(AT_ONCE):
        shop.printer(f"R{number}", writes_rfid=True)
    calls = [lambda code=f"R{number}": shop.print(printer=code) for number in range(AT_ONCE)]
    assert len(at_once(calls)) == AT_ONCE - 1
    assert len(shop.jobs()) == 1
