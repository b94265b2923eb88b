"""The page behind an element's QR code, drawn for whoever reads it, and the headers that go with it."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import Response, after_this_request, current_app, g, render_template, request
from markupsafe import Markup
from sqlalchemy.orm import Session

from labels.aliases.schemes import schemes
from labels.keys.naming import address, parse_identity
from mes.accounts.permissions import ROLE_NAMES
from mes.core import web
from mes.core.actor import NOBODY
from mes.core.commands import Work
from mes.core.text import N_
from mes.inspection.views.blueprint import (
    ANSWER_WORDS,
    CONDITION_WORDS,
    INSPECTION_WORDS,
    SEVERITY_WORDS,
    check_name,
    clause_words,
    item_name,
    kind_name,
)
from mes.library.materials import MATERIAL_KINDS
from mes.orders.lifecycle import STATE_NAMES
from mes.traceability.icons import symbols
from mes.traceability.models import TracePass
from mes.traceability.reader import PASS_COOKIE, Reader, reader_of, valid_pass
from mes.traceability.service.passes import NOTED_AFTER, note_use
from mes.traceability.story import AUDIENCE_NAMES, Records, Told, policy, tell
from mes.traceability.story.journey import SITE_ANSWERS
from mes.traceability.story.life import Step
from mes.traceability.story.lifeline import draw
from mes.traceability.story.people import HEAD, HEAD_TITLE

PUBLIC_CACHE = "public, max-age=60, stale-while-revalidate=600"
"""What was scrapped or withdrawn is told a minute later at the latest."""
PRIVATE_CACHE = "private, no-cache"
PARTY_NAMES = {
    "owner": N_("Owner"),
    "designer": N_("Designer"),
    "contractor": N_("Contractor"),
    "supervisor": N_("Supervising company"),
    "producer": N_("Producer"),
}
LIFE_PARTS = ("life.making", "life.testing", "life.transport", "life.site", "life.arrival", "life.inside")
FIXED_ICONS = ("alert-triangle", "circle-check", "info-circle")


def held_pass(session: Session) -> TracePass | None:
    """The pass that came with this request; its use is noted now and then."""
    secret = request.cookies.get(PASS_COOKIE, "")
    if not secret:
        return None
    found, now = valid_pass(session, secret, web.clock().now()), web.clock().now()
    if found is not None and (found.last_used_at is None or now - found.last_used_at >= NOTED_AFTER):
        with web.database().writing() as writing:
            note_use(Work(writing, web.actor(), web.clock()), found.id)
    return found


def reader(session: Session, records: Records) -> Reader:
    """As what this request reads the element."""
    asked, held = request.args.get("as", ""), held_pass(session)
    seen = reader_of(web.actor(), held, records.element.project_id, asked)
    return replace(seen, lapsed=held is None and PASS_COOKIE in request.cookies)


def render(session: Session, records: Records) -> str:
    """The page, for whoever asks."""
    seen = reader(session, records)
    told = tell(records, seen.audience)
    after_this_request(_headers)
    course = told.get("life.course")
    zone = ZoneInfo(web.settings().zone)
    steps = steps_of(told)
    return render_template(
        "traceability/trace.html",
        records=records,
        told=told,
        reader=seen,
        audiences=[(one, AUDIENCE_NAMES[one]) for one in policy().audiences],
        lifeline=draw(course, zone, lambda state: web.gettext(STATE_NAMES[state])) if course else None,
        days=[(day, list(mine)) for day, mine in groupby(steps, lambda step: f"{web.local_time(step.time):%Y-%m-%d}")],
        anchors={step.sequence for step in steps},
        names=told.get("people.everyone") or told.get("people.responsible") or {},
        own_address=lambda identity: address(parse_identity(identity), web.settings().effective_public_url),
        icons=symbols(current_app.static_folder or "", {*FIXED_ICONS, *(step.icon for step in steps)}),
        drawing=Markup(told["element.drawing"]) if "element.drawing" in told else None,  # noqa: S704 - our own SVG
        further={"as": seen.audience} if request.args.get("as") else {},
        **_WORDS,
    )


def steps_of(told: Told) -> list[Step]:
    """The steps of a life that were told, in order of time; repeats of a day's material are drawn together."""
    found = [step for part in LIFE_PARTS for step in told.get(part, ())]
    merged: list[Step] = []
    for step in sorted(found, key=lambda step: (step.time, step.sequence)):
        last = merged[-1] if merged else None
        if last and (last.kind, last.time, last.place, last.wrong) == (step.kind, step.time, step.place, step.wrong):
            new = [text for text in step.texts if text not in last.texts]
            merged[-1] = replace(last, texts=(*last.texts, *new))
        else:
            merged.append(step)
    return merged


_WORDS = {
    "state_names": STATE_NAMES,
    "party_names": PARTY_NAMES,
    "role_names": {**ROLE_NAMES, HEAD: HEAD_TITLE},
    "scheme_titles": {scheme.name: scheme.title for scheme in schemes()},
    "material_names": MATERIAL_KINDS,
    "answer_words": ANSWER_WORDS,
    "condition_words": CONDITION_WORDS,
    "site_words": SITE_ANSWERS,
    "inspection_words": INSPECTION_WORDS,
    "severity_words": SEVERITY_WORDS,
    "check_name": check_name,
    "clause_words": clause_words,
    "item_name": item_name,
    "kind_name": kind_name,
}


def _headers(response: Response) -> Response:
    """The public's page may be kept by caches for a minute; nobody else's, and nothing tells where a reader was."""
    response.headers["Referrer-Policy"] = "no-referrer"
    known = g.actor is not NOBODY or PASS_COOKIE in request.cookies
    response.headers["Cache-Control"] = PRIVATE_CACHE if known else PUBLIC_CACHE
    if response.status_code == 200 and not response.is_streamed:
        response.add_etag()
        response.make_conditional(request)
    return response
