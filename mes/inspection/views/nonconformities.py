"""The list of nonconformities, a page for each with its story, and what is decided and found out about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import Fault, InvalidInput, MesError
from mes.core.text import N_, Text
from mes.inspection import queries, service
from mes.inspection.documents.press import press_of
from mes.inspection.nonconformities import OTHER_KINDS, causes
from mes.inspection.nonconformities.drawing import FACES, face_picture
from mes.inspection.nonconformities.queries import (
    choices,
    filtered,
    lines_of,
    list_page,
    replaceable,
    stage_of,
    story_of,
)
from mes.inspection.nonconformities.schemas import (
    MOST_WHYS,
    Dispose,
    Disposed,
    NonconformityAnalysis,
    NonconformityFilter,
    ReplacementOrder,
)
from mes.inspection.strength import was_cast
from mes.inspection.views.blueprint import kind_name, pages, words
from mes.inspection.views.checked import checked, text_of
from mes.inspection.views.photos import keep_letter
from mes.inspection.views.story import story_entries
from mes.ledger.queries import declared_wrong_in
from mes.orders.elements import element_subject
from quality import inspection_plan

Answered = str | Response | WerkzeugResponse
PAGE_SIZE = 40
MOST_PAGES = 1_000_000
YEARS = range(2000, 2200)
PERIODS = {"7": N_("7 days"), "30": N_("30 days"), "90": N_("90 days")}
STAGES = {
    "undecided": N_("Undecided"),
    "awaiting": N_("Awaiting re-inspection"),
    "settled": N_("Settled"),
}


@pages.get("/nonconformities")
@web.permission("nonconformity:read")
def nonconformities() -> str:
    """Nonconformities, filtered by what is chosen above the list."""
    asked = request.args
    page = min(max(1, asked.get("page", 1, type=int)), MOST_PAGES)
    session, actor = web.reading(), web.actor()
    query = filtered(actor, _filter(asked), ZoneInfo(web.settings().zone))
    rows, total = list_page(session, query, page, PAGE_SIZE)
    return render_template(
        "inspection/nonconformities.html",
        rows=rows,
        asked=asked,
        state=_state(asked),
        now=web.clock().now(),
        age=_age,
        stage_names=_stage_names(),
        cause_names={cause.id: words(cause.title) for cause in causes().values()},
        kinds=[(kind, kind_name(kind)) for kind in _all_kinds()],
        causes=[(cause.id, words(cause.title)) for cause in causes().values()],
        periods=[(days, web.gettext(name)) for days, name in PERIODS.items()],
        **choices(session, actor),
        page=page,
        page_count=ceil(total / PAGE_SIZE),
        total=total,
    )


@pages.get("/nonconformities/<uuid:nonconformity_id>")
@web.permission("nonconformity:read")
def nonconformity(nonconformity_id: UUID) -> str:
    """A nonconformity with its photos, place and measurements, its story, and the forms for what comes next."""
    return _page(nonconformity_id, {}, "")


@pages.post("/nonconformities/<uuid:nonconformity_id>/dispose")
@web.permission("nonconformity:repair")
def dispose(nonconformity_id: UUID) -> Answered:
    """Decide: rework, repair, concession or scrap."""

    def decide() -> str:
        done: Disposed = web.perform(service.dispose, _decision(nonconformity_id))
        return web.gettext(N_("Decided; a replacement is ordered") if done.replacement_id else N_("Decided"))

    return _answer(nonconformity_id, decide)


@pages.post("/nonconformities/<uuid:nonconformity_id>/analysis")
@web.permission("nonconformity:repair")
def analyse(nonconformity_id: UUID) -> Answered:
    """Cause, whys, preventive measure, cost."""

    def keep() -> str:
        analysis = _analysis(nonconformity_id)
        known = queries.nonconformity_for(web.reading(), nonconformity_id, web.actor())
        said = (analysis.cause, analysis.whys, analysis.measure, analysis.cost_cny is not None)
        if not any(said) and not any((known.cause, known.whys, known.measure, known.cost_cny is not None)):
            reason = Text(N_("Please choose or fill in"))
            raise InvalidInput(reason, [Fault("cause", reason)])
        web.perform(service.analyse_nonconformity, analysis)
        return web.gettext(N_("Kept"))

    return _answer(nonconformity_id, keep)


@pages.post("/nonconformities/<uuid:nonconformity_id>/replacement")
@web.permission("nonconformity:replace")
def replace(nonconformity_id: UUID) -> Answered:
    """Order a new element for the place of a scrapped one."""

    def order() -> str:
        content = {"command_id": request.form.get("command_id"), "nonconformity_id": nonconformity_id}
        done = web.perform(service.order_replacement_for, checked(ReplacementOrder, content))
        return web.gettext(N_("Element %(serial)s is ordered as the replacement"), serial=done.serial)

    return _answer(nonconformity_id, order)


def _answer(nonconformity_id: UUID, act: Callable[[], str]) -> Answered:
    """Do it and go back to the page; a refusal shows the page again with all that was typed."""
    try:
        message = act()
    except MesError as error:
        errors = {fault.where.split("[")[0]: [web.in_words(fault.reason)] for fault in error.faults}
        return Response(_page(nonconformity_id, errors, web.in_words(error.reason)), status=error.status)
    flash(message, "good")
    return redirect(url_for("inspection.nonconformity", nonconformity_id=nonconformity_id), code=303)


def _decision(nonconformity_id: UUID) -> Dispose:
    press = press_of(web.settings())
    press.warm()
    form, letter = request.form, request.files.get("letter")
    digest = form.get("kept_letter") or None
    if letter is not None and letter.filename:
        digest = keep_letter(letter, "designer_consent_sha256")
    return checked(
        Dispose,
        {
            "command_id": form.get("command_id"),
            "nonconformity_id": nonconformity_id,
            "disposition": form.get("disposition"),
            "reason": text_of(form, "reason"),
            "designer_consent": form.get("designer_consent", "").strip(),
            "designer_consent_sha256": digest,
            "order_replacement": form.get("order_replacement") == "1",
            "expected_version": form.get("expected_version") or None,
            "press": press,
        },
    )


def _analysis(nonconformity_id: UUID) -> NonconformityAnalysis:
    form = request.form
    cost = form.get("cost_cny", "").strip().replace(",", "")
    try:
        cost_cny = float(cost) if cost else None
    except ValueError as error:
        reason = Text(N_("%(typed)s is not a number"), {"typed": cost[:20]})
        raise InvalidInput(reason, [Fault("cost_cny", reason)]) from error
    return checked(
        NonconformityAnalysis,
        {
            "command_id": form.get("command_id"),
            "nonconformity_id": nonconformity_id,
            "cause": form.get("cause") or None,
            "whys": [why for number in range(MOST_WHYS) if (why := form.get(f"why_{number}", "").strip())],
            "measure": text_of(form, "measure"),
            "cost_cny": cost_cny,
        },
    )


def _state(asked: Mapping[str, str]) -> str:
    state = asked.get("state", "open")
    return state if state in ("open", "all", *STAGES) else "decided" if state == "decided" else "open"


def _filter(asked: Mapping[str, str]) -> NonconformityFilter:
    """What the list is to show; a filter that cannot be understood filters nothing."""
    state, days = _state(asked), asked.get("period", "")
    today = web.local_time(web.clock().now()).date()
    shape: dict[str, Any] = {
        "open": {"open": True, "decided": False}.get(state),
        "stage": state if state in STAGES else None,
        "from_day": today - timedelta(days=int(days) - 1) if days in PERIODS else _day(asked.get("from_day", "")),
        "to_day": _day(asked.get("to_day", "")),
    }
    for name in ("kind", "severity", "project", "line", "cause"):
        shape[name] = asked.get(name) or None
    try:
        return NonconformityFilter.model_validate(shape)
    except ValidationError as error:
        bad = {one["loc"][0] for one in error.errors()}
        return NonconformityFilter.model_validate({name: one for name, one in shape.items() if name not in bad})


def _day(text: str) -> date | None:
    """A day of an address; none where it is none, or so far away that the calendar ends."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _age(begin: datetime, end: datetime | None) -> str:
    """How long it has been, or was, open: hours at first, then days."""
    hours = int(((end or web.clock().now()) - begin).total_seconds() // 3600)
    if hours < 48:
        return web.gettext(N_("%(count)s h"), count=max(hours, 0))
    return web.gettext(N_("%(count)s d"), count=hours // 24)


def _stage_names() -> dict[str, str]:
    return {stage: web.gettext(name) for stage, name in STAGES.items()}


def _all_kinds() -> list[str]:
    return [*(defect.id for defect in inspection_plan("final", "composite_slab").defects), *OTHER_KINDS]


def _page(nonconformity_id: UUID, errors: dict[str, list[str]], reason: str) -> str:
    session = web.reading()
    found = queries.nonconformity_for(session, nonconformity_id, web.actor())
    places = [found.place]
    if found.inspection is not None:
        places += [seen.get("place") for seen in found.inspection.evaluation.get("defects", [])]
    drawn = [face for face in FACES if any(place and place["face"] == face for place in places)]
    return render_template(
        "inspection/nonconformity.html",
        row=found,
        element=found.element,
        stage=stage_of(found),
        stage_names=_stage_names(),
        age=_age(found.reported_at, None if stage_of(found) != "settled" else found.disposed_at),
        line=lines_of(session, [found.element_id]).get(found.element_id, ""),
        was_cast=was_cast(found.element),
        pictures=[face_picture(found.element.component_type, face, places) for face in drawn],
        story=story_entries(story_of(session, found), declared_wrong_in(session, element_subject(found.element))),
        causes=[(cause.id, words(cause.title) + " – " + words(cause.examples)) for cause in causes().values()],
        cause_names={cause.id: words(cause.title) for cause in causes().values()},
        most_whys=MOST_WHYS,
        replaceable=replaceable(session, found),
        values=request.form,
        errors=errors,
        reason=reason,
    )
