"""Pages of the room: the search with its picture, recorded recalls, and what an element was made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

import mes.recall.jobs  # noqa: F401 - so that its job can be asked for
from mes.core import navigation, web
from mes.core.errors import InvalidInput, MesError
from mes.core.jobs import FINAL_STATES
from mes.core.text import N_
from mes.library.materials import MATERIAL_KINDS
from mes.orders.lifecycle import STATE_NAMES
from mes.orders.queries import element_by_serial
from mes.planning.models import Line, Station
from mes.recall import asking, counts, export, gaps, service, trails, whereabouts
from mes.recall.codes import ELEMENT, Meaning, meanings
from mes.recall.criteria import KINDS, Criteria, Question, understand
from mes.recall.models import Recall
from mes.recall.origin import origin
from mes.recall.paper.service import latest_list
from mes.recall.queries import crews, recalls
from mes.recall.search import Found, find
from mes.recall.whereabouts import Narrowed

pages = Blueprint("recall", __name__)
navigation.add_page(N_("Recall"), "recall.index", "git-branch", "recall:read", 620)

A_PAGE = 50
LARGEST_SERIAL = 2**63 - 1  # what a database can be asked for
PART_BYTES = 65_536


@dataclass(frozen=True)
class _Asked:
    """What the reader asks, in words they typed and as rows."""

    criteria: Criteria
    question: Question | None
    error: str


@pages.get("/recall")
@web.permission("recall:read")
def index() -> str | WerkzeugResponse:
    """Ask; with an answer: how many, where, and the first of them."""
    scanned = request.args.get("scan", "").strip()
    choices: list[Meaning] = []
    error = ""
    if scanned:
        try:
            choices = meanings(web.reading(), web.actor(), scanned)
        except InvalidInput as refused:
            error = web.in_words(refused.reason)
        if len(choices) == 1:
            return redirect(_address_of_meaning(choices[0]), 303)
        if not choices and not error:
            error = web.gettext(N_("Nothing here is known as “%(code)s”"), code=scanned[:80])
    asked = _asked(request.args)
    return _page(asked, error=error or asked.error, choices=choices, scanned=scanned)


@pages.get("/recall/proof")
@web.permission("recall:read")
def proof() -> str:
    """The part of the page that is looked up after the answer stands: what was searched, and what could not be."""
    question = understand(web.reading(), asking.asked_in(request.args, web.clock().zone))
    return render_template("recall/_proof.html", **_proof(question))


@pages.get("/recall/elements.<any(csv, xlsx):form>")
@web.permission("recall:export")
def download(form: str) -> Response:
    """All elements with where they are, as CSV or XLSX."""
    question = understand(web.reading(), asking.asked_in(request.args, web.clock().zone))
    name = request.args.get("name", "")
    name = name if name.replace("-", "").isalnum() and name.isascii() else "recall"
    headers = {"Content-Disposition": f"attachment; filename={name}.{form}"}
    if form == "csv":
        lines = stream_with_context(export.csv_lines(_rows(question), web.in_words, web.local_time))
        return Response(lines, mimetype="text/csv; charset=utf-8", headers=headers)
    book = export.xlsx_file(_rows(question), _proof_lines(question), web.in_words, web.local_time)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(_parts(book), mimetype=kind, headers=headers)


@pages.post("/recalls")
@web.permission("recall:export")
def record() -> WerkzeugResponse:
    """Record what is asked under a number."""
    command = service.MakeRecall(
        command_id=web.form_command_id(),
        criteria=asking.asked_in(request.form, web.clock().zone),
        reason=request.form.get("reason", "").strip(),
    )
    made = web.perform(service.make_recall, command)
    flash(web.gettext(N_("Recorded as recall %(number)s"), number=made.number), "good")
    return redirect(url_for("recall.recorded", number=made.number), 303)


@pages.get("/recalls")
@web.permission("recall:read")
def register() -> str:
    """Recalls that were recorded, newest first."""
    return render_template(
        "recall/register.html", tab_items=_tabs("register"), recalls=recalls(web.reading()), sees_all=_sees_all()
    )


@pages.get("/recalls/<number>")
@web.permission("recall:read")
def recorded(number: str) -> str:
    """A recorded recall as it stands today."""
    found = service.recall_of(web.reading(), number)
    criteria = Criteria.model_validate(found.criteria)
    return _page(_Asked(criteria, understand(web.reading(), criteria), ""), recall=found)


@pages.post("/recalls/<number>/hold")
@web.permission("element:hold")
def hold(number: str) -> WerkzeugResponse:
    """Everything of a recall that can be held is put on hold by a job."""
    web.perform(service.hold_recall, service.HoldRecall(command_id=web.form_command_id(), number=number))
    flash(web.gettext(N_("The elements are being put on hold")), "info")
    return redirect(url_for("recall.recorded", number=number), 303)


@pages.get("/recall/elements/<int:serial>")
@web.permission("recall:read")
def made_of(serial: int) -> str:
    """What one element was made of and with."""
    session = web.reading()
    element = element_by_serial(session, web.actor(), serial)
    return render_template(
        "recall/origin.html",
        origin=origin(session, element),
        material_kinds=MATERIAL_KINDS,
        state_names=STATE_NAMES,
        inspection_kinds=INSPECTION_KINDS,
    )


INSPECTION_KINDS = {
    "hidden_works": N_("Hidden works"),
    "final": N_("Final inspection"),
    "before_loading": N_("Before loading"),
    "at_site": N_("At the site"),
    "incoming": N_("Incoming material"),
    "mould": N_("Mould"),
    "rebar": N_("Reinforcement"),
    "process": N_("Process"),
}


def _asked(arguments: MultiDict[str, str]) -> _Asked:
    try:
        criteria = asking.asked_in(arguments, web.clock().zone)
        question = None if criteria.is_empty else understand(web.reading(), criteria)
        return _Asked(criteria, question, "")
    except MesError as error:
        return _Asked(Criteria(), None, web.in_words(error.reason))


def _page(
    asked: _Asked,
    *,
    error: str = "",
    choices: list[Meaning] | None = None,
    scanned: str = "",
    recall: Recall | None = None,
) -> str:
    session, zone = web.reading(), web.clock().zone
    address = asking.address_of(asked.criteria, zone)
    answer = _answer(session, asked.question, address, recall) if asked.question else {}
    paper = latest_list(session, recall) if recall and web.actor().project_ids is None else None
    return render_template(
        "recall/index.html",
        tab_items=_tabs("recorded" if recall else "index"),
        asked=asked,
        address=address,
        recall=recall,
        sees_all=_sees_all(),
        may_list=web.actor().project_ids is None and (paper is not None or web.actor().may("recall:export")),
        paper=paper,
        hold_runs=recall is not None and recall.hold_job is not None and recall.hold_job.state not in FINAL_STATES,
        error=error,
        scanned=scanned,
        choices=[(meaning, _address_of_meaning(meaning)) for meaning in choices or ()],
        kinds=KINDS,
        stations=session.scalars(select(Station).options(joinedload(Station.line)).order_by(Station.line_id)).all(),
        lines=session.scalars(select(Line).order_by(Line.code)).all(),
        crews=crews(session),
        chips=[
            (named, url_for("recall.index", **asking.without(address, named, asked.criteria)))  # type: ignore[arg-type]
            for named in (asked.question.named if asked.question else ())
        ],
        **answer,
    )


def _answer(session: Session, question: Question, address: asking.Address, recall: Recall | None) -> dict[str, Any]:
    """Counts, pictures and a page of the list."""
    narrowed = Narrowed(request.args.get("state", ""), request.args.get("project", ""))
    after = min(max(request.args.get("after", 0, type=int) or 0, 0), LARGEST_SERIAL)
    found = find(session, question, web.actor())
    counted = counts.count(found)
    rows, following = whereabouts.page(found, after=after, limit=A_PAGE, narrowed=narrowed)
    return {
        "counts": counted,
        "places": counts.PLACES,
        "slots": counts.slots(found) if counted.by_place["yard"] else [],
        "lorries": counts.lorries(found) if counted.by_place["lorry"] else [],
        "floors": counts.floors(session, counted),
        "rows": rows,
        "narrowed": narrowed,
        "narrow": lambda **further: _here(recall, address, further),
        "following": following,
        "is_first_page": after == 0,
        "is_as_recorded": _is_as_recorded(found, recall),
        "state_names": STATE_NAMES,
    }


def _sees_all() -> bool:
    """Whether this reader may know how much of every project a recall concerned."""
    return web.actor().project_ids is None


def _parts(book: IO[bytes]) -> Iterator[bytes]:
    """A file in parts; closed once it is sent."""
    with book:
        while part := book.read(PART_BYTES):
            yield part


def _is_as_recorded(found: Found, recall: Recall | None) -> bool:
    """Whether the elements are those of the record; who may see some projects only cannot tell, and is told nothing."""
    if recall is None or web.actor().project_ids is not None:
        return True
    return counts.digest(found) == recall.digest


def _here(recall: Recall | None, address: asking.Address, further: dict[str, Any]) -> str:
    """This page's address with further arguments."""
    given = {key: value for key, value in further.items() if value}
    if recall is not None:
        return url_for("recall.recorded", number=recall.number, **given)
    return url_for("recall.index", **address, **given)  # type: ignore[arg-type]


def _address_of_meaning(meaning: Meaning) -> str:
    if meaning.kind == ELEMENT:
        return url_for("recall.made_of", serial=int(meaning.code))
    before = {key: request.args.getlist(key) for key in (*KINDS, *asking.PERIOD) if request.args.get(key)}
    return url_for("recall.index", **asking.with_code(before, meaning.kind, meaning.code))  # type: ignore[arg-type]


def _proof(question: Question) -> dict[str, Any]:
    session, actor, now = web.reading(), web.actor(), web.clock().now()
    found = find(session, question, actor)
    counted = counts.count(found)
    return {
        "searched": gaps.searched(found, actor, now),
        "trails": trails.trails(session, question),
        "total": counted.total,
        "load_count": counted.load_count,
        "digest": counts.digest(found),
        "kinds": KINDS,
        "now": now,
    }


def _proof_lines(question: Question) -> Iterator[tuple[str, str | int]]:
    """The proof as lines of a sheet."""
    facts = _proof(question)
    searched: gaps.Searched = facts["searched"]
    yield web.gettext(N_("Searched at")), web.local_time(facts["now"]).strftime("%Y-%m-%d %H:%M:%S")
    yield web.gettext(N_("Searched by")), web.actor().name
    for trail in facts["trails"]:
        kind = web.gettext(KINDS[trail.named.kind])
        yield f"{kind} {web.in_words(trail.named.title)}", web.in_words(trail.words)
    for name, at in ((N_("Period from"), question.begins_at), (N_("Period until"), question.ends_at)):
        if at is not None:
            yield web.gettext(name), web.local_time(at).strftime("%Y-%m-%d %H:%M")
    yield web.gettext(N_("Elements found")), facts["total"]
    yield web.gettext(N_("Loads found")), facts["load_count"]
    yield web.gettext(N_("Elements in the house")), searched.elements_in_house
    yield web.gettext(N_("SHA-256 of the serials")), facts["digest"]
    for gap in searched.gaps:
        yield web.gettext(N_("Gap")), f"{web.in_words(gap.words)} ({', '.join(gap.examples)})"


def _rows(question: Question) -> Iterator[whereabouts.Row]:
    """Every row, read with a session of its own that lasts as long as the answer is sent."""
    actor = web.actor()
    with web.database().reading() as session:
        yield from whereabouts.every_row(find(session, question, actor))


def _tabs(active: str) -> list[dict[str, object]]:
    titles = {"index": N_("Search"), "register": N_("Recorded recalls")}
    return [
        {"title": web.gettext(title), "url": url_for(f"recall.{name}"), "active": name == active, "count": None}
        for name, title in titles.items()
    ]
