"""One loaded pallet as an SVG drawing, to scale: for the planner's screen and for paper at the line.

Colours stand for groups and are the same on every drawing of a problem. Nothing but text, boxes and lines is used.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from scheduling.nesting.problem import Item, NestingProblem, PalletType
from scheduling.nesting.result import PalletLoad, Placement

FONTS = "system-ui, 'Noto Sans', 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
_LONGER_SIDE = 1100.0
_MARGIN, _TITLE_HEIGHT, _RULER = 28.0, 62.0, 26.0
_COLOURS = (
    ("#cfe3f5", "#1f5f99"),
    ("#d8eccb", "#3f7d20"),
    ("#fbe3c0", "#a8660a"),
    ("#e8d9f2", "#70409a"),
    ("#f8d4d4", "#a83232"),
    ("#cfeae6", "#1c776d"),
    ("#ece5cf", "#76642a"),
    ("#dde0e6", "#4a5568"),
)
_INK, _FAINT = "#10202e", "#5b6873"
_MINUTES_A_DAY = 1440


def pallet_svg(problem: NestingProblem, load: PalletLoad) -> str:
    """The pallet, its edge clearance and every item on it, with a title of what the load is.

    Raises:
        KeyError: if the load names a pallet or an item that the problem does not have.
    """
    return _Drawing(problem, load).svg()


class _Drawing:
    def __init__(self, problem: NestingProblem, load: PalletLoad) -> None:
        items = {item.id: item for item in problem.items}
        self.load = load
        self.pallet: PalletType = {pallet.id: pallet for pallet in problem.pallets}[load.pallet]
        self.placed = [(items[placement.item], placement) for placement in load.placements]
        groups = list(dict.fromkeys(item.group for item in problem.items))
        self.colours = {group: _COLOURS[index % len(_COLOURS)] for index, group in enumerate(groups)}
        self.scale = _LONGER_SIDE / max(self.pallet.length_mm, self.pallet.width_mm)
        self.left, self.top = _MARGIN, _TITLE_HEIGHT

    def svg(self) -> str:
        """The whole document."""
        width = max(self.pallet.length_mm * self.scale, 480.0) + 2 * _MARGIN
        height = self.top + self.pallet.width_mm * self.scale + _RULER + 8
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
            f'font-family="{FONTS}" font-size="14" fill="{_INK}">',
            f"<title>{escape(self.load.id)} · {escape(self.pallet.id)}</title>",
            f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
            *self._title(),
            *self._frame(),
        ]
        for item, placement in self.placed:
            parts += self._item(item, placement)
        return "\n".join([*parts, *self._measures(), "</svg>"]) + "\n"

    def _title(self) -> list[str]:
        """Which load, of what group, how heavy and how full, and when its earliest item is due."""
        pallet, items = self.pallet, [item for item, _ in self.placed]
        weight = sum(item.weight_kg for item in items)
        covered = sum(item.length_mm * item.width_mm for item in items)
        share = 100 * covered / (pallet.length_mm * pallet.width_mm)
        groups = list(dict.fromkeys(item.group for item in items))
        marks = [
            f'<rect x="{self.left + 18 * index:.1f}" y="36" width="13" height="13" rx="2" '
            f'fill="{self.colours[group][0]}" stroke="{self.colours[group][1]}"/>'
            for index, group in enumerate(groups)
        ]
        needed = f"needed {_moment(min(item.due for item in items))}" if items else "empty"
        facts = [
            ", ".join(groups),
            f"{len(items)} items",
            f"{weight:,} of {pallet.max_load_kg:,} kg",
            f"{share:.0f} % of the area",
            needed,
        ]
        return [
            f'<text x="{self.left:.1f}" y="26" font-size="19" font-weight="600">{escape(self.load.id)}'
            f'<tspan dx="12" font-size="15" font-weight="400" fill="{_FAINT}">{escape(pallet.id)}</tspan></text>',
            *marks,
            f'<text x="{self.left + 18 * len(groups) + 3:.1f}" y="48">{escape(" · ".join(facts))}</text>',
        ]

    def _frame(self) -> list[str]:
        """The pallet's outline and, dashed, the clearance that items keep from it."""
        pallet, edge = self.pallet, self.pallet.edge_clearance_mm
        lines = [self._box(0, 0, pallet.length_mm, pallet.width_mm, 'fill="#eef0f2" stroke="#38424c" stroke-width="2"')]
        inner = (edge, edge, pallet.length_mm - 2 * edge, pallet.width_mm - 2 * edge)
        if edge and min(inner[2:]) > 0:
            lines.append(self._box(*inner, 'fill="none" stroke="#8a949e" stroke-dasharray="7 5"'))
        return lines

    def _box(self, x_mm: int, y_mm: int, length_mm: int, width_mm: int, style: str) -> str:
        x, y = self.left + x_mm * self.scale, self.top + y_mm * self.scale
        size = f'width="{length_mm * self.scale:.1f}" height="{width_mm * self.scale:.1f}"'
        return f'<rect x="{x:.1f}" y="{y:.1f}" {size} {style}/>'

    def _item(self, item: Item, placement: Placement) -> list[str]:
        """A box with as many lines of text as it has room for; everything stands in its title as well."""
        fill, stroke = self.colours[item.group]
        along, across = item.length_mm, item.width_mm
        if placement.rotated:
            along, across = across, along
        turned = "  ⟳ 90°" if placement.rotated else ""
        lines = [
            item.id,
            f"{item.length_mm} × {item.width_mm}{turned}",
            f"{item.weight_kg:,} kg",
            f"due {_moment(item.due)}",
        ]
        box = self._box(placement.x_mm, placement.y_mm, along, across, f'fill="{fill}" stroke="{stroke}"')
        middle = (
            self.left + (placement.x_mm + along / 2) * self.scale,
            self.top + (placement.y_mm + across / 2) * self.scale,
        )
        words = escape(" · ".join(lines))
        return [
            f"<g><title>{words}</title>",
            box,
            *_lettering(lines, middle, along * self.scale, across * self.scale),
            "</g>",
        ]

    def _measures(self) -> list[str]:
        """Length and width of the pallet below it."""
        pallet = self.pallet
        words = f"{pallet.length_mm} × {pallet.width_mm} mm · edge {pallet.edge_clearance_mm} · gap {pallet.gap_mm}"
        below = self.top + pallet.width_mm * self.scale + 20
        return [f'<text x="{self.left:.1f}" y="{below:.1f}" font-size="12" fill="{_FAINT}">{words}</text>']


def _moment(minute: int) -> str:
    """A minute of the problem as a day, counted from 1, and a time."""
    day, rest = divmod(minute, _MINUTES_A_DAY)
    return f"day {day + 1} {rest // 60:02d}:{rest % 60:02d}"


def _lettering(lines: list[str], middle: tuple[float, float], along: float, across: float) -> list[str]:
    """The lines in the middle of a box, upright in a box that is much higher than wide, as large as there is room."""
    upright = across > 1.4 * along
    room_along, room_across = (across, along) if upright else (along, across)
    size, shown = _fitting(lines, room_along - 8, room_across - 6)
    x, y = middle
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if upright else ""
    found = []
    for index, line in enumerate(shown):
        below = y + size * (1.25 * (index - (len(shown) - 1) / 2) + 0.36)
        weight = ' font-weight="600"' if index == 0 else ""
        found.append(
            f'<text x="{x:.1f}" y="{below:.1f}" text-anchor="middle" font-size="{size:.1f}"{weight}{turn}>'
            f"{escape(line)}</text>"
        )
    return found


def _fitting(lines: list[str], along: float, across: float) -> tuple[float, list[str]]:
    """A size of letters and the lines that then fit: all of them legibly, or fewer."""
    for count in range(len(lines), 0, -1):
        widest = max(_width(line) for line in lines[:count])
        size = min(15.0, along / max(widest, 1.0), across / (1.25 * count))
        if size >= 9.0:
            return size, lines[:count]
    size = min(9.0, along / max(_width(lines[0]), 1.0), across)
    return (size, lines[:1]) if size >= 4.0 else (size, [])


def _width(text: str) -> float:
    """Width of a text in units of its letters' size; Chinese characters are square."""
    return sum(1.0 if ord(letter) > 0x2E80 else 0.6 for letter in text)
