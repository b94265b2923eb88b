"""`nest`: place elements on pallets."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scheduling.commands.argument_types import Subparsers, positive, seconds
from scheduling.commands.exit_codes import DONE, VIOLATED
from scheduling.commands.interruption import interruptible
from scheduling.commands.output_files import refuse_unwritable
from scheduling.commands.progress import ProgressLine
from scheduling.nesting import (
    NestingProgress,
    NestingResult,
    check_nesting,
    nest,
    nesting_result_json,
    pallet_svg,
    read_nesting_problem,
)


def register(subparsers: Subparsers) -> None:
    """Add the command to the parser."""
    command = subparsers.add_parser("nest", help="place elements on pallets")
    command.add_argument("problem", type=Path)
    command.add_argument("-o", "--output", type=Path, required=True)
    command.add_argument("--seconds", type=seconds, default=10.0, help="bound on the whole search")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--iterations", type=positive, help="bound on the steps, for a result that comes again")
    command.add_argument("--svg", type=Path, help="a folder for one drawing per pallet")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the loads, and a drawing of each where a folder is named."""
    problem = read_nesting_problem(arguments.problem.read_bytes())
    refuse_unwritable(arguments.output)
    line = ProgressLine()
    with interruptible() as should_cancel:
        result = nest(
            problem,
            arguments.seconds,
            arguments.seed,
            arguments.iterations,
            progress=lambda progress: line.show(progress.seconds, progress.limit, _words(progress)),
            should_cancel=should_cancel,
        )
    line.finish()
    faults = check_nesting(problem, result)
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return VIOLATED
    arguments.output.write_text(nesting_result_json(result), encoding="utf-8")
    if arguments.svg:
        arguments.svg.mkdir(parents=True, exist_ok=True)
        for load in result.loads:
            (arguments.svg / f"{load.id}.svg").write_text(pallet_svg(problem, load), encoding="utf-8")
    _summarise(result)
    return DONE


def _words(progress: NestingProgress) -> str:
    best, bound = progress.objective, progress.bound
    return f"pallets {best.pallets} bound {bound.pallets} early {best.early_minutes} unplaced {best.unplaced}"


def _summarise(result: NestingResult) -> None:
    print(f"{result.status}: {len(result.loads)} loads, {len(result.unplaced)} items unplaced")
    if result.objective is not None and result.bound is not None:
        print(f"pallets       {result.objective.pallets} (at least {result.bound.pallets})")
        print(f"early_minutes {result.objective.early_minutes}")
    for entry in result.unplaced:
        print(f"unplaced {entry.item}: {entry.reason}")
