"""Sampling lots: the list, and one lot with its pieces."""

from __future__ import annotations

from math import ceil
from uuid import UUID

from flask import render_template, request

from mes.core import web
from mes.core.text import N_
from mes.inspection.policy import Sampling, policy_in_force
from mes.inspection.sampling.queries import PAGE_SIZE, lot_for, lots_page
from mes.inspection.views.blueprint import pages

LOT_STATES = {
    "open": (N_("open"), "progress"),
    "closed": (N_("full"), "good"),
    "refused": (N_("refused: measure whole"), "bad"),
}
MOST_PAGES = 100_000


@pages.get("/lots")
@web.permission("inspection:read")
def lots() -> str:
    """The sampling lots, newest first."""
    page = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    found, total = lots_page(web.reading(), web.actor(), page=page)
    return render_template(
        "inspection/lots.html",
        lots=found,
        states=LOT_STATES,
        page=page,
        page_count=max(ceil(total / PAGE_SIZE), 1),
        total=total,
        samples=policy_in_force(web.reading()).sampling is Sampling.LOTS,
    )


@pages.get("/lots/<uuid:lot_id>")
@web.permission("inspection:read")
def lot(lot_id: UUID) -> str:
    """A lot with its pieces, which are measured and which are looked at."""
    return render_template("inspection/lot.html", view=lot_for(web.reading(), lot_id, web.actor()), states=LOT_STATES)
