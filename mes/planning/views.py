"""Pages of the room: open demand and plans, a plan as a Gantt chart, a pallet load."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import navigation, web
from mes.core.errors import NotFound
from mes.core.job_views import CancelJob, cancel_job
from mes.core.text import N_, Text
from mes.library.families import FAMILY_NAMES
from mes.planning import queries, service
from mes.planning.gantt_data import GanttWriter, series_of
from mes.planning.models import PalletLoad
from mes.planning.plan_content import LoadEntry, content_of, plan_of, problem_of
from mes.planning.plan_figures import figures_of
from mes.planning.plan_page import (
    STATUS_WORDS,
    PalletDrawing,
    objective_rows,
    plan_page,
    rectangle,
)
from mes.planning.plan_reasons import LoadReasons, job_of_load, reasons_of_load
from mes.planning.service import DiscardPlan, ProposePlan, PublishPlan
from mes.planning.snapshot import demand_element
from mes.planning.station_names import STATION_NAMES

pages = Blueprint("planning", __name__, url_prefix="/planning")
navigation.add_page(N_("Planning"), "planning.index", "calendar-event", "plan:read", 220)

STATE_TONES = {
    "solving": "progress",
    "proposed": "info",
    "published": "good",
    "superseded": "ghost",
    "discarded": "ghost",
    "failed": "bad",
}
LOAD_STATE_NAMES = {
    "waiting": N_("Waiting"),
    "running": N_("Running"),
    "done": N_("Done"),
    "withdrawn": N_("Withdrawn"),
}
LOAD_STATE_TONES = {"waiting": "neutral", "running": "progress", "done": "good", "withdrawn": "ghost"}
OPERATION_STATE_NAMES = {
    "waiting": N_("Waiting"),
    "running": N_("Running"),
    "held": N_("Held"),
    "done": N_("Done"),
}
OPERATION_STATE_TONES = {"waiting": "neutral", "running": "progress", "held": "warn", "done": "good"}
SECONDS_CHOICES = (10, 20, 60, 180, 600)
AHEAD_CHOICES = ((14, N_("2 weeks")), (30, N_("1 month")), (60, N_("2 months")), (730, N_("everything")))


@pages.get("/")
@web.permission("plan:read")
def index() -> str:
    """Open demand, the way to a new plan, and the plans so far."""
    session = web.reading()
    demand = queries.open_demand(session)
    today = web.reading_work().today()
    return render_template(
        "planning/index.html",
        demand=demand,
        today=today,
        open_count=sum(row.count for row in demand),
        overdue_count=sum(row.count for row in demand if row.required_on < today),
        waiting=len(queries.loads_with_items(session, states=["waiting"])),
        running=len(queries.loads_with_items(session, states=["running"])),
        versions=queries.plan_versions(session),
        published=queries.published_plan(session),
        solving=queries.solving(session),
        seconds_choices=[(n, web.gettext(N_("%(n)s s"), n=n)) for n in SECONDS_CHOICES],
        ahead_choices=[(days, web.gettext(words)) for days, words in AHEAD_CHOICES],
        **_words(),
    )


@pages.get("/solving")
@web.permission("plan:read")
def solving() -> str | Response:
    """The running job alone; asks the browser to load the page again once it has ended."""
    found = queries.solving(web.reading())
    if found is None:
        return Response("", headers={"HX-Refresh": "true"})
    return render_template("planning/solving.html", solving=found)


@pages.post("/")
@web.permission("plan:propose")
def propose() -> WerkzeugResponse:
    """Start making a plan."""
    form = request.form
    command = ProposePlan.model_validate(
        {
            "command_id": form.get("command_id"),
            "seconds": form.get("seconds", 20),
            "ahead_days": form.get("ahead_days", 60),
        }
    )
    answer = web.perform(service.propose_plan, command)
    flash(web.gettext(N_("Plan %(number)s is being made"), number=answer.number), "info")
    return redirect(url_for("planning.index"), 303)


@pages.post("/plans/<int:number>/stop")
@web.permission("job:cancel")
def stop(number: int) -> WerkzeugResponse:
    """Ask the job that makes this plan to stop."""
    version = queries.plan_by_number(web.reading(), number)
    if version.job_id is None:
        raise NotFound(Text(N_("There is no such job")))
    command = CancelJob.model_validate({"command_id": request.form.get("command_id"), "job_id": version.job_id})
    web.perform(cancel_job, command)
    return redirect(url_for("planning.index"), 303)


@pages.get("/plans/<int:number>")
@web.permission("plan:read")
def plan(number: int) -> str:
    """A plan version: Gantt chart, lateness, loads, what is left out."""
    version = queries.plan_by_number(web.reading(), number)
    shown = plan_page(version, web.clock().zone)
    return render_template(
        "planning/plan.html",
        version=version,
        shown=shown,
        figures=figures_of(version),
        terms=objective_rows(shown.objective) if shown else [],
        status_words=STATUS_WORDS,
        most_days=max((abs(entry.days_late) for entry in shown.deliveries), default=1) if shown else 1,
        **_words(),
    )


@pages.get("/plans/<int:number>/gantt.json")
@web.permission("plan:read")
def gantt(number: int) -> dict[str, Any]:
    """The plan as the Gantt chart draws it."""
    version = queries.plan_by_number(web.reading(), number)
    content, problem, made = content_of(version), problem_of(version), plan_of(version)
    if content is None or problem is None or made is None:
        raise NotFound(Text(N_("This plan has no content")))
    writer = GanttWriter(version, content, problem, made, web.clock().zone, web.gettext, _load_url(number))
    return writer.document(queries.lines(web.reading()), web.clock().now())


@pages.get("/plans/<int:number>/loads/<job>")
@web.permission("plan:read")
def plan_load(number: int, job: str) -> str:
    """A load of a plan version, also of one that is not published: its pallet, and why it is not earlier."""
    version = queries.plan_by_number(web.reading(), number)
    shown = plan_page(version, web.clock().zone)
    card = next((load for load in shown.loads if load.job == job), None) if shown else None
    if card is None:
        raise NotFound(Text(N_("There is no such pallet load")))
    reasons = reasons_of_load(version, job, web.clock().zone) if card.enter is not None else None
    return render_template("planning/plan_load.html", version=version, load=card, reasons=reasons, **_words())


@pages.post("/plans/<int:number>/publish")
@web.permission("plan:publish")
def publish(number: int) -> WerkzeugResponse:
    """Make a proposal the plan in force."""
    command = PublishPlan.model_validate({"command_id": request.form.get("command_id"), "number": number})
    answer = web.perform(service.publish_plan, command)
    message = web.gettext(
        N_("Plan %(number)s is published: %(loads)s loads with %(elements)s elements"),
        number=number,
        loads=answer.load_count,
        elements=answer.element_count,
    )
    flash(message, "good")
    return redirect(url_for("planning.plan", number=number), 303)


@pages.post("/plans/<int:number>/discard")
@web.permission("plan:propose")
def discard(number: int) -> WerkzeugResponse:
    """Put a proposal away."""
    command = DiscardPlan.model_validate({"command_id": request.form.get("command_id"), "number": number})
    web.perform(service.discard_plan, command)
    flash(web.gettext(N_("Plan %(number)s is discarded"), number=number), "info")
    return redirect(url_for("planning.index"), 303)


@pages.get("/loads/<int:number>")
@web.permission("operation:read")
def load(number: int) -> str:
    """One pallet load: its pallet, its elements, its times station by station."""
    found = queries.load_by_number(web.reading(), number)
    version = found.plan_version_id
    return render_template(
        "planning/load.html",
        load=found,
        reasons=_reasons_of(found),
        drawing=load_drawing(found),
        floors=queries.floors_of(web.reading(), [item.element for item in found.items]),
        plan_number=queries.plan_number(web.reading(), version),
        operation_states=OPERATION_STATE_NAMES,
        operation_tones=OPERATION_STATE_TONES,
        **_words(),
    )


def _reasons_of(found: PalletLoad) -> LoadReasons | None:
    """Why a published load is not earlier in its plan; None for readers who may not read plans."""
    if not web.actor().may("plan:read") or found.state == "withdrawn":
        return None
    version = queries.plan_by_number(web.reading(), queries.plan_number(web.reading(), found.plan_version_id))
    job = job_of_load(version, found.number)
    return reasons_of_load(version, job, web.clock().zone) if job is not None else None


def load_drawing(found: PalletLoad) -> PalletDrawing:
    """A load's pallet with its elements, as they lie."""
    family = found.items[0].element.component_type.family if found.items else ""
    rectangles = tuple(
        rectangle(item.x_mm, item.y_mm, item.rotated, demand_element(item.element)) for item in found.items
    )
    return PalletDrawing(found.line.pallet_length_mm, found.line.pallet_width_mm, series_of(family), rectangles)


def _load_url(number: int) -> Callable[[LoadEntry], str]:
    def url(entry: LoadEntry) -> str:
        if entry.number is not None:
            return url_for("planning.load", number=entry.number)
        return url_for("planning.plan_load", number=number, job=entry.job)

    return url


def _words() -> dict[str, Any]:
    return {
        "families": FAMILY_NAMES,
        "stations": STATION_NAMES,
        "plan_states": service.STATE_NAMES,
        "plan_tones": STATE_TONES,
        "load_states": LOAD_STATE_NAMES,
        "load_tones": LOAD_STATE_TONES,
        "weekday": _weekday,
    }


def _weekday(day: date) -> str:
    return web.gettext(WEEKDAYS[day.weekday()])


WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
