"""Documents that are refused, each with its JSON path, and documents that come back as they were."""

import json
from typing import Any

import pytest

from scheduling import (
    PlanError,
    ProblemError,
    generate,
    plan_json,
    problem_json,
    read_plan,
    read_problem,
    solve,
)


def document(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "version": 1,
        "epoch": "2026-11-23T00:00:00+08:00",
        "now": 500,
        "calendars": [{"id": "day", "windows": [[480, 720], [780, 1020]]}],
        "resources": [{"id": "mould", "count": 2}],
        "lines": [
            {
                "id": "L",
                "stations": [
                    {"id": "a", "work": "pausable", "calendar": "day"},
                    {"id": "cure", "work": "unattended", "capacity": 4, "order": "any"},
                ],
            }
        ],
        "jobs": [{"id": "J", "due": 900, "options": [{"line": "L", "minutes": [30, 60]}]}],
    }
    return base | changes


def read(changed: dict[str, Any]) -> Any:
    return read_problem(json.dumps(changed).encode())


def job(**values: Any) -> dict[str, Any]:
    return {"jobs": [{"id": "J", "due": 900, "options": [{"line": "L", "minutes": [30, 60]}]} | values]}


def line(**values: Any) -> dict[str, Any]:
    return {"lines": [document()["lines"][0] | values]}


def first_station(**values: Any) -> dict[str, Any]:
    stations = document()["lines"][0]["stations"]
    return line(stations=[stations[0] | values, stations[1]])


def begun(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"fixed": [{"job": "J", "line": "L", "operations": list(operations)}]}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"colour": "red"}, "$.colour"),
        ({"version": 2}, "$.version"),
        ({"version": True}, "$.version"),
        ({"now": 1.5}, "$.now"),
        ({"now": None}, "$.now"),
        ({"now": -1}, "$.now"),
        ({"now": 10_000_001}, "$.now"),
        ({"epoch": "Monday"}, "$.epoch"),
        ({"lines": []}, "$.lines"),
        ({"jobs": {}}, "$.jobs"),
        ({"calendars": [{"id": "day", "windows": [[480, 720], [719, 800]]}]}, "$.calendars[0].windows[1]"),
        ({"calendars": [{"id": "day", "windows": [[480]]}]}, "$.calendars[0].windows[0]"),
        (
            {"overtime": [{"id": "o", "calendar": "day", "window": [1000, 1080], "cost": 1}]},
            "$.overtime[0].window",
        ),
        ({"overtime": [{"id": "o", "calendar": "night", "window": [1020, 1080]}]}, "$.overtime[0].calendar"),
        ({"resources": [{"id": "mould", "count": 0}]}, "$.resources[0].count"),
        ({"resources": [{"id": "m", "count": 1}, {"id": "m", "count": 1}]}, "$.resources[1].id"),
        (line(stations=[]), "$.lines[0].stations"),
        (first_station(work="sometimes"), "$.lines[0].stations[0].work"),
        (first_station(calendar="night"), "$.lines[0].stations[0].calendar"),
        (first_station(capacity=0), "$.lines[0].stations[0].capacity"),
        (first_station(buffer_after=10_001), "$.lines[0].stations[0].buffer_after"),
        (
            first_station(capacity=2, changeover={"minutes": {}}),
            "$.lines[0].stations[0].changeover",
        ),
        (
            first_station(changeover={"minutes": {"A": {"B": "12"}}}),
            "$.lines[0].stations[0].changeover.minutes.A.B",
        ),
        (line(max_waits=[{"from": "a", "to": "z", "minutes": 5}]), "$.lines[0].max_waits[0].to"),
        (job(id=""), "$.jobs[0].id"),
        (job(family=None), "$.jobs[0].family"),
        (job(tardiness_cost=1_000_001), "$.jobs[0].tardiness_cost"),
        (job(options=[]), "$.jobs[0].options"),
        (job(options=[{"line": "L", "minutes": [30]}]), "$.jobs[0].options[0].minutes"),
        (job(options=[{"line": "L", "minutes": [30, True]}]), "$.jobs[0].options[0].minutes[1]"),
        (job(options=[{"line": "L", "minutes": [1, 1]}] * 2), "$.jobs[0].options[1].line"),
        (job(holds=[{"resource": "x", "line": "L", "from": "a", "to": "a"}]), "$.jobs[0].holds[0].resource"),
        (job(holds=[{"resource": "mould", "line": "L", "from": "cure", "to": "a"}]), "$.jobs[0].holds[0]"),
        (begun({"station": "cure", "enter": 490}), "$.fixed[0].operations[0].station"),
        (begun({"station": "a", "enter": 501}), "$.fixed[0].operations[0].enter"),
        (begun({"station": "a", "enter": 490, "start": 485}), "$.fixed[0].operations[0].start"),
        (begun({"station": "a", "enter": 490, "end": 495}), "$.fixed[0].operations[0].end"),
        (begun({"station": "a", "enter": 490, "remaining": 5}), "$.fixed[0].operations[0].remaining"),
        (
            begun({"station": "a", "enter": 490, "start": 490, "remaining": 0}),
            "$.fixed[0].operations[0].remaining",
        ),
        ({"previous": [{"job": "K", "line": "L", "enter": 0}]}, "$.previous[0].job"),
        ({"previous": [{"job": "J", "line": "M", "enter": 0}]}, "$.previous[0].line"),
    ],
)
def test_a_refused_problem_names_the_path(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read(document(**changes))
    assert [issue.path for issue in refused.value.issues] == [path]


def test_a_missing_key_is_refused() -> None:
    without = document()
    del without["epoch"]
    with pytest.raises(ProblemError, match=r"\$\.epoch: is missing"):
        read(without)


def test_a_key_given_twice_is_refused() -> None:
    with pytest.raises(ProblemError, match="'now' stands twice"):
        read_problem(b'{"version": 1, "now": 1, "now": 2}')


def test_overtime_may_touch_the_windows() -> None:
    overtime = [{"id": "o", "calendar": "day", "window": [720, 780], "cost": 1}]
    assert read(document(overtime=overtime)).overtime[0].window == (720, 780)


def test_an_unattended_entry_gives_the_start() -> None:
    past = begun(
        {"station": "a", "enter": 480, "start": 480, "end": 490, "leave": 490},
        {"station": "cure", "enter": 490, "remaining": 20},
    )
    problem = read(document(**past))
    assert problem.fixed_by_job["J"].operations[1].start == 490


def test_problems_and_plans_come_back_as_they_were() -> None:
    problem = generate(5, 2, seed=3)
    plan = solve(problem, 0.2)
    assert read_problem(problem_json(problem).encode()) == problem
    again = read_plan(plan_json(plan).encode())
    assert again.jobs == plan.jobs
    assert again.problem_sha256 == problem.sha256


def test_a_plan_of_the_wrong_form_is_refused() -> None:
    plan = json.loads(plan_json(solve(generate(2, 1), 0.1)))
    plan["jobs"][0]["operations"][0]["enter"] = 1.5
    with pytest.raises(PlanError, match=r"\$\.jobs\[0\]\.operations\[0\]\.enter"):
        read_plan(json.dumps(plan).encode())
