"""The machines' own values in the simulation: how each follows the state and progress of a pallet."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

from lines.simulator.station_model import StationView
from lines.states import MachineState
from lines.yaml_source import parse_source


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A value over the progress of a pallet: ``working`` holds (percent, value), rising in percent."""

    resting: float
    working: tuple[tuple[float, float], ...]
    only_executing: bool = False

    def value(self, view: StationView) -> float:
        """The value that a station shows with this behaviour."""
        if not any(view.slots) or (self.only_executing and view.state is not MachineState.EXECUTE):
            return self.resting
        return self._at(view.progress_percent)

    def _at(self, percent: float) -> float:
        for (start, low), (end, high) in pairwise(self.working):
            if percent <= end:
                return low + (high - low) * (percent - start) / (end - start)
        return self.working[-1][1]


@cache
def behaviours() -> Mapping[str, Behaviour]:
    """The behaviours that come with this package, by the name of the point."""
    file = resources.files("lines.simulator") / "behaviour.yaml"
    content = parse_source(file.read_text(encoding="utf-8"), file.name).content
    return {
        name: Behaviour(
            float(entry["resting"]),
            tuple((float(percent), float(value)) for percent, value in entry["working"]),
            entry.get("only_executing", False),
        )
        for name, entry in content.items()
    }
