"""Records of hidden works and strength reports: what stands on them, the same bytes again, numbers without gaps."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.inspection.documents import issuing
from mes.inspection.documents.hidden_works import NothingToRecord, hidden_works_draft
from mes.inspection.documents.press import CertificatePress, FontsMissing
from mes.inspection.documents.queries import verification_of
from mes.inspection.documents.service import IssueHiddenWorks, issue_hidden_works
from mes.inspection.documents.signatures import SetSignature, keep_signature, set_signature
from mes.inspection.models import Inspection, QualityDocument
from mes.inspection.schemas import TakenPhoto
from mes.ledger.models import LedgerEvent
from mes.orders.models import Element
from quality import inspection_plan
from tests.conftest import actor, create_plant
from tests.mes.inspection.papers import (
    codes_of,
    document,
    drawn_signature,
    hidden_works_record,
    pages_of,
    pdf_of,
    strength_report,
)
from tests.mes.inspection.stage import Stage, needs_fonts, set_stage

pytestmark = needs_fonts
NUMBERS = 20


@pytest.fixture
def stage(database: Database, clock: SetClock, plant: None, tmp_path: Path) -> Stage:
    return _inspected(set_stage(database, clock, tmp_path))


def _inspected(made: Stage) -> Stage:
    """Both elements of the load with accepted hidden works; each item's photo is another."""
    made.to("in_setup")
    items = [item.id for item in inspection_plan("hidden_works", "composite_slab").items if item.photo_required]
    for index in range(len(made.element_ids)):
        photos = [TakenPhoto(sha256=made.photo(40 + 12 * n + index), item=item) for n, item in enumerate(items)]
        made.record(made.hidden_works(index, photos=photos, remark="钢筋已除锈"), "王质检")
    return made


def test_the_record_shows_every_item_photo_time_and_person(stage: Stage, tmp_path: Path) -> None:
    stage.clock.advance(hours=2)
    record = hidden_works_record(stage)
    pdf = pdf_of(stage, record)
    text = "\n".join(pages_of(pdf))
    plan = inspection_plan("hidden_works", "composite_slab")
    photos = sum(item.photo_required for item in plan.items)
    expected = [
        "YBJL-P1-2026-000001",
        "隐蔽工程",
        "王质检",
        "2026-11-23 09:00",
        "钢筋已除锈",
        "湖里安置房一期",
        "监理未在系统内见证",
    ]
    expected += [item.title.zh for item in plan.items] + [f"照{number}" for number in range(1, photos + 1)]
    assert [words for words in expected if words not in text] == []
    assert codes_of(pdf, tmp_path) == ["http://mes.example/verify/YBJL-P1-2026-000001"]


def test_every_page_says_which_one_it_is_of_how_many(stage: Stage) -> None:
    pages = pages_of(pdf_of(stage, hidden_works_record(stage)))
    assert [f"第 {n} 页 共 {len(pages)} 页" in page for n, page in enumerate(pages, start=1)] == [True] * len(pages)


def test_the_same_content_gives_the_same_bytes_years_later(stage: Stage) -> None:
    record = hidden_works_record(stage)
    first = pdf_of(stage, record)
    stage.clock.advance(days=3650)
    assert stage.press.render("hidden_works", document(stage, record.id).content) == first


def test_what_is_unchanged_is_not_issued_again_and_what_changed_replaces(stage: Stage) -> None:
    first = hidden_works_record(stage)
    assert hidden_works_record(stage).id == first.id
    with stage.database.writing() as session:
        inspection = session.scalars(select(Inspection).where(Inspection.element_id == stage.element_ids[0])).one()
        inspection.witnessed_by, inspection.witnessed_at = "周监理", stage.clock.now()
    second = hidden_works_record(stage)
    assert (second.number, "周监理" in pages_of(pdf_of(stage, second))[0]) == ("YBJL-P1-2026-000002", True)
    with stage.database.reading() as session:
        old, new = (verification_of(session, one.number) for one in (first, second))
    assert old is not None
    assert new is not None
    assert (old.is_valid, old.replaced_by, new.is_valid) == (False, second.number, True)


def test_a_signature_stands_on_what_its_owner_signed_and_on_nothing_else(stage: Stage) -> None:
    somebody, inspector = actor("inspector", "钱"), actor("inspector", "王质检")
    with stage.database.writing() as session:
        inspection = session.scalars(select(Inspection).where(Inspection.element_id == stage.element_ids[0])).one()
        inspection.inspector_id = inspector.id
    _sign(stage, inspector)
    content = hidden_works_record(stage, by=somebody).content
    assert content["signers"]["inspector"]["signature"]
    assert content["signers"]["issuer"] == {"name": "钱", "on": "2026-11-23", "organisation": "", "signature": None}


def _sign(stage: Stage, who: object) -> str:
    with stage.database.writing() as session:
        kept = keep_signature(session, stage.press.store, drawn_signature(), stage.clock.now())
    perform(stage.database, who, stage.clock, set_signature, SetSignature(sha256=kept))  # type: ignore[arg-type]
    return kept


def test_hidden_works_that_were_refused_have_no_record(stage: Stage) -> None:
    with stage.database.writing() as session:
        for inspection in session.scalars(select(Inspection)):
            inspection.verdict = "refused"
    with pytest.raises(NothingToRecord):
        hidden_works_record(stage)


def test_a_lost_photo_is_named_as_lost(stage: Stage) -> None:
    for file in stage.press.store.folder.glob("*/*"):
        file.unlink()
    assert "照片文件已不在本系统" in "\n".join(pages_of(pdf_of(stage, hidden_works_record(stage))))


def test_the_report_of_a_batch_lists_its_sets(stage: Stage, tmp_path: Path) -> None:
    stage.to("curing")
    batch = stage.cast("B-2026-117")
    stage.cubes(batch, 31.0, 32.0, 33.0)
    report = strength_report(stage, batch_id=batch)
    pdf = pdf_of(stage, report)
    text = pages_of(pdf)[0]
    for expected in ("QDBG-P1-2026-000001", "B-2026-117", "C30", "31 / 32 / 33", "32.0", "48 h", "不构成检验批评定"):
        assert expected in text, expected
    assert codes_of(pdf, tmp_path) == ["http://mes.example/verify/QDBG-P1-2026-000001"]
    assert stage.press.render("strength", report.content) == pdf


def test_a_batch_without_cubes_has_no_report(stage: Stage) -> None:
    stage.to("curing")
    with pytest.raises(NothingToRecord, match="B-1"):
        strength_report(stage, batch_id=stage.cast())


def test_a_paper_that_fails_leaves_no_hole(stage: Stage) -> None:
    good = stage.press
    hidden_works_record(stage, 0)
    stage.press = CertificatePress(good.store, Path("nowhere"), good.public_url)
    with pytest.raises(FontsMissing):
        hidden_works_record(stage, 1)
    stage.press = good
    assert hidden_works_record(stage, 1).number == "YBJL-P1-2026-000002"


def test_twenty_at_once_have_numbers_without_gaps(any_database: Database, clock: SetClock, tmp_path: Path) -> None:
    create_plant(any_database, clock)
    stage = _inspected(set_stage(any_database, clock, tmp_path, 1))
    draft = _draft(stage)
    broken = replace(stage.press, font_dir=Path("nowhere"))
    stage.press.warm()
    start = threading.Barrier(NUMBERS)

    def issue(place: int) -> str:
        start.wait()
        press = broken if place % 4 == 3 else stage.press
        try:
            with stage.database.writing() as session:
                work = issuing.Work(session, actor("inspector"), stage.clock)
                own = replace(draft, content={**draft.content, "place": place})
                return issuing.issue_document(work, press, own, stage.clock.now()).number
        except FontsMissing:
            return "failed"

    with ThreadPoolExecutor(NUMBERS) as pool:
        numbers = list(pool.map(issue, range(NUMBERS)))
    issued = sorted(number for number in numbers if number != "failed")
    assert numbers.count("failed") == NUMBERS // 4
    assert issued == [f"YBJL-P1-2026-{n:06d}" for n in range(1, NUMBERS * 3 // 4 + 1)]
    with stage.database.reading() as session:
        valid = session.scalar(
            select(func.count()).select_from(QualityDocument).where(QualityDocument.withdrawn_at.is_(None))
        )
    assert valid == 1


def _draft(stage: Stage) -> issuing.Draft:
    with stage.database.writing() as session:
        work = issuing.Work(session, actor("inspector"), stage.clock)
        return hidden_works_draft(work, stage.press, session.get_one(Element, stage.element_ids[0]))


def test_the_ledger_says_which_paper_was_issued(stage: Stage) -> None:
    record = hidden_works_record(stage)
    with stage.database.reading() as session:
        event = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "document.issued")).one()
    assert event.content["data"]["document"] == {
        "number": record.number,
        "kind": "hidden_works",
        "pdf_sha256": record.pdf_sha256,
    }


def test_a_repeated_command_gives_the_same_paper(stage: Stage) -> None:
    command = IssueHiddenWorks(element_id=stage.element_ids[0], press=stage.press)
    who = actor("inspector")
    first = perform(stage.database, who, stage.clock, issue_hidden_works, command)
    stage.clock.advance(minutes=5)
    assert perform(stage.database, who, stage.clock, issue_hidden_works, command) == first
