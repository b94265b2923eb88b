"""The table of docs/benchmarks.md, written from the stored results between two marks."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench.figure import Figure, Judged, Quantity
from bench.results import FOLDER, stored, stored_machine, stored_settings

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- table: python -m bench table -->", "<!-- end of table -->"
MOST_CASES_SHOWN = 6
MEASURED_ON, NOWHERE = "Measured on:", "nothing yet"
HEAD = (
    "| figure | measured | target | prototype | mean | worst | target met | cases |",
    "| --- | --- | ---: | ---: | ---: | ---: | --- | --- |",
)


def write(figures: Sequence[Figure], document: Path = DOCUMENT, folder: Path = FOLDER) -> str:
    """Put the table of what is stored into the document; returns the table.

    A figure of which nothing is stored here keeps the rows that the document has of it, measured on another machine.
    """
    before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    written, _, after = rest.partition(END)
    table = text(figures, folder, _kept(figures, folder, written), _machines(written))
    document.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
    return table


def text(
    figures: Sequence[Figure],
    folder: Path = FOLDER,
    kept: Mapping[str, Sequence[str]] | None = None,
    earlier_machines: Iterable[str] = (),
) -> str:
    """The machines, then one row for every quantity of every figure; `kept` are rows as they were, by figure."""
    kept = kept or {}
    measured_on = {machine for figure in figures if (machine := stored_machine(figure, folder))}
    machines = sorted(measured_on | (set(earlier_machines) if kept else set()))
    rows = [row for figure in figures for row in kept.get(figure.name) or _rows(figure, folder)]
    return "\n".join([f"{MEASURED_ON} {'; '.join(machines) or NOWHERE}.", "", *HEAD, *rows])


def _kept(figures: Sequence[Figure], folder: Path, written: str) -> dict[str, list[str]]:
    """The rows of figures that were measured elsewhere: from the one with the figure's title to the next title."""
    lines = [line for line in written.splitlines() if line.startswith("|")][len(HEAD) :]
    kept: dict[str, list[str]] = {}
    for figure in figures:
        begins = [number for number, line in enumerate(lines) if line.startswith(f"| {figure.title}")]
        if stored(figure, folder) or not begins:
            continue
        rows = lines[begins[0] : begins[0] + len(figure.quantities)]
        if len(rows) == len(figure.quantities) and all(row.startswith("|  |") for row in rows[1:]):
            kept[figure.name] = rows
    return kept


def _machines(written: str) -> list[str]:
    """The machines that the document names."""
    line = next((line for line in written.splitlines() if line.startswith(MEASURED_ON)), MEASURED_ON)
    return [name for name in line.removeprefix(MEASURED_ON).rstrip(".").strip().split("; ") if name != NOWHERE]


def _rows(figure: Figure, folder: Path) -> Iterable[str]:
    cases = stored(figure, folder)
    for index, quantity in enumerate(figure.quantities):
        values = [case.get(quantity.name) for case in cases.values()]
        title = f"{figure.title}{_settings(figure, folder)}" if index == 0 else ""
        cells = [title, quantity.what, _target(quantity), quantity.prototype, *_statistics(quantity, values)]
        yield "| " + " | ".join([*cells, _cases(quantity, values, len(figure.cases))]) + " |"


def _settings(figure: Figure, folder: Path) -> str:
    """What was measured otherwise than by default, so that nobody takes a shortened run for a full one."""
    used = stored_settings(figure, folder)
    other = [
        f"{name} {used[name]:g}" for name in figure.settings if name in used and used[name] != figure.settings[name]
    ]
    return f" (run with {', '.join(other)})" if other else ""


def _target(quantity: Quantity) -> str:
    return "–" if quantity.target is None else f"≤ {quantity.text(quantity.target)}"


def _statistics(quantity: Quantity, values: Sequence[float | str | None]) -> list[str]:
    """Mean, worst, whether the target is met. A case without a value fails a target and counts in no mean."""
    if not values:
        return ["–", "–", "not measured" if quantity.target is not None else ""]
    numbers = [value for value in values if isinstance(value, (int, float))]
    if not numbers:
        return ["–", "–", _met(quantity, values)]
    missing = f" ({len(values) - len(numbers)} without)" if len(numbers) < len(values) else ""
    return [quantity.text(statistics.mean(numbers)) + missing, quantity.text(max(numbers)), _met(quantity, values)]


def _met(quantity: Quantity, values: Sequence[float | str | None]) -> str:
    if quantity.target is None:
        return ""
    numbers = [value for value in values if isinstance(value, (int, float))]
    if None in values:
        return "**missed**"
    if not numbers:
        return "nothing to compare"
    reached = max(numbers) if quantity.judged is Judged.WORST else statistics.mean(numbers)
    return "yes" if reached <= quantity.target else "**missed**"


def _cases(quantity: Quantity, values: Sequence[float | str | None], of: int) -> str:
    """The single values, or how many there are; and how many are still to come."""
    if len(values) > MOST_CASES_SHOWN:
        told = f"{len(values)} instances"
    else:
        told = "; ".join(quantity.text(value) for value in values)
    return f"{told} ({len(values)} of {of} cases)" if 0 < len(values) < of else told
