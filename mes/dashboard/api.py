"""REST routes of the room, under /api/v1."""

from __future__ import annotations

from flask_openapi3 import APIBlueprint, Tag

from mes.core import web
from mes.dashboard.daily import daily
from mes.dashboard.period import period_of
from mes.dashboard.schemas import DailyFigures, DailyQuery, DayFiguresShape

api = APIBlueprint(
    "dashboard_api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="dashboard")],
    abp_security=[{"token": []}, {"session": []}],
)


@api.get("/daily", responses={200: DailyFigures})
@web.permission("dashboard:read")
def daily_figures(query: DailyQuery) -> dict[str, object]:
    """Daily tracking: planned and made by day, line and project, counted in the factory's zone."""
    clock = web.clock()
    first, last = period_of(query.first, query.last, clock)
    rows = daily(web.reading(), web.actor(), clock.zone, first, last)
    items = [DayFiguresShape.model_validate(row, from_attributes=True) for row in rows]
    return DailyFigures(items=items).model_dump(mode="json")
