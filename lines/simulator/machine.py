"""One simulated machine as the server of its protocol sees it: raw values by name, and commands that it takes."""

import re
from collections.abc import Callable
from typing import TypeGuard

from lines.device import Device
from lines.plant import Machine, Station
from lines.profile import Alarm, Command, Kind, Point, Severity, Value
from lines.simulator.behaviour import behaviours
from lines.simulator.faults import FaultBoard, FaultKind
from lines.simulator.line_model import ModelRefusalError
from lines.simulator.plant_model import PlantModel
from lines.simulator.station_model import StationView
from lines.simulator.value_faults import ValueFaults
from lines.states import MachineState
from lines.values import DecodeError, inverse, to_raw, to_value

SHOWN_STATES = (
    MachineState.IDLE,
    MachineState.EXECUTE,
    MachineState.COMPLETE,
    MachineState.SUSPENDED,
    MachineState.HELD,
)

_SLOT = re.compile(r"slot_(\d{2,3})_pallet")
_COUNTED = {"occupied_slots", "pallet", "cycles", "progress_percent", "released_pallet", "release", "hold"}


class NotSimulatedError(ValueError):
    """A profile asks for a value that the simulation does not have."""


class SimulatedMachine:
    """Shows a member of a line exactly as its profile says.

    ``device`` is the machine as the gateway knows it, ``faults`` what is wrong with it. Raises
    :class:`NotSimulatedError` for a point that the simulation does not know, for a chamber with more places than slot
    points, and for a state map without the states of the simulation.
    """

    def __init__(self, device: Device, plant: PlantModel, faults: FaultBoard) -> None:
        self.device = device
        self.faults = faults
        self.profile = device.profile
        self.id = device.name.partition("/")[2]
        self._plant = plant
        self._physics = plant.machines[self.id].values()
        self._faults = tuple(alarm for alarm in self.profile.alarms if alarm.severity is Severity.FAULT)
        self._alarm_points = {alarm.point: alarm for alarm in self.profile.alarms}
        self._commands = {command.name for command in self.profile.commands}
        self._said = ValueFaults(device.name, self.profile.points, faults, self._raw)
        faults.add(device.name, self.profile.protocol)
        for point in self.profile.points:
            self._check_point(point)
        for command in self.profile.commands:
            self._check_command(command)

    @property
    def name(self) -> str:
        """The machine's name in the factory, ``LINE/id``."""
        return self.device.name

    @property
    def fault(self) -> FaultKind | None:
        """What is wrong with it, or with the way to it."""
        return self.faults.of(self.name)

    @property
    def clock_offset_seconds(self) -> float:
        """How far its clock runs ahead; for protocols that tell the time."""
        return self._said.clock_offset_seconds

    def raw(self, entry: Point | Command) -> Value:
        """What the machine itself says for a point or the place of a command: unscaled, unmapped.

        Raises :class:`lines.values.EncodeError` for a name that the entry's map lacks.
        """
        return self._said.raw(entry)

    def _raw(self, entry: Point | Command) -> Value:
        value = self._value(entry.name, entry)
        if entry.type.kind is Kind.STRING:
            return to_raw(value, entry) if isinstance(value, str) else ""
        if entry.type.kind in {Kind.BOOL, Kind.BIT}:
            return bool(value) if isinstance(value, bool) else float(value) >= 0.5
        if isinstance(value, str):
            return to_raw(value, entry) if entry.map else 0
        raw = float(value) if entry.map else float(to_raw(float(value), entry))
        return round(raw) if entry.type.is_integer else raw

    def values(self) -> dict[str, Value]:
        """The raw value of every point, by name."""
        return {point.name: self.raw(point) for point in self.profile.points}

    def write(self, name: str, raw: Value) -> None:
        """Take a command's raw value. Raises :class:`ModelRefusalError`, changing nothing."""
        command = self.profile.command(name)
        if command is None:
            raise ModelRefusalError(f"{self.name} has no command {name!r}")
        try:
            value = raw if command.map and name in {"release", "hold"} else to_value(raw, command)
        except DecodeError as error:
            raise ModelRefusalError(str(error)) from error
        if _is_number(value) and _is_outside(value, command):
            raise ModelRefusalError(f"{name} = {value} is outside what {self.name} takes")
        self._plant.write(self.id, name, value)

    def _value(self, name: str, entry: Point | Command) -> Value:
        if name in self._physics:
            return self._physics[name]()
        if name in self._alarm_points:
            return self._alarm_value(name)
        if name in _COUNTED or name == "state" or _SLOT.fullmatch(name):
            return self._counted(name, self._plant.view(self.id), entry)
        if name in behaviours():
            return behaviours()[name].value(self._plant.view(self.id))
        return self._plant.machines[self.id].settings.get(name, "" if entry.type.kind is Kind.STRING else 0)

    def _counted(self, name: str, view: StationView, entry: Point | Command) -> Value:
        if name == "state":
            return view.state.value if entry.map or entry.type.kind is Kind.STRING else view.state.number
        if slot := _SLOT.fullmatch(name):
            number = int(slot[1])
            return view.slots[number - 1] if 1 <= number <= len(view.slots) else 0
        return float(getattr(view, name))

    def _alarm_value(self, name: str) -> Value:
        """What an alarm's point shows: the fault that stopped the machine, or that there is none."""
        choice = self._plant.view(self.id).stop_choice if self._plant.has_state(self.id) else None
        alarm = self._alarm_of(choice) if choice is not None and self._faults else None
        if alarm is not None and alarm.point == name:
            return alarm.value
        return not self._alarm_points[name].value if isinstance(self._alarm_points[name].value, bool) else 0

    def _alarm_of(self, choice: float) -> Alarm:
        return self._faults[min(len(self._faults) - 1, int(choice * len(self._faults)))]

    def _check_point(self, point: Point) -> None:
        if point.name == "state" and point.map:
            missing = [state for state in SHOWN_STATES if state not in inverse(point.map)]
            if missing:
                raise self._not_simulated(f"states that the map lacks: {', '.join(missing)}")
        known: list[Callable[[str], object]] = [
            self._physics.__contains__,
            self._alarm_points.__contains__,
            self._commands.__contains__,
            behaviours().__contains__,
            lambda name: self._plant.has_state(self.id) and (name in _COUNTED or name == "state"),
            _SLOT.fullmatch,
        ]
        if not any(knows(point.name) for knows in known):
            raise self._not_simulated(f"no value for {point.name!r}")

    def _check_command(self, command: Command) -> None:
        if command.name == "release" and not self._plant.line.has_station(self.id):
            raise self._not_simulated("no release for a machine that no pallet passes through")

    def check_slots(self, member: Station | Machine) -> None:
        """Raises :class:`NotSimulatedError` for a chamber with more places than slot points."""
        if isinstance(member, Machine):
            return
        slots = sum(1 for point in self.profile.points if _SLOT.fullmatch(point.name))
        if member.capacity > max(slots, 1):
            raise self._not_simulated(f"a capacity of {member.capacity} there, but the profile {slots} slot points")

    def _not_simulated(self, what: str) -> NotSimulatedError:
        return NotSimulatedError(f"station {self.id}, profile {self.profile.name}: the simulator has {what}")


def _is_number(value: Value) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_outside(value: float, command: Command) -> bool:
    return (command.low is not None and value < command.low) or (command.high is not None and value > command.high)
