"""Files in a folder: whole or not there, the same bytes on a repeat, no formula, described by a manifest."""

from __future__ import annotations

import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from mes.core.errors import InvalidInput
from mes.traceability.platforms import Delivered, PauseConfiguration, Retry
from mes.traceability.platforms.file_drop import KIND, layout_names
from tests.mes.traceability.platforms.events import cast, element, event, life


def dropped(address: str, events: list[dict[str, Any]], layout: str = "elements", **more: Any) -> Any:
    """What became of events that were written into a folder."""
    settings = KIND.read_settings({"layout": layout, "prefix": "city-7", **more})
    renditions = [one for one in (KIND.render(content, settings) for content in events) if one is not None]
    return KIND.connect(address, settings).send(renditions)


def test_a_batch_is_one_file_with_a_manifest_and_a_repeat_is_the_same_bytes(data_folder: Path) -> None:
    events = [*life(), cast(40, [element(1), element(2)])]
    submission = dropped("hefei", events)
    assert submission.answer == Delivered()
    folder = data_folder / "data" / "drop" / "hefei"
    (file,) = folder.glob("*.jsonl")
    assert file.name.startswith("city-7-20261123T010204000Z-20261123T010204000Z-")
    content, touched = file.read_bytes(), file.stat().st_ino
    lines = [json.loads(line) for line in content.decode().splitlines()]
    assert [line["record"]["构件编号"] for line in lines] == ["YB-7-03"] * len(lines)
    assert len({line["id"] for line in lines}) == len(lines)
    manifest = json.loads((folder / f"{file.name}.manifest.json").read_bytes())
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert manifest["sha256"] in submission.exchange.excerpt
    assert manifest["ids"] == [line["id"] for line in lines]
    assert dropped("hefei", events).answer == Delivered()
    assert sorted(path.name for path in folder.iterdir()) == [file.name, f"{file.name}.manifest.json"]
    assert file.read_bytes() == content
    assert file.stat().st_ino != touched  # written anew beside it, then put in its place


def test_a_workbook_has_the_same_bytes_whenever_it_is_made_and_no_formula(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signs = ["=1+1", "+1", "-1", "@SUM(A1)"]
    wicked = [element(number, mark=mark) for number, mark in enumerate(signs, 1)]
    assert dropped("book", [cast(1, wicked)], "elements-workbook").answer == Delivered()
    (file,) = (data_folder / "data" / "drop" / "book").glob("*.xlsx")
    content = file.read_bytes()
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert dropped("book", [cast(1, wicked)], "elements-workbook").answer == Delivered()
    assert file.read_bytes() == content
    sheet = load_workbook(io.BytesIO(content))["过程"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    marks = [sheet.cell(row, columns["构件编号"]) for row in range(2, 6)]
    assert [cell.value for cell in marks] == ["'" + sign for sign in signs]
    assert {cell.data_type for cell in marks} == {"s"}
    assert sheet.cell(2, columns["体积（m³）"]).value == 0.203


def test_a_file_that_could_not_be_finished_is_not_there(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    answer = dropped("hefei", [cast()]).answer
    assert "No space left" in answer.reason
    assert not list((data_folder / "data" / "drop" / "hefei").iterdir())  # nor does half of one fill the disk


def test_a_share_that_is_gone_is_waited_for_and_not_made_anew_on_the_bare_disk(data_folder: Path) -> None:
    share = data_folder / "share" / "city"
    gone = dropped(str(share), [cast()]).answer
    assert isinstance(gone, Retry)
    assert "not there" in gone.reason
    assert not share.exists()
    share.mkdir(parents=True)
    assert dropped(str(share), [cast()]).answer == Delivered()


def test_names_sort_in_the_order_of_writing_also_within_one_millisecond(data_folder: Path) -> None:
    folder = data_folder / "data" / "drop" / "hefei"
    written = []
    for number in range(12):
        before = set(folder.glob("*.jsonl")) if folder.exists() else set()
        assert dropped("hefei", [cast(number)]).answer == Delivered()
        written += [path.name for path in set(folder.glob("*.jsonl")) - before]
    assert len(written) == 12
    assert sorted(written) == written
    assert dropped("hefei", [cast(3)]).answer == Delivered()  # again: the same file
    assert sorted(path.name for path in folder.glob("*.jsonl")) == written
    assert all(re.fullmatch(r"[A-Za-z0-9-]+\.jsonl", name) for name in written)  # nothing that Windows would not take


@pytest.mark.parametrize(
    "address", ["../outside", "a/../../b", "", " ", "https://example.com", "/etc", "file:city", "a?", "a."]
)
def test_files_are_put_nowhere_else(data_folder: Path, address: str) -> None:
    with pytest.raises(InvalidInput):
        KIND.check_address(address)


def test_an_allowed_folder_is_and_a_link_out_of_it_is_not(data_folder: Path) -> None:
    KIND.check_address(str(data_folder / "share" / "city"))
    (data_folder / "share" / "city").mkdir(parents=True)
    assert dropped(str(data_folder / "share" / "city"), [cast()]).answer == Delivered()
    (data_folder / "elsewhere").mkdir()
    (data_folder / "share" / "link").symlink_to(data_folder / "elsewhere")
    assert isinstance(dropped(str(data_folder / "share" / "link"), [cast()]).answer, PauseConfiguration)
    assert not list((data_folder / "elsewhere").iterdir())


def test_layouts_that_ship_tell_each_step_of_a_life_and_no_name_where_none_is_wanted() -> None:
    for name in layout_names():
        settings = KIND.read_settings({"layout": name})
        told = [content["kind"] for content in life() if KIND.render(content, settings) is not None]
        assert {"element.set_up", "element.cast", "delivery.departed", "element.installed"} <= set(told)
        nameless = KIND.read_settings({"layout": name, "with_personal_data": False})
        rendition = KIND.render(cast(), nameless)
        assert rendition is not None
        assert "王敏" not in rendition.body.decode()
    assert KIND.render(event("element.scheduled"), settings) is None


def test_a_layout_of_the_plants_own_is_checked() -> None:
    table = {"sheet": "A", "kinds": ["element.cast"], "fields": [{"to": "x", "from": "id", "codes": "none"}]}
    own = {
        "layout": "own",
        "title": {"zh": "自定", "en": "Own"},
        "draft": False,
        "source": {"text": "the plant", "date": "2026", "confirmed": "the plant"},
        "form": "xlsx",
        "tables": {"a": table, "b": {**table, "sheet": "a"}},
    }
    with pytest.raises(InvalidInput) as refused:
        KIND.read_settings({"definition": own})
    told = {fault.where: str(fault.reason) for fault in refused.value.faults}
    assert told["tables.a"] == "there is no table of codes named 'none'"
    assert told["tables"] == "the sheet 'a' stands twice"
