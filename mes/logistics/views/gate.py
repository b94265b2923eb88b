"""The gate's screen: what is read of a lorry against its delivery note."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.errors import InvalidInput, MesError
from mes.core.scanning import read_code
from mes.core.text import N_, Text
from mes.identity import queries as identity_queries
from mes.identity.models import TagReader
from mes.identity.rules import ENDED
from mes.identity.service import LookAfresh, look_afresh
from mes.logistics import queries
from mes.logistics.gate import typing_in
from mes.logistics.gate.comparing import AT_THE_GATE, candidates, picked
from mes.logistics.gate.reading import GateView, gate_view
from mes.logistics.gate.recognising import recognise
from mes.logistics.gate.service import DropReads, FinishCheck, KeepReads, drop_reads, finish_check, keep_reads
from mes.logistics.models import Delivery
from mes.logistics.rules import DELIVERY_STATES
from mes.logistics.views.room import pages
from mes.orders.lifecycle import STATE_NAMES

navigation.add_page(N_("Gate"), "logistics.gate", "shield-check", "yard:read", 540)


@pages.get("/gate")
@web.permission("yard:read")
def gate() -> str:
    """The whole screen: the gate, the lorries it may be, and what was read."""
    return _page()


@pages.get("/gate/live")
@web.permission("yard:read")
def live_gate() -> WerkzeugResponse:
    """The part that moves; nothing where nothing changed."""
    facts = _facts(_view())
    if request.args.get("seen") == facts["seen"]:
        return Response(status=204)
    return Response(render_template("logistics/_gate.html", **facts))


@pages.post("/gate/reads")
@web.permission("gate:check")
def gate_reads() -> Response | WerkzeugResponse:
    """Take what was scanned, typed or pasted; a load's label chooses the delivery."""
    typed = request.form.get("codes", "")
    try:
        delivery = _take(typed)
    except MesError as error:
        return Response(_page(error, typed), status=error.status)
    return _back(delivery)


def _take(typed: str) -> Delivery:
    session, reader, chosen = web.reading(), web.actor(), _chosen()
    if not typed.strip():
        raise InvalidInput(Text(N_("Scan, type or paste at least one tag")))
    if "\n" not in typed.strip():
        scan = read_code(typed)
        labelled = queries.delivery_of_key(session, reader, scan.key) if scan.kind == "load" else None
        if labelled is not None:
            return labelled
    lines = typing_in.read_lines(session, reader, typed)
    delivery = chosen or _told_by(lines)
    if delivery is None:
        raise InvalidInput(Text(N_("These tags are on no open delivery; choose the lorry first")))
    command_id = web.form_command_id()
    command = KeepReads(command_id=command_id, delivery_id=delivery.id, reads=typing_in.as_reads(lines, command_id))
    kept = web.perform(keep_reads, command)
    flash(web.gettext(N_("%(count)s tags were taken"), count=kept.taken), "good")
    return delivery


def _told_by(lines: list[typing_in.Line]) -> Delivery | None:
    session = web.reading()
    found = recognise(session, typing_in.as_sightings(lines, web.clock().now()))
    return picked(candidates(session, web.actor(), found), found)


@pages.post("/gate/finish")
@web.permission("gate:check")
def finish_gate() -> Response | WerkzeugResponse:
    """Record the check."""
    delivery = queries.delivery_by_number(web.reading(), web.actor(), request.form.get("delivery", ""))
    reader = _reader()
    command = FinishCheck(
        command_id=web.form_command_id(), delivery_id=delivery.id, reader_id=reader.id if reader else None
    )
    try:
        done = web.perform(finish_check, command)
    except MesError as error:
        return Response(_page(error), status=error.status)
    message = N_("Check of %(number)s recorded: %(read)s of %(count)s read, %(differences)s differences")
    facts = {"number": done.delivery, "read": done.read, "count": done.on_note, "differences": done.differences}
    flash(web.gettext(message, **facts), "warn" if done.differences else "good")
    return redirect(url_for("logistics.delivery", number=done.delivery), 303)


@pages.post("/gate/next")
@web.permission("gate:check")
def next_lorry() -> WerkzeugResponse:
    """What was read until now is put aside."""
    reader, chosen, command_id = _reader(), _chosen(), web.form_command_id()
    if reader is not None:
        web.perform(look_afresh, LookAfresh(command_id=command_id, reader_id=reader.id))
    if chosen is not None:
        command = DropReads(delivery_id=chosen.id)
        web.perform(drop_reads, command)
    return redirect(url_for("logistics.gate", reader=reader.code if reader else None), 303)


def _back(delivery: Delivery) -> WerkzeugResponse:
    reader = _reader()
    return redirect(url_for("logistics.gate", reader=reader.code if reader else None, delivery=delivery.number), 303)


def _asked(name: str) -> str:
    return (request.form.get(name) or request.args.get(name) or "").strip()


def _reader() -> TagReader | None:
    """The gate that was asked for, else the first; None where the plant has none."""
    session, code = web.reading(), _asked("reader")
    if code:
        return identity_queries.reader_by_code(session, code)
    return next(iter(identity_queries.readers(session, "gate", active=True)), None)


def _chosen() -> Delivery | None:
    number = _asked("delivery")
    return queries.delivery_by_number(web.reading(), web.actor(), number) if number else None


def _view() -> GateView:
    return gate_view(web.reading(), web.actor(), web.clock().now(), _reader(), _chosen())


def _page(error: MesError | None = None, typed: str = "") -> str:
    facts = _facts(_view())
    gates = identity_queries.readers(web.reading(), "gate", active=True)
    return render_template("logistics/gate.html", **facts, gates=gates, error=error, typed=typed)


def _facts(view: GateView) -> dict[str, Any]:
    stands = view.comparison
    return {
        "view": view,
        "stands": stands,
        "reader": view.reader,
        "fault": Text.from_json(view.reader.fault) if view.reader and view.reader.fault else None,
        "chosen": view.delivery.number if view.chosen and view.delivery else "",
        "states": DELIVERY_STATES,
        "state_names": STATE_NAMES,
        "end_reasons": ENDED,
        "can_check": view.delivery is not None and view.delivery.state in AT_THE_GATE,
        "seen": _digest(view),
    }


def _digest(view: GateView) -> str:
    stands, reader = view.comparison, view.reader
    shown = (
        web.locale(),
        reader and (reader.code, reader.fault, reader.seen_at is not None),
        [(one.delivery.number, one.delivery.state, one.on_note, one.read) for one in view.choices],
        stands and (stands.delivery.number, stands.delivery.version),
        stands and [(one.item.element.serial, one.read_at is not None, one.old_tag) for one in stands.on_note],
        stands and [(one.element.serial, one.slot_code) for one in (*stands.extra, *stands.other_project)],
        [one.epc_hex for one in view.found.unknown],
        [tag.tid for _, tag, _ in view.found.ended],
        view.found.ignored,
        view.tag_count,
        view.check and (view.check.at, view.check.still_holds),
    )
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
