"""The examples in docs/contracts/quality.md are what the program answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from quality import catalogue, load_rules, parse_rules
from quality.__main__ import main

DOCUMENT = Path(__file__).parents[2] / "docs" / "contracts" / "quality.md"


def examples(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    main(arguments)
    return json.loads(capsys.readouterr().out)


def test_the_evaluation_example_is_true(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    request, expected = examples("json")[:2]
    path = tmp_path / "measurements.json"
    path.write_text(request, encoding="utf-8")
    assert answer(capsys, "evaluate", "gb50204-2015", str(path)) == json.loads(expected)


def test_the_strength_example_is_true(capsys: pytest.CaptureFixture[str]) -> None:
    expected = json.loads(examples("json")[3])
    assert answer(capsys, "strength", "--grade", "C30", "--method", "auto", "36", "35", "32.5") == expected


def test_the_maturity_example_is_true(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    mix, expected = examples("json")[4:6]
    (tmp_path / "mix.json").write_text(mix, encoding="utf-8")
    (tmp_path / "curve.csv").write_text(examples("csv")[0], encoding="utf-8")
    options = ["--mix", str(tmp_path / "mix.json"), "--curve", str(tmp_path / "curve.csv")]
    assert answer(capsys, "maturity", *options) == json.loads(expected)


def test_the_curing_example_is_true(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text(examples("csv")[1], encoding="utf-8")
    options = ["--curve", str(tmp_path / "curve.csv"), "--left", "870", "--ambient", "15"]
    assert answer(capsys, "curing", *options) == json.loads(examples("json")[6])


def test_every_family_and_item_of_the_standard_is_named() -> None:
    words = set(re.findall(r"`(\w+)`", DOCUMENT.read_text(encoding="utf-8")))
    assert set(catalogue().families) <= words
    assert set(load_rules("gb50204-2015").items) <= words


def test_the_rule_file_of_the_policy_contract_can_be_used() -> None:
    text = DOCUMENT.with_name("quality-policy.md").read_text(encoding="utf-8")
    rules = parse_rules(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0])
    assert rules.base is not None
    assert (rules.id, rules.base.id, rules.own) == ("own-strict", "gb50204-2015", {"side_bow", "flatness", "length"})
