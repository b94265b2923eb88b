"""`generate`: make a realistic instance."""

from __future__ import annotations

import argparse
from pathlib import Path

from scheduling.commands.argument_types import Subparsers, count, positive
from scheduling.commands.exit_codes import DONE
from scheduling.documents.writing import problem_json
from scheduling.generator import generate


def register(subparsers: Subparsers) -> None:
    """Add the command to the parser."""
    command = subparsers.add_parser("generate", help="make a realistic instance")
    command.add_argument("--jobs", type=count, required=True)
    command.add_argument("--lines", type=positive, default=2)
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--tight", action="store_true", help="due times that can hardly be kept")
    command.add_argument("-o", "--output", type=Path, required=True)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the instance that the arguments name; the same arguments give the same one."""
    problem = generate(arguments.jobs, arguments.lines, arguments.seed, arguments.tight)
    arguments.output.write_text(problem_json(problem), encoding="utf-8")
    print(f"{len(problem.jobs)} jobs on {len(problem.lines)} lines")
    return DONE
