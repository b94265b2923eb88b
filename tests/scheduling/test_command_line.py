"""The command line as the contract has it: files in, files out, exit codes 0, 1 and 2."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scheduling.__main__ import main


def made(folder: Path) -> tuple[Path, Path]:
    problem, plan = folder / "problem.json", folder / "plan.json"
    assert main(["generate", "--jobs", "4", "--lines", "1", "--seed", "1", "-o", str(problem)]) == 0
    assert main(["solve", str(problem), "-o", str(plan), "--seconds", "0.3"]) == 0
    return problem, plan


def test_a_solved_problem_passes_the_check_and_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, plan = made(tmp_path)
    capsys.readouterr()
    assert main(["check", str(problem), str(plan)]) == 0
    total = json.loads(plan.read_text())["objective"]["total"]
    assert f"total      {total}" in capsys.readouterr().out
    drawing = tmp_path / "gantt.svg"
    assert main(["gantt", str(problem), str(plan), "-o", str(drawing)]) == 0
    bars = [e for e in ElementTree.parse(drawing).iter() if e.tag.endswith("title")]  # noqa: S314
    assert len(bars) > 4 * 9


def test_a_plan_may_be_the_start_of_the_next(tmp_path: Path) -> None:
    problem, plan = made(tmp_path)
    again = tmp_path / "again.json"
    assert main(["solve", str(problem), "-o", str(again), "--seconds", "0.1", "--start", str(plan)]) == 0
    totals = [json.loads(path.read_text())["objective"]["total"] for path in (again, plan)]
    assert totals[0] <= totals[1]


def test_a_broken_plan_gives_1_and_a_line_per_violation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, plan = made(tmp_path)
    changed = json.loads(plan.read_text())
    changed["objective"]["total"] += 1
    plan.write_text(json.dumps(changed))
    capsys.readouterr()
    assert main(["check", str(problem), str(plan)]) == 1
    assert capsys.readouterr().out.startswith("R9-objective: ")


def test_refused_documents_give_2_and_the_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, plan = made(tmp_path)
    capsys.readouterr()
    plan.write_text('{"version": 1}')
    assert main(["check", str(problem), str(plan)]) == 2
    assert "$.objective: is missing" in capsys.readouterr().err
    problem.write_text("{")
    assert main(["solve", str(problem), "-o", str(plan)]) == 2
    assert main(["solve", str(tmp_path / "absent.json"), "-o", str(plan)]) == 2


def test_elements_are_nested_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, result = tmp_path / "nest.json", tmp_path / "loads.json"
    items = [
        {"id": f"E{n}", "length_mm": 3000, "width_mm": 1500, "weight_kg": 900, "group": "C30", "due": 0}
        for n in range(4)
    ]
    pallet = {"id": "P", "length_mm": 9000, "width_mm": 3500, "max_load_kg": 20_000}
    problem.write_text(json.dumps({"version": 1, "pallets": [pallet], "items": items}))
    assert main(["nest", str(problem), "-o", str(result), "--svg", str(tmp_path / "svg")]) == 0
    assert "1 loads, 0 items unplaced" in capsys.readouterr().out
    assert len(json.loads(result.read_text())["loads"][0]["placements"]) == 4
    assert (tmp_path / "svg" / "LOAD-0001.svg").exists()


def test_the_module_runs_as_a_command(tmp_path: Path) -> None:
    problem = tmp_path / "problem.json"
    command = [sys.executable, "-m", "scheduling", "generate", "--jobs", "3", "-o", str(problem)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == "3 jobs on 2 lines\n"
