"""The line board: its page, the document it polls, and what a tap on a pallet or a station tells."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from flask import Response, make_response, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.database import Database
from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.library.families import FAMILY_NAMES
from mes.machines.board import BoardLine, Snapshots, board_lines
from mes.machines.lamps import CONNECTION_WORDS, STATE_WORDS
from mes.machines.service.soundness import LARGEST_PALLET
from mes.machines.views.blueprint import pages, tabs
from mes.planning import queries as planning
from mes.planning.models import Operation, Station

POLL_MILLISECONDS = 250
FAMILY_SERIES = {family: index % 6 + 1 for index, family in enumerate(FAMILY_NAMES)}

_boards: WeakKeyDictionary[Database, Snapshots] = WeakKeyDictionary()


@pages.get("/board")
@web.permission("operation:read")
def board() -> str:
    """The line board of one line or of all; on a wall screen (`?wall=1`) without navigation, dark."""
    asked = request.args.getlist("line")
    every = board_lines(web.reading())
    shown = board_lines(web.reading(), asked) if asked else every
    template = "machines/board_wall.html" if request.args.get("wall") else "machines/board.html"
    return render_template(
        template,
        tab_items=tabs("board"),
        lines=shown,
        chosen=asked,
        chips=_chips(every, asked),
        document={"lines": [line.as_json() for line in shown]},
        state_url=url_for("machines.board_state", line=[line.code for line in shown]),
        wall_url=url_for("machines.board", wall=1, line=asked or None),
        poll_milliseconds=POLL_MILLISECONDS,
        words=_words(),
        series=FAMILY_SERIES,
    )


@pages.get("/board/state")
@web.permission("operation:read")
def board_state() -> WerkzeugResponse:
    """The moving part of the board; nothing (204) while it is as the reader saw it (`seen`)."""
    codes = tuple(request.args.getlist("line"))
    snapshots = _boards.setdefault(web.database(), Snapshots())
    version, text = snapshots.document(web.reading(), codes, web.clock().now())
    if request.args.get("seen") == version:
        return Response(status=204)
    now = int(web.clock().now().timestamp() * 1000)
    body = f'{{"version":"{version}","now":{now},"board":{text}}}'
    return Response(body, mimetype="application/json")


@pages.get(f"/board/pallets/<int(max={LARGEST_PALLET}):number>")
@web.permission("operation:read")
def board_pallet(number: int) -> Response:
    """What lies on a pallet and where it is in its work."""
    load = planning.running_load_on(web.reading(), number)
    found = planning.load_by_number(web.reading(), load.number) if load else None
    return make_response(render_template("machines/_board_pallet.html", number=number, load=found, names=FAMILY_NAMES))


@pages.get("/board/stations/<code>")
@web.permission("operation:read")
def board_station(code: str) -> Response:
    """A station's work: what is there and what comes."""
    session = web.reading()
    station = session.scalars(select(Station).where(Station.code == code).options(joinedload(Station.line))).first()
    if station is None:
        raise NotFound(Text(N_("There is no station %(code)s"), {"code": code}))
    query = (
        select(Operation)
        .where(Operation.station_id == station.id, Operation.state.in_(("running", "held")))
        .options(joinedload(Operation.load))
        .order_by(Operation.started_at)
    )
    present = session.scalars(query.limit(8)).all()
    return make_response(render_template("machines/_board_station.html", station=station, present=present))


def _chips(lines: list[BoardLine], asked: list[str]) -> list[dict[str, object]]:
    chips: list[dict[str, object]] = [
        {"title": web.gettext(N_("All lines")), "url": url_for("machines.board"), "active": not asked}
    ]
    for line in lines:
        url = url_for("machines.board", line=line.code)
        chips.append({"title": f"{line.code} {line.name}", "url": url, "active": asked == [line.code]})
    return chips


def _words() -> dict[str, object]:
    """What the script says, in the reader's language."""
    gettext = web.gettext
    return {
        "states": {state: gettext(word) for state, word in STATE_WORDS.items()},
        "connections": {state: gettext(word) for state, (word, _, _) in CONNECTION_WORDS.items()},
        "families": {family: gettext(name) for family, name in FAMILY_NAMES.items()},
        "noData": gettext(N_("No data since %(time)s")),
        "serverAway": gettext(N_("The server does not answer")),
        "gatewayAway": gettext(N_("The gateway is silent")),
        "load": gettext(N_("Load %(number)s")),
        "pallet": gettext(N_("Pallet %(number)s")),
        "slot": gettext(N_("Slot %(number)s")),
        "byHand": gettext(N_("by hand")),
        "free": gettext(N_("free")),
        "failed": gettext(N_("That could not be loaded")),
        "hours": gettext(N_("h")),
        "language": "en" if web.locale() == "en" else "zh",
    }
