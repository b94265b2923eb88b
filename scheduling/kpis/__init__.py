"""What a plan is worth in figures: due times kept, storage, stations, changeovers, occupancy, overtime."""

from __future__ import annotations

from dataclasses import dataclass

from scheduling.kpis.deliveries import DeliveryKpis, StorageKpis, delivery_kpis, storage_kpis
from scheduling.kpis.stations import (
    LineKpis,
    OccupancyKpis,
    ResourceKpis,
    StationKpis,
    line_kpis,
    occupancy_kpis,
    resource_kpis,
    station_kpis,
)
from scheduling.kpis.steps import StepSeries
from scheduling.plan import Plan
from scheduling.problem import Problem

__all__ = [
    "DeliveryKpis",
    "Kpis",
    "LineKpis",
    "OccupancyKpis",
    "OvertimeKpis",
    "ResourceKpis",
    "StationKpis",
    "StepSeries",
    "StorageKpis",
    "kpis",
]


@dataclass(frozen=True)
class OvertimeKpis:
    """The overtime that a plan buys."""

    windows: tuple[str, ...]
    minutes: int
    cost: int


@dataclass(frozen=True)
class Kpis:
    """The figures of one plan; minutes after the epoch where they are times."""

    jobs: int
    unscheduled: int
    last_done: int | None
    """When the last job is done; None where no job is planned."""
    deliveries: tuple[DeliveryKpis, ...]
    storage: StorageKpis
    lines: tuple[LineKpis, ...]
    stations: tuple[StationKpis, ...]
    occupancy: tuple[OccupancyKpis, ...]
    resources: tuple[ResourceKpis, ...]
    overtime: OvertimeKpis

    @property
    def tardy_jobs(self) -> int:
        """Jobs that are done after their due time."""
        return sum(delivery.tardy_jobs for delivery in self.deliveries)

    @property
    def late_deliveries(self) -> int:
        """Deliveries with a tardy or an unscheduled job."""
        return sum(delivery.tardy_jobs + delivery.unscheduled > 0 for delivery in self.deliveries)

    @property
    def tardiness_minutes(self) -> int:
        """Minutes after the due times, summed over jobs."""
        return sum(delivery.tardiness_minutes for delivery in self.deliveries)

    @property
    def tardiness_cost(self) -> int:
        """The same, each job's minutes times its cost."""
        return sum(delivery.tardiness_cost for delivery in self.deliveries)

    @property
    def changeover_minutes(self) -> int:
        """Minutes of changeover on all lines."""
        return sum(line.changeover_minutes for line in self.lines)


def kpis(problem: Problem, plan: Plan) -> Kpis:
    """The figures of a plan whose jobs stand on lines of the problem."""
    return Kpis(
        jobs=len(plan.jobs),
        unscheduled=len(problem.jobs) - len(plan.jobs),
        last_done=max((job.done for job in plan.jobs), default=None),
        deliveries=delivery_kpis(problem, plan),
        storage=storage_kpis(problem, plan),
        lines=line_kpis(problem, plan),
        stations=station_kpis(problem, plan),
        occupancy=occupancy_kpis(problem, plan),
        resources=resource_kpis(problem, plan),
        overtime=_overtime(problem, plan),
    )


def _overtime(problem: Problem, plan: Plan) -> OvertimeKpis:
    chosen = [entry for entry in problem.overtime if entry.id in set(plan.overtime)]
    minutes = sum(entry.window[1] - entry.window[0] for entry in chosen)
    return OvertimeKpis(tuple(entry.id for entry in chosen), minutes, sum(entry.cost for entry in chosen))
