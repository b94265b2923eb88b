"""`nest` and `check-nesting`: files in, files out, exit codes 0, 1 and 2."""

import json
from pathlib import Path

import pytest

from scheduling import nesting_problem_json
from scheduling.__main__ import main
from tests.scheduling.nesting.nesting_factory import two_loads


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    problem, result = tmp_path / "problem.json", tmp_path / "result.json"
    problem.write_text(nesting_problem_json(two_loads()[0]))
    return problem, result


def test_what_is_nested_passes_the_check_and_is_drawn(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    problem, result = map(str, files)
    assert main(["nest", problem, "-o", result, "--seconds", "5", "--svg", str(tmp_path / "svg")]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "optimal: 2 loads, 1 items unplaced",
        "pallets       2 (at least 2)",
        "early_minutes 90",
        "unplaced big: no pallet has room for 9000 × 1000 mm",
    ]
    assert "pallets 2 bound 2 early 90 unplaced 1" in shown.err
    assert sorted(path.name for path in (tmp_path / "svg").iterdir()) == ["LOAD-0001.svg", "LOAD-0002.svg"]
    assert main(["check-nesting", problem, result]) == 0
    assert capsys.readouterr().out == "valid: 2 loads, 1 items unplaced\n"


def test_a_broken_result_gives_1_and_a_line_per_violation(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    problem, result = files
    assert main(["nest", str(problem), "-o", str(result), "--iterations", "50"]) == 0
    changed = json.loads(result.read_text())
    changed["loads"][0]["placements"][0]["x_mm"] = 0
    changed["objective"]["pallets"] = 1
    result.write_text(json.dumps(changed))
    capsys.readouterr()
    assert main(["check-nesting", str(problem), str(result)]) == 1
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["N3-edge", "N10-objective"]


def test_refused_documents_give_2_and_the_path(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    problem, result = files
    result.write_text('{"version": 1}')
    assert main(["check-nesting", str(problem), str(result)]) == 2
    assert capsys.readouterr().err == "$.loads: is missing\n"
    problem.write_text(problem.read_text().replace('"version": 1', '"version": 1.0'))
    assert main(["nest", str(problem), "-o", str(result)]) == 2
    assert "$.version" in capsys.readouterr().err
    assert main(["nest", "nowhere.json", "-o", str(result)]) == 2


@pytest.mark.parametrize("wrong", [["--seconds", "0"], ["--iterations", "-1"], ["--seconds", "nan"]])
def test_wrong_arguments_give_2(files: tuple[Path, Path], wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["nest", str(files[0]), "-o", str(files[1]), *wrong])
    assert ended.value.code == 2
