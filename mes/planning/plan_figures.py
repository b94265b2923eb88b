"""The figures of a plan version, as its page and the API show them."""

from __future__ import annotations

from dataclasses import dataclass

from mes.planning.models import PlanVersion
from mes.planning.plan_content import plan_of, problem_of
from scheduling import Kpis, kpis
from scheduling.kpis import OccupancyKpis, ResourceKpis, StationKpis

PALLETS = "pallets-"


@dataclass(frozen=True)
class PlanFigures:
    """The engine's figures, and what the page picks out of them."""

    kpis: Kpis

    @property
    def busiest(self) -> StationKpis | None:
        """The attended station that works the greatest share of its hours; None where nothing is worked."""
        chambers = {(entry.line, entry.station) for entry in self.kpis.occupancy}
        attended = [entry for entry in self.kpis.stations if (entry.line, entry.station) not in chambers]
        worked = [entry for entry in attended if entry.worked_minutes > 0]
        return max(worked, key=lambda entry: entry.utilisation, default=None)

    @property
    def used_stations(self) -> tuple[StationKpis, ...]:
        """The stations of the lines that have work."""
        lines = {entry.line for entry in self.kpis.lines if entry.jobs > 0}
        return tuple(entry for entry in self.kpis.stations if entry.line in lines)

    @property
    def fullest_chamber(self) -> OccupancyKpis | None:
        """The chamber that comes nearest to its capacity."""
        return max(self.kpis.occupancy, key=lambda entry: entry.pallets.peak / entry.capacity, default=None)

    @property
    def scarcest_pallets(self) -> ResourceKpis | None:
        """The line's pallets that are most nearly all in use at once."""
        pools = [entry for entry in self.kpis.resources if entry.resource.startswith(PALLETS) and entry.count > 0]
        return max(pools, key=lambda entry: entry.in_use.peak / entry.count, default=None)


def figures_of(version: PlanVersion) -> PlanFigures | None:
    """The figures of a plan version, or None while it has no plan."""
    problem, plan = problem_of(version), plan_of(version)
    return PlanFigures(kpis(problem, plan)) if problem is not None and plan is not None else None
