"""The quality file of a delivery: every paper of its elements, in one PDF with true page numbers and in a ZIP."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

import mes.logistics.quality_file.jobs  # noqa: F401 - the job's handler
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Forbidden
from mes.core.files import StoredFile
from mes.core.jobs import Job, run_job
from mes.inspection.documents.press import use_press
from mes.inspection.documents.queries import verification_of
from mes.inspection.models import Inspection, QualityDocument
from mes.ledger.queries import events_of
from mes.logistics.models import Delivery
from mes.logistics.quality_file.archive import write_zip
from mes.logistics.quality_file.content import latest_file, with_papers
from mes.logistics.quality_file.service import MakeQualityFile, NothingLoaded, latest_job, make_quality_file
from mes.logistics.service import NoSuchDelivery, UndoDeparture, undo_departure
from mes.orders.models import Element
from tests.conftest import actor, create_plant
from tests.mes.inspection.papers import codes_of, pages_of, pdf_of
from tests.mes.inspection.stage import Stage, needs_fonts, set_stage
from tests.mes.logistics import stage as yard

pytestmark = needs_fonts


def inspected_load(database: Database, clock: SetClock, folder: Path, count: int = 2) -> tuple[Stage, UUID]:
    """Elements that went through every inspection, on a lorry that has left."""
    stage = set_stage(database, clock, folder, count)
    stage.to("in_setup")
    for index in range(count):
        stage.record(stage.hidden_works(index), "王质检")
    stage.to("curing")
    stage.cubes(stage.cast("B-2026-117"), 31.0, 32.0, 33.0)
    stage.to("finished")
    for index in range(count):
        stage.record(stage.final(index), "赵检验")
    with database.reading() as session:
        elements = [session.get_one(Element, element_id) for element_id in stage.element_ids]
    lorry = yard.Stage(database, clock, elements, elements[0].project_id)
    lorry.slot()
    lorry.store(*range(count))
    delivery_id = lorry.open()
    lorry.load(delivery_id, *range(count))
    lorry.depart(delivery_id)
    return stage, delivery_id


def made(stage: Stage, delivery_id: UUID) -> QualityDocument:
    """The quality file as the worker makes it."""
    job = asked(stage, delivery_id)
    assert (job.state, job.message, job.progress_percent) == ("done", job.message, 100), job.message
    with stage.database.reading() as session:
        found = latest_file(session, delivery_id)
    assert found is not None
    return found


def asked(stage: Stage, delivery_id: UUID) -> Job:
    use_press(stage.press)
    command = MakeQualityFile(delivery_id=delivery_id)
    job_id = perform(stage.database, actor("inspector"), stage.clock, make_quality_file, command).job_id
    run_job(stage.database, stage.clock, job_id)
    with stage.database.reading() as session:
        return session.get_one(Job, job_id)


def test_the_file_holds_every_paper_at_the_page_its_contents_name(
    any_database: Database, clock: SetClock, tmp_path: Path
) -> None:
    create_plant(any_database, clock)
    stage, delivery_id = inspected_load(any_database, clock, tmp_path)
    file = made(stage, delivery_id)
    pdf = pdf_of(stage, file)
    pages = pages_of(pdf)
    assert [paper["kind"] for paper in file.content["papers"]] == ["certificate"] * 2 + ["strength"] + [
        "hidden_works"
    ] * 2
    assert file.content["missing"] == []
    assert all(f"第 {n} 页 共 {len(pages)} 页" in page for n, page in enumerate(pages, start=1))
    assert ("预制构件出厂质量证明文件" in pages[0], "目录" in pages[1]) == (True, True)
    for paper in file.content["papers"]:
        page = int(re.search(rf"{paper['number']}[^\n]*\n(\d+)", pages[1])[1])  # type: ignore[index]
        assert f"编号 No. {paper['number']}" in pages[page - 1]
    outline = [entry.title for entry in PdfReader(io.BytesIO(pdf)).outline]  # type: ignore[union-attr]
    assert outline[:3] == ["封面", "目录", "构件清单"]
    assert codes_of(pdf, tmp_path) == ["http://mes.example/verify/ZLWJ-P1-2026-000001"]
    assert len(codes_of(pdf, tmp_path, page=4)) == 2


@pytest.fixture
def load(database: Database, clock: SetClock, plant: None, tmp_path: Path) -> tuple[Stage, UUID]:
    return inspected_load(database, clock, tmp_path, 1)


def test_the_same_papers_give_the_same_bytes(load: tuple[Stage, UUID]) -> None:
    stage, delivery_id = load
    file = made(stage, delivery_id)
    with stage.database.reading() as session:
        again = stage.press.render("delivery", with_papers(session, file.content))
    assert again == pdf_of(stage, file)
    assert made(stage, delivery_id).number == file.number


def test_the_zip_holds_the_single_papers_as_they_were_issued(load: tuple[Stage, UUID]) -> None:
    stage, delivery_id = load
    file = made(stage, delivery_id)
    first, second = io.BytesIO(), io.BytesIO()
    for target in (first, second):
        write_zip(target, file, stage.press.store, stage.clock.zone)
    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(first) as archive:
        assert archive.namelist() == [
            "0-ZLWJ-P1-2026-000001.pdf",
            "1-合格证/HGZ-P1-2026-000001_构件_1.pdf",
            "2-强度报告/QDBG-P1-2026-000001_批次_B-2026-117.pdf",
            "3-隐蔽工程记录/YBJL-P1-2026-000001_构件_1.pdf",
        ]
        assert archive.read(archive.namelist()[0]) == pdf_of(stage, file)
        assert archive.testzip() is None


def test_a_paper_that_cannot_be_made_is_named_as_missing(load: tuple[Stage, UUID]) -> None:
    stage, delivery_id = load
    with stage.database.writing() as session:
        for inspection in session.query(Inspection).where(Inspection.kind == "hidden_works"):
            inspection.verdict = "refused"
    file = made(stage, delivery_id)
    assert file.content["missing"] == [{"kind": "hidden_works", "about": "构件 1"}]
    assert re.search(r"缺少隐蔽工程记录\n.*\n构件 1\n", pages_of(pdf_of(stage, file))[0])


def test_a_file_that_says_something_else_replaces_the_one_before(load: tuple[Stage, UUID]) -> None:
    stage, delivery_id = load
    before = made(stage, delivery_id)
    with stage.database.writing() as session:
        session.get_one(Delivery, delivery_id).vehicle_plate = "闽D99999"
    after = made(stage, delivery_id)
    with stage.database.reading() as session:
        told = verification_of(session, before.number)
    assert after.number == "ZLWJ-P1-2026-000002"
    assert told is not None
    assert (told.is_valid, told.replaced_by) == (False, after.number)


def test_only_those_who_issue_papers_ask_and_only_for_their_projects(load: tuple[Stage, UUID]) -> None:
    stage, delivery_id = load
    command = MakeQualityFile(delivery_id=delivery_id)
    for role in ("operator", "receiver", "planner", "admin"):
        with pytest.raises(Forbidden):
            perform(stage.database, actor(role), stage.clock, make_quality_file, command)
    stranger = actor("inspector", project_ids=frozenset())
    with pytest.raises(NoSuchDelivery):
        perform(stage.database, stranger, stage.clock, make_quality_file, command)


def test_an_empty_lorry_has_no_file(database: Database, clock: SetClock) -> None:
    stage = yard.build_stage(database, clock, 1)
    command = MakeQualityFile(delivery_id=stage.open())
    with pytest.raises(NothingLoaded):
        perform(database, actor("inspector"), clock, make_quality_file, command)


def test_a_job_without_fonts_fails_and_leaves_no_number_behind(load: tuple[Stage, UUID]) -> None:
    stage, delivery_id = load
    good = stage.press
    stage.press = type(good)(good.store, Path("nowhere"), good.public_url)
    assert asked(stage, delivery_id).state == "failed"
    stage.press = good
    assert made(stage, delivery_id).number == "ZLWJ-P1-2026-000001"


def test_the_plant_and_the_projects_receivers_open_it_and_nobody_else(
    app: Flask, database: Database, clock: SetClock, tmp_path: Path, client_as: Callable[..., FlaskClient]
) -> None:
    stage, delivery_id = inspected_load(database, clock, tmp_path, 1)
    app.extensions["mes_files"] = stage.press.store
    use_press(stage.press)
    with database.reading() as session:
        delivery = session.get_one(Delivery, delivery_id)
    page = f"/deliveries/{delivery.number}/papers"
    inspector = client_as("inspector")
    assert inspector.get(f"{page}.pdf").status_code == 404
    asking = {"command_id": "018f0000-0000-7000-8000-000000000009"}
    assert inspector.post(page, data=asking).status_code == 303
    assert "every 2s" in inspector.get(page).get_data(as_text=True)
    with database.reading() as session:
        job = latest_job(session, delivery_id)
    assert job is not None
    run_job(database, clock, job.id)
    own, other = client_as("receiver", (delivery.project_id,)), client_as("receiver")
    for reader in (inspector, client_as("planner"), own):
        assert "ZLWJ-P1-2026-000001" in reader.get(page).get_data(as_text=True)
        assert reader.get(f"{page}.pdf").data[:5] == b"%PDF-"
        assert zipfile.is_zipfile(io.BytesIO(reader.get(f"{page}.zip").data))
    assert [other.get(path).status_code for path in (page, f"{page}.pdf", f"{page}.zip")] == [404, 404, 404]
    assert [client_as("operator").get(page).status_code, own.post(page, data=asking).status_code] == [403, 403]
    for link in (f"/deliveries/{delivery.number}", f"/receive/{delivery.number}"):
        assert page in own.get(link).get_data(as_text=True)


def test_a_rejected_element_is_named_and_its_certificate_does_not_hold(
    database: Database, clock: SetClock, plant: None, tmp_path: Path
) -> None:
    stage, delivery_id = inspected_load(database, clock, tmp_path)
    before = made(stage, delivery_id)
    lorry = yard.Stage(database, clock, elements_on(database, stage), project_of(database, delivery_id))
    number = lorry.items(delivery_id)[0].certificate_number
    with database.writing() as session:
        session.add(StoredFile(sha256=yard.PHOTO, media_type="image/jpeg", size_bytes=1, stored_at=clock.now()))
    lorry.reject(delivery_id, 0)
    with database.reading() as session:
        seen = verification_of(session, before.number)
    assert seen is not None
    assert seen.is_valid  # as a file; what in it does not hold is named
    assert [(one.number, one.is_suspended) for one in seen.not_valid_within] == [(number, True)]
    after = made(stage, delivery_id)
    assert after.number != before.number
    assert number not in {paper["number"] for paper in after.content["papers"]}
    assert [one["certificate"] for one in after.content["rejected"]] == [number]
    assert "certificate" not in {one["kind"] for one in after.content["missing"]}
    assert f"合格证 {number} 在处理前无效" in "".join(pages_of(pdf_of(stage, after)))


def test_a_file_that_says_when_the_lorry_left_falls_with_that_departure(
    database: Database, clock: SetClock, plant: None, tmp_path: Path
) -> None:
    stage, delivery_id = inspected_load(database, clock, tmp_path, 1)
    file = made(stage, delivery_id)
    command = UndoDeparture(delivery_id=delivery_id, reason_code="called_back", words="项目改期")
    perform(database, actor("operator"), clock, undo_departure, command)
    with database.reading() as session:
        seen = verification_of(session, file.number)
        assert latest_file(session, delivery_id) is None
        number = session.get_one(Delivery, delivery_id).sscc
        undone = events_of(session, f"delivery:{number}")[-1].content["data"]
    assert seen is not None
    assert (seen.is_valid, seen.replaced_by) == (False, None)
    assert undone["quality_file_withdrawn"] == file.number
    assert made(stage, delivery_id).content["delivery"]["departed_at"] == ""


def elements_on(database: Database, stage: Stage) -> list[Element]:
    with database.reading() as session:
        return [session.get_one(Element, element_id) for element_id in stage.element_ids]


def project_of(database: Database, delivery_id: UUID) -> UUID:
    with database.reading() as session:
        return session.get_one(Delivery, delivery_id).project_id
