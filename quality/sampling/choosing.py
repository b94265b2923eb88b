"""Which pieces of a lot are measured: nobody picks them, and everybody can check the choice afterwards."""

from __future__ import annotations

import hashlib


def chosen_ordinals(lot_number: str, pieces: int, sample: int) -> tuple[int, ...]:
    """The places (1 to `pieces`) of the pieces of a lot that are measured, in ascending order.

    Each place is ranked by SHA-256 of `LOT_NUMBER:PLACE` in UTF-8, and the `sample` places of the lowest rank are
    taken. So the choice is known before the first piece is there, is the same wherever it is computed, and does not
    change while a lot fills: of a lot that ends early the chosen places that exist stay chosen, and the next ranks
    fill up what is missing.

    Raises ValueError where pieces or sample are negative.
    """
    if pieces < 0 or sample < 0:
        raise ValueError(f"a lot of {pieces} pieces and a sample of {sample} cannot be")
    ranked = sorted(range(1, pieces + 1), key=lambda place: _rank(lot_number, place))
    return tuple(sorted(ranked[:sample]))


def _rank(lot_number: str, place: int) -> bytes:
    return hashlib.sha256(f"{lot_number}:{place}".encode()).digest()
