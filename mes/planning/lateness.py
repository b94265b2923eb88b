"""Lateness of a plan, delivery by delivery: what a project wants on a day, and when it is ready."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mes.planning.rules import PlanningRules
from mes.planning.situation import DemandElement
from mes.planning.working_time import at_local


@dataclass(frozen=True)
class DeliveryLateness:
    """A project's elements for one day. `ready` (None: none planned) is the last one off its line plus yard days."""

    project_code: str
    project_name: str
    required_on: date
    element_count: int
    planned_count: int
    ready: datetime | None
    days_late: int
    """Whole days after the morning of the day (rounded up); negative: days early (rounded down)."""

    @property
    def is_late(self) -> bool:
        """Whether it is ready too late, or not wholly planned."""
        return self.days_late > 0 or self.planned_count < self.element_count


def lateness_by_delivery(
    elements: Iterable[DemandElement], done: Mapping[int, datetime], rules: PlanningRules, zone: ZoneInfo
) -> list[DeliveryLateness]:
    """Each project and day, earliest first. `done`: serial → when its load leaves the line."""
    deliveries: dict[tuple[date, str], list[DemandElement]] = defaultdict(list)
    for element in elements:
        deliveries[element.required_on, element.project_code].append(element)
    return [_delivery(entries, done, rules, zone) for _, entries in sorted(deliveries.items(), key=lambda e: e[0])]


def _delivery(
    elements: list[DemandElement], done: Mapping[int, datetime], rules: PlanningRules, zone: ZoneInfo
) -> DeliveryLateness:
    first = elements[0]
    ready = [
        done[element.serial] + timedelta(days=rules.yard_days_of(element.family))
        for element in elements
        if element.serial in done
    ]
    last = max(ready) if ready else None
    days = 0
    if last is not None:
        late = (last - at_local(first.required_on, rules.due_time, zone)) / timedelta(days=1)
        days = math.ceil(late) if late > 0 else -math.floor(-late)
    return DeliveryLateness(
        first.project_code, first.project_name, first.required_on, len(elements), len(ready), last, days
    )
