"""Cube tests of a batch."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.errors import Fault, InvalidInput, MesError
from mes.core.text import N_, Text
from mes.inspection import queries, service
from mes.inspection.concrete.records import record_of
from mes.inspection.schemas import RecordCubeTest
from mes.inspection.strength import demoulding_strength_mpa, loads_of_batch
from mes.inspection.views.blueprint import pages
from mes.inspection.views.curing import concrete_tabs
from quality import release_strength

CUBES = 3


@pages.get("/batches")
@web.permission("inspection:read")
def batches() -> str:
    """The newest batches, for choosing one."""
    rows = queries.recent_batches(web.reading())
    return render_template("inspection/batches.html", batches=rows, tab_items=concrete_tabs("batches"))


@pages.get("/batches/<uuid:batch_id>")
@web.permission("inspection:read")
def batch(batch_id: UUID) -> str:
    """A batch with its cube tests, and the form for the next one."""
    return _batch_page(batch_id, {}, "")


@pages.post("/batches/<uuid:batch_id>/cube-tests")
@web.permission("strength:write")
def cube_test(batch_id: UUID) -> str | Response | WerkzeugResponse:
    """Record three cubes."""
    try:
        command = RecordCubeTest.model_validate(
            {
                "command_id": request.form.get("command_id"),
                "batch_id": batch_id,
                "condition": "standard" if request.form.get("condition") == "standard" else "same_condition",
                "strengths_mpa": _strengths(),
                "tested_at": _tested_at(),
            }
        )
        done = web.perform(service.record_cube_test, command)
    except MesError as error:
        errors: dict[str, list[str]] = {}
        for fault in error.faults:
            errors.setdefault(fault.where, []).append(web.in_words(fault.reason))
        return Response(_batch_page(batch_id, errors, web.in_words(error.reason)), status=error.status)
    if done.set_value_mpa is None:
        flash(web.gettext(N_("The set is invalid: two cubes are more than 15 % away from the middle one")), "warn")
    else:
        flash(web.gettext(N_("Recorded: %(value)s MPa"), value=f"{done.set_value_mpa:g}"), "good")
    for number in done.released_loads:
        flash(web.gettext(N_("Pallet load %(number)s is released for demoulding"), number=number), "good")
    return redirect(url_for("inspection.batch", batch_id=batch_id), code=303)


def _strengths() -> list[float]:
    strengths, faults = [], []
    for number in range(CUBES):
        text = request.form.get(f"strength_{number}", "").strip()
        try:
            strengths.append(float(text))
        except ValueError:
            reason = (
                Text(N_("%(typed)s is not a number"), {"typed": text[:20]}) if text else Text(N_("This is missing"))
            )
            faults.append(Fault(f"strengths_mpa[{number}]", reason))
    if faults:
        raise InvalidInput(Text(N_("Some fields are not right")), faults)
    return strengths


def _tested_at() -> datetime | None:
    """When the cubes were tested, in the factory's zone; None for now."""
    text = request.form.get("tested_at", "").strip()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=web.clock().zone) if text else None
    except ValueError as error:
        reason = Text(N_("Choose a day and a time"))
        raise InvalidInput(reason, [Fault("tested_at", reason)]) from error


def _batch_page(batch_id: UUID, errors: dict[str, list[str]], reason: str) -> str:
    session = web.reading()
    found = queries.batch_for(session, batch_id)
    loads = loads_of_batch(session, found.id)
    return render_template(
        "inspection/batch.html",
        batch=found,
        tests=queries.batch_tests(session, found.id),
        loads=loads,
        cures=[(load, record) for load in loads if (record := record_of(session, load)) is not None],
        demoulding_mpa=max((demoulding_strength_mpa(load) for load in loads), default=0.0),
        delivery_mpa=release_strength("delivery", found.concrete_grade),
        values=request.form,
        errors=errors,
        reason=reason,
        cubes=range(CUBES),
    )
