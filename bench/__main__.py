"""`make bench`: measures figures, stores what comes, writes the table of docs/benchmarks.md.

python -m bench                              every figure, all cases (about two hours)
python -m bench list                         the figures' names
python -m bench planning-200 --seeds 1,2     one or more figures, some cases
python -m bench table                        the table from what is stored
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from bench import results, table
from bench.catalogue import FIGURES
from bench.figure import Figure, SkippedError
from bench.machine import description


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 2 an unknown name."""
    parsed = _parser().parse_args(arguments)
    names = parsed.names
    if names == ["list"]:
        for figure in FIGURES:
            print(f"{figure.name:24} {figure.title}")
        return 0
    if names != ["table"]:
        chosen = [figure for figure in FIGURES if not names or _matches(figure, names)]
        unknown = [name for name in names if not any(_matches(figure, [name]) for figure in FIGURES)]
        if unknown:
            print(f"no figure is named {', '.join(unknown)}; see: python -m bench list", file=sys.stderr)
            return 2
        for figure in chosen:
            run(figure, parsed.seeds or figure.cases, dict(parsed.set))
    print(table.write(FIGURES))
    return 0


def run(figure: Figure, cases: Sequence[int], changed: dict[str, float]) -> None:
    """Measure these cases of a figure, and store each as it comes."""
    settings = {**figure.settings, **{name: value for name, value in changed.items() if name in figure.settings}}
    for case in cases:
        began = time.perf_counter()
        try:
            values = figure.measure(case, **settings)
        except SkippedError as reason:
            print(f"{figure.name} {case}: skipped, {reason}", file=sys.stderr)
            return
        results.store(figure, case, settings, values, description())
        told = ", ".join(f"{q.name} {q.text(values.get(q.name))}" for q in figure.quantities)
        print(f"{figure.name} {case}: {told} ({time.perf_counter() - began:.0f} s)", file=sys.stderr, flush=True)


def _matches(figure: Figure, names: Sequence[str]) -> bool:
    """A figure's whole name, or the first word of several: `planning` is all the `planning-…`."""
    return any(figure.name == name or figure.name.startswith(f"{name}-") for name in names)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("names", nargs="*", help="figures (or the first word of their names), list, table")
    parser.add_argument("--seeds", type=_numbers, help="which cases, such as 1,2")
    parser.add_argument("--set", type=_setting, action="append", default=[], help="such as seconds=1")
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(",") if number)


def _setting(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    return name, float(value) if "." in value else int(value)


if __name__ == "__main__":
    sys.exit(main())
