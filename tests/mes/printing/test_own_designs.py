"""A plant's own designs: taken before those of the product, left aside where they cannot be printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from labels.errors import TemplateError
from labels.layout.templates import BUILT_IN
from mes.printing.designs import designs_of, faults_of_own_designs, load_design, use_own_designs

NAME = "mould-60x40"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder that the settings name."""
    use_own_designs(str(tmp_path))
    yield tmp_path
    use_own_designs("")


def built_in(name: str) -> str:
    return (BUILT_IN / f"{name}.yaml").read_text("utf-8")


def test_a_file_of_a_designs_name_takes_its_place(folder: Path) -> None:
    before = load_design(NAME)
    (folder / f"{NAME}.yaml").write_text(built_in(NAME).replace("width_mm: 60", "width_mm: 62", 1), "utf-8")
    assert (before.width_mm, load_design(NAME).width_mm) == (60, 62)


def test_a_new_name_is_offered_beside_the_others(folder: Path) -> None:
    (folder / "mould-own.yaml").write_text(built_in(NAME).replace(f"name: {NAME}", "name: mould-own", 1), "utf-8")
    assert {design.name for design in designs_of("mould")} == {NAME, "mould-own"}
    assert faults_of_own_designs() == []


def test_a_design_that_cannot_be_printed_stops_no_label_and_is_told(folder: Path) -> None:
    (folder / f"{NAME}.yaml").write_text("name: [", "utf-8")
    (folder / "mould-own.yaml").write_text("name: mould-own", "utf-8")
    assert load_design(NAME).width_mm == 60
    assert [design.name for design in designs_of("mould")] == [NAME]
    assert [fault.count(str(folder)) > 0 for fault in faults_of_own_designs()] == [True, True]
    with pytest.raises(TemplateError):
        load_design("mould-own")


def test_a_folder_that_is_not_there_is_told(folder: Path) -> None:
    use_own_designs(str(folder / "nowhere"))
    assert faults_of_own_designs() == [f"{folder / 'nowhere'} is no folder"]
