"""The line's energy meter: what all machines draw together, and what that has come to."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from math import sqrt

from lines.profile import Profile, Value
from lines.simulator.equipment.base import GRID_MS, BesideMachine, Equipment, Site
from lines.states import MachineState
from lines.yaml_source import parse_source

_HALL_KW = 6.5  # light, compressors and cranes
_VOLTAGE_V = 400.0
_WEAK_V_PER_KW = 0.03
_RESTING_FACTOR, _WORKING_FACTOR = 0.92, 0.84
_OVERLOAD_KW = 450.0


@cache
def usual_power_kw() -> Mapping[str, tuple[float, float]]:
    """What a class of machine draws at rest and at work."""
    file = resources.files("lines.simulator.equipment") / "power.yaml"
    content = parse_source(file.read_text(encoding="utf-8"), file.name).content
    return {name: (float(entry["resting"]), float(entry["working"])) for name, entry in content.items()}


class EnergyMeter(Equipment):
    """Adds up every machine of the line at each step."""

    kept = ("power_kw_now", "energy_kwh")

    def __init__(self, member_id: str, profile: Profile, site: Site) -> None:
        super().__init__(member_id, profile, site)
        self.power_kw_now = _HALL_KW
        self.energy_kwh = 0.0

    def values(self) -> Mapping[str, Callable[[], Value]]:
        """What a three-phase meter shows."""
        return {
            "power_kw": lambda: self.power_kw_now,
            "energy_kwh": lambda: self.energy_kwh,
            "voltage_v": self._voltage_v,
            "current_a": lambda: 1000 * self.power_kw_now / (sqrt(3) * self._voltage_v() * self._factor()),
            "power_factor": self._factor,
            "overload": lambda: self.power_kw_now > _OVERLOAD_KW,
        }

    def step(self) -> None:
        """Count what was drawn since the last step, and look again."""
        self.energy_kwh += self.power_kw_now * GRID_MS / 3_600_000
        self.power_kw_now = _HALL_KW + sum(self._power_kw(machine) for machine in self.site.machines.values())

    def _power_kw(self, machine: Equipment) -> float:
        if machine is self:
            return 0.0
        own = machine.power_kw()
        if own is not None:
            return own
        resting, working = usual_power_kw().get(machine.profile.machine, usual_power_kw()["default"])
        state = machine.state if isinstance(machine, BesideMachine) else self.site.line.state(machine.id)
        return working if state is MachineState.EXECUTE else resting

    def _voltage_v(self) -> float:
        return _VOLTAGE_V - _WEAK_V_PER_KW * self.power_kw_now

    def _factor(self) -> float:
        return _WORKING_FACTOR if self.power_kw_now > 2 * _HALL_KW else _RESTING_FACTOR
