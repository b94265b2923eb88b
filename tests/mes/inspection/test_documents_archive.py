"""Papers for archives: PDF/A-2b as far as it can be checked here, colours of their own, templates of cities."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from PIL import Image, ImageChops, ImageCms
from pydantic import ValidationError
from pypdf import PdfReader

from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.inspection.documents.archive import with_line_ends
from mes.inspection.documents.signatures import SetSignature, keep_signature, set_signature
from mes.inspection.documents.srgb import srgb_profile
from mes.inspection.documents.templates import FOLDER, PaperIncomplete, templates
from mes.inspection.models import Certificate, Inspection, QualityPolicy
from mes.inspection.policy import Policy
from mes.inspection.queries import valid_certificate
from mes.inspection.strength import batches_of_load
from quality import catalogue
from tests.conftest import actor
from tests.mes.inspection.archival import faults
from tests.mes.inspection.papers import (
    codes_of,
    drawn_signature,
    hidden_works_record,
    pages_of,
    pdf_of,
    strength_report,
)
from tests.mes.inspection.stage import Stage, needs_fonts, set_stage


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


def every_paper(stage: Stage) -> dict[str, bytes]:
    """One paper of each family, with a signature and photos where it has them."""
    inspector = actor("inspector", "赵检验")
    with stage.database.writing() as session:
        kept = keep_signature(session, stage.press.store, drawn_signature(), stage.clock.now())
    perform(stage.database, inspector, stage.clock, set_signature, SetSignature(sha256=kept))
    with stage.database.writing() as session:
        session.query(Inspection).update({"inspector_id": inspector.id})
        batch = batches_of_load(session, stage.load_id)[0].id
    return {
        "certificate": stage.press.store.read(certified(stage).pdf_sha256),
        "hidden_works": pdf_of(stage, hidden_works_record(stage, by=inspector)),
        "strength": pdf_of(stage, strength_report(stage, batch_id=batch)),
    }


@needs_fonts
def test_every_family_of_papers_keeps_the_clauses_of_pdf_a(stage: Stage) -> None:
    papers = every_paper(stage)
    assert {kind: faults(pdf) for kind, pdf in papers.items()} == {kind: [] for kind in papers}


@needs_fonts
def test_verapdf_finds_every_family_conforming(stage: Stage, tmp_path: Path) -> None:
    verapdf = shutil.which("verapdf")
    if verapdf is None:
        pytest.skip("veraPDF is not on this machine")
    for kind, pdf in every_paper(stage).items():
        file = tmp_path / f"{kind}.pdf"
        file.write_bytes(pdf)
        command = [verapdf, "--flavour", "2b", "--format", "text", str(file)]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        assert told.stdout.startswith("PASS"), told.stdout


@needs_fonts
def test_the_check_sees_what_reportlab_alone_leaves_wrong(stage: Stage) -> None:
    pdf = stage.press.store.read(certified(stage).pdf_sha256)
    assert [fault[:5] for fault in faults(pdf.replace(b"\nendstream", b"Xendstream"))][:1] == ["6.1.7"]
    assert "6.6.4" in str(faults(pdf.replace(b"<pdfaid:part>2", b"<pdfaid:part>3")))


@needs_fonts
def test_the_file_says_when_and_by_whom_it_was_issued(stage: Stage) -> None:
    stage.clock.advance(days=2, minutes=7)
    told = PdfReader(io.BytesIO(stage.press.store.read(certified(stage).pdf_sha256))).metadata
    assert told is not None
    assert (told.title, told.author) == ("预制混凝土构件产品合格证 HGZ-P1-2026-000001", "示范构件有限公司")
    assert str(told.creation_date) == "2026-11-25 01:07:00+00:00"


def test_ends_of_lines_keep_the_table_of_offsets_right() -> None:
    pdf = b"%PDF-1.7\n1 0 obj\n<< /Length 9 >>\nstream\nendstreamendstream\nendobj\n"
    table = len(pdf)
    pdf += b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<< /Size 2 >>\n"
    pdf += b"startxref\n%d\n%%%%EOF\n" % table
    ended = with_line_ends(pdf)
    assert b"stream\nendstream\nendstream\nendobj" in ended
    assert ended.index(b"xref\n") == int(ended[ended.rindex(b"startxref") + 9 :].split()[0]) == table + 1


def test_the_profile_means_what_srgb_means() -> None:
    own = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    theirs = ImageCms.createProfile("sRGB")
    picture = Image.effect_noise((64, 64), 120).convert("RGB")
    ramp = Image.merge("RGB", [Image.linear_gradient("L").resize((64, 64)).rotate(angle) for angle in (0, 90, 180)])
    for shown in (picture, ramp):
        turned = ImageCms.applyTransform(shown, ImageCms.buildTransform(own, theirs, "RGB", "RGB"))
        assert max(high for _low, high in ImageChops.difference(shown, turned).getextrema()) <= 1


@needs_fonts
@pytest.mark.parametrize("template", sorted(templates()))
def test_each_citys_template_makes_a_certificate(stage: Stage, template: str) -> None:
    _choose(stage, template)
    certificate = certified(stage)
    text = "\n".join(pages_of(stage.press.store.read(certificate.pdf_sha256)))
    form = templates()[template]
    assert certificate.template == template
    expected = [form.certificate.title.zh, *(extra.title.zh for extra in form.certificate.extras)]
    expected += [note.zh[:12] for note in form.certificate.notes] + ["质量负责人"]
    assert [words for words in expected if words not in text] == []
    assert ("草稿" in text) == form.draft


def _choose(stage: Stage, template: str) -> None:
    """The project's papers follow a city's template, by the plant's policy."""
    content = Policy.model_validate({"papers": {"projects": {"XM-01": template}}}).model_dump(mode="json")
    with stage.database.writing() as session:
        session.add(QualityPolicy(version=1, content=content, set_at=stage.clock.now(), set_by="inspector"))


def test_a_template_that_does_not_exist_cannot_be_chosen() -> None:
    with pytest.raises(ValidationError, match="no template of papers is called atlantis"):
        Policy.model_validate({"papers": {"default": "atlantis"}})


def test_templates_that_nobody_confirmed_say_so() -> None:
    for template in templates().values():
        assert template.draft == (template.id != "standard")
        assert template.sources
        assert not any(source.verified for source in template.sources)


@needs_fonts
def test_what_a_template_requires_must_be_known(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    data = yaml.safe_load((FOLDER / "xiamen-fujian.yaml").read_text("utf-8"))
    data["certificate"]["extras"][0]["required"] = True
    strict = type(templates()["standard"]).model_validate(data)
    monkeypatch.setattr("mes.inspection.documents.certificates.templates", lambda: {"standard": strict})
    with pytest.raises(PaperIncomplete, match="施工许可证号"):
        stage.record(stage.final(0))
    assert stage.element().state == "finished"


@needs_fonts
def test_a_certificate_of_each_family_of_elements(stage: Stage, tmp_path: Path) -> None:
    content = certified(stage).content
    for place, (family, known) in enumerate(sorted(catalogue().families.items())):
        words = {"zh": known.title.zh, "en": known.title.en}
        number = f"HGZ-P1-2026-{place + 1:06d}"
        named = {**content, "number": number, "verify_url": stage.press.verify_url(number)}
        pdf = stage.press.render("certificate", {**named, "element": {**content["element"], "family_name": words}})
        text = pages_of(pdf)[0]
        assert (words["zh"] in text, words["en"] in text) == (True, True), family
    assert f"http://mes.example/verify/{number}" in codes_of(pdf, tmp_path)
