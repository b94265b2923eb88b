"""`mes import order`, `mes import ifc`, `mes export order-template`, run as they are run in a shell."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from mes.cli import main
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.orders.models import Element
from mes.orders.order_template import write_order_template
from tests.conftest import NOW, create_plant
from tests.factories import row_counts

MODEL = Path(__file__).parents[4] / "shared" / "data" / "ifc" / "slabs-v1.ifc"


@pytest.fixture
def data(sqlite_template: Path, tmp_path: Path) -> Path:
    """A data folder with a migrated database and a plant."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "mes.sqlite")
    database = Database(f"sqlite:///{folder / 'mes.sqlite'}")
    create_plant(database, SetClock(NOW))
    database.dispose()
    return folder


@pytest.fixture
def plant_database(data: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{data / 'mes.sqlite'}")
    yield opened
    opened.dispose()


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def shell(data: Path) -> Run:
    """Runs `mes` as a shell does; no setting comes from outside."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MES_")}

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mes.cli", *map(str, arguments)],
            env={**environment, "MES_DATA": str(data), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def mes(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the same entry point in this process, which is quicker."""
    for name in [name for name in os.environ if name.startswith("MES_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MES_DATA", str(data))

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["mes", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return subprocess.CompletedProcess(sys.argv, code, said.out, said.err)

    return run


def told(run: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The JSON that a command printed."""
    found: dict[str, Any] = json.loads(run.stdout)
    return found


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    file = tmp_path / "order.xlsx"
    file.write_bytes(write_order_template("zh_CN"))
    return file


def test_a_dry_run_says_what_would_change_and_writes_nothing(
    mes: Run, plant_database: Database, workbook: Path
) -> None:
    before = row_counts(plant_database)
    run = mes("import", "order", workbook, "--dry-run", "--json")
    said = told(run)
    assert run.returncode == 0
    assert (said["applied"], said["dry_run"], said["order_number"]) == (False, True, None)
    assert said["elements"] > 0
    assert said["changes"]["project"] == "new"
    assert {change["change"] for change in said["changes"]["types"]} == {"new"}
    assert sum(change["elements"] for change in said["changes"]["types"]) == said["elements"]
    assert row_counts(plant_database) == before


def test_an_order_is_imported_once(mes: Run, shell: Run, plant_database: Database, workbook: Path) -> None:
    rehearsed = told(mes("import", "order", workbook, "--dry-run", "--json"))
    first = shell("import", "order", workbook)
    assert first.returncode == 0
    assert first.stdout.startswith(f"imported {rehearsed['elements']} elements as order SO-")
    before = row_counts(plant_database)
    assert before["element"] == rehearsed["elements"]
    second = mes("import", "order", workbook, "--json")
    assert second.returncode == 0
    assert told(second)["already_known"]
    assert told(second)["changes"] is None
    after = row_counts(plant_database)
    assert {**after, "command": before["command"]} == before  # that it was asked for again is all that is remembered


def test_every_fault_of_a_workbook_is_printed_and_nothing_written(
    shell: Run, plant_database: Database, workbook: Path
) -> None:
    book = load_workbook(workbook)
    book["构件清单"]["E2"] = "两块"
    book["构件清单"]["A3"] = "9#"
    book.save(workbook)
    before = row_counts(plant_database)
    run = shell("import", "order", workbook, "--json")
    said = told(run)
    assert run.returncode == 1
    places = {(fault["sheet"], fault["cell"]) for fault in said["faults"] if fault["severity"] == "error"}
    assert places == {("构件清单", "E2"), ("构件清单", "A3")}
    assert all(fault["reason"] and fault["reason_zh_CN"] != fault["reason"] for fault in said["faults"])
    assert "Traceback" not in run.stderr
    assert row_counts(plant_database) == before


def test_positions_that_are_taken_are_named_already_in_the_dry_run(mes: Run, workbook: Path) -> None:
    mes("import", "order", workbook)
    book = load_workbook(workbook)
    book["构件清单"]["G2"] = 77  # another erection sequence: another order for the same place
    book.save(workbook)
    run = mes("import", "order", workbook, "--dry-run", "--json")
    assert run.returncode == 1
    assert any("ordered already" in fault["reason"] for fault in told(run)["faults"])


def test_a_file_that_is_no_workbook_is_refused(mes: Run, tmp_path: Path) -> None:
    file = tmp_path / "order.xlsx"
    file.write_text("楼栋,楼层")
    run = mes("import", "order", file)
    assert (run.returncode, run.stdout) == (1, "")
    assert "not a workbook" in run.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "order", "missing.xlsx"),
        ("import", "order"),
        ("import", "ifc", __file__, "--project", "P"),
        ("import", "ifc", __file__, "--project", "P", "--profile", "unheard-of"),
        ("export", "order-template", "--lang", "fr"),
    ],
)
def test_wrong_use_ends_with_2(mes: Run, arguments: tuple[str, ...]) -> None:
    run = mes(*arguments)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr


def test_the_template_reads_back_in_both_languages(mes: Run, tmp_path: Path) -> None:
    for locale, sheet in (("zh_CN", "构件清单"), ("en", "Elements")):
        file = tmp_path / f"{locale}.xlsx"
        assert mes("export", "order-template", "-o", file, "--lang", locale).returncode == 0
        assert sheet in load_workbook(file).sheetnames
        assert mes("import", "order", file, "--dry-run").returncode == 0


def test_a_file_that_is_no_model_is_refused(mes: Run) -> None:
    run = mes("import", "ifc", __file__, "--project", "P", "--profile", "breedplaat", "--json")
    assert run.returncode == 1
    assert "not an IFC model" in told(run)["refused"]["reason"]


def test_a_real_model_comes_in_once(mes: Run, shell: Run, plant_database: Database) -> None:
    if not MODEL.exists():
        pytest.skip("the sample IFC models are not at hand")
    pytest.importorskip("ifcopenshell", reason="the optional IFC library is not installed")
    before = row_counts(plant_database)
    arguments = ("import", "ifc", MODEL, "--project", "NIJ", "--profile", "breedplaat", "--json")
    rehearsed = mes(*arguments, "--dry-run")
    assert (rehearsed.returncode, told(rehearsed)["elements"]) == (0, 25)
    assert row_counts(plant_database) == before
    first = told(shell(*arguments))
    assert (first["applied"], first["elements"]) == (True, 25)
    made = row_counts(plant_database)
    assert made["element"] == 25
    second = mes(*arguments)
    assert (second.returncode, told(second)["already_known"]) == (0, True)
    assert row_counts(plant_database)["element"] == 25
    with plant_database.reading() as session:
        ids = set(session.scalars(select(Element.model_global_id)))
    assert len(ids) == 25
    assert "GG0001V4Bm15CxS0WeJP00" in ids
