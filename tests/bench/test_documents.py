"""docs/benchmarks.md names the versions that the peers are locked to."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("package", "name"), [("pyjobshop", "PyJobShop"), ("ortools", "OR-Tools")])
def test_the_document_names_the_version_of_a_peer(package: str, name: str) -> None:
    lock = (ROOT / "requirements" / "peers.txt").read_text(encoding="utf-8")
    pin = re.search(rf"^{package}==(\S+)", lock, re.MULTILINE)
    assert pin
    assert f"{name} {pin[1]}" in (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8").replace("\n", " ")
