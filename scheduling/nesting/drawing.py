"""One loaded pallet as an SVG drawing, to scale."""

from __future__ import annotations

from xml.sax.saxutils import escape

from scheduling.nesting.problem import Item, NestingProblem, PalletType
from scheduling.nesting.result import PalletLoad

_SCALE = 0.1
_MARGIN = 24


def pallet_svg(problem: NestingProblem, load: PalletLoad) -> str:
    """The pallet, its edge clearance and every item with its id and size. The load must be of the problem."""
    pallet = next(entry for entry in problem.pallets if entry.id == load.pallet)
    items = {item.id: item for item in problem.items}
    width = pallet.length_mm * _SCALE + 2 * _MARGIN
    height = pallet.width_mm * _SCALE + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'font-family="sans-serif" font-size="11">',
        f"<title>{escape(load.id)} · {escape(pallet.id)}</title>",
        *_frame(pallet),
    ]
    for placement in load.placements:
        item = items[placement.item]
        parts += _item(item, placement.x_mm, placement.y_mm, placement.rotated)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _box(x_mm: int, y_mm: int, length_mm: int, width_mm: int, style: str) -> str:
    x, y = _MARGIN + x_mm * _SCALE, _MARGIN + y_mm * _SCALE
    size = f'width="{length_mm * _SCALE:g}" height="{width_mm * _SCALE:g}"'
    return f'<rect x="{x:g}" y="{y:g}" {size} {style}/>'


def _frame(pallet: PalletType) -> list[str]:
    edge = pallet.edge_clearance_mm
    inner = (edge, edge, pallet.length_mm - 2 * edge, pallet.width_mm - 2 * edge)
    lines = [_box(0, 0, pallet.length_mm, pallet.width_mm, 'fill="#e8ebee" stroke="#38424c"')]
    if edge and min(inner[2:]) > 0:
        lines.append(_box(*inner, 'fill="none" stroke="#8a949e" stroke-dasharray="6 4"'))
    return lines


def _item(item: Item, x_mm: int, y_mm: int, rotated: bool) -> list[str]:
    length, width = (item.width_mm, item.length_mm) if rotated else (item.length_mm, item.width_mm)
    middle_x = _MARGIN + (x_mm + length / 2) * _SCALE
    middle_y = _MARGIN + (y_mm + width / 2) * _SCALE
    text = f'x="{middle_x:g}" text-anchor="middle" fill="#10202e"'
    return [
        _box(x_mm, y_mm, length, width, 'fill="#bcd7ee" stroke="#1f5f99"'),
        f'<text {text} y="{middle_y - 2:g}">{escape(item.id)}</text>',
        f'<text {text} y="{middle_y + 11:g}">{item.length_mm} × {item.width_mm}</text>',
    ]
