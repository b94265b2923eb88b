"""What a machine shows at the moment, from its latest points."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.machines.models import MachinePoint

SLOT = re.compile(r"slot_(\d{2,3})_pallet")
WORKING_STATES = frozenset({"execute", "completing", "complete"})
DOWN_STATES = frozenset({"held", "holding", "aborted", "aborting", "stopped", "stopping"})


@dataclass(frozen=True)
class Shown:
    """A machine's own words. `pallet` is 0 for none; `slots` holds a chamber's pallets, else it is None."""

    device: str
    state: str
    pallet: int
    slots: frozenset[int] | None
    progress_percent: float | None
    at: datetime
    good: bool

    @property
    def pallets(self) -> frozenset[int]:
        """Every pallet that stands in the station."""
        if self.slots is not None:
            return self.slots
        return frozenset({self.pallet} if self.pallet else ())


def shown_by(session: Session, device: str) -> Shown | None:
    """What a machine shows; None where nothing trustworthy is known of it."""
    found = shown_by_all(session, [device]).get(device)
    return found if found is not None and found.good else None


def shown_values(session: Session, device: str | None) -> dict[str, Any]:
    """The latest value of each point of a machine; None where it cannot be trusted."""
    query = select(MachinePoint).where(MachinePoint.device == device)
    return {point.point: point.value if point.quality == "good" else None for point in session.scalars(query)}


def shown_by_all(session: Session, devices: list[str]) -> dict[str, Shown]:
    """What each machine shows, those that do not answer (`good` is False) among them."""
    query = select(MachinePoint).where(MachinePoint.device.in_(devices))
    points: dict[str, dict[str, MachinePoint]] = {}
    for point in session.scalars(query):
        points.setdefault(point.device, {})[point.point] = point
    return {device: _shown(device, known) for device, known in points.items() if "state" in known}


def _shown(device: str, points: dict[str, MachinePoint]) -> Shown:
    slots = [point for name, point in points.items() if SLOT.fullmatch(name)]
    deciding = [points["state"], *slots, *([points["pallet"]] if "pallet" in points else [])]
    progress = points.get("progress_percent")
    return Shown(
        device=device,
        state=str(points["state"].value),
        pallet=whole(points["pallet"].value) if "pallet" in points else 0,
        slots=frozenset(whole(slot.value) for slot in slots if whole(slot.value)) if slots else None,
        progress_percent=float(progress.value) if progress and isinstance(progress.value, int | float) else None,
        at=max(point.source_time for point in deciding),
        good=all(point.quality == "good" for point in deciding),
    )


def whole(value: Any) -> int:
    """A pallet's number or a counter; 0 where there is none."""
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0
