"""Pages of long work: what runs, how far it is, how it ended; and the button that stops it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from sqlalchemy import select
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from mes.core import jobs, navigation, web
from mes.core.commands import Command, Done, Work, use_case
from mes.core.errors import NotFound
from mes.core.jobs import FINAL_STATES, Job
from mes.core.text import N_, Text

pages = Blueprint("jobs", __name__, url_prefix="/jobs")
navigation.add_page(N_("Jobs"), "jobs.index", "clock", "job:read", 800)

STATE_NAMES = {
    "queued": N_("Waiting"),
    "running": N_("Running"),
    "done": N_("Done"),
    "failed": N_("Failed"),
    "cancelled": N_("Stopped"),
}
STATE_TONES = {"queued": "neutral", "running": "progress", "done": "good", "failed": "bad", "cancelled": "ghost"}


class CancelJob(Command):
    """Ask a job to stop."""

    job_id: UUID


@use_case("job:cancel")
def cancel_job(work: Work, command: CancelJob) -> Done:
    """Ask a job to stop; one that still waits is stopped at once."""
    jobs.request_cancel(work, command.job_id)
    return Done(id=command.job_id)


@pages.get("/")
@web.permission("job:read")
def index() -> str:
    """The newest jobs."""
    rows = web.reading().scalars(select(Job).order_by(Job.requested_at.desc()).limit(50)).all()
    return render_template("jobs.html", jobs=rows, names=STATE_NAMES, tones=STATE_TONES)


@pages.get("/<uuid:job_id>")
@web.permission("job:read")
def show(job_id: UUID) -> str:
    """One job; the page renews itself while it runs."""
    job = web.reading().get(Job, job_id)
    if job is None:
        raise NotFound(Text(N_("There is no such job")))
    template = "job_state.html" if request.headers.get("HX-Request") else "job.html"
    ended = job.state in FINAL_STATES
    return render_template(template, job=job, names=STATE_NAMES, tones=STATE_TONES, ended=ended)


@pages.post("/<uuid:job_id>/cancel")
@web.permission("job:cancel")
def cancel(job_id: UUID) -> Response:
    """Ask a job to stop."""
    command = CancelJob.model_validate({"command_id": request.form.get("command_id"), "job_id": job_id})
    web.perform(cancel_job, command)
    return redirect(f"/jobs/{job_id}", 303)
