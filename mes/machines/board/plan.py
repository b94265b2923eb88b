"""What of a line does not move: its stations in order, their machines and their room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.machines.announced import NOT_ANNOUNCED, Announced, announced
from mes.machines.losses.output import planned_minutes
from mes.machines.models import Machine
from mes.planning import queries as planning
from mes.planning.models import Line, Station

RACK_FROM = 4
"""A station with room for as many pallets is drawn as a rack of slots."""


@dataclass(frozen=True)
class BoardStation:
    """A station as the board draws it. `slots` is 0 for one that is no chamber; `stay_minutes` is how long a pallet
    is planned to stay.
    """

    code: str
    name: str
    device: str | None
    slots: int
    stay_minutes: float | None
    state_point: str = "state"
    pallet_point: str | None = "pallet"

    def as_json(self) -> dict[str, object]:
        """For the script that draws it."""
        return {
            "code": self.code,
            "name": self.name,
            "device": self.device,
            "slots": self.slots,
            "stay_minutes": self.stay_minutes,
        }


@dataclass(frozen=True)
class BoardLine:
    """A line as the board draws it."""

    code: str
    name: str
    stations: tuple[BoardStation, ...]

    @property
    def devices(self) -> list[str]:
        """Its stations' machines."""
        return [station.device for station in self.stations if station.device]

    def as_json(self) -> dict[str, object]:
        """For the script that draws it."""
        return {"code": self.code, "name": self.name, "stations": [station.as_json() for station in self.stations]}


def board_lines(session: Session, codes: Sequence[str] = ()) -> list[BoardLine]:
    """The lines of these codes, or all.

    Raises:
        NotFound: a code that is none of a line.
    """
    lines = {line.code: line for line in planning.lines(session)}
    unknown = [code for code in codes if code not in lines]
    if unknown:
        raise NotFound(Text(N_("There is no line %(code)s"), {"code": unknown[0]}))
    return [_line(session, lines[code]) for code in (codes or lines)]


def _line(session: Session, line: Line) -> BoardLine:
    devices = [station.device for station in line.stations if station.device]
    machines = session.scalars(select(Machine).where(Machine.device.in_(devices)))
    meanings = {machine.device: announced(machine) for machine in machines}
    stations = tuple(_station(session, one, meanings.get(one.device or "", NOT_ANNOUNCED)) for one in line.stations)
    return BoardLine(line.code, line.name, stations)


def _station(session: Session, station: Station, meaning: Announced) -> BoardStation:
    slots = station.capacity if station.capacity >= RACK_FROM else 0
    return BoardStation(
        code=station.code,
        name=station.name,
        device=station.device,
        slots=slots,
        stay_minutes=planned_minutes(session, station) if slots else None,
        state_point=meaning.state_point,
        pallet_point=meaning.pallet_point,
    )
