"""A gateway as the house hears it: it announces machines and hands over what they tell, at times given by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from mes.core.actor import Actor
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.machines.models import AlarmInterval, MachineMeasurement, MachineMinute, StateInterval
from mes.machines.service import AnnounceMachines, GatewayReading, announce_machines
from mes.shopfloor.service import HandleReadings, ReadingsTaken, handle_readings
from tests.conftest import NOW

GATEWAY = Actor(
    "token:edge", "edge", "gateway", "precast-mes", frozenset({"signal:write", "line:read"}), kind="program"
)
SPREADER: dict[str, Any] = {
    "device": "SL/casting",
    "line": "SL",
    "station": "casting",
    "profile": "concrete-spreader/acme-2",
    "machine": "concrete-spreader",
    "protocol": "modbus-tcp",
    "points": [
        {"name": "state", "role": "state"},
        {"name": "pallet", "role": "pallet"},
        {"name": "hopper_kg", "role": "measurement", "unit": "kg", "keep_days": 30},
        {"name": "poured_m3", "role": "counter", "unit": "m3", "keep_days": 90},
        {"name": "door_open", "role": "flag"},
    ],
    "alarms": [
        {"code": "E12", "point": "door_open", "severity": "warning", "text": {"zh": "料斗门未关", "en": "Open"}}
    ],
    "commands": [
        {"name": "release", "kind": "u16", "is_on": True},
        {"name": "hold", "kind": "bool", "is_on": True},
        {"name": "speed", "kind": "f32", "unit": "m/min", "low": 1, "high": 20, "is_on": True},
        {"name": "program", "kind": "string:8", "is_on": True},
        {"name": "mode", "kind": "u16", "choices": ["manual", "automatic"], "is_on": True},
        {"name": "wash", "kind": "bool", "is_on": False},
    ],
}


@dataclass
class Edge:
    """A gateway in front of a house. The clock stands an hour after the beginning of the day's story."""

    database: Database
    clock: SetClock

    def announce(self, *devices: dict[str, Any], gateway: str = "edge-1", faults: Sequence[str] = ()) -> Any:
        """Say which devices the gateway serves."""
        command = AnnounceMachines.model_validate({"gateway": gateway, "devices": devices, "faults": faults})
        return perform(self.database, GATEWAY, self.clock, announce_machines, command)

    def tell(self, *polls: list[GatewayReading], devices: Sequence[dict[str, Any]] = (), **who: Any) -> ReadingsTaken:
        """Hand over polls in one batch."""
        readings = [reading for poll in polls for reading in poll]
        command = HandleReadings.model_validate({"readings": readings, "devices": devices, **who})
        use: Any = handle_readings
        return perform(self.database, GATEWAY, self.clock, use, command)  # type: ignore[no-any-return]

    def rows(self, model: type[Any], *order: Any) -> list[Any]:
        """Every row of a table."""
        with self.database.reading() as session:
            return list(session.scalars(select(model).order_by(*order)))

    def intervals(self, device: str = "SL/casting") -> list[tuple[str, int, int | None]]:
        """State, and seconds of the story at which it began and ended, of each interval of a device."""
        with self.database.reading() as session:
            query = select(StateInterval).where(StateInterval.device == device).order_by(StateInterval.started_at)
            return [(i.state, seconds(i.started_at), seconds(i.ended_at)) for i in session.scalars(query)]  # type: ignore[misc]

    def pallets(self) -> list[tuple[str, int | None]]:
        """State and pallet of each interval."""
        return [(i.state, i.pallet) for i in self.rows(StateInterval, StateInterval.started_at)]

    def values(self) -> list[tuple[str, int, float]]:
        """Point, second and value of each kept measurement."""
        kept = self.rows(MachineMeasurement, MachineMeasurement.point, MachineMeasurement.time)
        return [(row.point, seconds(row.time), row.value) for row in kept]  # type: ignore[misc]

    def minutes(self) -> list[MachineMinute]:
        """The minutes in short."""
        return self.rows(MachineMinute, MachineMinute.point, MachineMinute.minute)

    def alarms(self) -> list[tuple[str, str, int, int | None]]:
        """Device, code, and the seconds at which each alarm was raised and cleared."""
        rows = self.rows(AlarmInterval, AlarmInterval.raised_at, AlarmInterval.code)
        return [(row.device, row.code, seconds(row.raised_at), seconds(row.cleared_at)) for row in rows]  # type: ignore[misc]


BEGIN = NOW - timedelta(hours=1)


def at(second: float) -> datetime:
    """A time of the story."""
    return BEGIN + timedelta(seconds=second)


def seconds(time: datetime | None) -> int | None:
    """The second of the story of a time."""
    return None if time is None else round((time - BEGIN).total_seconds())


def poll(second: float, device: str = "SL/casting", quality: str = "good", **points: Any) -> list[GatewayReading]:
    """What a device tells at one time."""
    return [
        GatewayReading(id=uuid4(), device=device, point=name, value=value, quality=quality, time=at(second))  # type: ignore[arg-type]
        for name, value in points.items()
    ]
