"""Stops: the ones that nobody has explained, and the two taps that explain one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import Fault, InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.machines.lamps import STATE_WORDS
from mes.machines.losses import Period, day_period, shift_periods, standstills, unexplained
from mes.machines.models import StateInterval
from mes.machines.queries.machine_page import machine_view
from mes.machines.reasons import stop_reasons
from mes.machines.service.stops import NameStop, name_stop
from mes.machines.views.blueprint import all_lines, asked_day, pages, safe_back, tabs


@pages.get("/stops")
@web.permission("operation:read")
def stops() -> str:
    """The stops of a day or a shift; those that nobody has explained first."""
    lines, day, zone, now = all_lines(), asked_day(), web.clock().zone, web.clock().now()
    asked = request.args.get("line", "")
    if asked and asked not in lines:
        raise NotFound(Text(N_("There is no line %(code)s"), {"code": asked}))
    chosen = [lines[asked]] if asked else list(lines.values())
    shifts = {period.code: period for line in chosen for period in shift_periods(line, day, zone)}
    shift = request.args.get("shift", "")
    period = shifts.get(shift) or day_period(day, zone)
    found = [one for line in chosen for one in standstills(web.reading(), line, period, now, zone)]
    found.sort(key=lambda one: one.started_at, reverse=True)
    return render_template(
        "machines/stops.html",
        tab_items=tabs("stops"),
        lines=lines,
        asked=asked,
        day=day,
        today=web.local_time(now).date(),
        shifts=_shift_choices(shifts),
        shift=shift,
        open=unexplained(found),
        explained=[one for one in found if one.reason_code],
        limit_minutes=int(stop_reasons().unexplained_after.total_seconds() // 60),
        state_words=STATE_WORDS,
        reasons=stop_reasons(),
        locale_name=web.locale(),
        now=now,
    )


@pages.get("/stops/<uuid:interval_id>")
@web.permission("operation:read")
def stop(interval_id: UUID) -> str:
    """Why did it stand? One large tile for each reason."""
    found = web.reading().get(StateInterval, interval_id)
    if found is None:
        raise NotFound(Text(N_("There is no such stop")))
    return render_template(
        "machines/stop.html",
        stop=found,
        view=machine_view(web.reading(), found.device, web.clock().now()),
        reasons=stop_reasons(),
        locale_name=web.locale(),
        state_words=STATE_WORDS,
        back=safe_back(),
        now=web.clock().now(),
    )


@pages.post("/stops/<uuid:interval_id>")
@web.permission("stop:name")
def name(interval_id: UUID) -> WerkzeugResponse:
    """The reason was tapped."""
    form = request.form
    answer = web.perform(
        name_stop,
        NameStop(
            command_id=web.form_command_id(),
            interval_id=interval_id,
            reason_code=form.get("reason_code", ""),
            note=form.get("note", ""),
            begins_at=_begins_at(form.get("begins_at", "")),
        ),
    )
    word = stop_reasons().word(answer.reason_code, web.locale())
    flash(web.gettext(N_("Reason noted: %(reason)s"), reason=word), "good")
    return redirect(safe_back() or url_for("machines.machine", device=answer.device), 303)


def _shift_choices(shifts: dict[str, Period]) -> list[tuple[str, str]]:
    return [
        (code, f"{web.local_time(one.start):%H:%M}–{web.local_time(one.end):%H:%M}")
        for code, one in sorted(shifts.items())
    ]


def _begins_at(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=web.clock().zone)
    except ValueError as error:
        reason = Text(N_("a time such as 2026-12-05T14:00 is expected here"))
        raise InvalidInput(reason, [Fault("begins_at", reason)]) from error
