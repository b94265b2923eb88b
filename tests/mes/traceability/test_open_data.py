"""Open data: read back by programs that are not ours, in chunks, without persons, within a bounded memory."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas
import pyarrow.parquet as parquet
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from mes.accounts.permissions import roles
from mes.cli import mes
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.errors import Forbidden, InvalidInput
from mes.traceability.open_data.dictionary import HEADER, code_lists, dictionary, dictionary_csv
from mes.traceability.open_data.files import FORMATS, write_rows
from mes.traceability.open_data.folder import AnotherExport, export_folder
from mes.traceability.open_data.queries import Chunk, Period, chunks, count_of, events_of, require_all_projects
from mes.traceability.open_data.rows import Told, rows_of
from mes.traceability.open_data.tables import dataset_named, declared
from tests.conftest import NOW, actor, create_plant
from tests.factories import SLAB, create_order, elements_of
from tests.mes.traceability.plant_life import live

ClientAs = Callable[..., FlaskClient]
PERIOD = Period(NOW - timedelta(days=1), NOW + timedelta(days=1))
FORMULA = '=HYPERLINK("http://x","y")'
STATES_OF_A_LIFE = 13
"""Planned, scheduled, in set-up, ready, curing, demoulded, finished, accepted, stored, loaded, shipped, received and
installed."""


@pytest.fixture
def lived(database: Database, clock: SetClock, plant: None) -> Database:
    """Two elements that were installed, and what befell them."""
    found = elements_of(database, create_order(database, clock, [(SLAB, 2)]))
    live(database, clock, [element.id for element in found])
    return database


def told(database: Database, dataset: str, form: str, chunk: Chunk) -> tuple[int, bytes]:
    target = io.BytesIO()
    with database.reading() as session:
        rows = rows_of(dataset_named(dataset), events_of(session, PERIOD, chunk))
        return write_rows(form, dataset_named(dataset), rows, target), target.getvalue()


def everything(database: Database, dataset: str, form: str) -> bytes:
    return told(database, dataset, form, Chunk(0, 10**9, True))[1]


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_lines(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


@pytest.mark.parametrize("dataset", ["events", "states"])
def test_the_three_formats_say_the_same_and_independent_readers_read_them(lived: Database, dataset: str) -> None:
    lines = read_lines(everything(lived, dataset, "jsonl"))
    table = parquet.read_table(io.BytesIO(everything(lived, dataset, "parquet")))
    columns = dataset_named(dataset).columns
    assert table.column_names == [column.name for column in columns]
    assert len(lines) > 20
    for line, row in zip(lines, table.to_pylist(), strict=True):
        moments = {name: datetime.fromisoformat(line[name]) for name in ("event_time", "recorded_time")}
        assert line | moments == row
        assert moments["event_time"].utcoffset() == timedelta(0)
    frame = pandas.read_csv(io.BytesIO(everything(lived, dataset, "csv")), dtype=str, keep_default_na=False)
    assert list(frame.columns) == table.column_names
    assert [int(value) for value in frame["sequence"]] == [line["sequence"] for line in lines]
    assert [row["event_time"] for row in read_csv(everything(lived, dataset, "csv"))] == [
        line["event_time"] for line in lines
    ]


def test_states_tell_each_change_once_and_the_facts_of_the_element(lived: Database) -> None:
    rows = read_lines(everything(lived, "states", "jsonl"))
    of_one = [row for row in rows if row["serial"] == rows[0]["serial"]]
    assert of_one[0]["state"] == "planned"
    assert of_one[-1]["state"] == "installed"
    assert all(before["state"] == after["state_before"] for before, after in pairwise(of_one))
    assert len(of_one) == STATES_OF_A_LIFE
    assert {(row["project_code"], row["building"], row["type_code"]) for row in rows} == {("XM-01", "1号楼", SLAB)}


@pytest.mark.parametrize("form", FORMATS)
def test_no_person_and_no_vehicle_is_told(lived: Database, form: str) -> None:
    for dataset in declared().datasets:
        content = everything(lived, dataset, form)
        if form == "parquet":
            content = str(parquet.read_table(io.BytesIO(content)).to_pylist()).encode()
        assert b"Demo Precast" in content  # the organisation
        for kept in ("王敏", "闽D", "闽南钢材"):
            assert kept.encode() not in content
    assert not {"name", "who", "crew", "device"} & {
        column.name for one in declared().datasets.values() for column in one.columns
    }


def test_what_befell_persons_passes_and_connectors_is_not_told() -> None:
    rooms = {kind.split(".")[0] for kind in declared().kinds}
    assert not rooms & {"person", "trace_pass", "connector", "archive", "recall", "machine"}
    event = _event(1, previous={"person:7": None, "element:1": None})
    row = next(rows_of(dataset_named("events"), [event]))
    names = [column.name for column in dataset_named("events").columns]
    assert row[names.index("subjects")] == "element:1"


def test_a_cell_that_would_calculate_is_marked_as_text() -> None:
    event = _event(1, where={"line": FORMULA, "site": "-1", "station": "+A", "yard_slot": "@B"})
    target = io.BytesIO()
    write_rows("csv", dataset_named("events"), rows_of(dataset_named("events"), [event]), target)
    row = read_csv(target.getvalue())[0]
    assert [row[name] for name in ("line", "site", "station", "yard_slot")] == [f"'{FORMULA}", "'-1", "'+A", "'@B"]
    lines = io.BytesIO()
    write_rows("jsonl", dataset_named("events"), rows_of(dataset_named("events"), [event]), lines)
    assert json.loads(lines.getvalue())["line"] == FORMULA


def test_chunks_hold_every_event_once(any_database: Database, clock: SetClock) -> None:
    create_plant(any_database, clock)
    found = elements_of(any_database, create_order(any_database, clock, [(SLAB, 1)]))
    live(any_database, clock, [found[0].id])
    with any_database.reading() as session:
        parts = list(chunks(session, PERIOD, 4))
        total = count_of(session, PERIOD)
    assert len(parts) == -(-total // 4)
    read = [line["sequence"] for part in parts for line in read_lines(told(any_database, "events", "jsonl", part)[1])]
    assert len(read) == total == len(set(read))
    assert read == sorted(read)


def test_the_dictionary_names_every_column_and_code_in_both_languages() -> None:
    rows = read_csv(dictionary_csv())
    assert tuple(rows[0]) == HEADER
    for name, one in declared().datasets.items():
        named = [row["column"] for row in rows if row["table"] == name and row["type"]]
        assert named == [column.name for column in one.columns]
    for words in code_lists().values():
        for code, both in words.items():
            assert both["zh"] != both["en"], code
    assert code_lists()["roles"].keys() == roles().keys()
    lists = {
        column["codes"] for one in dictionary()["datasets"].values() for column in one["columns"] if "codes" in column
    }
    assert lists == code_lists().keys()


def test_every_code_in_the_data_stands_in_its_list(lived: Database) -> None:
    for dataset in declared().datasets.values():
        rows = read_lines(everything(lived, dataset.name, "jsonl"))
        for column in dataset.columns:
            if column.codes:
                assert {row[column.name] for row in rows} - {None} <= code_lists()[column.codes].keys()


def test_a_folder_is_the_same_each_time_and_goes_on_after_it_was_ended(lived: Database, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    export_folder(lived, PERIOD, "csv", whole, lambda words: None, events=5)

    def ended(words: str) -> None:
        if words.startswith("chunk 2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_folder(lived, PERIOD, "csv", cut, ended, events=5)
    kept = (cut / "events-000001.csv").stat().st_mtime_ns
    (cut / "events-000002.csv").write_bytes(b"half of i")
    written: list[str] = []
    export_folder(lived, PERIOD, "csv", cut, written.append, events=5)
    assert written[0].startswith("chunk 2")
    assert (cut / "events-000001.csv").stat().st_mtime_ns == kept
    assert contents(whole) == contents(cut)
    manifest = json.loads((cut / "manifest.json").read_text())
    assert manifest["complete"] is True
    assert {file.name for file in cut.iterdir()} == {"manifest.json", "dictionary.csv", "dictionary.json"} | {
        facts["file"] for chunk in manifest["chunks"] for facts in chunk["files"].values()
    }


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_folder_of_something_else_is_left_alone(lived: Database, tmp_path: Path) -> None:
    export_folder(lived, PERIOD, "csv", tmp_path, lambda words: None)
    before = contents(tmp_path)
    with pytest.raises(AnotherExport):
        export_folder(lived, PERIOD, "jsonl", tmp_path, lambda words: None)
    assert contents(tmp_path) == before


def test_the_command_writes_parquet(lived: Database, tmp_path: Path) -> None:
    run = ["--data", str(tmp_path / "data"), "export", "data", "--from", "2026-11-22", "--to", "2026-11-25"]
    environment = {"MES_DATABASE_URL": lived.url}
    given = CliRunner().invoke(mes, [*run, "-o", str(tmp_path / "out")], env=environment)
    assert given.exit_code == 0, given.output
    table = pandas.read_parquet(tmp_path / "out" / "states-000001.parquet")
    assert set(table["state"]) >= {"planned", "installed"}
    assert str(table["event_time"].dtype).startswith("datetime64[ms, UTC")


def test_the_api_leads_from_chunk_to_chunk(lived: Database, client_as: ClientAs) -> None:
    client, sequences = client_as("quality_manager"), []
    address: str | None = "/api/v1/open-data/events?from=2026-11-22T00:00:00%2B08:00&limit=6"
    while address:
        answer = client.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "application/x-ndjson")
        found = read_lines(answer.data)
        assert int(answer.headers["X-Rows"]) == len(found) <= 6
        sequences += [line["sequence"] for line in found]
        address = answer.headers["Link"].split(">")[0][1:] if "Link" in answer.headers else None
    with lived.reading() as session:
        assert len(sequences) == count_of(session, PERIOD)
    answer = client.get("/api/v1/open-data/states?from=2026-11-22T00:00:00Z&format=parquet")
    assert parquet.read_table(io.BytesIO(answer.data)).num_rows == int(answer.headers["X-Rows"]) == 2 * STATES_OF_A_LIFE


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("events?from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z", 422),
        ("events?from=2026-11-22", 422),
        ("events?from=2026-11-22T00:00:00Z&limit=50001", 422),
        ("persons?from=2026-11-22T00:00:00Z", 404),
    ],
)
def test_a_wrong_question_is_told(client_as: ClientAs, query: str, status: int) -> None:
    assert client_as("admin").get(f"/api/v1/open-data/{query}").status_code == status


def test_the_page_offers_each_chunk(lived: Database, client_as: ClientAs, app: Flask) -> None:
    client = client_as("quality_manager")
    page = client.get("/open-data/?first=2026-11-23&last=2026-11-23&form=csv")
    assert page.status_code == 200
    assert "download/states?after=0&amp;first=2026-11-23" in page.text
    answer = client.get("/open-data/download/states?after=0&first=2026-11-23&last=2026-11-23&form=csv")
    assert len(read_csv(answer.data)) == 2 * STATES_OF_A_LIFE
    assert client.get("/open-data/dictionary.csv").data == dictionary_csv()
    for wrong in ("first=x", "form=exe", "first=0001-01-01", "first=2026-11-24&last=2026-11-23"):
        assert client.get(f"/open-data/?{wrong}").status_code == 422


def test_who_sees_some_projects_only_gets_none_of_it() -> None:
    with pytest.raises(Forbidden):
        require_all_projects(actor("quality_manager", project_ids=frozenset()))
    with pytest.raises(InvalidInput):
        Period(NOW, NOW)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_number_of_events(form: str, tmp_path: Path) -> None:
    def peak(count: int) -> int:
        with (tmp_path / f"{count}").open("wb") as target:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            rows = rows_of(dataset_named("events"), (_event(number) for number in range(count)))
            assert write_rows(form, dataset_named("events"), rows, target) == count
            return tracemalloc.get_traced_memory()[1] - before

    peak(10)
    tracemalloc.start()
    try:
        few, many = peak(3_000), peak(12_000)
    finally:
        tracemalloc.stop()
    assert many < few * 1.5 + 500_000


def _event(number: int, **changes: Any) -> Told:
    content: dict[str, Any] = {
        "id": f"0199d1a2-0000-7000-8000-{number:012d}",
        "zone_offset": "+08:00",
        "who": {"id": "7", "name": "王敏", "role": "inspector", "organisation": "示范", "kind": "person"},
        "where": {},
        "elements": [],
        "previous": {f"element:{number}": None},
    }
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Told(number, "element.cast", at, at, content | changes, "ab" * 32)
