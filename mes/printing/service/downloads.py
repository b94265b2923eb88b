"""Jobs of printers that make a file: whoever fetches it has printed it."""

from __future__ import annotations

from datetime import timedelta

from mes.core.commands import Work, use_case
from mes.core.errors import Conflict
from mes.core.text import N_, Text
from mes.printing.models import PrintJob
from mes.printing.service.commands import DownloadJob, JobSettled
from mes.printing.service.jobs import end, label_count, the_job

SAME_FETCH = timedelta(minutes=2)
"""A browser's viewer fetches a file again when it is saved; so long that is still the same download."""


class DownloadedAlready(Conflict):
    """The file was fetched before; a second one needs a reason."""


@use_case("label:print")
def download(work: Work, command: DownloadJob) -> JobSettled:
    """Mark a job as printed by whoever fetches its file. Make the file first: it is gone afterwards for secrets.

    Raises:
        NotFound: no such job.
        Conflict: it goes to a network printer, or was withdrawn.
        DownloadedAlready: it was fetched before; print it again with a reason.
    """
    job = the_job(work, command.number)
    if job.printer.kind != "pdf":
        raise Conflict(Text(N_("Job %(number)s goes to a printer; there is no file"), {"number": job.number}))
    if job.state == "queued":
        end(work, job, "printed", by=work.actor.name, printed=label_count(job))
    elif job.state != "printed":
        raise Conflict(Text(N_("Job %(number)s does not wait any more"), {"number": job.number}))
    elif not _is_same_fetch(work, job):
        message = N_("%(name)s has fetched job %(number)s already; print it again with a reason")
        raise DownloadedAlready(Text(message, {"name": job.finished_by, "number": job.number}))
    return JobSettled(number=job.number, state=job.state)


def _is_same_fetch(work: Work, job: PrintJob) -> bool:
    recent = job.finished_at is not None and work.now() - job.finished_at <= SAME_FETCH
    return recent and job.finished_by == work.actor.name[:80] and "fields" in job.labels[0]
