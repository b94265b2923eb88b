"""Pages of the room: the dashboard, daily tracking, late elements, the wall screen."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request

from mes.core import navigation, web
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.dashboard import queries
from mes.dashboard.daily import daily
from mes.dashboard.links import link
from mes.dashboard.overview import overview, totals
from mes.dashboard.period import factory_today, period_of, week_of
from mes.traceability.queries import Thresholds

WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
DELIVERY_STATES = {
    "loading": (N_("Loading"), "info", "truck-loading"),
    "departed": (N_("On the way"), "progress", "truck-delivery"),
    "arrived": (N_("At the site"), "warn", "map-pin"),
    "completed": (N_("Completed"), "good", "circle-check"),
}
WALL_REFRESH_SECONDS = 30

pages = Blueprint("dashboard", __name__, url_prefix="/dashboard")
navigation.add_page(
    N_("Dashboard"), "dashboard.index", "layout-dashboard", "dashboard:read", 10, "planner supervisor admin"
)
navigation.add_page(
    N_("Dashboard"), "dashboard.index", "layout-dashboard", "dashboard:read", 890, "operator inspector quality_manager"
)


@pages.get("")
@web.permission("dashboard:read")
def index() -> str:
    """Today at a glance; each tile opens its list."""
    return render_template("dashboard/index.html", **_shown())


@pages.get("/wall")
@web.permission("dashboard:read")
def wall() -> str:
    """The wall screen of the hall: dark, large, loads itself again."""
    return render_template("dashboard/wall.html", refresh_seconds=WALL_REFRESH_SECONDS, **_shown())


@pages.get("/daily")
@web.permission("dashboard:read")
def daily_tracking() -> str:
    """Planned and made by day, line and project; this week where nothing else is asked for."""
    clock = web.clock()
    today = factory_today(clock)
    first, last = _asked_day("from"), _asked_day("to")
    if first is None and last is None:
        first, last = week_of(today)[0], today
    first, last = period_of(first, last, clock)
    rows = daily(web.reading(), web.actor(), clock.zone, first, last)
    return render_template(
        "dashboard/daily.html",
        rows=sorted(rows, key=lambda row: (-row.day.toordinal(), row.line, row.project)),
        made=totals(rows),
        first_day=first,
        last_day=last,
        today=today,
        week=week_of(today),
        line_names=queries.lines(web.reading()),
        weekdays=WEEKDAYS,
    )


@pages.get("/late")
@web.permission("dashboard:read")
def late() -> str:
    """Every element whose required date is at risk."""
    found = queries.late_elements(web.reading(), web.actor(), web.clock())
    return render_template("dashboard/late.html", late=found, link=link, today=factory_today(web.clock()))


def _shown() -> dict[str, object]:
    return {
        "plant": overview(web.reading(), web.actor(), web.clock(), Thresholds.of(web.settings())),
        "weekdays": WEEKDAYS,
        "delivery_states": DELIVERY_STATES,
        "link": link,
        "duration": _duration,
    }


def _duration(minutes: int) -> tuple[int, str]:
    """Minutes as a number with the unit that keeps it short."""
    if minutes < 120:
        return minutes, web.gettext(N_("min"))
    if minutes < 48 * 60:
        return minutes // 60, web.gettext(N_("h"))
    return minutes // (24 * 60), web.gettext(N_("d"))


def _asked_day(name: str) -> date | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        reason = Text(N_("a date such as 2026-12-05 is expected here"))
        raise InvalidInput(reason, [Fault(name, reason)]) from error
