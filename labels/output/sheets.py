"""Where labels stand on a page: one a page, on plain A4 with crop marks, or on sheets of ready-cut labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from labels.errors import SheetError
from labels.layout.model import LaidOut

A4_MM = (210.0, 297.0)


@dataclass(frozen=True)
class Places:
    """A page and the places on it, in millimetres from its upper left corner.

    ``spare_x_mm`` and ``spare_y_mm`` are what a place is larger than a label, at each side; ``is_cut`` asks for crop
    marks.
    """

    page_width_mm: float
    page_height_mm: float
    columns: int
    rows: int
    left_mm: float
    top_mm: float
    pitch_x_mm: float
    pitch_y_mm: float
    spare_x_mm: float = 0
    spare_y_mm: float = 0
    is_cut: bool = False

    @property
    def a_page(self) -> int:
        """How many labels a page takes."""
        return self.columns * self.rows

    def corner(self, number: int) -> tuple[float, float]:
        """Upper left corner of a label, counted in rows from the top."""
        row, column = divmod(number, self.columns)
        return (
            self.left_mm + column * self.pitch_x_mm + self.spare_x_mm,
            self.top_mm + row * self.pitch_y_mm + self.spare_y_mm,
        )


def sheet_names() -> tuple[str, ...]:
    """The names of the sheets of ready-cut labels."""
    return tuple(_sheets())


def places_on(sheet: str, labels: Sequence[LaidOut]) -> Places | None:
    """The places of these labels on ``a4`` or on a sheet of that name; None for one label a page.

    Raises SheetError where the sheet is not known, the labels are of several sizes, or one does not fit.
    """
    if sheet == "label":
        return None
    sizes = {(label.width_mm, label.height_mm) for label in labels}
    if len(sizes) != 1:
        told = ", ".join(f"{width:g} × {height:g} mm" for width, height in sorted(sizes))
        raise SheetError(f"Labels of several sizes ({told}) cannot be on one sheet: print each design by itself")
    width, height = sizes.pop()
    return _on_a4(width, height) if sheet == "a4" else _on_labels(sheet, width, height)


def _on_a4(width: float, height: float) -> Places:
    columns, rows = int((A4_MM[0] + 0.1) // width), int((A4_MM[1] + 0.1) // height)
    if not columns * rows:
        raise SheetError(f"A label of {width:g} × {height:g} mm is larger than A4")
    left, top = (A4_MM[0] - columns * width) / 2, (A4_MM[1] - rows * height) / 2
    return Places(*A4_MM, columns, rows, left, top, width, height, is_cut=True)


def _on_labels(name: str, width: float, height: float) -> Places:
    if name not in _sheets():
        raise SheetError(f"There is no sheet {name!r}; there are label, a4, {', '.join(_sheets())}")
    row = _sheets()[name]
    if width > row["width_mm"] or height > row["height_mm"]:
        place = f"{row['width_mm']:g} × {row['height_mm']:g} mm"
        raise SheetError(f"A label of {width:g} × {height:g} mm does not fit the {place} of the sheet {name}")
    return Places(
        *A4_MM,
        row["columns"],
        row["rows"],
        row["left_mm"],
        row["top_mm"],
        row["width_mm"] + row.get("gap_x_mm", 0),
        row["height_mm"] + row.get("gap_y_mm", 0),
        (row["width_mm"] - width) / 2,
        (row["height_mm"] - height) / 2,
    )


@cache
def _sheets() -> Mapping[str, Mapping[str, Any]]:
    document = yaml.safe_load(files("labels.output").joinpath("sheets.yaml").read_text("utf-8"))
    sheets: Mapping[str, Mapping[str, Any]] = document["sheets"]
    return sheets
