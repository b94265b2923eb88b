"""The Modbus side of a simulated machine: its registers and bits, and what is written to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lines.modbus.registers import Table, decode, encode, parse_address
from lines.profile import Command, Kind, Point, Value
from lines.simulator.behaviour import behaviours
from lines.simulator.machine import NotSimulatedError, SimulatedMachine
from lines.values import EncodeError, to_raw

Registers = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class _Place:
    entry: Point | Command
    table: Table
    first: int
    end: int


class ModbusImage:
    """Serves one machine exactly as its profile says.

    Raises :class:`NotSimulatedError` where a value of the simulation does not fit its type.
    """

    def __init__(self, machine: SimulatedMachine) -> None:
        self.machine = machine
        self.profile = machine.profile
        entries: list[Point | Command] = [*self.profile.points, *self.profile.commands]
        self._places = [_place(entry) for entry in entries]
        self._served = {
            table: frozenset(
                offset for place in self._places if place.table is table for offset in range(place.first, place.end)
            )
            for table in Table
        }
        for point in self.profile.points:
            self._check_range(point)

    def read(self, table: Table, first: int, count: int) -> list[int] | None:
        """The registers (or bits) of a span; None where it touches one that is not there."""
        span = range(first, first + count)
        if not self._served[table].issuperset(span):
            return None
        shown = dict.fromkeys(span, 0)
        for place in self._places:
            if place.table is table and place.first < span.stop and place.end > first:
                self._show(place, shown)
        return list(shown.values())

    def command(self, table: Table, first: int, count: int) -> Command | None:
        """The command that lies exactly there."""
        for place in self._places:
            here = (place.table, place.first, place.end) == (table, first, first + count)
            if here and isinstance(place.entry, Command):
                return place.entry
        return None

    def decode(self, command: Command, registers: Sequence[int]) -> Value:
        """The raw value that was written. Raises :class:`lines.values.DecodeError`."""
        profile = self.profile
        return decode(registers, command.type, profile.byte_order, profile.word_order, command.encoding)

    def _show(self, place: _Place, shown: dict[int, int]) -> None:
        registers = self._encode(place.entry, self.machine.raw(place.entry))
        for offset, register in enumerate(registers, start=place.first):
            if offset in shown:
                shown[offset] = register | (shown[offset] if place.entry.type.kind is Kind.BIT else 0)

    def _encode(self, entry: Point | Command, raw: Value) -> list[int]:
        profile = self.profile
        return encode(raw, entry.type, profile.byte_order, profile.word_order, entry.encoding)

    def _check_range(self, point: Point) -> None:
        behaviour = behaviours().get(point.name)
        if behaviour is None or not point.type.is_numeric:
            return
        try:
            for number in (behaviour.resting, *(value for _, value in behaviour.working)):
                raw = float(to_raw(float(number), point))
                self._encode(point, round(raw) if point.type.is_integer else raw)
        except EncodeError as error:
            raise NotSimulatedError(
                f"station {self.machine.id}, profile {self.profile.name}: the simulator has values for {point.name!r} "
                f"that its type cannot hold: {error}"
            ) from error


def _place(entry: Point | Command) -> _Place:
    address = parse_address(entry.address)
    return _Place(entry, address.table, address.offset, address.offset + entry.type.registers)
