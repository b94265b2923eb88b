"""`check`: validate a plan against every rule of the contract."""

from __future__ import annotations

import argparse
from pathlib import Path

from scheduling.commands.argument_types import Subparsers
from scheduling.commands.exit_codes import DONE, VIOLATED
from scheduling.commands.summary import objective_summary
from scheduling.documents.reading import read_plan, read_problem
from scheduling.solver import continue_past
from scheduling.validator import check


def register(subparsers: Subparsers) -> None:
    """Add the command to the parser."""
    command = subparsers.add_parser("check", help="validate a plan: 0 valid, 1 violations, 2 refused")
    command.add_argument("problem", type=Path)
    command.add_argument("plan", type=Path)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the objective of a valid plan, or every violation; a past that no plan can continue is refused."""
    problem = read_problem(arguments.problem.read_bytes())
    plan = read_plan(arguments.plan.read_bytes())
    result = check(problem, plan)
    if result.valid:
        print(objective_summary(result.objective))
        return DONE
    if problem.fixed:
        continue_past(problem)
    for violation in result.violations:
        print(violation)
    return VIOLATED
