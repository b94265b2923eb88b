"""`replan`: go on from a plan after something happened, and say what changes and why."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from scheduling.commands.argument_types import Subparsers, count, positive, seconds
from scheduling.commands.exit_codes import DONE
from scheduling.commands.interruption import interruptible
from scheduling.commands.output_files import refuse_unwritable
from scheduling.commands.progress import ProgressLine
from scheduling.commands.summary import objective_summary
from scheduling.documents.reading import read_plan, read_problem
from scheduling.documents.writing import plan_json
from scheduling.local_time import LocalTime
from scheduling.plan import Plan
from scheduling.replanning import Change, Replanning, change_text, replan


def register(subparsers: Subparsers) -> None:
    """Add the command to the parser."""
    command = subparsers.add_parser("replan", help="go on from a plan after something happened")
    command.add_argument("problem", type=Path, help="the problem as it is now")
    command.add_argument("plan", type=Path, help="the plan that held until now")
    command.add_argument("-o", "--output", type=Path, required=True, help="where the improved plan goes")
    command.add_argument("--right-shift", type=Path, help="where the plan that is only pushed back goes")
    command.add_argument("--seconds", type=seconds, default=5.0, help="bound on both plans together")
    command.add_argument("--workers", type=positive, default=1)
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--threshold", type=count, default=15, help="minutes from which on a shift is told")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read both documents, write the plans, print both totals and the changes of the improved plan."""
    problem = read_problem(arguments.problem.read_bytes())
    before = read_plan(arguments.plan.read_bytes())
    for path in filter(None, (arguments.output, arguments.right_shift)):
        refuse_unwritable(path)

    def write_right_shift(plan: Plan) -> None:
        if arguments.right_shift is not None:
            arguments.right_shift.write_text(plan_json(plan), encoding="utf-8")

    line = ProgressLine()
    with interruptible() as pressed:
        result = replan(
            problem,
            before,
            arguments.seconds,
            arguments.workers,
            arguments.seed,
            progress=line,
            should_cancel=pressed,
            on_right_shift=write_right_shift,
            threshold=arguments.threshold,
        )
    line.finish()
    arguments.output.write_text(plan_json(result.improved), encoding="utf-8")
    _print(result, LocalTime(problem))
    return DONE


def _print(result: Replanning, clock: LocalTime) -> None:
    shifted = result.right_shifted
    print(f"right-shifted: total {shifted.objective.total}, {len(shifted.unscheduled)} unscheduled")
    print(f"               {_summary(result.right_shift_changes)}")
    print(f"{result.improved.status}: {len(result.improved.jobs)} jobs planned")
    print(objective_summary(result.improved.objective))
    for entry in result.improved.unscheduled:
        print(f"unscheduled {entry.job}: {entry.reason}")
    print(_summary(result.improved_changes))
    for change in result.improved_changes:
        print(f"  {change_text(change, clock.words)}")


def _summary(changes: Sequence[Change]) -> str:
    """How many changes of each kind there are."""
    kinds = Counter(change.kind for change in changes)
    told = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    return f"{len(changes)} changes: {told}" if changes else "no changes"
