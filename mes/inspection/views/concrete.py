"""Evaluation of strength over a period, and mixes with their calibration."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.commands import Command
from mes.core.errors import Fault, InvalidInput, MesError
from mes.core.form_faults import faults_of
from mes.core.text import N_, Text
from mes.inspection.concrete import queries
from mes.inspection.concrete.evaluations import evaluate_concrete
from mes.inspection.concrete.mixes import calibrated, define_mix
from mes.inspection.concrete.pictures import calibration_picture, sets_picture
from mes.inspection.concrete.schemas import DefineMix, EvaluateConcrete
from mes.inspection.policy import policy_in_force
from mes.inspection.views.blueprint import CONDITION_WORDS, pages
from mes.inspection.views.curing import METHOD_WORDS, concrete_tabs
from quality import cube_conditions

EVALUATION_METHODS = {
    "auto": N_("As the number of sets asks for"),
    "known_sigma": N_("Known standard deviation"),
    "unknown_sigma": N_("Unknown standard deviation"),
    "non_statistical": N_("Non-statistical"),
}
CRITERION_WORDS = {
    "mean": N_("Mean"),
    "min": N_("Least value"),
    "min_of_grade": N_("Least value against the grade"),
}
LEFT_OUT_WORDS = {
    "invalid": N_("invalid set"),
    "other_condition": N_("other curing"),
    "too_young": N_("too young"),
    "too_old": N_("too old"),
    "too_cool": N_("not mature enough"),
}
LEVEL_WORDS = {
    "mean-required": N_("mean ≥"),
    "min-required": N_("least ≥"),
    "grade": N_("grade"),
    "mean": N_("mean"),
}
MOST_TRIALS = 12
C = TypeVar("C", bound=Command)


@pages.get("/concrete/strength")
@web.permission("inspection:read")
def evaluations() -> str:
    """Evaluations so far, and the form for the next one."""
    return _evaluations_page({}, "")


@pages.post("/concrete/strength")
@web.permission("strength:write")
def evaluate() -> str | Response | WerkzeugResponse:
    """Evaluate a grade over a period."""
    try:
        done = web.perform(evaluate_concrete, _evaluation_command())
    except MesError as error:
        return Response(_evaluations_page(_by_field(error), web.in_words(error.reason)), status=error.status)
    return redirect(url_for("inspection.evaluation", evaluation_id=done.evaluation_id), code=303)


@pages.get("/concrete/strength/<uuid:evaluation_id>")
@web.permission("inspection:read")
def evaluation(evaluation_id: UUID) -> str:
    """One evaluation: its sets over time with the lines they must reach, its verdict and what it covers."""
    session = web.reading()
    row = queries.evaluation_for(session, evaluation_id)
    content = queries.content_for(session, web.actor(), row)
    words = {name: web.gettext(word) for name, word in LEVEL_WORDS.items()}
    return render_template(
        "inspection/evaluation.html",
        row=row,
        content=content,
        picture=sets_picture(content, float(row.concrete_grade.removeprefix("C")), words),
        methods=EVALUATION_METHODS,
        criteria=CRITERION_WORDS,
        left_out=LEFT_OUT_WORDS,
        parse=datetime.fromisoformat,
        rule=cube_conditions()[row.condition],
    )


@pages.get("/concrete/mixes")
@web.permission("curing:read")
def mixes() -> str:
    """Every mix in its latest version, and codes that nobody defined yet."""
    session = web.reading()
    found = [calibrated(session, row) for row in queries.mixes(session)]
    return render_template(
        "inspection/mixes.html",
        tab_items=concrete_tabs("mixes"),
        mixes=found,
        undefined=queries.undefined_codes(session),
        method_words=METHOD_WORDS,
    )


@pages.get("/concrete/mixes/define")
@web.permission("mix:write")
def mix_form() -> str:
    """The form for a mix, or for a further version of one."""
    code = request.args.get("code", "")
    latest = next((row for row in queries.mixes(web.reading()) if row.code == code), None)
    values: dict[str, Any] = {"code": code, "method": "nurse_saul", "reference_temperature_c": 20}
    if latest is not None:
        values |= {name: getattr(latest, name) for name in _MIX_FIELDS}
        for number, (age, mpa) in enumerate(latest.calibration):
            values |= {f"age_{number}": age, f"mpa_{number}": mpa}
    return _mix_page(values, {}, "")


@pages.post("/concrete/mixes")
@web.permission("mix:write")
def mix_define() -> str | Response | WerkzeugResponse:
    """Define a mix or a further version of it."""
    try:
        done = web.perform(define_mix, _mix_command())
    except MesError as error:
        page = _mix_page(request.form.to_dict(), _by_field(error), web.in_words(error.reason))
        return Response(page, status=error.status)
    flash(web.gettext(N_("Mix %(code)s, version %(version)s"), code=done.code, version=done.version), "good")
    return redirect(url_for("inspection.mix", code=done.code), code=303)


@pages.get("/concrete/mixes/<code>")
@web.permission("curing:read")
def mix(code: str) -> str:
    """A mix: its constants, its calibration and its versions."""
    session = web.reading()
    versions = queries.versions_of(session, code)
    found = calibrated(session, versions[0])
    confidence = policy_in_force(session).maturity_confidence
    return render_template(
        "inspection/mix.html",
        mix=found,
        versions=versions,
        picture=calibration_picture(found, confidence),
        confidence=confidence,
        method_words=METHOD_WORDS,
    )


_MIX_FIELDS = (
    "code",
    "name",
    "concrete_grade",
    "method",
    "reference_temperature_c",
    "datum_temperature_c",
    "activation_energy_j_per_mol",
)


def _mix_page(values: dict[str, Any], errors: dict[str, list[str]], reason: str) -> str:
    return render_template(
        "inspection/mix_form.html",
        values=values,
        errors=errors,
        reason=reason,
        trials=range(MOST_TRIALS),
        method_words=METHOD_WORDS,
    )


def _mix_command() -> DefineMix:
    form = request.form
    content: dict[str, Any] = {name: form[name].strip() for name in _MIX_FIELDS if form.get(name, "").strip()}
    trials = [(form.get(f"age_{n}", "").strip(), form.get(f"mpa_{n}", "").strip()) for n in range(MOST_TRIALS)]
    content["calibration"] = [{"equivalent_age_hours": age, "strength_mpa": mpa} for age, mpa in trials if age or mpa]
    return _validated(DefineMix, content)


def _evaluation_command() -> EvaluateConcrete:
    form = request.form
    content: dict[str, Any] = {
        name: form[name].strip()
        for name in ("mix_code", "concrete_grade", "condition", "method")
        if form.get(name, "").strip()
    }
    content |= {"begins_at": _day(form.get("begins_on", ""), "begins_at")}
    content |= {"ends_at": _day(form.get("ends_on", ""), "ends_at", later=timedelta(days=1))}
    return _validated(EvaluateConcrete, content)


def _day(text: str, where: str, later: timedelta = timedelta()) -> datetime:
    """The beginning of a day of the factory, or so much later."""
    try:
        day = datetime.combine(date.fromisoformat(text) + later, time(), tzinfo=web.clock().zone)
        day.astimezone(UTC)  # a day at an end of the calendar has no moment there
        return day
    except (ValueError, OverflowError) as error:
        reason = Text(N_("Choose a day"))
        raise InvalidInput(reason, [Fault(where, reason)]) from error


def _validated(shape: type[C], content: dict[str, Any]) -> C:
    try:
        return shape.model_validate({"command_id": web.form_command_id(), **content})
    except ValidationError as error:
        raise InvalidInput(Text(N_("Some fields are not right")), faults_of(error)) from error


def _by_field(error: MesError) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for fault in error.faults:
        errors.setdefault(fault.where, []).append(web.in_words(fault.reason))
    return errors


def _evaluations_page(errors: dict[str, list[str]], reason: str) -> str:
    session, today = web.reading(), web.local_time(web.clock().now()).date()
    grades, codes = queries.grades_and_mixes(session)
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return render_template(
        "inspection/evaluations.html",
        tab_items=concrete_tabs("evaluations"),
        rows=queries.evaluations(session),
        grades=grades,
        codes=codes,
        conditions=CONDITION_WORDS,
        methods=EVALUATION_METHODS,
        values={"begins_on": first.isoformat(), "ends_on": today.isoformat(), **request.form.to_dict()},
        errors=errors,
        reason=reason,
    )
