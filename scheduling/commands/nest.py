"""`nest`: place elements on pallets."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scheduling.commands.argument_types import Subparsers, seconds
from scheduling.commands.exit_codes import DONE, VIOLATED
from scheduling.nesting import check_nesting, nest, nesting_result_json, pallet_svg, read_nesting_problem


def register(subparsers: Subparsers) -> None:
    """Add the command to the parser."""
    command = subparsers.add_parser("nest", help="place elements on pallets")
    command.add_argument("problem", type=Path)
    command.add_argument("-o", "--output", type=Path, required=True)
    command.add_argument("--seconds", type=seconds, default=10.0)
    command.add_argument("--svg", type=Path, help="a folder for one drawing per pallet")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the loads, and a drawing of each where a folder is named."""
    problem = read_nesting_problem(arguments.problem.read_bytes())
    result = nest(problem, arguments.seconds)
    faults = check_nesting(problem, result)
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return VIOLATED
    arguments.output.write_text(nesting_result_json(result), encoding="utf-8")
    if arguments.svg:
        arguments.svg.mkdir(parents=True, exist_ok=True)
        for load in result.loads:
            (arguments.svg / f"{load.id}.svg").write_text(pallet_svg(problem, load), encoding="utf-8")
    print(f"{len(result.loads)} loads, {len(result.unplaced)} items unplaced")
    for entry in result.unplaced:
        print(f"unplaced {entry.item}: {entry.reason}")
    return DONE
