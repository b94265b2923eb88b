"""What every simulated machine has: settings that commands change, and physics in steps of a fixed grid of time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import pi, sin
from typing import Any, ClassVar

from lines.profile import Profile, Value
from lines.simulator.chance import cycle
from lines.simulator.line_model import LineModel, ModelRefusalError
from lines.simulator.station_model import Happening
from lines.states import MachineState

GRID_MS = 30_000
"""Physics goes on at whole multiples of this simulated time only, so that it is the same however time is cut up."""

_DAY_MS = 86_400_000


@dataclass
class Site:
    """What the machines of a line share. ``machines`` are all that have physics, by id, in the order of the line."""

    code: str
    line: LineModel
    seed: str = ""
    spread: float = 0.0
    stops_per_hour: float = 0.0
    machines: dict[str, "Equipment"] = field(default_factory=dict)

    @property
    def ambient_c(self) -> float:
        """The temperature of the hall: 25 °C, up to 4 °C warmer in the first half of a day, cooler in the other."""
        return 25.0 + 4.0 * sin(2 * pi * (self.line.clock_ms % _DAY_MS) / _DAY_MS)


class Equipment:
    """A machine's physics; ``kept`` names what a restart must not lose."""

    kept: ClassVar[tuple[str, ...]] = ()

    def __init__(self, member_id: str, profile: Profile, site: Site) -> None:
        self.id = member_id
        self.profile = profile
        self.site = site
        self.settings: dict[str, Value] = {}

    def values(self) -> Mapping[str, Callable[[], Value]]:
        """The points that it has values for, and how each is found, as people know it."""
        return {}

    def happened(self, happening: Happening) -> None:
        """Something happened to a pallet of the line."""

    def step(self) -> None:
        """One step of the grid has passed."""

    def begin(self) -> None:
        """The line begins with the pallets that stand in it, of which the machine knows nothing yet."""

    def write(self, name: str, value: Value) -> None:
        """Take a command. Raises :class:`ModelRefusalError`, changing nothing."""
        self.settings[name] = value

    def power_kw(self) -> float | None:
        """What it draws; None for what is usual for its class."""
        return None

    def saved(self) -> dict[str, Any]:
        """What has to be kept, JSON-able."""
        return {"settings": dict(self.settings)} | {name: getattr(self, name) for name in self.kept}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take over what was kept."""
        self.settings |= saved.get("settings", {})
        for name in self.kept:
            if name in saved:
                setattr(self, name, saved[name])


class BesideMachine(Equipment):
    """A machine that no pallet passes through, with a state of its own; ``planned_seconds`` is one cycle."""

    planned_seconds: ClassVar[float] = 60.0
    kept: ClassVar[tuple[str, ...]] = (
        "cycles",
        "begun",
        "hold",
        "remaining_ms",
        "work_ms",
        "stop_at_ms",
        "stop_due_ms",
        "stop_ms",
        "stop_choice",
    )

    def __init__(self, member_id: str, profile: Profile, site: Site) -> None:
        super().__init__(member_id, profile, site)
        self.cycles = self.begun = self.hold = 0
        self.remaining_ms = self.work_ms = 0
        self.stop_at_ms = self.stop_due_ms = self.stop_ms = 0
        self.stop_choice = 0.0

    @property
    def state(self) -> MachineState:
        """Held where it stands by itself, execute while it works, else idle."""
        if self.hold or self.stop_ms:
            return MachineState.HELD
        return MachineState.EXECUTE if self.remaining_ms else MachineState.IDLE

    @property
    def progress_percent(self) -> float:
        """Of the present cycle; 0 between two."""
        return 100.0 * (1 - self.remaining_ms / self.work_ms) if self.remaining_ms else 0.0

    def has_work(self) -> bool:
        """Whether there is something to begin with."""
        raise NotImplementedError

    def began(self) -> None:
        """A cycle began."""

    def finished(self) -> None:
        """A cycle ended."""

    def step(self) -> None:
        """Work on, unless held or stopped by a fault of its own."""
        if self.hold:
            return
        if self.stop_ms:
            self.stop_ms = max(0, self.stop_ms - GRID_MS)
        elif self.remaining_ms:
            self._work()
        elif self.has_work():
            self._begin()

    def write(self, name: str, value: Value) -> None:
        """Hold is 0 or 1; everything else is a setting."""
        if name != "hold":
            super().write(name, value)
        elif value in (0, 1):
            self.hold = int(value)
        else:
            raise ModelRefusalError(f"hold is 0 or 1, not {value}")

    def _begin(self) -> None:
        site = self.site
        planned_ms = round(self.planned_seconds * 1000)
        drawn = cycle(planned_ms, site.spread, site.stops_per_hour, site.seed, self.id, self.begun)
        self.begun += 1
        self.remaining_ms = self.work_ms = drawn.work_ms
        self.stop_at_ms, self.stop_due_ms, self.stop_choice = drawn.stop_at_ms, drawn.stop_ms, drawn.choice
        self.began()

    def _work(self) -> None:
        self.remaining_ms = max(0, self.remaining_ms - GRID_MS)
        if self.stop_due_ms and self.remaining_ms <= self.stop_at_ms:
            self.stop_ms, self.stop_due_ms = self.stop_due_ms, 0
        if not self.remaining_ms:
            self.cycles += 1
            self.finished()
