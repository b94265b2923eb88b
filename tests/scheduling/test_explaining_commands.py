"""`explain`, `kpis` and `gantt` at the command line."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scheduling import Problem, Weights, plan_json, problem_json, read_problem
from scheduling.__main__ import main
from tests.scheduling.factory import job, plan, planned, problem, station


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """K 08:00–08:30 on Monday, J after it, 10 minutes late; M has no window."""
    of: Problem = problem(
        [station("a", "unsplittable")],
        [job("K", 30), job("J", 30, due=530), job("M", 500)],
        now=480,
        objective=Weights(makespan_minute=1),
    )
    path, made = tmp_path / "problem.json", tmp_path / "plan.json"
    path.write_text(problem_json(of), encoding="utf-8")
    of = read_problem(path.read_bytes())
    jobs = (planned("K", ("a", 480, 480, 510, 510)), planned("J", ("a", 510, 510, 540, 540)))
    made.write_text(plan_json(plan(of, *jobs, unscheduled=("M",))), encoding="utf-8")
    return str(path), str(made)


def test_a_job_is_explained_backwards_from_its_end(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *files, "J", "--depth", "2"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "J on L: done Mon 23 Nov 09:00, due Mon 23 Nov 08:50, 10 minutes late",
        "  Mon 23 Nov 08:30 – 09:00  work at a",
        "  Mon 23 Nov 08:00 – 08:30  a is occupied by K",
        "  Mon 23 Nov 08:00 – 08:00  the plan begins now",
        "K on L: done Mon 23 Nov 08:30, due Thu 26 Nov 11:20, in time",
        "  Mon 23 Nov 08:00 – 08:30  work at a",
        "  Mon 23 Nov 08:00 – 08:00  the plan begins now",
    ]


def test_a_job_that_is_not_planned_has_its_reason(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *files, "M"]) == 0
    assert capsys.readouterr().out == "M is not planned: for a test\n"
    assert main(["explain", *files, "nobody"]) == 2
    assert "job 'nobody' is not planned" in capsys.readouterr().err
    assert main(["explain", *files]) == 2


def test_a_problem_alone_is_asked_what_makes_it_infeasible(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", files[0]]) == 1
    words = "M on L: no eligible line has a calendar window of 500 minutes for a [no-window]\n"
    assert capsys.readouterr().out == words


def test_figures_are_printed_as_a_table_and_as_json(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kpis", *files]) == 0
    table = capsys.readouterr().out
    assert "jobs planned       2 (1 unscheduled), last done Mon 23 Nov 09:00" in table
    assert "tardiness          1 jobs, 10 min, weighted 0; 2 of 2 deliveries late" in table
    assert main(["kpis", *files, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["stations"][0]["worked_minutes"] == 60
    assert figures["storage"]["waiting"]["points"] == [[510, 1], [5000, 0]]


def test_a_plan_off_the_lines_is_not_drawn_nor_counted(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawing = tmp_path / "gantt.svg"
    assert main(["gantt", *files, "-o", str(drawing)]) == 0
    assert ElementTree.parse(drawing).getroot().tag.endswith("svg")  # noqa: S314 - our own drawing
    of = read_problem(Path(files[0]).read_bytes())
    stray = replace(planned("K", ("b", 480, 480, 510, 510)))
    made = tmp_path / "stray.json"
    made.write_text(plan_json(replace(plan(of), jobs=(stray,))), encoding="utf-8")
    for command in (["kpis", files[0], str(made)], ["gantt", files[0], str(made), "-o", str(drawing)]):
        assert main(command) == 1
        assert "R1-route" in capsys.readouterr().err
    assert main(["explain", files[0], str(made), "K"]) == 2
