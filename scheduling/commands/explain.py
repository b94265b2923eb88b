"""`explain`: why a job of a plan is not earlier, or which jobs of a problem fit into no plan."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scheduling.commands.argument_types import Subparsers, positive
from scheduling.commands.exit_codes import DONE, REFUSED, VIOLATED
from scheduling.documents.reading import read_plan, read_problem
from scheduling.explain import Explanation, NotPlannedError, UnsoundPlanError, explain_chain, reason_text
from scheduling.explain.infeasible import why_infeasible
from scheduling.local_time import LocalTime
from scheduling.plan import Plan
from scheduling.problem import Problem


def register(subparsers: Subparsers) -> None:
    """Add the command to the parser."""
    command = subparsers.add_parser("explain", help="say why a job is not earlier, or why jobs fit into no plan")
    command.add_argument("problem", type=Path)
    command.add_argument("plan", type=Path, nargs="?")
    command.add_argument("job", nargs="?")
    command.add_argument("--depth", type=positive, default=1, help="follow the jobs that hinder it so far")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """With a plan and a job, the job's chain of reasons; with a problem alone, what makes it infeasible."""
    problem = read_problem(arguments.problem.read_bytes())
    if arguments.plan is None:
        return _infeasible(problem)
    plan = read_plan(arguments.plan.read_bytes())
    if arguments.job is None:
        print("explain needs a job of the plan", file=sys.stderr)
        return REFUSED
    return _job(problem, plan, arguments.job, arguments.depth)


def _infeasible(problem: Problem) -> int:
    conflicts = why_infeasible(problem)
    for conflict in conflicts:
        where = f" on {conflict.line}" if conflict.line is not None else ""
        print(f"{', '.join(conflict.jobs)}{where}: {conflict} [{conflict.code}]")
    if not conflicts:
        print("no job is ruled out by itself")
    return VIOLATED if conflicts else DONE


def _job(problem: Problem, plan: Plan, job: str, depth: int) -> int:
    left_out = next((entry for entry in plan.unscheduled if entry.job == job), None)
    if left_out is not None:
        print(f"{job} is not planned: {left_out.reason}")
        return DONE
    try:
        chain = explain_chain(problem, plan, job, depth)
    except (NotPlannedError, UnsoundPlanError) as error:
        print(error.args[0], file=sys.stderr)
        return REFUSED
    for explanation in chain:
        _print(explanation, LocalTime(problem))
    return DONE


def _print(explanation: Explanation, clock: LocalTime) -> None:
    late = f"{explanation.minutes_late} minutes late" if explanation.minutes_late else "in time"
    print(
        f"{explanation.job} on {explanation.line}: done {clock.words(explanation.done)}, "
        f"due {clock.words(explanation.due)}, {late}"
    )
    for reason in (*explanation.reasons, explanation.root):
        print(f"  {clock.words(reason.from_minute)} – {_until(clock, reason.from_minute, reason.to_minute)}", end="  ")
        print(reason_text(reason, clock.words))


def _until(clock: LocalTime, start: int, end: int) -> str:
    """The end of an interval, its day only where it is another one."""
    return clock.time(end) if clock.day(start) == clock.day(end) else clock.words(end)
