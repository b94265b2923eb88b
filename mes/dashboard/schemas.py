"""Shapes of the dashboard's API."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

LONGEST_DAYS = 92


class DailyQuery(BaseModel):
    """Which days: `from` to `to`, both included; today where nothing is said."""

    model_config = ConfigDict(populate_by_name=True)

    first: date | None = Field(None, alias="from", description="first day, such as 2026-11-01")
    last: date | None = Field(None, alias="to", description="last day; at most 92 days")


class DayFiguresShape(BaseModel):
    """One day of one line and project: elements, and cubic metres of concrete."""

    day: date
    line: str = Field(description="code; empty for an element that no line made")
    project: str = Field(description="code")
    planned: int = Field(description="elements whose casting is planned on that day")
    cast: int
    demoulded: int
    delivered: int = Field(description="elements that left the plant")
    planned_m3: float
    cast_m3: float


class DailyFigures(BaseModel):
    """Planned and made, by day, line and project."""

    items: list[DayFiguresShape]
