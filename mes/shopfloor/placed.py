"""The lots of a load as a station shows them: how much went in, what the bills plan, what is left."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from mes.library.materials import Unit, units
from mes.planning.models import PalletLoad
from mes.shopfloor.amounts import left_of, planned_quantity
from mes.shopfloor.loads import BEFORE_CASTING, elements_of, uses_of
from mes.shopfloor.models import MaterialLot

STEP_SHARE = 0.05
"""A tap on more or less changes a measured amount by so much of it; pieces by one."""


@dataclass(frozen=True)
class PlacedLot:
    """A lot that went into a load. `planned`: what the bills say, where it is not what is noted; `left`: in store."""

    lot: MaterialLot
    unit: Unit
    quantity: float | None
    planned: float | None
    left: float | None
    open: bool  # its amount may still be put right

    @property
    def less(self) -> float | None:
        """The amount after a tap on less; None where there is nothing to take away."""
        if self.quantity is None or self.quantity <= self.unit.least:
            return None
        return self.unit.rounded(self.quantity - self._step(self.quantity))

    @property
    def more(self) -> float:
        """The amount after a tap on more."""
        quantity = self.quantity or 0.0
        return self.unit.rounded(quantity + self._step(quantity))

    def _step(self, quantity: float) -> float:
        return self.unit.least if self.unit.counted else max(quantity * STEP_SHARE, self.unit.least)


def placed_lots(session: Session, load: PalletLoad) -> list[PlacedLot]:
    """A load's lots in the order in which they were scanned."""
    uses = uses_of(session, load)
    left = left_of(session, [use.lot for use in uses])
    is_open = load.state == "running" and bool(elements_of(load, BEFORE_CASTING))
    found = []
    for use in uses:
        planned = planned_quantity(session, load, use.lot) if is_open else None
        found.append(
            PlacedLot(
                lot=use.lot,
                unit=units()[use.lot.unit],
                quantity=use.quantity,
                planned=planned if planned != use.quantity else None,
                left=left.get(use.lot_id),
                open=is_open,
            )
        )
    return found
