"""Pages of the room: the newest events, and whether the whole ledger holds."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from mes.core import navigation, web
from mes.core.text import N_
from mes.ledger import queries
from mes.ledger.kinds import EVENT_KINDS
from mes.ledger.verification import Verification, verify

pages = Blueprint("ledger", __name__, url_prefix="/ledger")
navigation.add_page(N_("Ledger"), "ledger.index", "link", "ledger:read", 700)


@pages.get("/")
@web.permission("ledger:read")
def index() -> str:
    """The newest events; with `?verify=1` the result of a check of the whole."""
    queries.require_whole_plant(web.actor())
    found: Verification | None = None
    if request.args.get("verify") and web.actor().may("ledger:verify"):
        found = verify(web.reading())
    return render_template(
        "ledger/index.html",
        events=queries.latest_events(web.reading(), 100),
        kinds=EVENT_KINDS,
        found=found,
        total=queries.last_sequence(web.reading()),
    )
