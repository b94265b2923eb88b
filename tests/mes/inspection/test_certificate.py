"""The certificate of conformity: every field on it, a code that scans, and the same bytes for the same content."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select

from labels import parse
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.files import FileStore
from mes.inspection.documents.press import CertificatePress, FontsMissing
from mes.inspection.models import Certificate
from mes.inspection.queries import valid_certificate
from mes.ledger.models import LedgerEvent
from mes.orders.models import Element
from mes.planning.heads import NameHead, name_head
from tests.conftest import actor
from tests.mes.inspection.stage import FONTS, Stage, needs_fonts, set_stage
from tests.mes.inspection.ways import set_policy

FONTS_READY = FONTS.exists()


@pytest.fixture
def stage(database: Database, clock: SetClock, plant: None, tmp_path: Path) -> Stage:
    made = set_stage(database, clock, tmp_path)
    made.to("in_setup")
    made.record(made.hidden_works(0), "王质检")
    made.record(made.hidden_works(1), "王质检")
    made.to("curing")
    made.cubes(made.cast("B-2026-117"), 31.0, 32.0, 33.0)
    made.to("finished")
    return made


def certified(stage: Stage, index: int = 0) -> Certificate:
    stage.record(stage.final(index), "赵检验")
    with stage.database.reading() as session:
        found = valid_certificate(session, stage.element_ids[index])
    assert found is not None
    return found


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@needs_fonts
def test_every_field_is_on_the_paper(stage: Stage) -> None:
    certificate = certified(stage)
    text = text_of(stage.press.store.read(certificate.pdf_sha256))
    for expected in (
        "预制混凝土构件产品合格证",
        "HGZ-P1-2026-000001",
        "DBS1-67-3620-31",
        "叠合板",
        "1 件",
        "3420 × 1760 × 60",
        "示范构件有限公司",
        certificate.content["producer"]["credit_code"],
        "湖里安置房一期",
        "1号楼",
        "2026-11-23",
        "C30",
        "≥ 22.5",
        "32.0",
        "B-2026-117",
        "31 / 32 / 33",
        "GB 50204-2015",
        "±5",
        "合格",
        "CONFORMING",
        "赵检验",
        "王质检",
        "质量负责人",
        "出厂日期",
        "第 1 页 共 1 页",
    ):
        assert expected in text, expected


@needs_fonts
def test_the_fonts_are_embedded_and_one_page_is_enough(stage: Stage) -> None:
    reader = PdfReader(io.BytesIO(stage.press.store.read(certified(stage).pdf_sha256)))
    assert len(reader.pages) == 1
    fonts: Any = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    embedded = [font.get_object() for font in fonts.values()]
    described = [font["/FontDescriptor"] for font in embedded if "/FontDescriptor" in font]
    assert described
    assert all("/FontFile2" in descriptor for descriptor in described)


@needs_fonts
def test_the_same_content_gives_the_same_bytes(stage: Stage) -> None:
    certificate = certified(stage)
    assert stage.press.render("certificate", certificate.content) == stage.press.store.read(certificate.pdf_sha256)


@needs_fonts
def test_its_codes_lead_to_the_element_and_to_its_verification(stage: Stage, tmp_path: Path) -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    if shutil.which("pdftoppm") is None:
        pytest.skip("no pdftoppm here")
    pdf = tmp_path / "certificate.pdf"
    pdf.write_bytes(stage.press.store.read(certified(stage).pdf_sha256))
    subprocess.run(["pdftoppm", "-png", "-r", "150", "-singlefile", str(pdf), str(tmp_path / "page")], check=True)
    with Image.open(tmp_path / "page.png") as page:
        codes = zxingcpp.read_barcodes(page)
    element = stage.element()
    links = sorted(code.text for code in codes)
    assert links == [
        f"http://mes.example/01/{element.gtin}/21/{element.serial}",
        "http://mes.example/verify/HGZ-P1-2026-000001",
    ]
    assert parse(links[0]).digital_link == element.digital_link


@needs_fonts
def test_numbers_have_no_gaps_though_an_inspection_fails_in_between(stage: Stage) -> None:
    first = certified(stage, 0).number
    with pytest.raises(FontsMissing):
        stage.record(stage.final(1, press=CertificatePress(stage.press.store, Path("nowhere"), "http://mes.example")))
    assert (first, certified(stage, 1).number) == ("HGZ-P1-2026-000001", "HGZ-P1-2026-000002")


def test_missing_fonts_say_what_to_do_and_change_nothing(stage: Stage, tmp_path: Path) -> None:
    press = CertificatePress(FileStore(tmp_path / "files"), tmp_path / "no-fonts", "http://mes.example")
    with stage.database.reading() as session:
        before = session.query(LedgerEvent).count()
    with pytest.raises(FontsMissing, match="mes assets"):
        stage.record(stage.final(press=press))
    assert stage.element().state == "finished"
    with stage.database.reading() as session:
        assert session.query(LedgerEvent).count() == before


@needs_fonts
def test_long_names_and_many_measurements_still_fit(stage: Stage) -> None:
    content = dict(certified(stage).content)
    content["project"] = {**content["project"], "name": "湖里区东部旧村整村改造安置型商品房一期工程" * 3}
    quality = dict(content["quality"])
    quality["items"] = quality["items"] * 12
    content["quality"] = quality
    reader = PdfReader(io.BytesIO(stage.press.render("certificate", content)))
    assert len(reader.pages) > 1
    assert "质量负责人" in reader.pages[-1].extract_text()


@needs_fonts
def test_the_production_date_is_the_day_of_casting(stage: Stage) -> None:
    stage.clock.advance(days=3)
    certificate = certified(stage)
    assert (certificate.content["produced_on"], certificate.content["issued_on"]) == ("2026-11-23", "2026-11-26")


@needs_fonts
def test_hubeis_paper_names_the_head_of_production_of_the_casting(stage: Stage) -> None:
    set_policy(stage.database, papers={"default": "wuhan-hubei"})
    with stage.database.reading() as session:
        cast_at = datetime.fromisoformat(session.get_one(Element, stage.element_ids[0]).facts["curing"])
    stage.clock.advance(minutes=60)
    earlier = NameHead(name="陈建国", since=cast_at - timedelta(days=1), until=cast_at + timedelta(minutes=1))
    for named in (earlier, NameHead(name="林志强")):
        perform(stage.database, actor("planner"), stage.clock, name_head, named)
    certificate = certified(stage)
    text = text_of(stage.press.store.read(certificate.pdf_sha256))
    assert "生产负责人" in text
    assert "陈建国" in text
    assert "林志强" not in text  # who is it now, not when it was cast
    with stage.database.reading() as session:
        content = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "element.final_accepted")).one().content
    assert content["data"]["production_head"]["name"] == "陈建国"
