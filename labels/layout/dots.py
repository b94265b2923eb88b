"""Symbols in whole dots: how a printer or a screen places what a scanner has to read."""

from __future__ import annotations

from dataclasses import dataclass

from labels.layout.model import Symbol

# Printers of labels have 203 dots an inch (8 a millimetre), or more; what is good at 203 is good at 300 and 600.
COARSEST_DPI = 203
# Below two dots a module, one dot more or less of burnt ink makes a symbol unreadable.
LEAST_DOTS_PER_MODULE = 2
MM_PER_INCH = 25.4


@dataclass(frozen=True)
class SymbolDots:
    """Upper left corner of a symbol without its quiet zone, and the size of its modules, all in whole dots."""

    left: int
    top: int
    module_width: int
    module_height: int


def dots_per_module(size_mm: float, modules: int, dpi: float) -> int:
    """How many whole dots a module gets; ``modules`` counts the quiet zones too."""
    return int(size_mm / MM_PER_INCH * dpi / modules + 1e-6)


def symbol_dots(symbol: Symbol, dpi: float) -> SymbolDots:
    """Where the symbol's dark modules go: whole dots each, as large as the field allows, centred in it."""
    per_mm = dpi / MM_PER_INCH
    columns, rows = len(symbol.rows[0]), len(symbol.rows)
    width = dots_per_module(symbol.width_mm, columns + 2 * symbol.quiet_modules, dpi)
    is_bar_code = symbol.kind == "code128"
    height = round(symbol.height_mm * per_mm) if is_bar_code else width
    left = round((symbol.x_mm + symbol.width_mm / 2) * per_mm - width * columns / 2)
    top = round((symbol.y_mm + symbol.height_mm / 2) * per_mm - height * rows / 2)
    return SymbolDots(left, top, width, height)
