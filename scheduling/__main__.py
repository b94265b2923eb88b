"""The command line: python -m scheduling solve | check | generate | gantt | nest."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scheduling.gantt import gantt_svg
from scheduling.generator import generate
from scheduling.nesting import check_nesting, nest
from scheduling.nesting_json import nesting_result_json, read_nesting_problem
from scheduling.nesting_svg import pallet_svg
from scheduling.plan import Objective, Plan
from scheduling.problem import DocumentError, Problem
from scheduling.reading import read_plan, read_problem
from scheduling.solver import Progress, continue_past, solve
from scheduling.validator import check
from scheduling.writing import plan_json, problem_json

VIOLATED, REFUSED = 1, 2
_BAR_WIDTH = 30


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scheduling", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("solve", help="make a plan for a problem")
    command.add_argument("problem", type=Path)
    command.add_argument("-o", "--output", type=Path, required=True)
    command.add_argument("--seconds", type=_seconds, default=10.0, help="bound on the whole solve")
    command.add_argument("--workers", type=_positive, default=1)
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--start", type=Path, help="a plan to start from")
    command = commands.add_parser("check", help="validate a plan: 0 valid, 1 violations, 2 refused")
    command.add_argument("problem", type=Path)
    command.add_argument("plan", type=Path)
    command = commands.add_parser("generate", help="make a realistic instance")
    command.add_argument("--jobs", type=_count, required=True)
    command.add_argument("--lines", type=_positive, default=2)
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--tight", action="store_true", help="due times that can hardly be kept")
    command.add_argument("-o", "--output", type=Path, required=True)
    command = commands.add_parser("gantt", help="draw a plan as SVG")
    command.add_argument("problem", type=Path)
    command.add_argument("plan", type=Path)
    command.add_argument("-o", "--output", type=Path, required=True)
    command = commands.add_parser("nest", help="place elements on pallets")
    command.add_argument("problem", type=Path)
    command.add_argument("-o", "--output", type=Path, required=True)
    command.add_argument("--seconds", type=_seconds, default=10.0)
    command.add_argument("--svg", type=Path, help="a folder for one drawing per pallet")
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return value


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


class _ProgressBar:
    """Progress on standard error: a bar on a terminal, otherwise one line per improvement."""

    def __init__(self) -> None:
        self.last = ""

    def __call__(self, progress: Progress) -> None:
        bound = "–" if progress.bound is None else str(progress.bound)
        words = f"total {progress.total} bound {bound} unscheduled {progress.unscheduled}"
        if sys.stderr.isatty():
            filled = min(_BAR_WIDTH, round(_BAR_WIDTH * progress.seconds / progress.limit))
            bar = "█" * filled + "·" * (_BAR_WIDTH - filled)
            print(f"\r[{bar}] {progress.seconds:6.1f} s  {words}   ", end="", file=sys.stderr, flush=True)
        elif words != self.last:
            print(f"{progress.seconds:8.2f} s  {words}", file=sys.stderr)
        self.last = words

    def finish(self) -> None:
        """End the line of the bar."""
        if self.last and sys.stderr.isatty():
            print(file=sys.stderr)


def _summary(objective: Objective) -> str:
    names = ("tardiness", "earliness", "changeover", "makespan", "overtime", "stability", "total")
    return "\n".join(f"{name:<10} {getattr(objective, name)}" for name in names)


def _read_problem(path: Path) -> Problem:
    return read_problem(path.read_bytes())


def _solve(arguments: argparse.Namespace) -> int:
    problem = _read_problem(arguments.problem)
    start: Plan | None = read_plan(arguments.start.read_bytes()) if arguments.start else None
    bar = _ProgressBar()
    plan = solve(problem, arguments.seconds, arguments.workers, arguments.seed, start, progress=bar)
    bar.finish()
    arguments.output.write_text(plan_json(plan), encoding="utf-8")
    print(f"{plan.status}: {len(plan.jobs)} jobs planned, {len(plan.unscheduled)} unscheduled")
    print(_summary(plan.objective))
    for entry in plan.unscheduled:
        print(f"unscheduled {entry.job}: {entry.reason}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    problem = _read_problem(arguments.problem)
    plan = read_plan(arguments.plan.read_bytes())
    result = check(problem, plan)
    if result.valid:
        print(_summary(result.objective))
        return 0
    if problem.fixed:
        continue_past(problem)
    for violation in result.violations:
        print(violation)
    return VIOLATED


def _generate(arguments: argparse.Namespace) -> int:
    problem = generate(arguments.jobs, arguments.lines, arguments.seed, arguments.tight)
    arguments.output.write_text(problem_json(problem), encoding="utf-8")
    print(f"{len(problem.jobs)} jobs on {len(problem.lines)} lines")
    return 0


def _gantt(arguments: argparse.Namespace) -> int:
    problem = _read_problem(arguments.problem)
    plan = read_plan(arguments.plan.read_bytes())
    structural = [v for v in check(problem, plan).violations if v.code.startswith("R1")]
    if structural:
        for violation in structural:
            print(violation, file=sys.stderr)
        return VIOLATED
    arguments.output.write_text(gantt_svg(problem, plan), encoding="utf-8")
    return 0


def _nest(arguments: argparse.Namespace) -> int:
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
    return 0


_COMMANDS = {"solve": _solve, "check": _check, "generate": _generate, "gantt": _gantt, "nest": _nest}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 violations, 2 refused input."""
    parsed = _parser().parse_args(arguments)
    try:
        return _COMMANDS[parsed.command](parsed)
    except DocumentError as error:
        for issue in error.issues:
            print(issue, file=sys.stderr)
        return REFUSED
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return REFUSED


if __name__ == "__main__":
    sys.exit(main())
