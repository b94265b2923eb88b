"""What docs/contracts/labels.md says of tags and readers holds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from labels.json_lines import answer_line
from labels.llrp.control import control_port, tag_from
from labels.llrp.emulated_tag import EmulatedTag
from labels.llrp.emulator import ReaderEmulator
from labels.llrp.faults import KINDS
from labels.llrp.reader import Reader
from labels.tags.json_lines import answer_tag
from tests.labels.llrp.test_emulator import wish

CONTRACT = (Path(__file__).parents[3] / "docs" / "contracts" / "labels.md").read_text("utf-8")


def blocks(section: str, language: str) -> list[str]:
    text = CONTRACT.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_facts_in_the_contract_are_shortened_as_it_says() -> None:
    (block,) = blocks("What a tag holds beside its EPC", "json")
    answer = json.loads(answer_line(block.splitlines()[0], answer_tag))
    assert answer["shortened"] == ["serial", "plant"]
    read = json.loads(answer_line(json.dumps({"op": "user-memory", "hex": answer["hex"]}), answer_tag))
    assert read["facts"]["project"] == "滨江花园三期"


def test_the_tags_in_the_contract_can_be_put_before_a_reader() -> None:
    (block,) = blocks("RFID readers", "yaml")
    assert [len(tag_from(told).tid_hex) for told in yaml.safe_load(block)["tags"]] == [24, 24]


def test_every_wish_in_the_contract_is_taken_and_every_fault_is_in_it() -> None:
    (block,) = blocks("RFID readers", "json")
    emulator = ReaderEmulator([EmulatedTag("E28011606000020500000A01")])
    with control_port(emulator) as port:
        told = wish(port, *block.splitlines())
    assert [list(answer) for answer in told] == [["tags"]] * len(block.splitlines())
    assert {json.loads(line).get("kind") for line in block.splitlines()} - {None} == set(KINDS)


CALLS = [line.split("|")[1] for line in CONTRACT.split("| call | what |")[1].split("\n\n")[0].splitlines()[2:]]


@pytest.mark.parametrize("call", re.findall(r"`(\w+)[(`]", " ".join(CALLS)))
def test_every_call_in_the_contract_exists(call: str) -> None:
    assert callable(getattr(Reader, call))
