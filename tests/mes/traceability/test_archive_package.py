"""Archive packages: what is in them, read by programs that are not ours; and every tampering is named."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.ledger.keys import LedgerKeys
from mes.ledger.models import LedgerEvent
from mes.ledger.service import record
from mes.ledger.statements import key_id_of
from mes.traceability.archive.bag import BagWriter
from mes.traceability.archive.facts import HEADER, Story, register_row
from mes.traceability.archive.making import Maker, paper_file_names
from mes.traceability.archive.queries import latest_job, package_numbered
from mes.traceability.archive.register import plain, write_csv, write_xlsx
from mes.traceability.archive.verification import key_id_in, verify_package
from mes.traceability.service.corrections import DeclareWrong, declare_wrong
from tests.conftest import NOW, actor
from tests.mes.traceability.archive_stage import PDF, ArchiveStage


@pytest.fixture
def stage(database: Database, clock: SetClock, plant: None, tmp_path: Path) -> ArchiveStage:
    return ArchiveStage(database, clock, tmp_path / "data")


@pytest.fixture
def package(stage: ArchiveStage) -> Path:
    return stage.make()


def contents(package: Path) -> dict[str, bytes]:
    """Path below the package's folder → bytes."""
    with zipfile.ZipFile(package) as archive:
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes], root: str = "CJDA-P1-2026-000001") -> io.BytesIO:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path, content in files.items():
            archive.writestr(f"{root}/{path}", content)
    return target


def test_the_reference_reader_of_bagit_takes_it(package: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "out")
    bagit = pytest.importorskip("bagit", reason="the package bagit, which has no wheel, is not installed")
    bag = bagit.Bag(str(tmp_path / "out" / package.stem))
    assert bag.validate()
    assert bag.version_info == (1, 0)
    assert sorted(bag.algorithms) == ["sha256", "sha512"]
    assert bag.info["External-Identifier"] == package.stem
    assert bag.info["Source-Organization"] == "示范构件有限公司"
    assert bag.info["Project-Code"] == "XM-01"
    payload = [content for path, content in contents(package).items() if path.startswith("data/")]
    assert bag.info["Payload-Oxum"] == f"{sum(map(len, payload))}.{len(payload)}"


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_the_sums_are_those_of_coreutils(package: Path, tmp_path: Path, algorithm: str) -> None:
    program = shutil.which(f"{algorithm}sum")
    if program is None:
        pytest.skip(f"{algorithm}sum is not on this machine")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "out")
    folder = tmp_path / "out" / package.stem
    for manifest in (f"manifest-{algorithm}.txt", f"tagmanifest-{algorithm}.txt"):
        told = subprocess.run([program, "--check", "--strict", "--quiet", manifest], cwd=folder, capture_output=True)
        assert told.returncode == 0, told.stdout + told.stderr
    register = next(path for path in (folder / "data").rglob("*") if path.is_file())
    register.write_bytes(register.read_bytes() + b"!")
    told = subprocess.run([program, "--check", "--quiet", f"manifest-{algorithm}.txt"], cwd=folder, capture_output=True)
    assert told.returncode == 1


def test_it_holds_papers_photos_events_proofs_and_a_register(stage: ArchiveStage, package: Path) -> None:
    files = contents(package)
    for element in stage.elements:
        assert files[f"data/papers/HGZ-P1-2026-{element.serial:06d}.pdf"] == PDF
        document = json.loads(files[f"data/elements/{element.serial}/epcis.json"])
        assert document["type"] == "EPCISDocument"
        assert {event["bizStep"] for event in document["epcisBody"]["eventList"]} >= {"commissioning", "installing"}
        assert all(event["eventID"].startswith("ni:///sha-256;") for event in document["epcisBody"]["eventList"])
    photo = files[f"data/photos/{stage.photo}.jpg"]
    assert hashlib.sha256(photo).hexdigest() == stage.photo
    assert "归档包" in files["data/说明.txt"].decode()
    assert "无。" in files["data/说明.txt"].decode()  # nothing is missing


def test_an_elements_events_are_told_with_those_of_its_load_and_concrete(stage: ArchiveStage) -> None:
    """The lorry's arrival, the mixing of the batch, what was declared wrong; but nothing of other elements alone."""
    with stage.database.writing() as session:
        work = Work(session, stage.by, stage.clock)
        mixed = {"batch": {"batch_number": "C260112-07", "lot": "C260112-07", "volume_m3": 1.5}}
        record(work, "batch.mixed", ["batch:C260112-07"], event_time=stage.clock.now(), how=mixed)
        record(work, "batch.mixed", ["batch:OTHER"], event_time=stage.clock.now(), how=mixed)
        others = [{"serial": 999, "digital_link": "https://id.gs1.org/01/00614141000012/21/999"}]
        record(
            work, "delivery.departed", ["delivery:106141410000000019"], event_time=stage.clock.now(), elements=others
        )
    first, second = stage.elements[0], stage.elements[1]
    wrong = newest_event(stage, "element.installed")
    declare = DeclareWrong(event_id=wrong, reason="did_not_occur", remark="the other block")
    perform(stage.database, actor("admin"), stage.clock, declare_wrong, declare)
    files = contents(stage.make("element", str(first.serial)))
    told = json.loads(files[f"data/elements/{first.serial}/epcis.json"])["epcisBody"]["eventList"]
    steps = [event.get("bizStep") for event in told]
    assert "arriving" in steps
    assert any("errorDeclaration" in event for event in told)
    words = json.dumps(told)
    assert "C260112-07" in words
    assert "OTHER" not in words
    assert "21/999" not in words
    alone = [event for event in told if second.digital_link not in json.dumps(event)]
    assert len(alone) < len(told), "what happened to both in one event is told of both"
    row = next(csv.DictReader(io.StringIO(files["data/register.csv"].decode("utf-8-sig"), newline="")))
    assert row["运抵工地"].startswith("2026-11-2")
    assert row["声明有误的记录"] != ""


def newest_event(stage: ArchiveStage, kind: str) -> UUID:
    with stage.database.reading() as session:
        query = select(LedgerEvent.id).where(LedgerEvent.kind == kind).order_by(LedgerEvent.sequence.desc())
        return session.scalars(query.limit(1)).one()


def test_the_register_names_every_element_alike_in_both_forms(stage: ArchiveStage, package: Path) -> None:
    files = contents(package)
    rows = list(csv.DictReader(io.StringIO(files["data/register.csv"].decode("utf-8-sig"), newline="")))
    assert [int(row["构件序列号"]) for row in rows] == [element.serial for element in stage.elements]
    first = rows[0]
    assert (first["楼栋"], first["楼层"], first["状态"]) == ("1号楼", "3F", "已安装")
    assert first["浇筑"].startswith("2026-11-23 ")
    assert first["产品合格证"] == f"HGZ-P1-2026-{stage.elements[0].serial:06d}"
    assert (first["混凝土批次"], first["隐蔽工程照片"]) == ("C260112-07", "1")
    assert "闽南钢材" in first["材料批次"]
    sheet = load_workbook(io.BytesIO(files["data/register.xlsx"]), read_only=True)["构件清单"]
    table = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert table == [list(first), *([*row.values()] for row in rows)]


def test_people_are_told_by_their_role(stage: ArchiveStage) -> None:
    who = {"name": "王敏", "role": "inspector", "organisation": "示范", "kind": "person"}
    content = {"kind": "element.cast", "who": who, "elements": [], "how": {}, "event_time": "2026-11-23T01:00:00.000Z"}
    row = register_row(Story(1, [content]), [], stage.clock.zone, "")
    assert row[HEADER.index("质检员")] == "王敏（示范）"
    assert row[HEADER.index("浇筑")] == "2026-11-23 09:00"
    assert row[HEADER.index("生产负责人")] == ""
    content["data"] = {"production_head": {"name": "陈工", "organisation": "示范"}}
    assert register_row(Story(1, [content]), [], stage.clock.zone, "")[HEADER.index("生产负责人")] == "陈工（示范）"


def test_a_cell_that_would_calculate_is_marked_as_text(tmp_path: Path) -> None:
    assert plain('=HYPERLINK("x")') == '\'=HYPERLINK("x")'
    assert [plain(value) for value in ("+1", "-1", "@A", "\tx", "a=1", 7)] == ["'+1", "'-1", "'@A", "'\tx", "a=1", 7]
    write_xlsx(tmp_path / "a.xlsx", [["=1+1", 2]], NOW)
    cell = load_workbook(tmp_path / "a.xlsx").active["A2"]
    assert (cell.value, cell.data_type) == ("'=1+1", "s")
    write_csv(tmp_path / "a.csv", [["=1+1", 2]])
    assert b"\n'=1+1,2" in (tmp_path / "a.csv").read_bytes()


def test_the_proofs_hold_for_an_outsider(stage: ArchiveStage, package: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path)
    data, serial = tmp_path / package.stem / "data", stage.elements[0].serial
    files = [f"elements/{serial}/ledger-proof.json", "ledger/checkpoint.json"]
    key_id = key_id_of(stage.house.keys.signing().public_key())
    run = [sys.executable, "-I", "ledger/verify.py", *files, "--key", key_id, "--lang", "en"]
    done = subprocess.run(run, cwd=data, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    proof = data / files[0]
    proof.write_text(proof.read_text(encoding="utf-8").replace("1号楼", "2号楼"), encoding="utf-8")
    assert subprocess.run(run, cwd=data, capture_output=True, check=False).returncode == 1


def test_the_signature_is_plain_ed25519_over_the_tag_manifest(stage: ArchiveStage, package: Path) -> None:
    files = contents(package)
    key = load_pem_public_key(files["signature/public-key.pem"])
    for name in ("tagmanifest-sha256.txt", "tagmanifest-sha512.txt"):
        key.verify(files[f"signature/{name}.sig"], files[name])  # type: ignore[union-attr,call-arg]
    assert stage.house.keys.signing().public_key() == key


def test_the_same_package_is_the_same_bytes(stage: ArchiveStage) -> None:
    first = stage.make()
    before = first.read_bytes()
    first.unlink()
    stage.clock.advance(minutes=90)
    stage.ask("element", str(stage.elements[0].serial))  # the ledger has grown since
    with stage.database.reading() as session:
        row, job = package_numbered(session, stage.by, first.stem), latest_job(session, first.stem)
    assert job is not None
    Maker(stage.database, stage.clock, stage.house, row, job.id, lambda percent, words: None).make()
    assert first.read_bytes() == before


def test_an_untouched_package_is_intact_with_the_plants_key_and_without(stage: ArchiveStage, package: Path) -> None:
    key = stage.house.keys.signing().public_key()
    for keys in ((), (key_id_of(key),)):
        found = verify_package(package, keys)
        assert (found.intact, found.key_id, found.name) == (True, key_id_of(key), package.stem)
    assert found.files == len(contents(package)) - 4  # the tag manifests and their signatures lie beside
    pem = contents(package)["signature/public-key.pem"].decode()
    assert key_id_in(pem) == key_id_in(key_id_of(key)) == key_id_of(key)


def test_another_plants_key_is_told(package: Path, tmp_path: Path) -> None:
    other = key_id_of(LedgerKeys(tmp_path / "other").signing().public_key())
    assert [str(wrong) for wrong in verify_package(package, [other]).wrong] == [
        "signature/public-key.pem: signed with another key than the one given"
    ]


def test_who_signs_a_forged_package_again_is_found_by_the_key(package: Path, tmp_path: Path, clock: SetClock) -> None:
    target, forger = io.BytesIO(), LedgerKeys(tmp_path / "forger").signing()
    genuine = verify_package(package).key_id
    with BagWriter(target, package.stem, NOW) as writer:
        writer.add("papers/a.pdf", b"forged")
        writer.finish([("External-Identifier", package.stem)], forger)
    assert verify_package(target).intact  # in itself; so the key's id is what counts
    assert not verify_package(target, [genuine]).intact


def test_every_file_that_is_flipped_left_out_or_added_is_named(package: Path) -> None:
    files = contents(package)
    for path, content in files.items():
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        assert path in {wrong.path for wrong in verify_package(zipped(files | {path: flipped})).wrong}, path
        left = {name: kept for name, kept in files.items() if name != path}
        assert path in {wrong.path for wrong in verify_package(zipped(left)).wrong}, path
    for path in ("data/x.pdf", "x.txt", "signature/x", "data/elements/../x"):
        found = verify_package(zipped(files | {path: b"x"}))
        assert {(wrong.path, wrong.kind) for wrong in found.wrong} == {(path, "extra")}
    swapped = {**files, "data/register.csv": files["data/papers.csv"], "data/papers.csv": files["data/register.csv"]}
    assert {wrong.path for wrong in verify_package(zipped(swapped)).wrong} == {"data/register.csv", "data/papers.csv"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_byte_of_any_file_of_the_zip_itself(package: Path, data: st.DataObject) -> None:
    whole = package.read_bytes()
    with zipfile.ZipFile(package) as archive:
        entries = archive.infolist()
    entry = data.draw(st.sampled_from(entries))
    begin = entry.header_offset + 30 + len(entry.filename.encode()) + len(entry.extra)
    place = data.draw(st.integers(begin, begin + entry.file_size - 1))
    flip = data.draw(st.integers(1, 255))
    found = verify_package(io.BytesIO(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :]))
    assert entry.filename.split("/", 1)[1] in {wrong.path for wrong in found.wrong}


def test_a_file_that_became_a_link_is_named(package: Path) -> None:
    """Its bytes and its sum are the same, but whoever unpacks it gets a link to where the bytes say."""
    target = io.BytesIO()
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("data/register.csv"):
                entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            new.writestr(entry, content)
    assert "data/register.csv" in {wrong.path for wrong in verify_package(target).wrong}


def test_what_is_no_package_is_told_and_never_an_error(package: Path, tmp_path: Path) -> None:
    whole = package.read_bytes()
    for content in (b"", b"PK", whole[: len(whole) // 2], whole[:-30], zipped({"a": b"b"}).getvalue()):
        (tmp_path / "broken.zip").write_bytes(content)
        assert not verify_package(tmp_path / "broken.zip").intact


def test_a_missing_paper_is_named_and_an_altered_one_refused(stage: ArchiveStage) -> None:
    kept = stage.house.store.path(stage.photo)
    content = kept.read_bytes()
    kept.unlink()
    package = stage.make("element", str(stage.elements[0].serial))
    assert verify_package(package).intact
    assert stage.photo in contents(package)["data/说明.txt"].decode()
    kept.write_bytes(content[:-1] + b"x")
    asked = stage.ask("element", str(stage.elements[1].serial))
    job = stage.run(asked.job_id)
    assert job.state == "failed"
    assert f"photos/{stage.photo}.jpg" in job.message
    assert not stage.house.file(asked.number).exists()


def test_two_papers_never_share_a_file() -> None:
    names = paper_file_names(["HGZ-1", "HGZ/2", "HGZ_2", "hgz 2", "强度-7"])
    assert names["HGZ-1"] == "HGZ-1.pdf"
    assert names["强度-7"] == "强度-7.pdf"
    assert len({name.casefold() for name in names.values()}) == 5
    assert all(name.casefold().startswith("hgz_2-") for number, name in names.items() if "2" in number)
