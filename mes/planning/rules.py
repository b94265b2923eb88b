"""The planning rules of a plant, read from `planning_rules.yaml`."""

from __future__ import annotations

from datetime import time
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

RULES_FILE = Path(__file__).with_name("planning_rules.yaml")


class ChangeoverRule(BaseModel):
    """Set-up minutes at a kind of station between loads of different families."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    station: str
    minutes: int = Field(ge=0)


class PlanningRules(BaseModel):
    """What a plan follows beside lines, hours and routes. Costs are whole numbers, as in the scheduling contract."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    yard_days: dict[str, int]
    due_time: time
    due_window_days: int = Field(ge=0)
    thickness_classes_mm: tuple[int, ...]
    edge_clearance_mm: int = Field(ge=0)
    gap_mm: int = Field(ge=0)
    nesting_share: float = Field(gt=0, lt=1)
    changeover: ChangeoverRule
    tardiness_cost_per_element: int = Field(ge=0)
    earliness_cost: int = Field(ge=0)
    changeover_minute: int = Field(ge=0)
    makespan_minute: int = Field(ge=0)
    line_change: int = Field(ge=0)
    shift_hour: int = Field(ge=0)
    calendar_spare_days: int = Field(ge=1)
    loads_per_day: int = Field(ge=1)

    def yard_days_of(self, family: str) -> int:
        """Days between leaving the line and leaving for the site."""
        return self.yard_days.get(family, self.yard_days["default"])

    def thickness_class(self, thickness_mm: int) -> int:
        """The number of the class of thickness, from 0."""
        return sum(thickness_mm > limit for limit in self.thickness_classes_mm)


@cache
def planning_rules() -> PlanningRules:
    """The rules as they stand in the file."""
    return PlanningRules.model_validate(yaml.safe_load(RULES_FILE.read_text(encoding="utf-8")))
