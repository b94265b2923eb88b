"""What a simulated station serves: the registers of its profile, made of the model's view."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from lines.modbus.registers import (
    Table,
    decode,
    encode,
    parse_address,
)
from lines.plant import Station
from lines.profile import Command, Kind, Point, Value
from lines.simulator.behaviour import behaviours
from lines.simulator.station_model import StationView
from lines.states import MachineState
from lines.values import DecodeError, EncodeError, inverse, to_raw, to_value

SHOWN_STATES = (
    MachineState.IDLE,
    MachineState.EXECUTE,
    MachineState.COMPLETE,
    MachineState.SUSPENDED,
    MachineState.HELD,
)
COMMANDS = ("release", "hold")

_SLOT = re.compile(r"slot_(\d{2,3})_pallet")
_STATE_NAMES = {state.number: state.value for state in SHOWN_STATES}
_COUNTED = {"occupied_slots", "pallet", "cycles", "progress_percent", "released_pallet", "release", "hold"}

Image = Mapping[Table, Mapping[int, int]]
"""The served registers (or bits) of each table, by offset."""


class NotSimulatedError(ValueError):
    """A profile asks for a value that the simulation does not have."""


class StationImage:
    """Serves one station exactly as its profile says.

    Raises :class:`NotSimulatedError` for a point or command that the simulation does not know, for a chamber
    with more places than slot points, and for a state map without the states of the simulation.
    """

    def __init__(self, station: Station) -> None:
        self.station = station
        self.profile = station.profile
        for point in self.profile.points:
            self._check_point(point)
        for command in self.profile.commands:
            if command.name not in COMMANDS:
                raise self._not_simulated(f"no command {command.name!r} (it has: {', '.join(COMMANDS)})")
        self._check_slots()

    def render(self, view: StationView) -> Image:
        """The registers that show a view."""
        image: dict[Table, dict[int, int]] = defaultdict(dict)
        entries: list[Point | Command] = [*self.profile.points, *self.profile.commands]
        for entry in entries:
            address = parse_address(entry.address)
            registers = self._encode(entry, self._number(entry.name, view))
            for offset, register in enumerate(registers, start=address.offset):
                shared = image[address.table].get(offset, 0) if entry.type.kind is Kind.BIT else 0
                image[address.table][offset] = register | shared
        return image

    def command(self, table: Table, offset: int, registers: Sequence[int]) -> tuple[str, int] | None:
        """The command and its number that a write means; None where no command lies exactly there.

        Raises :class:`lines.registers.DecodeError` for registers that hold no whole number.
        """
        for command in self.profile.commands:
            address = parse_address(command.address)
            if (address.table, address.offset) == (table, offset) and command.type.registers == len(registers):
                return command.name, self._decode(command, registers)
        return None

    def _not_simulated(self, what: str) -> NotSimulatedError:
        return NotSimulatedError(f"station {self.station.id}, profile {self.profile.name}: the simulator has {what}")

    def _check_point(self, point: Point) -> None:
        if point.name == "state":
            missing = [state for state in SHOWN_STATES if point.map and state not in inverse(point.map)]
            if missing:
                raise self._not_simulated(f"states that the map lacks: {', '.join(missing)}")
        elif point.name in behaviours():
            self._check_range(point)
        elif not _SLOT.fullmatch(point.name) and point.name not in _COUNTED:
            raise self._not_simulated(f"no value for {point.name!r}")

    def _check_range(self, point: Point) -> None:
        behaviour = behaviours()[point.name]
        try:
            for number in (behaviour.resting, *(value for _, value in behaviour.working)):
                self._encode(point, number)
        except EncodeError as error:
            raise self._not_simulated(f"values for {point.name!r} that its type cannot hold: {error}") from error

    def _check_slots(self) -> None:
        slots = sum(1 for point in self.profile.points if _SLOT.fullmatch(point.name))
        capacity = self.station.capacity
        if capacity > max(slots, 1):
            raise self._not_simulated(f"a capacity of {capacity} there, but the profile {slots} slot points")

    def _number(self, name: str, view: StationView) -> float:
        if name == "state":
            return view.state.number
        if slot := _SLOT.fullmatch(name):
            number = int(slot[1])
            return view.slots[number - 1] if 1 <= number <= len(view.slots) else 0
        return float(getattr(view, name)) if name in _COUNTED else behaviours()[name].value(view)

    def _encode(self, entry: Point | Command, number: float) -> list[int]:
        profile = self.profile
        raw = self._raw(entry, number)
        return encode(raw, entry.type, profile.byte_order, profile.word_order, entry.encoding)

    def _raw(self, entry: Point | Command, number: float) -> Value:
        if entry.name == "state" and entry.map:
            return inverse(entry.map)[_STATE_NAMES[int(number)]]
        if entry.type.kind in {Kind.BOOL, Kind.BIT}:
            return number >= 0.5
        raw = number if entry.map else float(to_raw(number, entry))
        return round(raw) if entry.type.is_integer else raw

    def _decode(self, command: Command, registers: Sequence[int]) -> int:
        profile = self.profile
        raw = decode(registers, command.type, profile.byte_order, profile.word_order, command.encoding)
        value = raw if command.map else to_value(raw, command)
        if isinstance(value, str) or value != int(value):
            raise DecodeError(f"{command.name} takes a whole number, not {value!r}")
        return int(value)
