"""Rows of dark and light modules as PNG and as SVG paths."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from PIL import Image

Matrix = tuple[tuple[bool, ...], ...]


def runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Start and width of each run of dark modules."""
    start = None
    for index, dark in enumerate((*row, False)):
        if dark and start is None:
            start = index
        elif not dark and start is not None:
            yield start, index - start
            start = None


def png_of(rows: Sequence[Sequence[bool]], width_px: int, height_px: int) -> bytes:
    image = Image.new("1", (len(rows[0]), len(rows)), 1)
    image.putdata([0 if dark else 1 for row in rows for dark in row])
    scaled = image.resize((len(rows[0]) * width_px, len(rows) * height_px), Image.Resampling.NEAREST)
    target = io.BytesIO()
    scaled.save(target, format="PNG", optimize=True)
    return target.getvalue()


def svg_of(path: str, width: int, height: int, width_mm: float | None, height_mm: float | None) -> str:
    size = f' width="{width_mm:g}mm"' if width_mm else ""
    size += f' height="{height_mm:g}mm"' if height_mm else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"{size} '
        f'shape-rendering="crispEdges" role="img"><path fill="#fff" d="M0 0h{width}v{height}h-{width}z"/>'
        f'<path fill="#000" d="{path}"/></svg>'
    )
