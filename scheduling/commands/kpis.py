"""`kpis`: the figures of a plan, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from scheduling.commands.argument_types import Subparsers
from scheduling.commands.exit_codes import DONE, VIOLATED
from scheduling.documents.reading import read_plan, read_problem
from scheduling.kpis import Kpis, kpis
from scheduling.local_time import LocalTime
from scheduling.validator import check


def register(subparsers: Subparsers) -> None:
    """Add the command to the parser."""
    command = subparsers.add_parser("kpis", help="print the figures of a plan")
    command.add_argument("problem", type=Path)
    command.add_argument("plan", type=Path)
    command.add_argument("--json", action="store_true", help="every figure, step series included, as JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """The figures of every plan whose jobs stand on lines of the problem."""
    problem = read_problem(arguments.problem.read_bytes())
    plan = read_plan(arguments.plan.read_bytes())
    structural = [violation for violation in check(problem, plan).violations if violation.code.startswith("R1")]
    if structural:
        for violation in structural:
            print(violation, file=sys.stderr)
        return VIOLATED
    figures = kpis(problem, plan)
    if arguments.json:
        print(json.dumps(asdict(figures), ensure_ascii=False, indent=2))
    else:
        _print(figures, LocalTime(problem))
    return DONE


def _print(figures: Kpis, clock: LocalTime) -> None:
    last = clock.words(figures.last_done) if figures.last_done is not None else "–"
    print(f"jobs planned       {figures.jobs} ({figures.unscheduled} unscheduled), last done {last}")
    print(
        f"tardiness          {figures.tardy_jobs} jobs, {figures.tardiness_minutes} min, "
        f"weighted {figures.tardiness_cost}; {figures.late_deliveries} of {len(figures.deliveries)} deliveries late"
    )
    storage = figures.storage
    print(
        f"storage            {storage.earliness_minutes} min, weighted {storage.earliness_cost}; "
        f"at most {storage.waiting.peak} loads wait"
    )
    print(
        f"overtime           {len(figures.overtime.windows)} windows, {figures.overtime.minutes} min, "
        f"cost {figures.overtime.cost}"
    )
    _table(
        ("delivery due", "jobs", "tardy", "minutes", "weighted", "last done"),
        [
            (
                clock.words(d.due),
                d.jobs,
                d.tardy_jobs,
                d.tardiness_minutes,
                d.tardiness_cost,
                clock.words(d.last_done) if d.last_done is not None else "–",
            )
            for d in figures.deliveries
        ],
    )
    _table(
        ("line", "jobs", "changeovers", "minutes"),
        [(line.line, line.jobs, line.changeovers, line.changeover_minutes) for line in figures.lines],
    )
    _table(
        ("line", "station", "open", "worked", "blocked", "changeover", "idle", "use"),
        [
            (
                s.line,
                s.station,
                s.open_minutes,
                s.worked_minutes,
                s.blocked_minutes,
                s.changeover_minutes,
                s.idle_minutes,
                f"{s.utilisation:.0%}",
            )
            for s in figures.stations
        ],
    )
    _table(
        ("in use at once", "most", "of"),
        [(f"{o.line} {o.station}", o.pallets.peak, o.capacity) for o in figures.occupancy]
        + [(r.resource, r.in_use.peak, r.count) for r in figures.resources],
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str | int]]) -> None:
    """A table with its columns aligned: words to the left, numbers to the right."""
    if not rows:
        return
    texts = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    numeric = [isinstance(cell, int) or str(cell).endswith("%") for cell in rows[0]]
    print()
    for row in texts:
        cells = zip(row, widths, numeric, strict=True)
        print("  ".join(cell.rjust(width) if right else cell.ljust(width) for cell, width, right in cells).rstrip())
