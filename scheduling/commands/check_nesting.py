"""`check-nesting`: validate a nesting result against every rule of its contract."""

from __future__ import annotations

import argparse
from pathlib import Path

from scheduling.commands.argument_types import Subparsers
from scheduling.commands.exit_codes import DONE, VIOLATED
from scheduling.nesting import check_nesting, read_nesting_problem, read_nesting_result


def register(subparsers: Subparsers) -> None:
    """Add the command to the parser."""
    command = subparsers.add_parser("check-nesting", help="validate pallet loads: 0 valid, 1 violations, 2 refused")
    command.add_argument("problem", type=Path)
    command.add_argument("result", type=Path)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the size of a valid result, or every violation, one a line."""
    problem = read_nesting_problem(arguments.problem.read_bytes())
    result = read_nesting_result(arguments.result.read_bytes())
    violations = check_nesting(problem, result)
    if not violations:
        print(f"valid: {len(result.loads)} loads, {len(result.unplaced)} items unplaced")
        return DONE
    print("\n".join(violations))
    return VIOLATED
