"""Classic permutation flow shops, said in the words of our contract, against best known and published results."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from bench.baselines import earliest_due_date
from bench.figure import Figure, Quantity, SkippedError, Values, ratio
from bench.peers.calling import solve_by_pyjobshop
from bench.solving import assert_sound, solved
from scheduling import Job, Line, Option, Problem, Station, Weights, Work

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "flowshop"
TARDINESS_JOBS = 50
"""Of the total-tardiness instances only these have published results to compare with."""
NOTHING_PUBLISHED = "nothing published"
EPOCH = "2026-11-23T00:00:00+08:00"


@cache
def instances(file: str) -> tuple[dict[str, Any], ...]:
    """The instances of a file; raises `SkippedError` where the shared data are not there."""
    path = FOLDER / file
    if not path.exists():
        raise SkippedError("the flow shops of ../shared/data/flowshop are not here")
    return tuple(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line)


def flow_shop(instance: dict[str, Any]) -> Problem:
    """One line of machines that need nobody, a place for every job between them, no overtaking.

    With due times: a minute late costs 1. Without: a minute of makespan costs 1.
    """
    due = instance.get("due")
    stations = tuple(
        Station(f"M{number + 1}", Work.UNATTENDED, buffer_after=instance["jobs"])
        for number in range(instance["machines"])
    )
    return Problem(
        epoch=EPOCH,
        lines=(Line("F", stations),),
        jobs=tuple(
            Job(
                id=f"J{number + 1}",
                due=due[number] if due else 0,
                options=(Option("F", tuple(minutes)),),
                tardiness_cost=1 if due else 0,
            )
            for number, minutes in enumerate(instance["minutes"])
        ),
        objective=Weights(makespan_minute=0 if due else 1),
    )


def makespan(case: int, seconds: float, workers: int = 2) -> Values:
    """Taillard: how far above the best known makespan, in percent; and what was published."""
    instance = instances("makespan-taillard.jsonl")[case - 1]
    ours = solved(flow_shop(instance), seconds, workers, seed=case).plan.objective.total
    best, published = instance["best_known"], instance["published_900s"]

    def gap(reached: float | None) -> float | str:
        return NOTHING_PUBLISHED if reached is None else (reached / best - 1) * 100

    return {
        "gap": gap(ours),
        "gap OR-Tools": gap(published["or_tools"]),
        "gap CP Optimizer": gap(published["cp_optimizer"]),
    }


def total_tardiness(case: int, seconds: float, peer_seconds: float, workers: int = 2) -> Values:
    """Our total tardiness over PyJobShop's in the same run, from nothing and from EDD, and over published results."""
    instance = [entry for entry in instances("total-tardiness.jsonl") if entry["jobs"] == TARDINESS_JOBS][case - 1]
    problem, published = flow_shop(instance), instance["published_900s"]
    start = earliest_due_date(problem)
    assert_sound(problem, start)
    ours = solved(problem, seconds, workers, seed=case).plan.objective.total
    peer = solve_by_pyjobshop(problem, peer_seconds, workers, case)
    return {
        "ratio": ratio(ours, peer.best),
        "published CP Optimizer": ratio(ours, published["cp_optimizer"]),
        "published OR-Tools": ratio(ours, published["or_tools"]),
        "EDD": ratio(ours, start.objective.total),
    }


FIGURES = (
    Figure(
        "taillard",
        "Taillard's flow shops, 24 instances, 30 s each: above the best known makespan",
        makespan,
        (
            Quantity("gap", "ours", 1.5, unit=" %"),
            Quantity("gap OR-Tools", "– OR-Tools, published, 900 s on 8 cores", prototype="7.5 %", unit=" %"),
            Quantity("gap CP Optimizer", "– CP Optimizer, published, 900 s on 8 cores", prototype="2.5 %", unit=" %"),
        ),
        {"seconds": 30},
        tuple(range(1, 25)),
    ),
    Figure(
        "tardiness",
        "9 flow shops of 50 jobs with due times, 10 s: total tardiness ÷ that of others",
        total_tardiness,
        (
            Quantity("ratio", "÷ PyJobShop, 60 s, same run", 0.7, prototype="0.69 (of 900 s)"),
            Quantity("published CP Optimizer", "÷ CP Optimizer, published, 900 s on 8 cores", 0.92, prototype="0.90"),
            Quantity("published OR-Tools", "÷ PyJobShop, published, 900 s on 8 cores", prototype="0.69"),
            Quantity("EDD", "÷ EDD"),
        ),
        {"seconds": 10, "peer_seconds": 60},
        tuple(range(1, 10)),
    ),
)
