"""A slab line whose machines have told a whole shift: cycles with spread, blocking, stops, a chamber that heats up.

Everything comes in as a gateway delivers it: an announcement, then readings in order of time.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update

from lines.plant import packaged_line
from mes.core.actor import Actor
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.ids import new_id
from mes.machines.gateway.announcing import announcement
from mes.machines.service.gateways import AnnounceMachines, DeviceReport, announce_machines
from mes.machines.service.keeping import GatewayReading
from mes.planning.models import Line, Operation, Pallet, PalletLoad, Station, WorkCalendar
from mes.shopfloor.service import HandleReadings, handle_readings
from tests.conftest import actor
from tests.mes.shopfloor.plant import LINE, Floor, add_floor

GATEWAY = "edge-1"
TEN_HOURS = [[day, 7 * 60 + 30, 11 * 60 + 30] for day in range(6)] + [[day, 13 * 60, 17 * 60 + 30] for day in range(6)]


def gateway_actor() -> Actor:
    """The gateway as it signs in."""
    return actor("gateway", GATEWAY, kind="machine")


@dataclass
class ToldLine:
    """The slab line with its machines announced, and short ways for them to say something."""

    database: Database
    clock: SetClock
    floor: Floor
    kinds: tuple[str, ...] = field(default_factory=lambda: tuple(s.id for s in packaged_line(LINE).stations))

    def announce(self) -> None:
        """The gateway names its devices."""
        command = AnnounceMachines.model_validate(announcement(GATEWAY, packaged_line(LINE).devices()))
        perform(self.database, gateway_actor(), self.clock, announce_machines, command)

    def tell(self, told: Iterable[tuple[datetime, str, dict[str, Any]]]) -> None:
        """Deliver what machines said, (time, kind of station, values), an hour at a time."""
        ordered = sorted(told, key=lambda one: one[0])
        for _, hour in groupby(ordered, key=lambda one: one[0].replace(minute=0, second=0, microsecond=0)):
            batch = list(hour)
            for first in range(0, len(batch), 300):
                self._deliver(batch[first : first + 300])

    def say(self, kind: str, **values: Any) -> None:
        """One machine says something now."""
        self.tell([(self.clock.now(), kind, values)])

    def report(self, kind: str, state: str, reason: str | None = None) -> None:
        """The gateway says how it is with the way to a device."""
        found = DeviceReport(
            device=f"{LINE}/{kind}",
            state=state,  # type: ignore[arg-type]
            since=self.clock.now(),
            reason=reason,
            last_heard=self.clock.now(),
            polls=81234,
            late_polls=2,
            requests=162470,
        )
        self._perform(HandleReadings(devices=[found], gateway=GATEWAY))

    def connect(self) -> None:
        """Every device is connected."""
        for kind in self.kinds:
            self.report(kind, "connected")

    def station(self, kind: str) -> Station:
        """A station as it is now."""
        with self.database.reading() as session:
            return session.scalars(select(Station).where(Station.device == f"{LINE}/{kind}")).one()

    def _deliver(self, batch: list[tuple[datetime, str, dict[str, Any]]]) -> None:
        self.clock.at = max(self.clock.at, batch[-1][0])
        readings = [
            GatewayReading(id=uuid4(), device=f"{LINE}/{kind}", point=name, value=value, quality="good", time=moment)
            for moment, kind, values in batch
            for name, value in values.items()
        ]
        self._perform(HandleReadings(readings=readings, gateway=GATEWAY))

    def _perform(self, command: HandleReadings) -> None:
        use: Any = handle_readings
        perform(self.database, gateway_actor(), self.clock, use, command)


def told_line(database: Database, clock: SetClock, loads: int = 4) -> ToldLine:
    """The slab line in a plant that is there, its people at work 7:30–11:30 and 13:00–17:30, machines connected."""
    floor = add_floor(database, clock, loads=loads)
    with database.writing() as session:
        calendar = WorkCalendar(id=new_id(), code="day", name="白班", windows=TEN_HOURS, closed_days=[])
        session.add(calendar)
        session.flush()
        session.execute(update(Station).where(Station.work != "unattended").values(calendar_id=calendar.id))
        line = session.scalars(select(Line)).one()
        session.add_all(Pallet(id=new_id(), line_id=line.id, number=number) for number in range(4, 25))
    found = ToldLine(database, clock, floor)
    found.announce()
    found.connect()
    return found


def put_on_pallet(line: ToldLine, load: int, pallet: int) -> None:
    """A load runs on a pallet, as after it has entered."""
    with line.database.writing() as session:
        found = session.get_one(PalletLoad, line.floor.load_ids[load])
        found.pallet_id = session.scalars(select(Pallet.id).where(Pallet.number == pallet)).one()
        found.state = "running"
        session.execute(
            update(Operation)
            .where(Operation.load_id == found.id, Operation.ordinal == 1)
            .values(state="running", started_at=line.clock.now(), started_by="operator")
        )


Saying = tuple[datetime, str, dict[str, Any]]


def shift(kinds: tuple[str, ...], start: datetime, pallets: int = 22, seed: int = 7) -> Iterator[Saying]:
    """A shift on the line: pallets enter every 13 minutes or so, block one another, and a few machines stop."""
    chance = random.Random(seed)
    minutes = {station.id: 3.0 if station.id == "cleaning" else 9.0 for station in packaged_line(LINE).stations}
    minutes |= {"shuttering": 12.0, "casting": 11.0, "curing": 0.5}
    free = dict.fromkeys(kinds, start)
    stops = {("shuttering", 4): 18.0, ("casting", 7): 31.0, ("rebar", 9): 7.0, ("demoulding", 5): 12.0}
    ready = start
    for kind in kinds:
        yield start - timedelta(minutes=1), kind, {"state": "idle", "pallet": 0}
    for pallet in range(1, pallets + 1):
        moment = max(ready, free[kinds[0]])
        for place, kind in enumerate(kinds):
            begin = max(moment, free[kind])
            if place and begin > moment:
                yield moment, kinds[place - 1], {"state": "suspended"}
            if place:
                yield begin, kinds[place - 1], {"state": "idle", "pallet": 0, "progress_percent": 0}
                free[kinds[place - 1]] = begin
            yield begin, kind, {"state": "execute", "pallet": pallet, "progress_percent": 20}
            end = begin + timedelta(minutes=minutes[kind] * chance.uniform(0.85, 1.3))
            if (kind, pallet) in stops:
                held = begin + (end - begin) / 2
                end += timedelta(minutes=stops[kind, pallet])
                yield held, kind, {"state": "held"}
                yield held + timedelta(minutes=stops[kind, pallet]), kind, {"state": "execute"}
            yield begin + (end - begin) * 0.7, kind, {"progress_percent": 70}
            yield end - timedelta(seconds=20), kind, {"state": "complete", "progress_percent": 100}
            moment = free[kind] = end
        yield moment, kinds[-1], {"state": "idle", "pallet": 0}
        ready += timedelta(minutes=13)


def curing(start: datetime, hours: float = 9.0, steep_from: float | None = None) -> Iterator[Saying]:
    """A chamber that warms up by 15 K/h to 50 °C, holds, and cools; 30 K/h for an hour from `steep_from` on."""
    warm = 20.0
    for minute in range(int(hours * 60)):
        at = minute / 60
        rate = 15.0 if at < 2.0 else 0.0 if at < 7.0 else -12.0
        if steep_from is not None and steep_from <= at < steep_from + 1:
            rate = 30.0
        warm += rate / 60
        values = {"temperature_c": round(warm, 1), "humidity_percent": round(88 + 4 * ((minute % 40) / 40), 1)}
        for zone in range(1, 5):
            values[f"zone_{zone}_temperature_c"] = round(warm - 3 + zone * 1.6, 1)
        if minute % 2 == 0:
            yield start + timedelta(minutes=minute), "curing", values


def slots_filled(start: datetime, count: int = 22) -> Iterator[Saying]:
    """Pallets that came into the chamber one after the other."""
    for slot in range(1, count + 1):
        moment = start + timedelta(minutes=22 * slot)
        yield moment, "curing", {"state": "execute", f"slot_{slot:02d}_pallet": slot + 2}
