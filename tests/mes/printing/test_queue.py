"""The queue as people use it: labels are asked for, printed again with a reason, settled, withdrawn."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from mes.core.database import Database
from mes.core.errors import Forbidden, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.orders.models import Project
from mes.printing import service
from mes.printing.service import (
    CancelJob,
    JobNotOpen,
    NoRoute,
    PrintLabels,
    ReprintJob,
    SettleJob,
)
from tests.conftest import actor
from tests.mes.printing.shop import PUBLIC_URL, Shop, open_shop


@pytest.fixture
def shop(any_database: Database) -> Shop:
    return open_shop(any_database)


@pytest.fixture
def small(database: Database) -> Shop:
    """The same on SQLite alone, for rules that do not depend on the database."""
    return open_shop(database)


def test_a_label_goes_where_its_stations_route_leads_and_from_elsewhere_to_everybodys(shop: Shop) -> None:
    shop.printer("ZT1")
    shop.printer("ZT2", media_width_mm=60, media_height_mm=40)
    shop.route("ZT1")
    shop.route("ZT2", station="SL-demoulding")
    here = shop.print(shop.subjects[0], station="SL-demoulding").jobs[0]
    there = shop.print(shop.subjects[1], station="WL-casting").jobs[0]
    assert (shop.job(here.number).printer.code, shop.job(here.number).design) == ("ZT2", "element-60x40")
    assert (shop.job(there.number).printer.code, shop.job(there.number).design) == ("ZT1", "element-100x70")


def test_without_a_route_it_says_what_to_set_up_and_changes_nothing(shop: Shop) -> None:
    shop.printer()
    shop.route(station="SL-casting")
    with pytest.raises(NoRoute, match="choose a printer under Labels, Routes"):
        shop.print()
    assert shop.jobs() == []


def test_a_repeated_command_prints_nothing_more(shop: Shop) -> None:
    shop.printer()
    shop.route()
    command = PrintLabels(subjects=shop.subjects[:2], public_url=PUBLIC_URL)
    first = shop.do(service.print_labels, command)
    shop.set(first.jobs[0].number, state="printed")
    assert shop.do(service.print_labels, command) == first
    assert len(shop.jobs()) == 1


def test_what_was_meant_then_stands_in_the_job(shop: Shop) -> None:
    shop.printer()
    shop.route()
    number = shop.print().jobs[0].number
    with shop.database.writing() as session:
        session.execute(update(Project).values(name="another name"))
    label = shop.job(number).labels[0]
    assert label["fields"]["project"] == "湖里安置房一期"
    assert label["fields"]["identity_url"] == f"{PUBLIC_URL}/01/{shop.elements[0].gtin}/21/{shop.elements[0].serial}"
    assert label["epc_hex"] == shop.elements[0].epc_hex


def test_two_taps_on_a_label_that_still_waits_make_one_job(shop: Shop) -> None:
    shop.printer()
    shop.route()
    first, second = shop.print().jobs[0], shop.print().jobs[0]
    assert (second.number, second.waits_already) == (first.number, True)
    assert not shop.print(copies=2).jobs[0].waits_already
    assert not shop.print(language="en").jobs[0].waits_already


def test_each_kind_of_label_is_a_job_of_its_own_and_many_labels_are_several(small: Shop) -> None:
    shop = open_shop_with(small, 60)
    jobs = shop.print(*shop.subjects, *shop.subjects).jobs  # named twice, printed once
    assert [job.count for job in jobs] == [25, 25, 14]
    assert [job.number for job in jobs] == [1, 2, 3]


def open_shop_with(shop: Shop, count: int) -> Shop:
    from tests.factories import SLAB, create_order, elements_of

    further = create_order(shop.database, shop.clock, [(SLAB, count)], project="XM-02")
    shop.elements += elements_of(shop.database, further)
    shop.printer()
    shop.route()
    return shop


def test_what_is_not_theirs_to_see_is_not_theirs_to_print(small: Shop) -> None:
    small.printer()
    small.route()
    elsewhere = replace(small.operator, project_ids=frozenset({new_id()}))
    with pytest.raises(NotFound):
        small.print(who=elsewhere)
    with pytest.raises(NotFound):
        small.print("element:999999")
    with pytest.raises(Forbidden):
        small.print(who=actor("receiver"))
    assert small.jobs() == []


@pytest.mark.parametrize("wrong", [{"subjects": []}, {"label": "element", "ready": [{"fields": {}}]}])
def test_there_must_be_something_to_print_and_not_two_things(wrong: dict[str, object], small: Shop) -> None:
    with pytest.raises(InvalidInput):
        small.do(
            service.print_labels,
            PrintLabels.model_validate({"subjects": small.subjects, "public_url": PUBLIC_URL, **wrong}),
        )


def test_a_reprint_is_a_new_job_with_a_reason_that_the_ledger_knows(shop: Shop) -> None:
    shop.printer()
    shop.route()
    number = shop.print(*shop.subjects[:2]).jobs[0].number
    with pytest.raises(JobNotOpen):
        shop.do(service.reprint, ReprintJob(number=number, reason="torn off"))
    shop.set(number, state="printed")
    wanted = ReprintJob(number=number, reason="torn off", subjects=shop.subjects[:1])
    again = shop.do(service.reprint, wanted).jobs[0]
    job = shop.job(again.number)
    assert (job.state, job.reprint_reason, job.reprint_of_id) == ("queued", "torn off", shop.job(number).id)
    assert job.labels == shop.job(number).labels[:1]
    (event,) = shop.reprinted(shop.subjects[0])
    assert event.content["data"]["reason"] == "torn off"
    assert event.content["data"]["earlier_jobs"] == {shop.subjects[0]: [number]}
    assert event.content["who"]["name"] == "林师傅"
    assert shop.reprinted(shop.subjects[1]) == []


def test_a_second_label_without_a_reason_is_told_to_the_ledger_too(shop: Shop) -> None:
    shop.printer()
    shop.route()
    shop.set(shop.print().jobs[0].number, state="printed")
    shop.print(*shop.subjects[:2])
    (event,) = shop.reprinted(shop.subjects[0])
    assert event.content["data"]["earlier_jobs"] == {shop.subjects[0]: [1]}
    assert shop.reprinted(shop.subjects[1]) == []


def test_a_failed_label_is_no_second_one(small: Shop) -> None:
    small.printer()
    small.route()
    small.set(small.print().jobs[0].number, state="failed")
    small.print()
    assert small.reprinted(small.subjects[0]) == []


@pytest.mark.parametrize(("came_out", "state", "count"), [(True, "printed", 2), (False, "failed", 0)])
def test_somebody_who_has_looked_settles_an_unknown_job_once(
    came_out: bool, state: str, count: int, shop: Shop
) -> None:
    shop.printer()
    shop.route()
    number = shop.print(*shop.subjects[:2]).jobs[0].number
    with pytest.raises(JobNotOpen):
        shop.do(service.settle, SettleJob(number=number, came_out=came_out))
    shop.set(number, state="unknown")
    assert shop.do(service.settle, SettleJob(number=number, came_out=came_out)).state == state
    job = shop.job(number)
    assert (job.state, job.printed_count, job.finished_by) == (state, count, "林师傅")
    with pytest.raises(JobNotOpen):
        shop.do(service.settle, SettleJob(number=number, came_out=not came_out))


def test_printing_again_what_is_missing_of_an_unknown_job_settles_the_rest_as_printed(small: Shop) -> None:
    small.printer()
    small.route()
    number = small.print(*small.subjects).jobs[0].number
    small.set(number, state="unknown")
    wanted = ReprintJob(number=number, reason="ribbon creased", subjects=small.subjects[3:])
    assert small.do(service.reprint, wanted).jobs[0].count == 1
    assert (small.job(number).state, small.job(number).printed_count) == ("printed", 3)


def test_labels_that_wait_can_be_withdrawn_and_no_others(shop: Shop) -> None:
    shop.printer()
    shop.route()
    number = shop.print().jobs[0].number
    shop.set(number, state="printing")
    with pytest.raises(JobNotOpen):
        shop.do(service.cancel, CancelJob(number=number))
    shop.set(number, state="queued")
    shop.do(service.cancel, CancelJob(number=number))
    assert (shop.job(number).state, shop.job(number).finished_by) == ("cancelled", "林师傅")
