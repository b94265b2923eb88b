"""A mesh welding machine beside the line: one mesh for each pallet that sets out. Figures are typical, not measured."""

from collections.abc import Callable, Mapping

from lines.profile import Profile, Value
from lines.simulator.equipment.base import BesideMachine, Site
from lines.simulator.station_model import Event, Happening

_WELDS = 420
_MESH_KG = 48.0
_FULL_KG, _LOW_KG = 3000.0, 300.0


class MeshWelder(BesideMachine):
    """Welds one mesh after another for as long as pallets have set out without one."""

    planned_seconds = 300.0
    kept = (*BesideMachine.kept, "wanted", "wire_stock_kg")

    def __init__(self, member_id: str, profile: Profile, site: Site) -> None:
        super().__init__(member_id, profile, site)
        self.wanted = 0
        self.wire_stock_kg = _FULL_KG

    def values(self) -> Mapping[str, Callable[[], Value]]:
        """What it welds and from which wire."""
        return {
            "welds": lambda: self.cycles * _WELDS + int(_WELDS * self.progress_percent / 100),
            "weld_current_ka": lambda: 9.5 if self._is_welding() else 0.0,
            "wire_feed_m_min": lambda: 38.0 if self._is_welding() else 0.0,
            "wire_stock_kg": lambda: self.wire_stock_kg - _MESH_KG * self.progress_percent / 100,
            "wire_low": lambda: self.wire_stock_kg < _LOW_KG,
            "program": lambda: self.settings.get("program", "HRB400-8-150"),
            "batch": lambda: f"{self.site.code}-M{self.cycles:05d}" if self.cycles else "",
            "mesh_width_mm": lambda: 2320.0 if self.remaining_ms else 0.0,
        }

    def happened(self, happening: Happening) -> None:
        """A pallet that sets out wants a mesh."""
        if happening.event is Event.ENTERED and happening.station == self.site.line.first_station:
            self.wanted += 1

    def has_work(self) -> bool:
        """A pallet has no mesh yet."""
        return self.wanted > 0

    def began(self) -> None:
        """The mesh is begun for the pallet that has waited longest."""
        self.wanted -= 1

    def finished(self) -> None:
        """Wire is used up, and a new coil put on in time."""
        self.wire_stock_kg -= _MESH_KG
        if self.wire_stock_kg < _LOW_KG - 2 * _MESH_KG:
            self.wire_stock_kg = _FULL_KG

    def _is_welding(self) -> bool:
        return self.remaining_ms > 0 and not self.hold and not self.stop_ms
