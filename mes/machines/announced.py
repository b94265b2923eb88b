"""What the announcement of a machine says about its points, for those who keep what it tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.machines.models import Machine

MEASURED_ROLES = frozenset({"measurement", "counter"})
DEFAULT_KEEP_DAYS = 90


@dataclass(frozen=True)
class AnnouncedAlarm:
    """An alarm stands while its point shows `value`."""

    code: str
    value: Any
    severity: str
    text: dict[str, Any]


@dataclass(frozen=True)
class Announced:
    """The meaning of a machine's points. One that was never announced has a state and a pallet by their names."""

    state_point: str = "state"
    pallet_point: str | None = "pallet"
    kept: dict[str, timedelta] = field(default_factory=dict)  # measured points, and how long their values are kept
    alarms: dict[str, tuple[AnnouncedAlarm, ...]] = field(default_factory=dict)  # by point


NOT_ANNOUNCED = Announced()


def announced_of(session: Session, devices: Iterable[str]) -> dict[str, Announced]:
    """What was announced of the devices; those that never were are missing."""
    query = select(Machine).where(Machine.device.in_(list(devices)))
    return {machine.device: announced(machine) for machine in session.scalars(query)}


def announced(machine: Machine) -> Announced:
    """What was announced of a machine."""
    roles = {point["name"]: point.get("role") for point in machine.points}
    kept = {
        point["name"]: timedelta(days=point.get("keep_days") or DEFAULT_KEEP_DAYS)
        for point in machine.points
        if point.get("role") in MEASURED_ROLES
    }
    alarms: dict[str, tuple[AnnouncedAlarm, ...]] = {}
    for alarm in machine.alarms:
        made = AnnouncedAlarm(alarm["code"], alarm["value"], alarm["severity"], alarm["text"])
        alarms[alarm["point"]] = (*alarms.get(alarm["point"], ()), made)
    return Announced(_of_role(roles, "state") or "state", _of_role(roles, "pallet"), kept, alarms)


def _of_role(roles: dict[str, str | None], role: str) -> str | None:
    """The only point of a role: a chamber's slots have a pallet each, so that none is the machine's."""
    names = [name for name, found in roles.items() if found == role]
    return names[0] if len(names) == 1 else None
