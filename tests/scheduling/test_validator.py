"""The validator by itself: a sound plan with every feature, and each way of corrupting it with the code it earns."""

import ast
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scheduling import (
    Calendar,
    Changeover,
    FixedJob,
    FixedOperation,
    Hold,
    Job,
    Line,
    MaxWait,
    Objective,
    Operation,
    Option,
    Order,
    Overtime,
    Plan,
    PlannedJob,
    PreviousStart,
    Problem,
    Resource,
    Station,
    Status,
    Unscheduled,
    Weights,
    Work,
    check,
    objective_of,
)
from tests.scheduling.factory import EPOCH, plan, planned

PACKAGE = Path(__file__).parents[2] / "scheduling"

MINUTES = (30, 20, 60, 10)
SHOP = Problem(
    EPOCH,
    lines=(
        Line(
            "L",
            (
                Station(
                    "prep",
                    Work.PAUSABLE,
                    "day",
                    buffer_after=1,
                    changeover=Changeover({"A": {"B": 12}, "B": {"A": 8}}, "A"),
                ),
                Station("cast", Work.UNSPLITTABLE, "day"),
                Station("cure", Work.UNATTENDED, capacity=2, order=Order.ANY),
                Station("out", Work.PAUSABLE, "day"),
            ),
            (MaxWait("prep", "cast", 60),),
        ),
        Line("M", (Station("solo", Work.PAUSABLE, "day"),)),
    ),
    jobs=(
        Job(
            "F",
            5000,
            (Option("L", MINUTES), Option("M", (30,))),
            family="A",
            holds=(Hold("tray", "L", "cure", "out"),),
        ),
        Job(
            "J",
            600,
            (Option("L", MINUTES),),
            family="B",
            release=500,
            tardiness_cost=10,
            holds=(Hold("mould", "L", "prep", "cast"), Hold("tray", "L", "cure", "out")),
        ),
        Job(
            "K",
            700,
            (Option("L", MINUTES),),
            family="B",
            earliness_cost=1,
            holds=(Hold("mould", "L", "cast", "cast"), Hold("tray", "L", "cure", "out")),
        ),
        Job("N", 5000, (Option("L", (0, 20, 0, 10)),), family="A", release=1000),
        Job("P", 5000, (Option("M", (30,)),)),
        Job("U", 5000, (Option("L", (30, 300, 60, 10)),)),
    ),
    calendars=(Calendar("day", ((480, 720), (780, 1020), (1920, 2160))),),
    overtime=(Overtime("ot", "day", (1020, 1080), 300),),
    resources=(Resource("mould", 1), Resource("tray", 2)),
    objective=Weights(changeover_minute=20, makespan_minute=1, line_change=200, shift_hour=2),
    now=500,
    fixed=(FixedJob("F", "L", (FixedOperation("prep", 480, 480, remaining=15),)),),
    previous=(PreviousStart("P", "M", 640), PreviousStart("J", "M", 515)),
)
"""F is at prep with 15 minutes to go; U cannot be cast, because no window has 300 minutes."""

SOUND_JOBS = (
    planned(
        "F", ("prep", 480, 480, 515, 515), ("cast", 515, 515, 535, 535), ("cure", 535, 535, 595, 595),
        ("out", 595, 595, 605, 605),
    ),
    # From A to B takes 12 minutes after 515.
    planned(
        "J", ("prep", 515, 527, 557, 557), ("cast", 557, 557, 577, 577), ("cure", 577, 577, 637, 637),
        ("out", 637, 637, 647, 647),
    ),
    planned(
        "K", ("prep", 557, 557, 587, 587), ("cast", 587, 587, 607, 607), ("cure", 607, 607, 667, 667),
        ("out", 667, 667, 677, 677),
    ),
    # No work at prep and cure; the last 10 minutes are overtime.
    planned(
        "N", ("prep", 1000, 1000, 1000, 1000), ("cast", 1000, 1000, 1020, 1020), ("cure", 1020, 1020, 1020, 1020),
        ("out", 1020, 1020, 1030, 1030),
    ),
    # 20 minutes before the break, 10 after it.
    planned("P", ("solo", 700, 700, 790, 790), line="M"),
)  # fmt: skip
SOUND = plan(SHOP, *SOUND_JOBS, overtime=("ot",), unscheduled=("U",), status=Status.INFEASIBLE)


def test_the_sound_plan_is_sound_and_costs_what_was_worked_out_by_hand() -> None:
    # J is 47 late at 10; K 23 early at 1; A to B 12 minutes at 20; the last leaves at 1030; overtime 300;
    # P moved by 60 minutes at 2 per hour, J changed its line for 200.
    result = check(SHOP, SOUND)
    assert result.violations == ()
    assert result.objective == Objective(470, 23, 240, 1030, 300, 202)


Mutation = Callable[[Plan], Plan]


def recounted(of: Plan) -> Plan:
    """The plan with its true objective, so that a changed time is the only fault."""
    known = [entry for entry in of.jobs if entry.id in SHOP.job_by_id and SHOP.job_by_id[entry.id].option(entry.line)]
    fitting = [entry for entry in known if len(entry.operations) == len(SHOP.line_by_id[entry.line].stations)]
    return replace(of, objective=objective_of(SHOP, fitting, of.overtime))


def times(name: str, **stations: tuple[int, int, int, int]) -> Mutation:
    """Give a job other times (enter, start, end, leave) at some stations."""

    def mutate(of: Plan) -> Plan:
        return with_times(of, name, stations)

    return mutate


def with_times(of: Plan, name: str, stations: dict[str, tuple[int, int, int, int]]) -> Plan:
    operations = tuple(
        Operation(operation.station, *stations[operation.station]) if operation.station in stations else operation
        for operation in of.job_by_id[name].operations
    )
    return with_job(of, replace(of.job_by_id[name], operations=operations))


def with_job(of: Plan, changed: PlannedJob) -> Plan:
    return recounted(replace(of, jobs=tuple(changed if entry.id == changed.id else entry for entry in of.jobs)))


def several(*mutations: Mutation) -> Mutation:
    def mutate(of: Plan) -> Plan:
        for mutation in mutations:
            of = mutation(of)
        return of

    return mutate


def without(name: str) -> Mutation:
    return lambda of: recounted(replace(of, jobs=tuple(entry for entry in of.jobs if entry.id != name)))


def unscheduling(name: str) -> Mutation:
    return lambda of: replace(of, unscheduled=(*of.unscheduled, Unscheduled(name, "for a test")))


def adding(extra: PlannedJob) -> Mutation:
    return lambda of: replace(of, jobs=(*of.jobs, extra))


def overtime(*names: str) -> Mutation:
    return lambda of: recounted(replace(of, overtime=names))


def elsewhere(name: str, line: str, *operations: tuple[str, int, int, int, int]) -> Mutation:
    return lambda of: with_job(of, planned(name, *operations, line=line))


def claiming(**terms: int) -> Mutation:
    return lambda of: replace(of, objective=replace(of.objective, **terms))


def stating(**values: object) -> Mutation:
    return lambda of: replace(of, **values)


SOLO = ("solo", 500, 500, 530, 530)
MUTATIONS: list[tuple[str, Mutation, set[str]]] = [
    ("the hash of another problem", stating(problem_sha256="0" * 64), {"R0-problem"}),
    ("a job left out", without("K"), {"R1-job"}),
    ("a job planned twice", adding(SOUND_JOBS[2]), {"R1-job"}),
    ("a job planned and unscheduled", unscheduling("K"), {"R1-job"}),
    ("a job unscheduled twice", unscheduling("U"), {"R1-job"}),
    ("an unknown job unscheduled", unscheduling("X"), {"R1-job"}),
    ("an unknown job planned", adding(planned("X", SOLO, line="M")), {"R1-job"}),
    ("a begun job unscheduled", several(without("F"), unscheduling("F")), {"R1-job"}),
    ("a line that is no option", elsewhere("K", "M", SOLO), {"R1-line"}),
    ("an unknown line", elsewhere("K", "X", SOLO), {"R1-line"}),
    ("a station left out", lambda of: with_job(of, planned("K", ("prep", 557, 557, 587, 587))), {"R1-route"}),
    ("no station at all", lambda of: with_job(of, planned("K")), {"R1-route"}),
    ("a station of another line", elsewhere("P", "M", ("prep", 700, 700, 790, 790)), {"R1-route"}),
    ("leaves before the end", times("P", solo=(700, 700, 790, 789)), {"R1-route"}),
    ("starts before it enters", times("P", solo=(701, 700, 790, 790)), {"R1-route"}),
    ("pausable work too short", times("P", solo=(700, 700, 789, 790)), {"R2-work"}),
    ("pausable work too long", times("P", solo=(700, 700, 791, 791)), {"R2-work"}),
    ("pausable work begins in the break", times("P", solo=(720, 720, 810, 810)), {"R2-work"}),
    ("pausable work ends in the break", times("P", solo=(690, 690, 750, 750)), {"R2-work"}),
    ("casting too short", times("N", cast=(1000, 1000, 1019, 1020)), {"R2-work"}),
    ("curing begins after the pallet came", times("K", cure=(607, 608, 668, 668), out=(668, 668, 678, 678)),
     {"R2-work"}),
    ("curing too short", times("K", cure=(607, 607, 666, 667)), {"R2-work"}),
    ("no work takes a minute",
     times("N", prep=(1000, 1000, 1001, 1001), cast=(1001, 1001, 1021, 1021), cure=(1021, 1021, 1021, 1021),
           out=(1021, 1021, 1031, 1031)), {"R2-work"}),
    ("remaining minutes not worked", times("F", prep=(480, 480, 510, 515)), {"R2-work"}),
    ("overtime worked and not named", overtime(), {"R2-work"}),
    ("unknown overtime named", overtime("ot", "never"), {"R2-overtime"}),
    ("overtime named twice", overtime("ot", "ot"), {"R2-overtime"}),
    ("a gap where there is no buffer", times("K", cure=(608, 608, 668, 668), out=(668, 668, 678, 678)), {"R3-move"}),
    ("enters the next before it has left", times("K", prep=(557, 557, 587, 588)), {"R3-move"}),
    ("two in a buffer of one place", several(
        times("J", cast=(590, 590, 610, 610), cure=(610, 610, 670, 670), out=(670, 670, 680, 680)),
        times("K", cast=(610, 610, 630, 630), cure=(630, 630, 690, 690), out=(690, 690, 700, 700))), {"R3-buffer"}),
    ("two at a station for one", times("K", prep=(550, 557, 587, 587)), {"R4-capacity"}),
    ("three in a chamber for two", times("F", cure=(535, 535, 595, 620), out=(620, 620, 630, 630)),
     {"R4-capacity", "R7-resource"}),
    ("overtaking in the buffer", times("J", cast=(607, 607, 627, 627), cure=(627, 627, 687, 687),
                                       out=(687, 687, 697, 697)), {"R4-order", "R7-resource"}),
    ("no time for a changeover", times("J", prep=(515, 520, 550, 557)), {"R5-changeover"}),
    ("a wait that is too long", several(
        times("J", cast=(557, 618, 638, 638), cure=(638, 638, 698, 698), out=(698, 698, 708, 708)),
        times("K", cast=(638, 638, 658, 658), cure=(658, 658, 718, 718), out=(718, 718, 788, 788))), {"R6-wait"}),
    ("three trays where there are two", times("F", out=(595, 595, 605, 610)), {"R7-resource"}),
    ("enters before now", times("P", solo=(499, 700, 790, 790)), {"R8-now"}),
    ("enters before its release", times("N", prep=(999, 999, 999, 1000)), {"R8-release"}),
    ("a given entry changed", times("F", prep=(479, 480, 515, 515)), {"R8-fixed"}),
    ("a given start changed", times("F", prep=(480, 481, 515, 515)), {"R8-fixed"}),
    ("a begun job on another line", elsewhere("F", "M", SOLO), {"R8-fixed"}),
    *((f"a false {term}", claiming(**{term: 7}), {"R9-objective"})
      for term in ("tardiness", "earliness", "changeover", "makespan", "overtime", "stability")),
    ("a false total", stating(stated_total=1), {"R9-objective"}),
    ("a bound above the total", stating(bound=2266), {"R9-objective"}),
    ("optimal though a job is unscheduled", stating(status=Status.OPTIMAL, bound=2265), {"R9-objective"}),
    ("overtime named and not paid", lambda of: replace(of, objective=replace(of.objective, overtime=0)),
     {"R9-objective"}),
]  # fmt: skip


@pytest.mark.parametrize(("mutate", "codes"), [row[1:] for row in MUTATIONS], ids=[row[0] for row in MUTATIONS])
def test_a_corrupted_plan_is_refused_with_exactly_its_codes(mutate: Mutation, codes: set[str]) -> None:
    assert check(SHOP, mutate(SOUND)).codes == codes


def test_every_code_of_the_contract_is_earned_by_some_corruption() -> None:
    contract = (PACKAGE.parent / "docs" / "contracts" / "scheduling.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\bR\d-[a-z]+", contract.split("## Rules")[1]))
    assert set().union(*(row[2] for row in MUTATIONS)) == named


def test_a_bound_equal_to_the_total_is_no_fault() -> None:
    assert check(SHOP, replace(SOUND, bound=2265)).valid


def imported(module: str) -> set[str]:
    """The modules that a module imports when it runs, by its source."""
    path = PACKAGE.parent / Path(*module.split("."))
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    names: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def test_the_validator_shares_no_code_with_the_solver() -> None:
    """Whatever the validator imports, and what that imports, is data, documents or the validator itself."""
    waiting = {f"scheduling.validator.{path.stem}" for path in (PACKAGE / "validator").glob("*.py")}
    waiting = {name.removesuffix(".__init__") for name in waiting}
    seen: set[str] = set()
    while waiting:
        module = waiting.pop()
        seen.add(module)
        waiting |= {name for name in imported(module) if name.startswith("scheduling")} - seen
    others = {name for name in seen if not name.startswith(("scheduling.validator", "scheduling.documents"))}
    assert others == {"scheduling.plan", "scheduling.problem"}
    outside = {name.split(".")[0] for module in seen for name in imported(module)} - {"scheduling"}
    assert outside <= sys.stdlib_module_names
