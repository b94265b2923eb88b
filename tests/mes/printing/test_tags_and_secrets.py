"""A tag's number stands in one tag; a badge's code stands on the badge and nowhere else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from mes.core.database import Database
from mes.core.errors import Forbidden, NotFound
from mes.identity.models import Tag
from mes.printing import service
from mes.printing.queries import job_by_number
from mes.printing.service import JobNotOpen, PrintLabels, ReprintJob, SettleJob, TagWrittenTwice
from tests.conftest import NOW, actor
from tests.mes.printing.shop import PUBLIC_URL, Shop, open_shop

CODE = "K7QX-93MD"


@pytest.fixture
def shop(database: Database) -> Shop:
    opened = open_shop(database)
    opened.printer(writes_rfid=True)
    opened.printer("B1", media_width_mm=86, media_height_mm=54)
    opened.route()
    opened.route("B1", label="badge")
    return opened


def badge() -> PrintLabels:
    fields = {"name": "王质检", "role": "inspector", "organisation": "", "number": CODE, "valid_until": ""}
    return PrintLabels.model_validate(
        {"label": "badge", "ready": [{"subject": "person:7", "fields": fields}], "public_url": PUBLIC_URL}
    )


def test_a_tag_that_a_job_has_written_is_written_again_only_with_a_reason(shop: Shop) -> None:
    number = shop.print().jobs[0].number
    assert shop.job(number).writes_rfid
    shop.set(number, state="printed")
    serial = shop.subjects[0].removeprefix("element:")
    with pytest.raises(TagWrittenTwice, match=f"Job {number} has written the tag of {serial}"):
        shop.print()
    again = shop.do(service.reprint, ReprintJob(number=number, reason="tag does not answer")).jobs[0]
    assert shop.job(again.number).writes_rfid
    assert shop.reprinted(shop.subjects[0])[0].content["data"]["tag_written_again"] is True


def test_copies_of_a_label_with_a_tag_are_refused(shop: Shop) -> None:
    with pytest.raises(TagWrittenTwice, match="print one copy"):
        shop.print(copies=2)
    assert shop.jobs() == []


def test_a_thing_that_wears_its_tag_gets_no_second_one(shop: Shop) -> None:
    with shop.database.writing() as session:
        facts = {"subject": shop.subjects[0], "tid": "E280116060000001", "epc_hex": shop.elements[0].epc_hex}
        session.add(Tag(**facts, verified=True, bound_at=NOW, bound_by="x"))
    with pytest.raises(TagWrittenTwice, match="wears tag E280116060000001"):
        shop.print()
    assert shop.print(shop.subjects[1]).jobs[0].count == 1


def test_paper_alone_may_be_printed_as_often_as_wanted(shop: Shop) -> None:
    shop.printer("ZT9")
    shop.route("ZT9", station="office")
    number = shop.print(station="office", copies=3).jobs[0].number
    assert not shop.job(number).writes_rfid
    shop.set(number, state="printed")
    assert shop.print(station="office").jobs[0].count == 1


def test_a_badges_code_is_forgotten_as_soon_as_its_job_is_over(shop: Shop) -> None:
    admin = actor("admin")
    number = shop.do(service.print_labels, badge(), admin).jobs[0].number
    assert shop.job(number).labels[0]["fields"]["number"] == CODE
    shop.set(number, state="unknown")
    shop.do(service.settle, SettleJob(number=number, came_out=True), admin)
    assert shop.job(number).labels == [{"subject": "person:7", "copies": 1}]
    with pytest.raises(JobNotOpen, match="secret"):
        shop.do(service.reprint, ReprintJob(number=number, reason="lost"), admin)


def test_a_badges_code_is_in_no_table_after_its_job(shop: Shop) -> None:
    admin = actor("admin")
    number = shop.do(service.print_labels, badge(), admin).jobs[0].number
    shop.set(number, state="unknown")
    shop.do(service.settle, SettleJob(number=number, came_out=False), admin)
    with shop.database.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert CODE not in dump


def test_only_who_gives_badges_prints_and_sees_them(shop: Shop) -> None:
    with pytest.raises(Forbidden):
        shop.do(service.print_labels, badge())
    number = shop.do(service.print_labels, badge(), actor("admin")).jobs[0].number
    shop.set(number, state="unknown")
    with pytest.raises(Forbidden):
        shop.do(service.settle, SettleJob(number=number, came_out=True))
    with shop.database.reading() as session:
        assert job_by_number(session, actor("admin"), number).number == number
        with pytest.raises(NotFound):
            job_by_number(session, shop.operator, number)
        assert session.scalars(select(Tag)).all() == []
