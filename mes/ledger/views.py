"""Pages of the room: whether the ledger holds, its checkpoints, proofs for others, and the newest events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.ledger import offline_verifier, proofs, queries
from mes.ledger.checkpoints import MakeCheckpoint, checkpoint_of, making
from mes.ledger.declarations import declarations_in
from mes.ledger.jobs import VerifyLedger, ask_for_verification, latest_verification
from mes.ledger.keys import LedgerKeys
from mes.ledger.kinds import EVENT_KINDS

pages = Blueprint("ledger", __name__, url_prefix="/ledger")
navigation.add_page(N_("Ledger"), "ledger.index", "link", "ledger:read", 700)

SHOWN_CHECKPOINTS = 8
SHOWN_EVENTS = 100


@pages.get("/")
@web.permission("ledger:read")
def index() -> str:
    """Whether the ledger holds, the last checkpoints, and the newest events."""
    queries.require_whole_plant(web.actor())
    session = web.reading()
    checked = latest_verification(session)
    result: dict[str, Any] = (checked.result if checked else None) or {}
    checkpoints = queries.checkpoints(session, SHOWN_CHECKPOINTS)
    events = queries.latest_events(session, SHOWN_EVENTS)
    return render_template(
        "ledger/index.html",
        events=events,
        declared_wrong=declarations_in(event.content for event in events),
        kinds=EVENT_KINDS,
        checked=checked,
        result=result,
        fault=Text.from_json(result["fault"]) if result.get("fault") else None,
        checkpoints=checkpoints,
        total=queries.last_sequence(session),
        is_covered=bool(checkpoints) and checkpoints[0].last_sequence >= queries.last_sequence(session),
    )


@pages.post("/verify")
@web.permission("ledger:verify")
def verify() -> WerkzeugResponse:
    """Have the whole ledger checked."""
    queries.require_whole_plant(web.actor())
    web.perform(ask_for_verification, VerifyLedger(command_id=web.form_command_id()))
    flash(web.gettext(N_("The ledger is being checked; the result will stand here")), "good")
    return redirect(url_for("ledger.index"), 303)


@pages.post("/checkpoints")
@web.permission("ledger:checkpoint")
def make_checkpoint() -> WerkzeugResponse:
    """Sign what the ledger holds now."""
    queries.require_whole_plant(web.actor())
    made = web.perform(making(_keys()), MakeCheckpoint(command_id=web.form_command_id()))
    words = N_("Nothing was recorded since the last checkpoint")
    if made.is_new:
        further = N_("A checkpoint was made; events are left for a further one")
        words = further if made.events_left else N_("A checkpoint was made")
    flash(web.gettext(words), "good")
    return redirect(url_for("ledger.index"), 303)


@pages.get("/checkpoints/<uuid:checkpoint_id>")
@web.permission("ledger:read")
def checkpoint(checkpoint_id: UUID) -> Response:
    """A checkpoint as a file for others to keep."""
    queries.require_whole_plant(web.actor())
    row = checkpoint_of(web.reading(), checkpoint_id)
    return _file(proofs.export_checkpoint(row, _keys()), f"checkpoint-{row.events}.json")


@pages.get("/proof")
@web.permission("ledger:read")
def proof() -> Response:
    """An element's story with its proof, as a file."""
    queries.require_whole_plant(web.actor())
    serial = request.args.get("serial", "").strip()
    if not serial.isdecimal() or len(serial) > 18:
        raise InvalidInput(Text(N_("Please give the serial number of an element")))
    session = web.reading()
    found = proofs.prove_story(session, f"element:{int(serial)}", queries.newest_checkpoint(session), _keys())
    return _file(found, f"proof-{int(serial)}.json")


@pages.get("/verify.py")
@web.permission("ledger:read")
def verifier() -> Response:
    """The program with which others check the files."""
    words = Path(offline_verifier.__file__).read_text(encoding="utf-8")
    return Response(words, mimetype="text/x-python", headers=_named("verify.py"))


def _file(content: dict[str, Any], name: str) -> Response:
    words = json.dumps(content, ensure_ascii=False, indent=1)
    return Response(f"{words}\n", mimetype="application/json", headers=_named(name))


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _keys() -> LedgerKeys:
    return LedgerKeys(web.settings().data)
