"""`gantt`: draw a plan."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scheduling.commands.argument_types import Subparsers
from scheduling.commands.exit_codes import DONE, VIOLATED
from scheduling.documents.reading import read_plan, read_problem
from scheduling.pictures import gantt_svg
from scheduling.validator import check


def register(subparsers: Subparsers) -> None:
    """Add the command to the parser."""
    command = subparsers.add_parser("gantt", help="draw a plan as SVG")
    command.add_argument("problem", type=Path)
    command.add_argument("plan", type=Path)
    command.add_argument("-o", "--output", type=Path, required=True)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Draw every plan whose jobs stand on lines of the problem; other violations do not matter to a picture."""
    problem = read_problem(arguments.problem.read_bytes())
    plan = read_plan(arguments.plan.read_bytes())
    structural = [v for v in check(problem, plan).violations if v.code.startswith("R1")]
    if structural:
        for violation in structural:
            print(violation, file=sys.stderr)
        return VIOLATED
    arguments.output.write_text(gantt_svg(problem, plan), encoding="utf-8")
    return DONE
