"""`solve`: make a plan for a problem."""

from __future__ import annotations

import argparse
from pathlib import Path

from scheduling.commands.argument_types import Subparsers, positive, seconds
from scheduling.commands.exit_codes import DONE
from scheduling.commands.interruption import interruptible
from scheduling.commands.output_files import refuse_unwritable
from scheduling.commands.progress import ProgressLine
from scheduling.commands.summary import objective_summary
from scheduling.documents.reading import read_plan, read_problem
from scheduling.documents.writing import plan_json
from scheduling.solver import solve


def register(subparsers: Subparsers) -> None:
    """Add the command to the parser."""
    command = subparsers.add_parser("solve", help="make a plan for a problem")
    command.add_argument("problem", type=Path)
    command.add_argument("-o", "--output", type=Path, required=True)
    command.add_argument("--seconds", type=seconds, default=10.0, help="bound on the whole solve")
    command.add_argument("--workers", type=positive, default=1)
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--start", type=Path, help="a plan to start from")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read the problem, solve it, write the plan and print its summary; Ctrl-C gives the best plan so far."""
    problem = read_problem(arguments.problem.read_bytes())
    start = read_plan(arguments.start.read_bytes()) if arguments.start else None
    refuse_unwritable(arguments.output)
    line = ProgressLine()
    with interruptible() as should_cancel:
        plan = solve(
            problem,
            arguments.seconds,
            arguments.workers,
            arguments.seed,
            start,
            progress=line,
            should_cancel=should_cancel,
        )
    line.finish()
    arguments.output.write_text(plan_json(plan), encoding="utf-8")
    print(f"{plan.status}: {len(plan.jobs)} jobs planned, {len(plan.unscheduled)} unscheduled")
    print(objective_summary(plan.objective))
    for entry in plan.unscheduled:
        print(f"unscheduled {entry.job}: {entry.reason}")
    return DONE
