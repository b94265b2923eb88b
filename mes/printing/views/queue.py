"""The queue and one job: what waits, what is not known, and what a person says of it."""

from __future__ import annotations

from flask import Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from labels.errors import TemplateError
from mes.core import web
from mes.core.errors import InvalidInput, NotFound
from mes.core.text import N_, Text
from mes.printing import press, queries, service
from mes.printing.designs import load_design
from mes.printing.models import PrintJob
from mes.printing.service import CancelJob, DownloadJob, JobsMade, ReprintJob, SettleJob
from mes.printing.service.jobs import label_count
from mes.printing.views.room import answered, page, pages

SHOWN_PICTURES = 12
DOTS_A_MM = 203 / 25.4


@pages.get("/print-jobs")
@web.permission("label:print")
def queue() -> str:
    """What waits, what is being printed, what a person must look at; it renews itself."""
    session, actor = web.reading(), web.actor()
    waiting = list(queries.jobs_in(session, actor, ("queued", "printing")))
    return page(
        "queue.html",
        "queue",
        unknown=queries.jobs_in(session, actor, ("unknown",)),
        waiting=waiting[::-1],
        over=queries.recent_jobs(session, actor),
        printers=queries.printers(session),
        counts=queries.waiting_counts(session),
        is_sender_away=queries.is_sender_away(session, web.clock().now()),
        count_of=label_count,
    )


@pages.get("/print-jobs/<int:number>")
@web.permission("label:print")
def job(number: int) -> str:
    """One job: its labels, what became of it, what was printed again."""
    session = web.reading()
    found = queries.job_by_number(session, web.actor(), number)
    return page(
        "job.html",
        "queue",
        job=found,
        count=label_count(found),
        reprints=queries.reprints_of(session, found),
        pictures=range(min(len(found.labels), SHOWN_PICTURES)) if _is_kept(found) else (),
        is_kept=_is_kept(found),
        size=_size_in_dots(found),
    )


@pages.get("/print-jobs/<int:number>/<int:place>.png")
@web.permission("label:print")
def picture(number: int, place: int) -> Response:
    """One label of a job as it looks, dot by dot."""
    found = queries.job_by_number(web.reading(), web.actor(), number)
    if not _is_kept(found) or not 0 <= place < len(found.labels):
        raise NotFound(Text(N_("There is nothing at this address")))
    return Response(press.row_png(found.design, found.language, found.labels[place]), mimetype="image/png")


@pages.get("/print-jobs/<int:number>.pdf")
@web.permission("label:print")
def download(number: int) -> Response:
    """The file of a job for a printer that hangs on somebody's computer; whoever fetches it has printed it."""
    found = queries.job_by_number(web.reading(), web.actor(), number)
    content = press.job_pdf(found) if found.printer.kind == "pdf" and _is_kept(found) else b""
    web.perform(service.download, DownloadJob(number=number))
    return pdf_answer(content, f"labels-{number}")


def pdf_answer(content: bytes, name: str) -> Response:
    """A file that is saved, without leaving the page."""
    headers = {"Content-Disposition": f"attachment; filename={name}.pdf"}
    return Response(content, mimetype="application/pdf", headers=headers)


@pages.post("/print-jobs/<int:number>/settle")
@web.permission("label:print")
def settle(number: int) -> Response | WerkzeugResponse:
    """Somebody has looked: the labels came out."""
    came_out = request.form.get("came_out") == "yes"
    web.perform(service.settle, SettleJob(command_id=web.form_command_id(), number=number, came_out=came_out))
    return answered(web.gettext(N_("Noted, thank you")), to=url_for("printing.queue"))


@pages.post("/print-jobs/<int:number>/reprint")
@web.permission("label:print")
def reprint(number: int) -> Response | WerkzeugResponse:
    """Print labels of a job again; of an unknown one the reason goes without saying: they did not come out."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        if queries.job_by_number(web.reading(), web.actor(), number).state != "unknown":
            raise InvalidInput(Text(N_("Why is it printed again? Please give a reason")))
        reason = web.gettext(N_("did not come out"))
    command = ReprintJob.model_validate(
        {
            "command_id": web.form_command_id(),
            "number": number,
            "reason": reason,
            "subjects": request.form.getlist("subject"),
        }
    )
    return made(web.perform(service.reprint, command))


@pages.post("/print-jobs/<int:number>/cancel")
@web.permission("label:print")
def cancel(number: int) -> Response | WerkzeugResponse:
    """Withdraw labels that still wait."""
    web.perform(service.cancel, CancelJob(command_id=web.form_command_id(), number=number))
    return answered(web.gettext(N_("Job %(number)s is withdrawn"), number=number), "info")


def made(answer: JobsMade) -> Response | WerkzeugResponse:
    """Say where labels come out; a file is fetched at once."""
    first = answer.jobs[0]
    count = sum(job.count for job in answer.jobs)
    facts = {"number": first.number, "count": count, "printer": first.printer}
    if first.is_file:
        message = web.gettext(N_("Job %(number)s: %(count)s labels as a file"), number=first.number, count=count)
        return answered(message, download=url_for("printing.download", number=first.number))
    known = N_("Job %(number)s waits already for %(printer)s")
    fresh = N_("Job %(number)s: %(count)s labels at %(printer)s")
    to = url_for("printing.job", number=first.number)
    if first.waits_already:
        return answered(web.gettext(known, number=first.number, printer=first.printer), "info", to=to)
    return answered(web.gettext(fresh, **facts), to=to)


def _size_in_dots(job: PrintJob) -> tuple[int, int]:
    """Width and height of its labels as pictures; nothing where the design is gone."""
    try:
        design = load_design(job.design)
    except TemplateError:
        return 0, 0
    return round(design.width_mm * DOTS_A_MM), round(design.height_mm * DOTS_A_MM)


def _is_kept(job: PrintJob) -> bool:
    """Whether what stands on the labels is still known (a badge's code is forgotten)."""
    return all("fields" in row for row in job.labels)
