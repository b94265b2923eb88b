"""A component type drawn to scale: its face with openings and dimensions, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

MARGIN = 0.14  # of the longer side, for the dimension lines


class Drawn(Protocol):
    """What has a face to draw, in millimetres."""

    @property
    def length_mm(self) -> int: ...
    @property
    def width_mm(self) -> int: ...
    @property
    def openings(self) -> Sequence[Any]: ...


LETTERS = 'class="drawing-text" fill="#1c1d1a" stroke="none"'


def elevation(kind: Drawn) -> str:
    """The face of a component, length to the right and width upwards, with its openings.

    Its lines have colours of their own: without a stylesheet it is a drawing still, and no black area.
    """
    length, width = kind.length_mm, kind.width_mm
    pad = max(length, width) * MARGIN
    size = max(length, width) * 0.045
    top = pad * 0.3
    shapes = [
        f'<rect class="drawing-face" x="{pad:.0f}" y="{top:.0f}" width="{length}" height="{width}"/>',
        *(_opening(opening, pad, top, width) for opening in kind.openings),
        _dimension_x(pad, top + width, length, pad, size),
        _dimension_y(pad, top, width, pad, size),
    ]
    box = f"0 0 {length + pad * 1.4:.0f} {width + top + pad:.0f}"
    own = f'fill="none" stroke="#54564f" stroke-width="{size / 12:.1f}"'
    return f'<svg class="drawing" viewBox="{box}" role="img" {own}>{"".join(shapes)}</svg>'


def _opening(opening: dict[str, Any], left: float, top: float, width: int) -> str:
    x, w, h = left + opening["x_mm"], opening["width_mm"], opening["height_mm"]
    y = top + width - opening["y_mm"] - h
    return (
        f'<rect class="drawing-opening" x="{x:.0f}" y="{y:.0f}" width="{w}" height="{h}"/>'
        f'<path class="drawing-line" d="M{x:.0f} {y:.0f}l{w} {h}m0 {-h}l{-w} {h}"/>'
    )


def _dimension_x(left: float, base: float, length: int, pad: float, size: float) -> str:
    y = base + pad * 0.4
    return (
        f'<path class="drawing-dimension" d="M{left:.0f} {y:.0f}h{length}m0 {-size:.0f}v{2 * size:.0f}'
        f'M{left:.0f} {y - size:.0f}v{2 * size:.0f}"/>'
        f'<text {LETTERS} x="{left + length / 2:.0f}" y="{y + size * 1.5:.0f}" font-size="{size:.0f}" '
        f'text-anchor="middle">{length}</text>'
    )


def _dimension_y(left: float, top: float, width: int, pad: float, size: float) -> str:
    x = left - pad * 0.35
    middle = top + width / 2
    return (
        f'<path class="drawing-dimension" d="M{x:.0f} {top:.0f}v{width}m{-size:.0f} 0h{2 * size:.0f}'
        f'M{x - size:.0f} {top:.0f}h{2 * size:.0f}"/>'
        f'<text {LETTERS} x="{x - size * 0.6:.0f}" y="{middle:.0f}" font-size="{size:.0f}" '
        f'text-anchor="middle" transform="rotate(-90 {x - size * 0.6:.0f} {middle:.0f})">{width}</text>'
    )
