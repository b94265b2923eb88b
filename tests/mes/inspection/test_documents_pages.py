"""The pages of papers: an element's, one's own signature, and the public one that verifies a number."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image

from mes.core.database import Database
from mes.core.files import FileStore
from mes.inspection.documents.signatures import NotASignature, signature_picture
from mes.inspection.models import Certificate, Signature
from mes.ledger.models import LedgerEvent
from tests.mes.inspection.papers import drawn_signature, hidden_works_record
from tests.mes.inspection.stage import Stage, needs_fonts

ClientAs = Callable[..., FlaskClient]


@pytest.fixture
def inspected(stage: Stage) -> Stage:
    stage.to("in_setup")
    stage.record(stage.hidden_works(0), "王质检")
    return stage


@needs_fonts
def test_an_inspector_issues_a_record_and_everybody_with_the_project_reads_it(
    inspected: Stage, client_as: ClientAs
) -> None:
    inspector, element = client_as("inspector"), inspected.element()
    page = f"/inspection/elements/{element.id}/papers"
    command_id = "018f0000-0000-7000-8000-000000000001"
    assert inspector.post(f"{page}/record", data={"command_id": command_id}).status_code == 303
    shown = inspector.get(page).get_data(as_text=True)
    assert "YBJL-P1-2026-000001" in shown
    pdf = shown.split('href="/inspection/papers/')[1].split('"')[0]
    own, other = client_as("receiver", (element.project_id,)), client_as("receiver")
    assert own.get(f"/inspection/papers/{pdf}").data[:5] == b"%PDF-"
    assert [other.get(path).status_code for path in (page, f"/inspection/papers/{pdf}")] == [404, 404]
    assert own.post(f"{page}/record", data={"command_id": command_id}).status_code == 403


@needs_fonts
def test_a_number_is_verified_by_anybody_without_a_persons_name(inspected: Stage, client_as: ClientAs) -> None:
    record = hidden_works_record(inspected)
    client = client_as("operator")
    client.delete_cookie("mes_session")
    told = client.get(f"/verify/{record.number.lower()}")
    text = told.get_data(as_text=True)
    assert (told.status_code, "Genuine and valid" in text, record.pdf_sha256 in text) == (200, True, True)
    assert [name for name in ("王质检", "inspector") if name in text] == []


def test_an_unknown_number_is_called_unknown(stage: Stage, client_as: ClientAs) -> None:
    client = client_as("operator")
    for number in ("HGZ-P1-2026-999999", "X" * 400, "…"):
        told = client.get(f"/verify/{number}")
        assert (told.status_code, "not genuine" in told.get_data(as_text=True)) == (404, True), number


@needs_fonts
def test_a_withdrawn_certificate_says_so(inspected: Stage, database: Database, client_as: ClientAs) -> None:
    inspected.to("curing", 0)
    inspected.cubes(inspected.cast(), 31.0, 32.0, 33.0)
    inspected.to("finished", 0)
    inspected.record(inspected.final(0), "赵检验")
    with database.writing() as session:
        certificate = session.query(Certificate).one()
        certificate.withdrawn_at, certificate.withdrawal_reason = inspected.clock.now(), "张三 told so"
        number = certificate.number
    text = client_as("operator").get(f"/verify/{number}").get_data(as_text=True)
    assert ("Not valid any more" in text, "张三" in text) == (True, False)


def test_a_drawn_signature_is_kept_for_its_owner_alone(stage: Stage, database: Database, client_as: ClientAs) -> None:
    inspector, supervisor = client_as("inspector"), client_as("supervisor")
    drawn = "data:image/png;base64," + base64.b64encode(drawn_signature()).decode()
    form = {"command_id": "018f0000-0000-7000-8000-000000000002", "drawn": drawn}
    assert inspector.post("/inspection/signature", data=form).status_code == 303
    assert inspector.post("/inspection/signature", data=form).status_code == 303
    kept = inspector.get("/inspection/signature.png")
    with Image.open(io.BytesIO(kept.data)) as picture:
        assert (picture.mode, picture.width <= 900, picture.height <= 300) == ("L", True, True)
    assert supervisor.get("/inspection/signature.png").status_code == 404
    with database.reading() as session:
        assert session.query(Signature).count() == 1
        assert session.query(LedgerEvent).filter_by(kind="person.signature_set").count() == 1
    assert client_as("operator").get("/inspection/signature").status_code == 403


@pytest.mark.parametrize("drawn", ["", "data:image/png;base64,!!", "data:image/png;base64,AAAA", "javascript:1"])
def test_what_is_no_signature_is_refused_with_a_reason(stage: Stage, client_as: ClientAs, drawn: str) -> None:
    form = {"command_id": "018f0000-0000-7000-8000-000000000003", "drawn": drawn}
    refused = client_as("inspector").post("/inspection/signature", data=form)
    assert (refused.status_code, "PNG" in refused.get_data(as_text=True)) == (422, True)


def a_picture(colour: object, kind: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (300, 100)) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, kind)  # type: ignore[arg-type]
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        a_picture("white"),
        a_picture((0, 0, 0, 0), mode="RGBA"),
        a_picture("black"),
        a_picture("black", "JPEG"),
        drawn_signature()[:200],
        b"",
        b"\x89PNG" + bytes(2_000_000),
    ],
    ids=["white", "clear", "black", "jpeg", "cut", "empty", "large"],
)
def test_pictures_that_are_no_signature(content: bytes) -> None:
    with pytest.raises(NotASignature):
        signature_picture(content)


def test_a_signature_on_white_and_on_nothing_become_the_same(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    kept = {store.write(signature_picture(drawn_signature(mode=mode))) for mode in ("RGB", "RGBA")}
    assert len(kept) == 1
