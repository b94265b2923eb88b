"""One machine: values, alarms, its charts over a shift, a day or a week, and what may be written to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.machines.curing import curing_limits
from mes.machines.lamps import CONNECTION_WORDS, STATE_WORDS
from mes.machines.point_words import class_word, point_word, unit_word
from mes.machines.queries.charts import chart_document
from mes.machines.queries.machine_page import (
    MachineView,
    latest_commands,
    machine_view,
    open_stop,
    past_alarms,
    points_of,
)
from mes.machines.reasons import stop_reasons
from mes.machines.service.commands import (
    RELEASE,
    AskCommand,
    ConfigureMachine,
    SettleCommand,
    ask_command,
    configure_machine,
    settle_command,
)
from mes.machines.views.blueprint import pages, safe_back
from mes.machines.views.chart_time import asked_time, choices

OUTCOME_WORDS: dict[str, tuple[str, str, str]] = {
    "asked": (N_("waits for the gateway"), "info", "clock"),
    "sent": (N_("being written"), "info", "upload"),
    "done": (N_("done"), "good", "circle-check"),
    "refused": (N_("refused"), "bad", "circle-x"),
    "unknown": (N_("outcome unknown"), "warn", "help"),
}
FLAG_KINDS = frozenset({"bool", "bit"})


@pages.get("/device/<path:device>")
@web.permission("operation:read")
def machine(device: str) -> str:
    """A machine's page."""
    session, now = web.reading(), web.clock().now()
    view = machine_view(session, device, now)
    shown = asked_time(view)
    return render_template(
        "machines/machine.html",
        view=view,
        now=now,
        points=points_of(session, view.machine),
        point_word=_point_word(view),
        class_word=class_word,
        unit_word=unit_word,
        past=past_alarms(session, device),
        stop=open_stop(session, device),
        commands=_commands(view),
        written=latest_commands(session, device),
        outcomes=OUTCOME_WORDS,
        state_words=STATE_WORDS,
        connections=CONNECTION_WORDS,
        language="en" if web.locale() == "en" else "zh",
        spans=choices(view, shown),
        charts_url=url_for("machines.charts", device=device, span=shown.span, end=request.args.get("end")),
        words=_chart_words(),
        timezone=web.settings().zone,
    )


@pages.get("/charts/<path:device>")
@web.permission("operation:read")
def charts(device: str) -> WerkzeugResponse:
    """What the machine's charts show, as a document for the script."""
    session, now = web.reading(), web.clock().now()
    view = machine_view(session, device, now)
    shown = asked_time(view)
    document = chart_document(session, view.machine, shown.start, shown.end, now)
    for curve in document["curves"]:
        curve["title"] = point_word(curve["point"], web.locale())
        curve["group_title"] = point_word(curve.get("group", curve["point"]), web.locale())
    return jsonify(document)


@pages.post("/commands/<path:device>")
@web.permission("machine:command")
def command(device: str) -> WerkzeugResponse:
    """Ask for a value to be written to the machine."""
    view = machine_view(web.reading(), device, web.clock().now())
    name = request.form.get("name", "")
    spec = next((one for one in view.machine.commands if one["name"] == name), {"name": name, "kind": "string"})
    asked = AskCommand(
        command_id=web.form_command_id(),
        device=device,
        name=name,
        value=_typed(spec, request.form.get("value", "")),
        note=request.form.get("note", ""),
    )
    web.perform(ask_command, asked)
    flash(web.gettext(N_("Sent to the machine; its outcome stands below")), "info")
    return redirect(url_for("machines.machine", device=device), 303)


@pages.post("/commands/<uuid:machine_command_id>/settle")
@web.permission("machine:command")
def settle(machine_command_id: UUID) -> WerkzeugResponse:
    """Say how a command of unknown outcome ended."""
    settled = SettleCommand(
        command_id=web.form_command_id(),
        machine_command_id=machine_command_id,
        took_effect=request.form.get("took_effect") == "1",
        note=request.form.get("note", "").strip(),
    )
    web.perform(settle_command, settled)
    flash(web.gettext(N_("Closed")), "good")
    return redirect(safe_back() or url_for("machines.index"), 303)


@pages.post("/configure/<path:device>")
@web.permission("machine:configure")
def configure(device: str) -> WerkzeugResponse:
    """Switch the machine's commands in the house on or off, and set its best time for a cycle."""
    minutes = request.form.get("ideal_minutes", "").strip()
    try:
        ideal = float(minutes) if minutes else None
    except ValueError as error:
        reason = Text(N_("The value must be a number"))
        raise InvalidInput(reason, [Fault("ideal_minutes", reason)]) from error
    changed = ConfigureMachine(
        command_id=web.form_command_id(),
        device=device,
        commands_on=request.form.get("commands_on") == "1",
        ideal_minutes=ideal,
    )
    web.perform(configure_machine, changed)
    flash(web.gettext(N_("Saved")), "good")
    return redirect(url_for("machines.machine", device=device), 303)


def _point_word(view: MachineView) -> Callable[[str], str]:
    """Names a point: as people say, or as the alarm is called that it stands for."""
    language = "en" if web.locale() == "en" else "zh"
    alarms: dict[str, list[str]] = {}
    for alarm in view.machine.alarms:
        alarms.setdefault(alarm["point"], []).append(alarm["text"].get(language) or alarm["code"])

    def word(name: str) -> str:
        single = alarms.get(name, [])
        return single[0] if len(single) == 1 else point_word(name, web.locale())

    return word


def _commands(view: MachineView) -> list[dict[str, Any]]:
    """The commands that a person may give: those that the gateway and the house let through, but no release."""
    if not view.machine.commands_on:
        return []
    return [spec for spec in view.machine.commands if spec.get("is_on") and spec["name"] != RELEASE]


def _typed(spec: dict[str, Any], text: str) -> bool | int | float | str:
    """What was typed as a value of the command's kind; left as text where it is none, so that the check names it."""
    kind = str(spec.get("kind", "")).partition(":")[0]
    if spec.get("choices") or kind == "string":
        return text
    if kind in FLAG_KINDS:
        return {"1": True, "0": False}.get(text, text)
    try:
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        return text


def _chart_words() -> dict[str, Any]:
    gettext, limits = web.gettext, curing_limits()
    return {
        "language": "en" if web.locale() == "en" else "zh",
        "states": {state: gettext(word) for state, word in STATE_WORDS.items()},
        "reasons": {code: reason.word(web.locale()) for code, reason in stop_reasons().reasons.items()},
        "pallet": gettext(N_("Pallet %(number)s")),
        "empty": gettext(N_("Nothing was measured in this time")),
        "failed": gettext(N_("That could not be loaded")),
        "strip": gettext(N_("States")),
        "alarms": gettext(N_("Alarms")),
        "minutes": gettext(N_("min")),
        "limit": gettext(N_("Limit")),
        "phases": {
            "heating": gettext(N_("heating")),
            "holding": gettext(N_("steady")),
            "cooling": gettext(N_("cooling")),
        },
        "tooFast": gettext(N_("faster than %(limit)s K/h")) % {"limit": f"{limits.heating:g}"},
        "inLimits": gettext(N_("within %(limit)s K/h")) % {"limit": f"{limits.heating:g}"},
        "steepest": gettext(N_("steepest")),
        "source": limits.source,
        "average": gettext(N_("mean of %(minutes)s min, with lowest and highest")),
    }
