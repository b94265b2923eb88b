"""A curing chamber: zones that follow the recipe as first-order systems, and the stacker crane that fills the slots."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from math import exp

from lines.profile import Profile, Value
from lines.simulator.equipment.base import GRID_MS, Equipment, Site
from lines.simulator.line_model import ModelRefusalError
from lines.simulator.station_model import Event, Happening
from lines.yaml_source import parse_source

_ZONE = re.compile(r"zone_(\d)_(temperature_c|humidity_percent)")
_FIRST_C = 25.0
_WARM_C = 30.0  # where every recipe begins
_STEP_MINUTES = GRID_MS / 60_000
_HEATING = 1 - exp(-_STEP_MINUTES / 25.0)  # of the way, in a step
_COOLING = 1 - exp(-_STEP_MINUTES / 50.0)
_MOISTENING = 1 - exp(-_STEP_MINUTES / 12.0)
_FASTEST_C_PER_HOUR = 19.0
_ZONE_DIFFERENCE_C = 1.2  # the zone at the door is cooler than the mean, the last one warmer
_DRY_PERCENT, _MOIST_PERCENT = 60.0, 95.0
_HEATER_KW = 0.9  # for a zone, per °C above the hall
_TOO_WARM_C = 4.0  # above the set point
_ROWS = 6
_COLUMN_MM, _ROW_MM = 4_200.0, 900.0
_TRAVEL_MS, _FORK_MS, _BACK_MS = 20_000, 30_000, 60_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a chamber does to a pallet over its time in it; see recipes.yaml."""

    setpoint_c: float
    phases: tuple[tuple[float, float], ...]

    def share(self, percent: float) -> float:
        """How much of the way to the set point is wanted at this part of the curing time."""
        for (start, low), (end, high) in pairwise(self.phases):
            if percent <= end:
                return low + (high - low) * (percent - start) / (end - start)
        return self.phases[-1][1]


@cache
def recipes() -> Mapping[str, Recipe]:
    """The recipes, by name."""
    file = resources.files("lines.simulator.equipment") / "recipes.yaml"
    content = parse_source(file.read_text(encoding="utf-8"), file.name).content
    return {
        name: Recipe(float(entry["setpoint_c"]), tuple((float(at), float(share)) for at, share in entry["phases"]))
        for name, entry in content.items()
    }


class Chamber(Equipment):
    """A chamber whose slots are parted evenly, in order, among as many zones as the profile has points for."""

    usual_recipe = "slab"
    kept = ("temperatures_c", "humidities_percent", "moved_at_ms", "from_slot", "to_slot")

    def __init__(self, member_id: str, profile: Profile, site: Site) -> None:
        super().__init__(member_id, profile, site)
        zones = {int(found[1]) for point in profile.points if (found := _ZONE.fullmatch(point.name))}
        self.temperatures_c = [_FIRST_C] * max(zones, default=1)
        self.humidities_percent = [_DRY_PERCENT] * len(self.temperatures_c)
        self.moved_at_ms = -_BACK_MS
        self.from_slot = self.to_slot = 0

    def values(self) -> Mapping[str, Callable[[], Value]]:
        """The climate, in all and by zone, what is wanted, and where the stacker stands."""
        zones: dict[str, Callable[[], Value]] = {}
        for zone in range(len(self.temperatures_c)):
            zones[f"zone_{zone + 1}_temperature_c"] = lambda zone=zone: self.temperatures_c[zone]  # type: ignore[misc]
            zones[f"zone_{zone + 1}_humidity_percent"] = lambda zone=zone: self.humidities_percent[zone]  # type: ignore[misc]
        return zones | {
            "temperature_c": lambda: _mean(self.temperatures_c),
            "humidity_percent": lambda: _mean(self.humidities_percent),
            "ambient_c": lambda: self.site.ambient_c,
            "setpoint_c": self._setpoint_c,
            "recipe": lambda: self.settings.get("recipe", self.usual_recipe),
            "overheated": lambda: max(self.temperatures_c) > max(_WARM_C, self._setpoint_c()) + _TOO_WARM_C,
            "stacker_x_mm": lambda: self._stacker_mm()[0],
            "stacker_z_mm": lambda: self._stacker_mm()[1],
            "fork_out": lambda: _TRAVEL_MS <= self._since_move_ms() < _FORK_MS,
            "door_open": lambda: self._since_move_ms() < _FORK_MS,
        }

    def write(self, name: str, value: Value) -> None:
        """A recipe brings its set point; a set point written later takes its place."""
        if name == "recipe" and value not in recipes():
            raise ModelRefusalError(f"there is no recipe {value!r} (there are: {', '.join(recipes())})")
        super().write(name, value)
        if name == "recipe":
            self.settings.pop("setpoint_c", None)

    def happened(self, happening: Happening) -> None:
        """The stacker goes to the slot of a pallet that comes or goes."""
        if happening.station == self.id and happening.event in {Event.ENTERED, Event.LEFT}:
            self.from_slot, self.to_slot = self.to_slot, happening.slot
            self.moved_at_ms = self.site.line.clock_ms

    def begin(self) -> None:
        """The chamber is as warm as its pallets want it."""
        self.temperatures_c = self._wanted_c()
        is_warm = [zone > self.site.ambient_c + 2 for zone in self.temperatures_c]
        self.humidities_percent = [_MOIST_PERCENT if warm else _DRY_PERCENT for warm in is_warm]

    def step(self) -> None:
        """Each zone comes nearer to what is wanted in it, no faster than concrete may be heated or cooled."""
        most_c = _FASTEST_C_PER_HOUR * _STEP_MINUTES / 60
        for zone, target_c in enumerate(self._wanted_c()):
            missing_c = target_c - self.temperatures_c[zone]
            change_c = missing_c * (_HEATING if missing_c > 0 else _COOLING)
            self.temperatures_c[zone] += max(-most_c, min(most_c, change_c))
            moist = _MOIST_PERCENT if target_c > self.site.ambient_c + 2 else _DRY_PERCENT
            self.humidities_percent[zone] += (moist - self.humidities_percent[zone]) * _MOISTENING

    def power_kw(self) -> float:
        """What the heaters draw."""
        return sum(max(0.0, zone - self.site.ambient_c) * _HEATER_KW for zone in self.temperatures_c)

    def _setpoint_c(self) -> float:
        setpoint = self.settings.get("setpoint_c")
        return float(setpoint) if setpoint else self._recipe().setpoint_c

    def _recipe(self) -> Recipe:
        return recipes()[str(self.settings.get("recipe", self.usual_recipe))]

    def _wanted_c(self) -> list[float]:
        """What each zone strives for: the mean of its pallets' phases; an empty zone takes half of its neighbours'."""
        recipe, ambient_c, zones = self._recipe(), self.site.ambient_c, len(self.temperatures_c)
        line = self.site.line
        progress, slots = line.progress(self.id), line.capacity(self.id)
        rise_c = self._setpoint_c() - _WARM_C
        wanted: list[list[float]] = [[] for _ in range(zones)]
        for slot, percent in progress.items():
            wanted[slot * zones // slots].append(_WARM_C + rise_c * recipe.share(percent))
        empty_c = (ambient_c + _mean(self.temperatures_c)) / 2 if progress else ambient_c
        return [_mean(zone) + self._difference_c(number) if zone else empty_c for number, zone in enumerate(wanted)]

    def _difference_c(self, zone: int) -> float:
        zones = len(self.temperatures_c)
        return _ZONE_DIFFERENCE_C * (2 * zone / (zones - 1) - 1) if zones > 1 else 0.0

    def _since_move_ms(self) -> int:
        return self.site.line.clock_ms - self.moved_at_ms

    def _stacker_mm(self) -> tuple[float, float]:
        share = min(1.0, self._since_move_ms() / _TRAVEL_MS)
        start, end = _place_mm(self.from_slot), _place_mm(self.to_slot)
        return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


class PrecuringChamber(Chamber):
    """A chamber that keeps walls warm until they can be trowelled."""

    usual_recipe = "precuring"


def _place_mm(slot: int) -> tuple[float, float]:
    return slot // _ROWS * _COLUMN_MM, slot % _ROWS * _ROW_MM


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
