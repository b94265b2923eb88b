"""Every line at a glance, live; and loads that enter a line."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.library.families import FAMILY_NAMES
from mes.planning.models import Station
from mes.shopfloor import queries, service
from mes.shopfloor.views.room import digest, pages, tabs, unless_seen
from mes.shopfloor.views.station import STATION_COOKIE


@pages.get("")
@web.permission("operation:read")
def index() -> str:
    """Every line, live."""
    return render_template("shopfloor/index.html", tab_items=tabs("index"), my_station=my_station(), **_overview())


@pages.get("/live")
@web.permission("operation:read")
def live_lines() -> WerkzeugResponse:
    """The part of the overview that moves; nothing if it has not changed since the reader saw it."""
    facts = _overview()
    return unless_seen("shopfloor/_lines.html", facts)


@pages.post("/lines/<code>/enter")
@web.permission("operation:run")
def enter(code: str) -> WerkzeugResponse:
    """The next load enters the line."""
    answer = web.perform(
        service.enter_next_load,
        service.EnterNextLoad(command_id=UUID(request.form["command_id"]), line_id=_line_id(code)),
    )
    text = N_("Load %(load)s enters on pallet %(pallet)s")
    flash(web.gettext(text, load=answer.load_number, pallet=answer.pallet_number), "good")
    return redirect(url_for("shopfloor.index"), 303)


@pages.post("/lines/<code>/automatic")
@web.permission("operation:run")
def automatic(code: str) -> WerkzeugResponse:
    """Whether the line's loads enter by themselves."""
    command = service.SetAutomaticEntry(
        command_id=UUID(request.form["command_id"]), line_id=_line_id(code), on=request.form.get("on") == "1"
    )
    web.perform(service.set_automatic_entry, command)
    return redirect(url_for("shopfloor.index"), 303)


def my_station() -> Station | None:
    code = request.cookies.get(STATION_COOKIE, "")
    return queries.station_of(web.reading(), code) if code else None


def _line_id(code: str) -> UUID:
    for line in queries.lines(web.reading()):
        if line.code == code:
            return line.id
    raise NotFound(Text(N_("There is no line %(code)s"), {"code": code}))


def _overview() -> dict[str, Any]:
    session = web.reading()
    lines = queries.overview(session, web.clock().now())
    open_count = queries.discrepancy_count(session)
    seen = [_station_digest(view) for line in lines for view in line.stations]
    counts = [
        (v.waiting_count, v.free_pallets, v.entering and v.entering.id, v.next_load and v.next_load.id) for v in lines
    ] + [(v.line.auto_release, v.running_count) for v in lines]
    return {
        "lines": lines,
        "open_count": open_count,
        "waits_for": queries.waits_for,
        "families": FAMILY_NAMES,
        "seen": digest(open_count, counts, seen),
    }


def _station_digest(view: queries.StationView) -> tuple[object, ...]:
    return (
        view.station.code,
        view.lamp,
        _percent(view.progress),
        view.remaining_minutes,
        view.next_up and view.next_up.id,
        [str(missing.reason) for missing in view.missing],
        [(operation.load.number, operation.state, operation.version) for operation in view.present],
    )


def _percent(progress: float | None) -> int | None:
    return None if progress is None else int(progress * 20) * 5
