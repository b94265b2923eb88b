"""`python -m quality` as a program: one JSON document, exit 0, 1 or 2."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from quality import load_rules
from quality.__main__ import main
from quality.rules import RULE_SETS

EXAMPLE: dict[str, Any] = {
    "rules": "gb50204-2015",
    "family": "composite_slab",
    "length_mm": 3420,
    "width_mm": 1760,
    "thickness_mm": 60,
    "measurements": [
        {"item": "length", "nominal": 3420, "values": [3424, 3425]},
        {"item": "diagonal", "values": [3846.0, 3851.5]},
        {"item": "opening_position", "nominal": [500, 800], "values": [[504, 803]]},
    ],
}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = main(arguments)
    return code, json.loads(capsys.readouterr().out)


def evaluate(
    capsys: pytest.CaptureFixture[str], folder: Path, document: Any, rules: str = "gb50204-2015"
) -> tuple[int, Any]:
    path = folder / "measurements.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return run(capsys, "evaluate", rules, str(path))


def test_the_module_is_a_program(tmp_path: Path) -> None:
    path = tmp_path / "measurements.json"
    path.write_text(json.dumps(EXAMPLE), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "quality", "evaluate", "gb50204-2015", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["items"][0] == {
        "item": "length",
        "deviation": 5,
        "allowed": [-5, 5],
        "margin": 0,
        "result": "pass",
        "clause": "GB 50204-2015 table 9.2.7",
    }


def test_what_was_measured_passes_and_what_was_not_is_missing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, answer = evaluate(capsys, tmp_path, EXAMPLE)
    assert (code, answer["result"]) == (0, "pass")
    assert [item["deviation"] for item in answer["items"]] == [5, 5.5, 4]
    assert answer["missing"] == ["width", "thickness", "flatness"]


def test_exit_1_where_something_fails(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    failing = {**EXAMPLE, "measurements": [{"item": "thickness", "nominal": 60, "values": [60, 66]}]}
    code, answer = evaluate(capsys, tmp_path, failing)
    assert (code, answer["result"], answer["items"][0]["result"]) == (1, "fail", "fail")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"thickness_mm": -60}, "$.thickness_mm"),
        ({"length_mm": "3420"}, "$.length_mm"),
        ({"family": "roof"}, "$.family"),
        ({"family": 3}, "$.family"),
        ({"measurements": {}}, "$.measurements"),
        ({"measurements": []}, "$.measurements"),
        ({"measurements": [7]}, "$.measurements[0]"),
        ({"measurements": [{"item": "length"}]}, "$.measurements[0].values"),
        ({"measurements": [{"item": "length", "values": 7}]}, "$.measurements[0].values"),
        ({"measurements": [{"item": "length", "values": ["7"]}]}, "$.measurements[0].values[0]"),
        ({"measurements": [{"item": "length", "values": [float("nan")]}]}, "$.measurements[0].values[0]"),
        ({"measurements": [{"item": "length", "values": [3420], "nominl": 1}]}, "$.measurements[0].nominl"),
        ({"measurements": [{"item": "length", "values": [3420], "face": "up"}]}, "$.measurements[0].face"),
        ({"measurements": [{"item": "length", "values": [3420], "temporary": 1}]}, "$.measurements[0].temporary"),
        ({"rules": "gbt51231-2016"}, "$.rules"),
        ({"lenght_mm": 1}, "$.lenght_mm"),
    ],
)
def test_exit_2_and_the_json_path_where_the_input_is_wrong(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, change: dict[str, Any], path: str
) -> None:
    code, answer = evaluate(capsys, tmp_path, {**EXAMPLE, **change})
    assert (code, answer["result"]) == (2, "error")
    assert path in [fault["path"] for fault in answer["faults"]]


@pytest.mark.parametrize("text", ["", "[", "[]", '{"family": "beam", "family": "beam"}', "[" * 100000, "1e999"])
def test_exit_2_where_the_document_is_no_request(capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str) -> None:
    assert evaluate(capsys, tmp_path, text)[0] == 2


def test_exit_2_where_a_file_or_rule_set_is_missing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(capsys, "evaluate", "gb50204-2015", str(tmp_path / "none.json"))[0] == 2
    code, answer = evaluate(capsys, tmp_path, EXAMPLE, "gb50204-2002")
    assert code == 2
    assert "known are gb50204-2015" in answer["faults"][0]["message"]


def test_strength_of_a_lot(capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = run(capsys, "strength", "--grade", "C30", "--method", "auto", "36", "35", "32.5")
    assert code == 0
    assert answer == {
        "result": "pass",
        "method": "non_statistical",
        "n": 3,
        "mean": 34.5,
        "min": 32.5,
        "criteria": [
            {"name": "mean", "actual": 34.5, "required": 34.5, "result": "pass"},
            {"name": "min", "actual": 32.5, "required": 28.5, "result": "pass"},
        ],
    }
    assert run(capsys, "strength", "--grade", "C35", "36", "35", "32.5")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (["--grade", "C30", "36", "abc"], "$.values[1]"),
        (["--grade", "C30", "36", "nan"], "$.values[1]"),
        (["--grade", "C30", "-5"], "$.values[0]"),
        (["--grade", "C31", "36"], "$.grade"),
        (["--grade", "C30", "--method", "best", "36"], "$.method"),
        (["--grade", "C30", "--sigma", "x", "36"], "$.sigma"),
    ],
)
def test_strength_refuses_nonsense(capsys: pytest.CaptureFixture[str], arguments: list[str], path: str) -> None:
    code, answer = run(capsys, "strength", *arguments)
    assert (code, [fault["path"] for fault in answer["faults"]]) == (2, [path])


def test_a_rule_file_is_checked_before_it_is_uploaded(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    own = RULE_SETS / "examples" / "own-strict.yaml"
    code, answer = run(capsys, "rules", str(own))
    assert (code, answer["rules"], answer["sharpens"]) == (0, "own-strict", "gb50204-2015")
    assert answer["sha256"] == load_rules(own).sha256
    looser = tmp_path / "looser.yaml"
    looser.write_text(own.read_text(encoding="utf-8").replace("[-3, 3]", "[-6, 3]", 1), encoding="utf-8")
    code, answer = run(capsys, "rules", str(looser))
    assert code == 2
    assert "looser.yaml: items.length.rows[0].allowed: [-6, 3] is looser than" in answer["faults"][0]["message"]


@pytest.mark.parametrize(("unit", "values"), [("mm", [3424, 3425]), ("cm", [342.4, 342.5]), ("m", [3.424, 3.425])])
def test_readings_may_be_told_in_other_units(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, unit: str, values: list[float]
) -> None:
    told = {**EXAMPLE, "measurements": [{"item": "length", "values": values, "unit": unit}]}
    code, answer = evaluate(capsys, tmp_path, told)
    assert (code, answer["items"][0]["deviation"], answer["items"][0]["margin"]) == (0, 5, 0)
    wrong = {**EXAMPLE, "measurements": [{"item": "length", "values": values, "unit": "inch"}]}
    code, answer = evaluate(capsys, tmp_path, wrong)
    assert (code, answer["faults"][0]["path"]) == (2, "$.measurements[0].unit")
