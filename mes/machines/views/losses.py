"""OEE and losses: each line and machine over a shift, a day or a week, down to the single intervals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for

from lines.losses import Account, Cause, LossKind, Slice
from mes.core import web
from mes.core.text import N_
from mes.machines.lamps import STATE_WORDS
from mes.machines.losses import (
    LineAccount,
    Period,
    StationAccount,
    day_period,
    line_account,
    shift_periods,
    week_period,
)
from mes.machines.reasons import stop_reasons
from mes.machines.views.blueprint import all_lines, asked_day, asked_line, pages, tabs
from mes.planning.models import Line

KIND_WORDS: dict[LossKind, str] = {
    LossKind.STOP: N_("Own stops"),
    LossKind.BLOCKED: N_("Could not go on"),
    LossKind.STARVED: N_("No pallet came"),
    LossKind.IDLE: N_("Idle, no work"),
    LossKind.SLOW: N_("Slow cycles"),
    LossKind.REWORK: N_("Not right at the first try"),
    LossKind.UNKNOWN: N_("Not heard"),
    LossKind.PLANNED: N_("Planned stops"),
}
"""Kinds of loss in the order in which they are drawn."""

MOST_SLICES = 60


@dataclass(frozen=True)
class Part:
    """One part of a bar: `share` of the planned time, from `start` on (0 to 1)."""

    kind: str
    title: str
    length: timedelta
    share: float
    start: float
    url: str = ""


@pages.get("/losses")
@web.permission("operation:read")
def losses() -> str:
    """A line's OEE, the losses of its machines, and one machine's in detail where it is asked for."""
    lines, now, zone = all_lines(), web.clock().now(), web.clock().zone
    if not lines:
        return render_template("machines/losses.html", tab_items=tabs("losses"), found=None)
    line, day = asked_line(lines), asked_day()
    period = _asked_period(line, day, zone)
    found = line_account(web.reading(), line, period, now, zone)
    names = {station.code: station.name for station in line.stations}
    asked = request.args.get("station", "")
    detail = next((one for one in found.stations if one.station.code == asked), None)
    return render_template(
        "machines/losses.html",
        tab_items=tabs("losses"),
        found=found,
        lines=lines,
        day=day,
        today=web.local_time(now).date(),
        periods=_period_choices(line, day, zone),
        rows=[(one, _bar(one.account, _station_url(line, one, period, day))) for one in found.stations],
        caused=_caused(found),
        kinds={kind.value: web.gettext(word) for kind, word in KIND_WORDS.items()},
        detail=detail,
        steps=_waterfall(detail.account, names) if detail else [],
        slices=_slices(detail.account, names) if detail else [],
        cause=request.args.get("cause", ""),
        state_words=STATE_WORDS,
        minutes=_minutes,
        hours=_hours,
    )


def _asked_period(line: Line, day: date, zone: ZoneInfo) -> Period:
    code = request.args.get("period", "day")
    if code == "week":
        return week_period(day, zone)
    return next((shift for shift in shift_periods(line, day, zone) if shift.code == code), day_period(day, zone))


def _period_choices(line: Line, day: date, zone: ZoneInfo) -> list[tuple[str, str]]:
    choices = [("day", web.gettext(N_("Whole day"))), ("week", web.gettext(N_("Week")))]
    for shift in shift_periods(line, day, zone):
        choices.append((shift.code, f"{web.local_time(shift.start):%H:%M}–{web.local_time(shift.end):%H:%M}"))
    return choices


def _station_url(line: Line, one: StationAccount, period: Period, day: date) -> str:
    return url_for("machines.losses", line=line.code, day=day, period=period.code, station=one.station.code)


def _bar(found: Account, url: str) -> list[Part]:
    """Planned time as one bar: what was worth it, then each kind of loss."""
    parts = [("worth", web.gettext(N_("Worth it")), found.worth)]
    parts += [(kind.value, web.gettext(word), found.lost(kind)) for kind, word in KIND_WORDS.items()]
    bar, start = [], 0.0
    for kind, title, length in parts:
        share = length / found.planned if found.planned else 0.0
        if length:
            bar.append(Part(kind, title, length, share, start, url))
        start += share
    return bar


def _waterfall(found: Account, names: dict[str, str]) -> list[Part]:
    """From planned time down to what was worth it, a step for each cause, the largest first within its kind."""
    planned = web.gettext(N_("Planned time"))
    steps = [Part("planned-time", planned, found.planned, 1.0, 0.0)]
    left = 1.0
    order = {kind: place for place, kind in enumerate(KIND_WORDS)}
    for cause, length in sorted(found.losses.items(), key=lambda item: (order[item[0].kind], -item[1])):
        share = length / found.planned
        left -= share
        steps.append(Part(cause.kind.value, _cause_words(cause, names), length, share, left, _key(cause)))
    worth = web.gettext(N_("Worth it"))
    steps.append(Part("worth", worth, found.worth, found.worth / found.planned if found.planned else 0.0, 0.0))
    return steps


def _slices(found: Account, names: dict[str, str]) -> list[tuple[Slice, str, str]]:
    """The single pieces of lost time, the longest first: (piece, words of its cause, key of its cause)."""
    lost = [piece for piece in found.slices if piece.cause is not None]
    asked = request.args.get("cause", "")
    if asked:
        lost = [piece for piece in lost if piece.cause is not None and _key(piece.cause) == asked]
    longest = sorted(lost, key=lambda piece: piece.length, reverse=True)[:MOST_SLICES]
    return [(piece, _cause_words(piece.cause, names), _key(piece.cause)) for piece in longest if piece.cause]


def _caused(found: LineAccount) -> list[dict[str, Any]]:
    rows = found.caused()
    top = max((own + others for _, own, others in rows), default=timedelta())
    return [
        {"station": station, "own": own, "others": others, "own_share": own / top, "others_share": others / top}
        for station, own, others in rows
    ]


def _cause_words(cause: Cause, names: dict[str, str]) -> str:
    """A cause in the reader's language."""
    gettext = web.gettext
    if cause.kind in (LossKind.STOP, LossKind.PLANNED):
        word = stop_reasons().word(cause.reason, web.locale()) if cause.reason else gettext(N_("not explained"))
        return gettext(N_("Stop: %(reason)s"), reason=word)
    station = names.get(cause.station)
    if cause.kind is LossKind.BLOCKED and station is None:
        return gettext(N_("Waiting for release, supply or transfer"))
    if cause.kind is LossKind.BLOCKED:
        return gettext(N_("Blocked by %(station)s"), station=station)
    if cause.kind is LossKind.STARVED and station is not None:
        return gettext(N_("Nothing came from %(station)s"), station=station)
    return gettext(KIND_WORDS[cause.kind])


def _key(cause: Cause) -> str:
    """A cause's name in an address."""
    return "~".join((cause.kind.value, cause.reason, cause.station))


def _minutes(length: timedelta) -> str:
    """A length as minutes, with one decimal where it is short."""
    minutes = length.total_seconds() / 60
    return f"{minutes:.1f}" if minutes < 10 else f"{minutes:.0f}"


def _hours(length: timedelta) -> str:
    """A length as hours and minutes, such as 7:05."""
    minutes = round(length.total_seconds() / 60)
    return f"{minutes // 60}:{minutes % 60:02d}"
