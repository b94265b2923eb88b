"""An archive package's way: asked for, made, stopped, killed, submitted, answered; by whom, and seen by whom."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select

from mes.cli import mes
from mes.core.clock import SetClock
from mes.core.commands import Command, UseCase, perform
from mes.core.database import Database
from mes.core.errors import Forbidden, InvalidInput, NotFound
from mes.core.jobs import Job
from mes.ledger.keys import LedgerKeys
from mes.ledger.models import LedgerEvent
from mes.ledger.statements import key_id_of
from mes.orders.models import Order
from mes.traceability.archive import service
from mes.traceability.archive.making import Maker
from mes.traceability.archive.queries import NothingToArchive, package_numbered, packages
from mes.traceability.archive.service import MakeAgain, NotNow, SettlePackage, StopPackage
from mes.traceability.archive.verification import verify_package
from mes.traceability.models import ArchivePackage
from tests.conftest import actor, create_plant
from tests.factories import create_order
from tests.mes.traceability.archive_stage import ArchiveStage

ClientAs = Callable[..., FlaskClient]
KILLED = """
import os, signal, sys
from pathlib import Path
from uuid import UUID
import mes.kinds, mes.tables
import mes.traceability.archive.making as making
from mes.core.clock import SystemClock
from mes.core.database import Database
from mes.core.jobs import run_job
import mes.traceability.archive.jobs
from mes.traceability.archive.house import house_of, use_house
from mes.config import Settings
from zoneinfo import ZoneInfo

use_house(house_of(Settings(data=Path(sys.argv[2]))))
put = making.Maker._put
def killed(self, writer, files):
    put(self, writer, dict(list(files.items())[:5]))
    os.kill(os.getpid(), signal.SIGKILL)
making.Maker._put = killed
run_job(Database(sys.argv[1]), SystemClock(ZoneInfo("Asia/Shanghai")), UUID(sys.argv[3]))
"""


@pytest.fixture
def stage(database: Database, clock: SetClock, plant: None, tmp_path: Path) -> ArchiveStage:
    return ArchiveStage(database, clock, tmp_path / "data")


def row(stage: ArchiveStage, number: str) -> ArchivePackage:
    with stage.database.reading() as session:
        return package_numbered(session, stage.by, number)


def do(stage: ArchiveStage, use: UseCase[Command, service.PackageState], command: Command) -> service.PackageState:
    return perform(stage.database, stage.by, stage.clock, use, command)


def told(stage: ArchiveStage) -> list[tuple[str, str]]:
    """Kind and state of every event about packages."""
    with stage.database.reading() as session:
        query = select(LedgerEvent.kind, LedgerEvent.content).where(LedgerEvent.kind.like("archive.%"))
        rows = session.execute(query.order_by(LedgerEvent.sequence))
        return [(found.kind, found.content["data"]["package"]["state"]) for found in rows]


def test_each_state_has_its_event(stage: ArchiveStage) -> None:
    number = stage.make().stem
    assert row(stage, number).elements == 2
    with pytest.raises(NotNow):
        do(stage, service.settle_package, SettlePackage(number=number, state="accepted"))
    do(stage, service.settle_package, SettlePackage(number=number, state="submitted"))
    with pytest.raises(InvalidInput):
        do(stage, service.settle_package, SettlePackage(number=number, state="refused", reason=" "))
    do(stage, service.settle_package, SettlePackage(number=number, state="refused", reason="缺竣工图"))
    assert (row(stage, number).state, row(stage, number).reason) == ("refused", "缺竣工图")
    do(stage, service.settle_package, SettlePackage(number=number, state="submitted"))
    do(stage, service.settle_package, SettlePackage(number=number, state="accepted"))
    assert told(stage) == [
        ("archive.asked", "asked"),
        ("archive.generated", "generated"),
        ("archive.settled", "submitted"),
        ("archive.settled", "refused"),
        ("archive.settled", "submitted"),
        ("archive.settled", "accepted"),
    ]


def test_numbers_have_no_gaps_and_a_second_asking_gets_the_same_package(
    any_database: Database, clock: SetClock, tmp_path: Path
) -> None:
    create_plant(any_database, clock)
    stage = ArchiveStage(any_database, clock, tmp_path)
    first = stage.ask()
    assert stage.ask() == first
    with pytest.raises(NothingToArchive):
        stage.ask(key="no such project")
    with pytest.raises(NothingToArchive):
        stage.ask("element", "1e3")
    second = stage.ask("element", str(stage.elements[0].serial))
    assert (first.number, second.number) == ("CJDA-P1-2026-000001", "CJDA-P1-2026-000002")
    assert stage.run(second.job_id).state == "done"
    assert verify_package(stage.house.file(second.number)).intact


def test_an_orders_package_holds_its_elements(stage: ArchiveStage) -> None:
    with stage.database.reading() as session:
        order = session.scalars(select(Order.number)).one()
    number = stage.make("order", order).stem
    assert row(stage, number).elements == 2


def test_a_worker_that_was_killed_goes_on_and_makes_the_same_package(stage: ArchiveStage) -> None:
    asked = stage.ask()
    run = [sys.executable, "-c", KILLED, stage.database.url, str(stage.data), str(asked.job_id)]
    ended = subprocess.run(run, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    file, making = stage.house.file(asked.number), stage.house.making(asked.number)
    assert not file.exists()
    assert row(stage, asked.number).state == "asked"
    done = {path: path.stat().st_mtime_ns for path in making.glob("facts/*.json")}
    assert len(done) == 2
    assert stage.run(asked.job_id).state == "done"
    assert verify_package(file).intact
    assert not making.exists()
    assert row(stage, asked.number).sha256 is not None
    assert told(stage) == [("archive.asked", "asked"), ("archive.generated", "generated")]
    assert [path.name for path in stage.house.folder.iterdir() if path.is_file()] == [file.name]


def test_what_is_done_of_an_element_is_not_done_again(stage: ArchiveStage) -> None:
    asked = stage.ask()
    heard: list[str] = []

    def stop_at_the_end(percent: int, words: str) -> None:
        heard.append(words)
        if percent >= 76:
            raise KeyboardInterrupt

    package = row(stage, asked.number)
    maker = Maker(stage.database, stage.clock, stage.house, package, asked.job_id, stop_at_the_end)
    with pytest.raises(KeyboardInterrupt):
        maker.make()
    assert "Gathering the elements" in heard
    heard.clear()
    Maker(stage.database, stage.clock, stage.house, package, asked.job_id, lambda _, words: heard.append(words)).make()
    assert heard
    assert "Gathering the elements" not in heard


def test_a_package_that_is_stopped_says_so_and_is_made_again_under_its_number(stage: ArchiveStage) -> None:
    waiting = stage.ask()
    do(stage, service.stop_package, StopPackage(number=waiting.number))
    assert (row(stage, waiting.number).state, stage.run(waiting.job_id).state) == ("failed", "cancelled")
    answer = perform(stage.database, stage.by, stage.clock, service.make_again, MakeAgain(number=waiting.number))
    with stage.database.writing() as session:  # stopped while it runs
        session.get_one(Job, answer.job_id).cancel_requested = True
    assert stage.run(answer.job_id).state == "cancelled"
    assert row(stage, waiting.number).state == "failed"
    answer = perform(stage.database, stage.by, stage.clock, service.make_again, MakeAgain(number=waiting.number))
    assert stage.run(answer.job_id).state == "done"
    assert row(stage, waiting.number).state == "generated"
    with pytest.raises(NotNow):
        perform(stage.database, stage.by, stage.clock, service.make_again, MakeAgain(number=waiting.number))
    assert told(stage).count(("archive.failed", "failed")) == 2


def test_a_supervisor_sees_packages_of_their_projects_only_and_asks_for_none(stage: ArchiveStage) -> None:
    create_order(stage.database, stage.clock, project="XM-02")
    number = stage.ask().number
    other = stage.ask(key="XM-02").number
    own = actor("supervisor", project_ids=frozenset({stage.project_id}))
    with stage.database.reading() as session:
        assert [one.number for one in packages(session, own)] == [number]
        assert package_numbered(session, own, number).number == number
        with pytest.raises(NotFound):
            package_numbered(session, own, other)
    with pytest.raises(Forbidden):
        stage.ask(by=own)
    limited = actor("quality_manager", project_ids=frozenset({stage.project_id}))
    with pytest.raises(NothingToArchive):
        stage.ask(key="XM-02", by=limited)
    with pytest.raises(NotFound):
        perform(stage.database, limited, stage.clock, service.stop_package, StopPackage(number=other))


def test_pages_and_api(stage: ArchiveStage, client_as: ClientAs) -> None:
    client = client_as("quality_manager")
    asked = client.post("/archives/", data={"command_id": str(uuid4()), "scope": "project", "key": "XM-01"})
    assert asked.status_code == 303
    address = asked.headers["Location"]
    number = address.rsplit("/", 1)[1]
    assert "In the making" in client.get(address).text
    with stage.database.reading() as session:
        job_id = session.scalars(select(Job.id).where(Job.kind == "archive.package")).one()
    assert client.get(f"{address}/file").status_code == 404
    assert stage.run(job_id).state == "done"
    assert "Download the package" in client.get(address).text
    whole = client.get(f"/api/v1/archives/{number}/file")
    assert whole.headers["ETag"].strip('"') == row(stage, number).sha256
    part = client.get(f"{address}/file", headers={"Range": "bytes=100-"})
    assert (part.status_code, part.data) == (206, whole.data[100:])
    body = {"command_id": str(uuid4()), "state": "submitted", "reason": "收件 17"}
    assert client.post(f"/api/v1/archives/{number}/state", json=body).json == {"number": number, "state": "submitted"}
    assert client.get("/api/v1/archives").json["items"][0]["reason"] == "收件 17"  # type: ignore[index]
    for response in (whole, part):
        response.close()
    elsewhere = client_as("supervisor", project_ids=(uuid4(),))
    assert elsewhere.get(address).status_code == elsewhere.get(f"{address}/file").status_code == 404
    own = client_as("supervisor", project_ids=(stage.project_id,))
    assert own.get(address).status_code == 200
    assert "Submitted to the archive" not in own.get("/archives/").text.split("<table")[0]


def test_the_command_makes_lists_and_verifies(stage: ArchiveStage, tmp_path: Path) -> None:
    run = ["--data", str(stage.data), "archive"]
    environment = {"MES_DATABASE_URL": stage.database.url}
    made = CliRunner().invoke(
        mes, [*run, "make", "--element", str(stage.elements[0].serial), "--here"], env=environment
    )
    assert made.exit_code == 0, made.output
    file = Path(made.output.strip())
    listed = CliRunner().invoke(mes, [*run, "list"], env=environment)
    assert f"{file.stem}  element {stage.elements[0].serial}  generated" in listed.output
    away = {"MES_DATABASE_URL": "sqlite:////nowhere/at/all.sqlite"}  # verify needs no database
    key = key_id_of(LedgerKeys(stage.data).signing().public_key())
    good = CliRunner().invoke(mes, ["archive", "verify", str(file), "--key", key], env=away)
    assert (good.exit_code, key in good.output) == (0, True)
    content = bytearray(file.read_bytes())
    place = content.index("归档包".encode())
    content[place] ^= 1
    (tmp_path / "altered.zip").write_bytes(content)
    bad = CliRunner().invoke(mes, ["archive", "verify", str(tmp_path / "altered.zip")], env=away)
    assert bad.exit_code == 1
    assert "说明.txt: altered" in bad.output
    assert CliRunner().invoke(mes, [*run, "make"], env=environment).exit_code == 2
