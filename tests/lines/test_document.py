"""docs/lines.md names every fault with its protocols, as the simulator has them."""

from __future__ import annotations

import re
from pathlib import Path

from lines.simulator.faults import FAULTS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "lines.md").read_text(encoding="utf-8")
PROTOCOLS = ("modbus-tcp", "modbus-rtu", "opcua", "mqtt", "sparkplug")


def test_the_table_of_faults_is_complete() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+?) \|(.*)\|$", DOCUMENT, re.MULTILINE)
    written = {name: (words, [cell.strip() == "✓" for cell in cells.split("|")]) for name, words, cells in rows}
    known = {
        kind.value: (f"{words.zh}: {words.en}", [protocol in words.protocols for protocol in PROTOCOLS])
        for kind, words in FAULTS.items()
    }
    assert written == known


def test_the_number_of_faults_that_are_tried_is_told() -> None:
    assert f"({sum(len(words.protocols) for words in FAULTS.values())} in all)" in DOCUMENT
