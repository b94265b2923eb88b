"""docs/labels.md says what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from labels.layout.design_checks import KINDS, SMALLEST_PT
from labels.layout.kinds import fields_of, label_kinds
from labels.layout.templates import load_template, read_template, template_names
from labels.output.sheets import sheet_names

DOCUMENT = (Path(__file__).parents[3] / "docs" / "labels.md").read_text("utf-8")


def row(first: str) -> str:
    found = re.search(rf"^\| {re.escape(first)} \|(.*)$", DOCUMENT, re.MULTILINE)
    assert found, f"docs/labels.md has no row for {first}"
    return found[1]


def test_every_design_is_described_with_its_kind() -> None:
    for name in template_names():
        assert row(f"`{name}`").startswith(f" {load_template(name).label} |")
    assert set(re.findall(r"^\| `(\w+-\d+x\d+)`", DOCUMENT, re.MULTILINE)) == set(template_names())


def test_every_sheet_is_named() -> None:
    assert set(re.findall(r"`(a4-\dx\d-\d+x\d+)`", DOCUMENT)) == set(sheet_names())


@pytest.mark.parametrize("kind", label_kinds())
def test_every_field_is_listed(kind: str) -> None:
    common = set(re.findall(r"^\| `(\w+)` \|", DOCUMENT[DOCUMENT.index("## Fields") :], re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", row(kind))) | common == set(fields_of(kind))


def test_every_kind_of_item_is_described() -> None:
    rows = "".join(re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", DOCUMENT, re.MULTILINE))
    assert {kind for kind in KINDS if f"`{kind}`" in rows} == set(KINDS)


def test_the_example_is_a_design() -> None:
    example = re.search(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    assert example
    assert read_template(yaml.safe_load(example[1])).name == "our-slot"


def test_the_limits_are_those_that_are_checked() -> None:
    assert f"type below {SMALLEST_PT:g} pt" in DOCUMENT
    assert f"({fields_of('element')['identity_url']['qr_bytes']} bytes)" in DOCUMENT
