"""Broken documents at the command line: exit code 2, the place named on standard error, never a traceback."""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scheduling import generate, plan_json, problem_json, solve
from scheduling.__main__ import main
from tests.scheduling.full_documents import EVERY_KEY_PLAN, EVERY_KEY_PROBLEM

PROBLEM = json.dumps(EVERY_KEY_PROBLEM)


def changed(path: str, value: Any, base: dict[str, Any] = EVERY_KEY_PROBLEM) -> str:
    """The base document with another value at a path such as `jobs.0.due`."""
    document = copy.deepcopy(base)
    *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    place: Any = document
    for key in way:
        place = place[key]
    place[last] = value
    return json.dumps(document)


def in_plan(path: str, value: Any) -> str:
    return changed(path, value, EVERY_KEY_PLAN)


def lacking(path: str, base: dict[str, Any] = EVERY_KEY_PROBLEM) -> str:
    document = copy.deepcopy(base)
    *way, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    place: Any = document
    for key in way:
        place = place[key]
    del place[last]
    return json.dumps(document)


def raw(path: str, number: str, base: dict[str, Any] = EVERY_KEY_PROBLEM) -> str:
    """The base document with a number spelled as given, which json.dumps would not write."""
    return changed(path, "@@", base).replace('"@@"', number)


BROKEN_PROBLEMS: dict[str, tuple[str | bytes, str]] = {
    "an unknown key": (changed("colour", "red"), "$.colour"),
    "an unknown key deep inside": (changed("jobs.0.options.0.colour", 1), "$.jobs[0].options[0].colour"),
    "a missing key": (lacking("jobs.0.due"), "$.jobs[0].due"),
    "a missing calendar": (lacking("lines.0.stations.0.calendar"), "$.lines[0].stations[0]"),
    "an unknown calendar": (changed("overtime.0.calendar", "night"), "$.overtime[0].calendar"),
    "an unknown resource": (changed("jobs.0.holds.0.resource", "x"), "$.jobs[0].holds[0].resource"),
    "an unknown line": (changed("jobs.0.options.0.line", "x"), "$.jobs[0].options[0].line"),
    "an unknown station": (changed("lines.0.max_waits.0.to", "x"), "$.lines[0].max_waits[0].to"),
    "an unknown job in the past": (changed("fixed.0.job", "x"), "$.fixed[0].job"),
    "an unknown job in the plan before": (changed("previous.0.job", "x"), "$.previous[0].job"),
    "a negative duration": (changed("jobs.0.options.0.minutes.1", -10), "$.jobs[0].options[0].minutes[1]"),
    "a negative cost": (changed("jobs.0.tardiness_cost", -1), "$.jobs[0].tardiness_cost"),
    "a duration too few": (changed("jobs.0.options.0.minutes", [1, 2]), "$.jobs[0].options[0].minutes"),
    "overlapping windows": (changed("calendars.0.windows.1", [719, 800]), "$.calendars[0].windows[1]"),
    "a window that ends before it starts": (changed("calendars.0.windows.1", [900, 800]), "$.calendars[0].windows[1]"),
    "an empty window": (changed("calendars.0.windows.1", [900, 900]), "$.calendars[0].windows[1]"),
    "overtime over a window": (changed("overtime.0.window", [1019, 1080]), "$.overtime[0].window"),
    "NaN": (raw("now", "NaN"), "$"),
    "Infinity": (raw("now", "Infinity"), "$"),
    "-Infinity": (raw("jobs.0.due", "-Infinity"), "$"),
    "1e400": (raw("now", "1e400"), "$.now"),
    "a number of forty digits": (raw("now", "1" + 40 * "0"), "$.now"),
    "a number of five thousand digits": (raw("now", 5000 * "9"), "$"),
    "a boolean for a number": (changed("jobs.0.due", True), "$.jobs[0].due"),
    "a fraction": (raw("jobs.0.due", "900.5"), "$.jobs[0].due"),
    "a whole number written as a fraction": (raw("jobs.0.due", "900.0"), "$.jobs[0].due"),
    "a number in text": (changed("jobs.0.due", "900"), "$.jobs[0].due"),
    "null for a list": (changed("jobs", None), "$.jobs"),
    "null for a number": (changed("now", None), "$.now"),
    "an id that is a number": (changed("jobs.0.id", 5), "$.jobs[0].id"),
    "an empty id": (changed("resources.0.id", ""), "$.resources[0].id"),
    "half a surrogate pair": (changed("jobs.0.family", "\ud800"), "$.jobs[0].family"),
    "half a surrogate pair in a key": (changed("\udc00", 1), "$"),
    "two jobs of one id": (changed("jobs.1.id", "J"), "$.jobs[1].id"),
    "two options on one line": (
        changed("jobs.0.options", [{"line": "L", "minutes": [1, 2, 3]}] * 2),
        "$.jobs[0].options[1].line",
    ),
    "an unknown kind of work": (changed("lines.0.stations.0.work", "lazy"), "$.lines[0].stations[0].work"),
    "an unknown order": (changed("lines.0.stations.0.order", "lifo"), "$.lines[0].stations[0].order"),
    "a changeover with two places": (changed("lines.0.stations.0.capacity", 2), "$.lines[0].stations[0].changeover"),
    "a past after now": (changed("fixed.0.operations.1.start", 501), "$.fixed[0].operations[1].start"),
    "a past out of order": (changed("fixed.0.operations.0.end", 479), "$.fixed[0].operations[0].end"),
    "another version": (changed("version", 2), "$.version"),
    "a key given twice": ('{"version": 1, "version": 1}', "$"),
    "a key given twice deep inside": (PROBLEM.replace('"due": 900', '"due": 900, "due": 900', 1), "$"),
    "a list": ("[]", "$"),
    "a text": ('"problem"', "$"),
    "nothing": ("", "$"),
    "blanks": (" \n", "$"),
    "half a document": (PROBLEM[:100], "$"),
    "two documents": (PROBLEM + PROBLEM, "$"),
    "a comment": ("// a problem\n" + PROBLEM, "$"),
    "a byte order mark": (b"\xef\xbb\xbf" + PROBLEM.encode(), "$"),
    "UTF-16": (PROBLEM.encode("utf-16"), "$"),
    "bytes that are no UTF-8": (b'{"version": 1, "epoch": "\xff"}', "$"),
    "a hundred thousand brackets": ("[" * 100_000 + "]" * 100_000, "$"),
    "a hundred thousand objects": ('{"a":' * 100_000 + "1" + "}" * 100_000, "$"),
}

BROKEN_PLANS: dict[str, tuple[str | bytes, str]] = {
    "an unknown key": (in_plan("colour", "red"), "$.colour"),
    "a missing key": (lacking("jobs.0.operations.0.leave", EVERY_KEY_PLAN), "$.jobs[0].operations[0].leave"),
    "a missing term": (lacking("objective.total", EVERY_KEY_PLAN), "$.objective.total"),
    "a negative minute": (in_plan("jobs.0.operations.0.enter", -1), "$.jobs[0].operations[0].enter"),
    "a minute after the last": (in_plan("jobs.0.operations.0.leave", 10_000_001), "$.jobs[0].operations[0].leave"),
    "a boolean": (in_plan("jobs.0.operations.0.enter", False), "$.jobs[0].operations[0].enter"),
    "a fraction": (raw("jobs.0.operations.0.enter", "480.0", EVERY_KEY_PLAN), "$.jobs[0].operations[0].enter"),
    "an unknown status": (in_plan("status", "perfect"), "$.status"),
    "a bound of text": (in_plan("bound", "7"), "$.bound"),
    "overtime without a name": (in_plan("overtime.0", None), "$.overtime[0]"),
    "endless seconds": (raw("seconds", "1e400", EVERY_KEY_PLAN), "$.seconds"),
    "seconds of four hundred digits": (raw("seconds", "1" + 400 * "0", EVERY_KEY_PLAN), "$.seconds"),
    "negative seconds": (in_plan("seconds", -0.5), "$.seconds"),
    "NaN": (raw("seconds", "NaN", EVERY_KEY_PLAN), "$"),
    "a problem": (PROBLEM, "$.objective.tardiness"),
    "nothing": ("", "$"),
    "a hundred thousand brackets": ("[" * 100_000, "$"),
}


def written(path: Path, document: str | bytes) -> Path:
    path.write_bytes(document if isinstance(document, bytes) else document.encode())
    return path


def refused_at(output: str) -> list[str]:
    return [line.split(": ")[0] for line in output.splitlines()]


@pytest.mark.parametrize(("document", "path"), BROKEN_PROBLEMS.values(), ids=BROKEN_PROBLEMS)
def test_a_broken_problem_is_refused(
    document: str | bytes, path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = written(tmp_path / "problem.json", document)
    plan = written(tmp_path / "plan.json", json.dumps(EVERY_KEY_PLAN))
    assert main(["check", str(problem), str(plan)]) == 2
    printed = capsys.readouterr()
    assert path in refused_at(printed.err)
    assert printed.out == ""


@pytest.mark.parametrize(("document", "path"), BROKEN_PLANS.values(), ids=BROKEN_PLANS)
def test_a_broken_plan_is_refused(
    document: str | bytes, path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = written(tmp_path / "problem.json", PROBLEM)
    plan = written(tmp_path / "plan.json", document)
    assert main(["check", str(problem), str(plan)]) == 2
    printed = capsys.readouterr()
    assert path in refused_at(printed.err)
    assert printed.out == ""


def test_every_command_refuses_a_broken_document_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = str(written(tmp_path / "problem.json", PROBLEM))
    broken = str(written(tmp_path / "broken.json", changed("version", 2)))
    out = str(tmp_path / "out")
    for command in (
        ["solve", broken, "-o", out],
        ["solve", sound, "-o", out, "--start", broken],
        ["gantt", broken, broken, "-o", out],
        ["gantt", sound, broken, "-o", out],
        ["nest", broken, "-o", out],
    ):
        assert main(command) == 2
        assert refused_at(capsys.readouterr().err) == ["$.version"]
        assert not Path(out).exists()


def test_every_fault_of_a_document_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = copy.deepcopy(EVERY_KEY_PROBLEM)
    document["now"] = -1
    document["resources"][0]["count"] = 0
    document["lines"][0]["stations"][0]["buffer_after"] = -1
    assert main(["check", str(written(tmp_path / "p.json", json.dumps(document))), str(tmp_path)]) == 2
    places = ["$.now", "$.resources[0].count", "$.lines[0].stations[0].buffer_after"]
    assert refused_at(capsys.readouterr().err) == places


Files = Callable[[Path], Path]
NO_FILES: dict[str, Files] = {
    "a missing file": lambda folder: folder / "absent.json",
    "a directory": lambda folder: folder,
    "a file in a missing directory": lambda folder: folder / "absent" / "problem.json",
    "a file in a file": lambda folder: folder / "problem.json" / "x",
}


@pytest.mark.parametrize("place", NO_FILES.values(), ids=NO_FILES)
def test_a_file_that_cannot_be_read_is_refused(
    place: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = written(tmp_path / "problem.json", PROBLEM)
    path = str(place(tmp_path))
    commands = (
        ["solve", path, "-o", str(tmp_path / "plan.json")],
        ["check", path, path],
        ["check", str(problem), path],
        ["gantt", str(problem), path, "-o", str(tmp_path / "plan.svg")],
        ["solve", str(problem), "-o", str(tmp_path / "plan.json"), "--start", path],
        ["nest", path, "-o", str(tmp_path / "loads.json")],
    )
    for command in commands:
        assert main(command) == 2
        assert path in capsys.readouterr().err


@pytest.mark.parametrize("place", NO_FILES.values(), ids=NO_FILES)
def test_a_file_that_cannot_be_written_is_refused(
    place: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = written(tmp_path / "problem.json", problem_json(generate(1, 1)))
    path = str(place(tmp_path))
    if path.endswith("absent.json"):
        return
    assert main(["generate", "--jobs", "1", "-o", path]) == 2
    assert main(["solve", str(problem), "-o", path, "--seconds", "0.1"]) == 2
    assert path in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["solve"],
        ["solve", "p.json", "-o", "q.json", "--seconds", "0"],
        ["solve", "p.json", "-o", "q.json", "--seconds", "nan"],
        ["solve", "p.json", "-o", "q.json", "--seconds", "inf"],
        ["solve", "p.json", "-o", "q.json", "--seconds", "soon"],
        ["solve", "p.json", "-o", "q.json", "--workers", "0"],
        ["solve", "p.json", "-o", "q.json", "--seed", "x"],
        ["generate", "--jobs", "-1", "-o", "p.json"],
        ["generate", "--jobs", "1", "--lines", "0", "-o", "p.json"],
        ["schema", "poem"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2


def test_the_plan_of_another_problem_breaks_its_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """That is no wrong form: `check` answers 1, and names the hash."""
    problem = written(tmp_path / "problem.json", PROBLEM)
    other = written(tmp_path / "plan.json", plan_json(solve(generate(2, 1), 0.1)))
    assert main(["check", str(problem), str(other)]) == 1
    codes = refused_at(capsys.readouterr().out)
    assert {"R0-problem", "R1-job"} <= set(codes)
    assert main(["gantt", str(problem), str(other), "-o", str(tmp_path / "out.svg")]) == 1
    assert not (tmp_path / "out.svg").exists()


@pytest.mark.parametrize("document", ["[" * 100_000, raw("now", "1e400")], ids=["brackets", "1e400"])
def test_no_traceback_is_shown(document: str, tmp_path: Path) -> None:
    problem = written(tmp_path / "problem.json", document)
    command = [sys.executable, "-m", "scheduling", "check", str(problem), str(problem)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.startswith("$")
    assert len(run.stderr.splitlines()) == 1


def test_ids_that_the_terminal_cannot_show_are_escaped(tmp_path: Path) -> None:
    # 301 minutes fit into no window, not even into 13:00 to 18:00 with overtime: the job is named as unscheduled.
    document = copy.deepcopy(EVERY_KEY_PROBLEM) | {"fixed": [], "previous": []}
    document["jobs"] = [{"id": "墙板", "due": 900, "options": [{"line": "L", "minutes": [30, 301, 60]}]}]
    problem = written(tmp_path / "problem.json", json.dumps(document))
    command = [sys.executable, "-m", "scheduling", "solve", str(problem), "-o", str(tmp_path / "plan.json")]
    run = subprocess.run(
        [*command, "--seconds", "0.2"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    assert run.returncode == 0, run.stderr
    assert "unscheduled \\u5899\\u677f: " in run.stdout
