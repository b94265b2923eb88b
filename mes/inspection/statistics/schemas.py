"""The API's shapes of statistics."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from mes.inspection.statistics.choosing import StatisticsQuery
from mes.inspection.statistics.readings import DEFAULT_SIZE


class YieldQuery(StatisticsQuery):
    """The same, by day or by week."""

    by: Literal["day", "week"] = "week"


class DimensionQuery(StatisticsQuery):
    """The same, with the number of elements in a row that make a point."""

    size: int = Field(DEFAULT_SIZE, ge=1, le=10, description="1: single values with their moving range")


class ItemPath(BaseModel):
    """A dimension's address."""

    item: str = Field(max_length=40, description="item of the catalogue, such as length")


class StretchShape(BaseModel):
    """A day or week; `share` is the first-pass yield, limits are those of the p chart of the others."""

    first: date
    last: date
    good: int
    total: int
    share: float
    nonconforming_lower: float
    nonconforming_centre: float
    nonconforming_upper: float
    rules: list[int] = Field(description="Western Electric rules that speak at this point, 1 to 4")


class YieldShape(BaseModel):
    """First-pass yield of the period and of its days or weeks."""

    good: int
    total: int
    share: float | None
    items: list[StretchShape]


class BarShape(BaseModel):
    """A bar of a Pareto chart."""

    name: str
    weight: float
    share: float
    cumulative: float


class DefectsShape(BaseModel):
    """What was reported wrong, the most frequent first."""

    by_kind: list[BarShape]
    by_cause: list[BarShape]
    by_cost: list[BarShape] = Field(description="CNY")


class PointShape(BaseModel):
    """A point of the chart and the inspections behind it."""

    value: float
    range: float | None
    first_at: datetime
    last_at: datetime
    inspections: list[UUID]
    rules: list[int]
    range_rules: list[int]


class LinesShape(BaseModel):
    """Lines of a chart."""

    lower: float
    centre: float
    upper: float


class CapabilityShape(BaseModel):
    """Capability; null where a one-sided tolerance or values that do not vary give none."""

    count: int
    mean: float
    sigma_within: float
    sigma_overall: float
    cp: float | None
    cpk: float | None
    pp: float | None
    ppk: float | None
    ppk_at_least: float | None = Field(description="lower end of the one-sided interval of 95 %")
    outside: int


class DimensionShape(BaseModel):
    """A dimension's charts. `unit` is mm, or % of the tolerance where several tolerances judged the readings."""

    item: str
    unit: Literal["mm", "%"]
    size: int
    count: int
    tolerance_lower: float | None
    tolerance_upper: float | None
    level: LinesShape | None
    spread: LinesShape | None
    points: list[PointShape] = Field(description="the newest 1000")
    capability: CapabilityShape | None


class WarningShape(BaseModel):
    """A dimension that drifts towards its limit."""

    item: str
    family: str
    line: str
    mould: str
    kind: Literal["trend", "shift"]
    side: Literal["above", "below"]
    unit: Literal["mm", "%"]
    level: float
    limit: float
    per_day: float
    per_day_low: float
    per_day_high: float
    count: int
    first_out_at: datetime | None
    level_out_at: datetime | None


class WarningsShape(BaseModel):
    """Everything that drifts now, the most urgent first."""

    items: list[WarningShape]
