"""The machines at a glance: per line, what each shows, and how it is with the way to it."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.machines.lamps import CONNECTION_WORDS, STATE_WORDS
from mes.machines.point_words import class_word
from mes.machines.queries.machine_page import machines_by_line
from mes.machines.views.blueprint import all_lines, digest, pages, tabs


@pages.get("")
@web.permission("operation:read")
def index() -> str:
    """Every machine, live."""
    return render_template("machines/index.html", tab_items=tabs("index"), **_facts())


@pages.get("/live")
@web.permission("operation:read")
def live_machines() -> WerkzeugResponse:
    """The part that moves; nothing (204) while it is as the reader saw it."""
    facts = _facts()
    if request.args.get("seen") == facts["seen"]:
        return Response(status=204)
    return make_response(render_template("machines/_machines.html", **facts))


def _facts() -> dict[str, Any]:
    now = web.clock().now()
    by_line = machines_by_line(web.reading(), now)
    shown = [
        (
            view.machine.device,
            view.lamp,
            view.state,
            view.pallet,
            view.machine.state,
            view.machine.reason,
            view.is_away,
            view.interval and (view.interval.id, view.interval.reason_code),
            [alarm.id for alarm in view.alarms],
            int((now - view.interval.started_at).total_seconds() // 60) if view.interval else None,
        )
        for views in by_line.values()
        for view in views
    ]
    return {
        "by_line": by_line,
        "lines": all_lines(),
        "class_word": class_word,
        "state_words": STATE_WORDS,
        "connections": CONNECTION_WORDS,
        "now": now,
        "seen": digest(shown),
    }
