"""Units that measures are told in."""

from __future__ import annotations

from decimal import Decimal

_QUANTITIES: tuple[dict[str, Decimal], ...] = tuple(
    {unit: Decimal(factor) for unit, factor in units.items()}
    for units in (
        {"mm": "0.001", "cm": "0.01", "m": "1"},
        {"g": "0.001", "kg": "1", "t": "1000"},
        {"l": "0.001", "m3": "1"},
        {"mm2": "0.000001", "m2": "1"},
        {"kPa": "0.001", "MPa": "1"},
        {"s": "1", "min": "60", "h": "3600"},
    )
)


def require_conversion(given: str, to: str) -> None:
    """Both are units of one quantity.

    Raises:
        ValueError: they are not.
    """
    if not any(given in units and to in units for units in _QUANTITIES):
        known = "; ".join(" ".join(units) for units in _QUANTITIES)
        raise ValueError(f"nothing leads from {given!r} to {to!r}; known are {known}")


def convert(amount: Decimal, given: str, to: str) -> Decimal:
    """The amount in the other unit."""
    units = next(units for units in _QUANTITIES if given in units and to in units)
    return amount * units[given] / units[to]
