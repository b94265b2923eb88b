"""An operator's station: what lies there, what comes, the work's four buttons."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.text import N_
from mes.library.materials import BATCH_KINDS, MATERIAL_KINDS, units
from mes.machines.queries.machine_page import open_stop
from mes.planning.models import Station
from mes.shopfloor import queries, service, ticket
from mes.shopfloor.hints import hints_for
from mes.shopfloor.loads import CASTING, DEMOULDING, GATES, HIDDEN_WORKS, castings_of, needed_concrete_m3
from mes.shopfloor.placed import placed_lots
from mes.shopfloor.views.room import digest, pages, station_named, unless_seen
from mes.shopfloor.words import HOLD_REASONS, MACHINE_WORDS

STATION_COOKIE = "mes_station"
A_YEAR_SECONDS = 31_536_000


@pages.get("/stations/<code>")
@web.permission("operation:read")
def station(code: str) -> Response:
    """An operator's station; the tablet remembers it."""
    found = station_named(code)
    response = make_response(render_template("shopfloor/station.html", **station_facts(found)))
    response.set_cookie(STATION_COOKIE, found.code, max_age=A_YEAR_SECONDS, samesite="Lax", httponly=True)
    return response


@pages.get("/stations/<code>/live")
@web.permission("operation:read")
def live_station(code: str) -> WerkzeugResponse:
    """The part of the station's page that moves; when another load has come, the whole page is loaded again.

    The forms beside the moving part name a load: they must never outlive it.
    """
    facts = station_facts(station_named(code))
    if request.args.get("subject") != facts["subject"]:
        return Response(headers={"HX-Redirect": url_for("shopfloor.station", code=code)})
    return unless_seen("shopfloor/_station.html", facts)


@pages.post("/stations/<code>/<any(start, finish, hold, resume):verb>")
@web.permission("operation:run")
def run_operation(code: str, verb: str) -> WerkzeugResponse:
    """Start, finish, hold or go on."""
    form = request.form
    named: dict[str, Any] = {
        "command_id": form["command_id"],
        "operation_id": form["operation_id"],
        "expected_version": form.get("expected_version") or None,
    }
    if verb == "start":
        web.perform(service.start_operation, service.StartOperation(**named))
        flash(web.gettext(N_("Started")), "good")
    elif verb == "finish":
        web.perform(service.finish_operation, service.FinishOperation(**named))
        flash(web.gettext(N_("Work finished")), "good")
    elif verb == "hold":
        reason = (form.get("other_reason") or "").strip() or form.get("reason", "")
        web.perform(service.hold_operation, service.HoldOperation(reason=reason, **named))
        flash(web.gettext(N_("On hold")), "warn")
    else:
        web.perform(service.resume_operation, service.ResumeOperation(**named))
        flash(web.gettext(N_("The load goes on")), "good")
    return back_to(code)


def back_to(code: str) -> WerkzeugResponse:
    return redirect(url_for("shopfloor.station", code=code), 303)


def station_facts(station: Station) -> dict[str, Any]:
    session = web.reading()
    work = queries.station_work(session, station, web.clock().now())
    subject = work.shown
    load = subject.load if subject else None
    lots = placed_lots(session, load) if load else []
    moulds = service.moulds_of(session, load) if load else []
    castings = list(castings_of(session, load)) if load else []
    batch_lots = ticket.lots_of_batches(session, [casting.batch_id for casting in castings])
    hopper = queries.batch_in_hopper(session, station, load) if load and station.kind == CASTING else None
    machine = (work.machine.state, work.machine.pallet, work.machine.good) if work.machine else None
    states = [(item.element.serial, item.element.state) for item in load.items] if load else []
    operations = [(o.id, o.state, o.version, o.load.pallet_id) for o in (*work.present, *work.queue)]
    candidate = (work.candidate.id, work.candidate.version) if work.candidate else None
    stop = open_stop(session, station.device) if station.device else None
    hints = hints_for(session, subject) if subject else []
    return {
        "station": station,
        "work": work,
        "subject": f"{subject.id}/{subject.state}" if subject else "none",
        "load": load,
        "lots": lots,
        "moulds": moulds,
        "batch_lots": batch_lots,
        "batch_kinds": BATCH_KINDS,
        "usual_lots": ticket.usual_lots(session) if load and station.kind == CASTING else {},
        "castings": castings,
        "needed_m3": needed_concrete_m3(load) if load else 0,
        "can_scan": load is not None and load.state == "running" and not _is_behind_casting(station),
        "takes_concrete": station.kind == CASTING,
        "hopper_batch": hopper,
        "is_gate": station.kind in GATES,
        "inspects": station.kind == HIDDEN_WORKS,
        "demoulds": station.kind == DEMOULDING,
        "hold_reasons": HOLD_REASONS,
        "material_kinds": [(kind, web.gettext(name)) for kind, name in MATERIAL_KINDS.items()],
        "unit_choices": [("", web.gettext(N_("the usual one of the material")))]
        + [(unit.code, web.in_words(unit.words)) for unit in units().values()],
        "machine_words": MACHINE_WORDS,
        "stop": stop,
        "hints": hints,
        "waits_for": queries.waits_for,
        "error": None,
        "offer": "",
        "values": {},
        "now_local": web.local_time(web.clock().now()),
        "seen": digest(
            machine,
            states,
            operations,
            candidate,
            [str(missing.reason) for missing in work.missing],
            [(lot.lot.id, lot.quantity, lot.left) for lot in lots],
            len(castings),
            len(moulds),
            sum(map(len, batch_lots.values())),
            hopper.batch_number if hopper else None,
            work.lamp,
            stop.id if stop else None,
            [(str(hint.value), hint.at, hint.tone) for hint in hints],
        ),
    }


def _is_behind_casting(station: Station) -> bool:
    casting = next((found for found in station.line.stations if found.kind == CASTING), None)
    return casting is not None and station.ordinal > casting.ordinal
