"""The whole line as physics: pallets that circulate, and what the machines do with concrete, heat, wire and power.

Advancing by a and then by b is the same as advancing by a + b: pallets move at exact times, everything else goes on
in steps of a fixed grid (:data:`lines.simulator.equipment.GRID_MS`).
"""

from collections.abc import Mapping
from typing import Any

from lines.plant import Line, Machine, Station
from lines.profile import Value
from lines.simulator.equipment import EQUIPMENT, GRID_MS, BesideMachine, Equipment, Site
from lines.simulator.line_model import ForeignStateError, LineModel, ModelRefusalError
from lines.simulator.station_model import Happening, StationPlan, StationView

_MACHINES = "machines"


def line_model(line: Line) -> LineModel:
    """The pallets' way along a line."""
    stations = [
        StationPlan(
            station.id,
            station.minutes,
            station.capacity,
            station.needs_release,
            line.spread,
            line.stops_per_hour,
            f"{line.seed}/{line.code}",
        )
        for station in line.stations
    ]
    return LineModel(stations, line.pallets, line.complete_seconds)


class PlantModel:
    """A line's pallets (``line``) and machines. Pure and deterministic; see the module."""

    def __init__(self, line: Line) -> None:
        self.line = line_model(line)
        site = Site(line.code, self.line, f"{line.seed}/{line.code}", line.spread, line.stops_per_hour)
        members: tuple[Station | Machine, ...] = (*line.stations, *line.machines)
        for member in members:
            usual = Equipment if isinstance(member, Station) else BesideMachine
            kind = EQUIPMENT.get(member.profile.machine, usual)
            site.machines[member.id] = kind(member.id, member.profile, site)
        self.machines: Mapping[str, Equipment] = site.machines
        self.line.watch(self._happened)

    @property
    def clock_ms(self) -> int:
        """The simulated time."""
        return self.line.clock_ms

    def advance(self, elapsed_ms: int) -> None:
        """Let time pass. Raises ``ValueError`` for a negative time."""
        end_ms = self.clock_ms + elapsed_ms
        while self.clock_ms < end_ms:
            step_end_ms = min(end_ms, (self.clock_ms // GRID_MS + 1) * GRID_MS)
            self.line.advance(step_end_ms - self.clock_ms)
            if step_end_ms % GRID_MS == 0:
                for machine in self.machines.values():
                    machine.step()
        if elapsed_ms < 0:
            self.line.advance(elapsed_ms)

    def view(self, member_id: str) -> StationView:
        """What a station, or a machine beside the line, shows now."""
        machine = self.machines[member_id]
        if self.line.has_station(member_id):
            return self.line.view(member_id)
        if isinstance(machine, BesideMachine):
            choice = machine.stop_choice if machine.stop_ms else None
            percent = machine.progress_percent
            return StationView(machine.state, 0, machine.cycles, percent, 0, 0, machine.hold, (0,), choice)
        raise KeyError(member_id)

    def has_state(self, member_id: str) -> bool:
        """Whether the machine has a state: an energy meter has none."""
        return self.line.has_station(member_id) or isinstance(self.machines[member_id], BesideMachine)

    def write(self, member_id: str, command: str, value: Value) -> None:
        """Carry a command out. Raises :class:`ModelRefusalError`, changing nothing."""
        if command not in {"release", "hold"}:
            self.machines[member_id].write(command, value)
            return
        if isinstance(value, bool | str) or value != int(value):
            raise ModelRefusalError(f"{command} takes a whole number, not {value!r}")
        if not self.line.has_station(member_id):
            self.machines[member_id].write(command, int(value))
        elif command == "release":
            self.line.release(member_id, int(value))
        else:
            self.line.hold(member_id, int(value))

    def snapshot(self) -> dict[str, Any]:
        """The whole state, JSON-able: that of the pallets, and the machines' own under ``machines``."""
        machines = {member_id: machine.saved() for member_id, machine in self.machines.items()}
        return self.line.snapshot() | {_MACHINES: machines}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Take over a state; machines of which it says nothing start anew, with the pallets that it puts in them.

        Raises :class:`ForeignStateError` if it is of another line.
        """
        self.line.restore(snapshot)
        saved = snapshot.get(_MACHINES, {})
        if not isinstance(saved, dict):
            raise ForeignStateError("the saved state is not one of this line: its machines are no mapping")
        for member_id, machine in self.machines.items():
            if member_id in saved:
                machine.restore(saved[member_id])
            else:
                machine.begin()

    def _happened(self, happening: Happening) -> None:
        for machine in self.machines.values():
            machine.happened(happening)
