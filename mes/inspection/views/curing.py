"""Cures: every load in curing with curve, prediction and safe time, and findings that wait for an answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.text import N_
from mes.inspection.concrete import operators, queries
from mes.inspection.concrete.findings import answer_finding
from mes.inspection.concrete.mixes import CalibratedMix, calibrated, mix_in_force
from mes.inspection.concrete.pictures import Picture, curing_picture
from mes.inspection.concrete.queries import Cure
from mes.inspection.concrete.schemas import AnswerFinding
from mes.inspection.views.blueprint import pages
from quality.curing import curing_rules

TELLERS = (operators.tell_safe_time,)
"""Loaded with the pages, so that the stations' pages hear of it."""

for order, roles in ((33, "inspector supervisor quality_manager"), (325, "planner admin"), (345, "operator")):
    navigation.add_page(N_("Concrete"), "inspection.curing", "temperature", "curing:read", order, roles)

MARK_WORDS = {"entered": N_("into the chamber"), "left": N_("out of it"), "safe": N_("safe from")}
RULE_UNITS = {
    "precure_hours": "h",
    "heating_k_per_hour": "K/h",
    "cooling_k_per_hour": "K/h",
    "highest_celsius": "°C",
    "stripping_difference_k": "K",
}
BEFORE_WORDS = {
    "batch": N_("the concrete as mixed"),
    "hall": N_("the hall"),
    "assumed": N_("assumed, because nobody measured it"),
}
WHY_NOT_WORDS = {
    "no_mix": N_("The mix is not defined yet, so there is no prediction"),
    "few_points": N_("The mix has too few calibration points for a prediction"),
    "no_curve": N_("There is no curve yet"),
    "silent": N_("The chamber was not heard for too long, so no time is promised"),
    "": "",
}
METHOD_WORDS = {"nurse_saul": "Nurse–Saul", "arrhenius": "Arrhenius"}
MISSING_WORDS = {
    "ambient": N_("the hall's temperature is not measured"),
    "heating": N_("the concrete was never heated"),
    "curve": N_("the curve is too short"),
}


@pages.get("/concrete")
@web.permission("curing:read")
def curing() -> str:
    """Every load in curing, what waits for an answer, and the latest finished cures."""
    session, actor = web.reading(), web.actor()
    under_way = queries.cures_under_way(session, actor)
    return render_template(
        "inspection/curing.html",
        tab_items=concrete_tabs("curing"),
        cures=[(cure, _picture(cure)) for cure in under_way],
        waiting=queries.cures_waiting(session, actor),
        latest=queries.cures_latest(session, actor),
        **_words(),
    )


@pages.get("/concrete/curing/<uuid:load_id>")
@web.permission("curing:read")
def cure(load_id: UUID) -> str:
    """One cure: its curve, what it rests on, and its findings."""
    found = queries.cure_of(web.reading(), web.actor(), load_id)
    return render_template("inspection/cure.html", cure=found, picture=_picture(found), **_words())


@pages.post("/concrete/curing/<uuid:load_id>/findings/<int:finding>")
@web.permission("inspection:write")
def finding_answer(load_id: UUID, finding: int) -> WerkzeugResponse:
    """Accept a finding with a reason, or report its elements."""
    found = queries.cure_of(web.reading(), web.actor(), load_id)
    command = AnswerFinding.model_validate(
        {
            "command_id": web.form_command_id(),
            "record_id": found.record.id,
            "finding": finding,
            "decision": "report" if request.form.get("decision") == "report" else "accept",
            "reason": request.form.get("reason", "").strip()[:300],
        }
    )
    done = web.perform(answer_finding, command)
    if done.nonconformities:
        text = web.gettext(N_("Reported: %(numbers)s"), numbers=", ".join(done.nonconformities))
        flash(text, "warn")
    else:
        flash(web.gettext(N_("Accepted, with the reason kept")), "good")
    return redirect(url_for("inspection.cure", load_id=load_id), code=303)


def concrete_tabs(active: str) -> list[dict[str, Any]]:
    """The pages of concrete that the reader may open."""
    actor = web.actor()
    titles = {
        "curing": (N_("Curing of loads"), "curing:read"),
        "evaluations": (N_("Strength evaluation"), "inspection:read"),
        "mixes": (N_("Mixes"), "curing:read"),
        "batches": (N_("Batches"), "inspection:read"),
    }
    return [
        {"title": web.gettext(title), "url": url_for(f"inspection.{name}"), "active": name == active}
        for name, (title, permission) in titles.items()
        if actor.may(permission)
    ]


def _picture(cure: Cure) -> Picture:
    words = {name: web.gettext(word) for name, word in MARK_WORDS.items()}
    return curing_picture(cure.record, _mix_of(cure), web.local_time, words)


def _mix_of(cure: Cure) -> CalibratedMix | None:
    row = mix_in_force(web.reading(), cure.record.mix_code)
    return calibrated(web.reading(), row) if row is not None else None


def _words() -> dict[str, Any]:
    limits = curing_rules().limits

    def rule_word(rule: str) -> str:
        return limits[rule].title.in_language(web.locale()) if rule in limits else rule

    return {
        "rule_word": rule_word,
        "rule_units": RULE_UNITS,
        "before_words": BEFORE_WORDS,
        "why_not_words": WHY_NOT_WORDS,
        "method_words": METHOD_WORDS,
        "missing_words": MISSING_WORDS,
        "rules": curing_rules(),
    }
