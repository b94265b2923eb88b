"""Which time a machine's history shows: the last hours, the last working day of its line, a day, a week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import request, url_for

from mes.core import web
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.machines.losses import last_working_day
from mes.machines.queries.machine_page import MachineView
from mes.machines.views.blueprint import FIRST_YEAR, LAST_YEAR

WORKED = "worked"
SPANS: dict[str, tuple[str, timedelta]] = {
    "hour": (N_("1 h"), timedelta(hours=1)),
    "shift": (N_("8 h"), timedelta(hours=8)),
    WORKED: (N_("Last shifts"), timedelta(days=1)),
    "day": (N_("24 h"), timedelta(days=1)),
    "week": (N_("Week"), timedelta(days=7)),
}


@dataclass(frozen=True)
class ChartTime:
    """From `start` to `end`; `span` is how it was asked for, and `is_past` that an end was named."""

    start: datetime
    end: datetime
    span: str
    is_past: bool


def asked_time(view: MachineView) -> ChartTime:
    """The time that the address asks for; up to now where no end is named.

    The last shifts are the latest day on which people work at the machine's line, from its first to its last window.

    Raises:
        InvalidInput: an end that is no time.
    """
    span = request.args.get("span", "shift")
    span = span if span in SPANS else "shift"
    text = request.args.get("end", "")
    end = _moment(text) if text else web.clock().now()
    if span == WORKED and view.station is not None:
        worked = last_working_day(view.station.line, end, web.clock().zone)
        if worked is not None:
            return ChartTime(worked.start, worked.end, span, bool(text))
    return ChartTime(end - SPANS[span][1], end, span, bool(text))


def choices(view: MachineView, shown: ChartTime) -> dict[str, Any]:
    """The choices of time for the page: how long, and a step back and forth."""
    device, asked_end = view.machine.device, request.args.get("end")
    spans = [name for name in SPANS if name != WORKED or view.station is not None]
    chips = [
        {"title": web.gettext(SPANS[name][0]), "url": _url(device, name, asked_end), "active": name == shown.span}
        for name in spans
    ]
    is_worked = shown.span == WORKED
    earlier = shown.start if is_worked else shown.end - (shown.end - shown.start)
    later = shown.end + (timedelta(days=1) if is_worked else shown.end - shown.start)
    is_now = later >= web.clock().now()
    return {
        "chips": chips,
        "back": _url(device, shown.span, _short(earlier)),
        "forward": _url(device, shown.span, None if is_now else _short(later)) if shown.is_past else "",
        "title": f"{web.local_time(shown.start):%m-%d %H:%M} – {web.local_time(shown.end):%m-%d %H:%M}",
    }


def _url(device: str, span: str, end: str | None) -> str:
    return url_for("machines.machine", device=device, span=span, end=end) + "#charts"


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        if not FIRST_YEAR <= found.year < LAST_YEAR:
            raise ValueError(text)
    except ValueError as error:
        reason = Text(N_("a time such as 2026-12-05T14:00 is expected here"))
        raise InvalidInput(reason, [Fault("end", reason)]) from error
    return found if found.tzinfo else found.replace(tzinfo=web.clock().zone)


def _short(moment: datetime) -> str:
    return web.local_time(moment).strftime("%Y-%m-%dT%H:%M")
