"""A delivery's quality file: its state, and the PDF and ZIP for the plant and the site."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any

from flask import Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.documents import file_store
from mes.core.errors import MesError, NotFound
from mes.core.jobs import FINAL_STATES
from mes.core.text import N_, Text
from mes.inspection.models import QualityDocument
from mes.logistics import queries
from mes.logistics.models import Delivery
from mes.logistics.quality_file.archive import write_zip
from mes.logistics.quality_file.content import latest_file, papers_of
from mes.logistics.quality_file.service import MakeQualityFile, latest_job, make_quality_file
from mes.logistics.views.room import pages

KIND_WORDS = {
    "certificate": N_("Certificates of conformity"),
    "strength": N_("Strength reports"),
    "hidden_works": N_("Records of hidden works"),
}
SUBJECT_WORDS = {"构件": N_("Element"), "批次": N_("Batch")}
IN_MEMORY_BYTES = 8 * 1024 * 1024
PORTION_BYTES = 256 * 1024


@pages.get("/deliveries/<number>/papers")
@web.permission("document:read")
def papers(number: str) -> str:
    """The quality file of a delivery, the papers in it, and what is missing."""
    return _page(queries.delivery_by_number(web.reading(), web.actor(), number))


def _page(found: Delivery, error: MesError | None = None) -> str:
    session = web.reading()
    file, job = latest_file(session, found.id), latest_job(session, found.id)
    items = queries.items_of(session, found.id)
    known, missing = papers_of(session, items)
    papers = file.content["papers"] if file else known
    return render_template(
        "logistics/papers.html",
        delivery=found,
        file=file,
        job=job,
        working=job is not None and job.state not in FINAL_STATES,
        papers=papers,
        grouped=_by_kind(papers),
        missing=_by_kind(file.content["missing"] if file else missing),
        is_outdated=file is not None and _numbers(file.content["papers"]) != _numbers(known),
        valid=_numbers(known),
        rejected=[item for item in items if item.outcome == "rejected"],
        kinds=KIND_WORDS,
        error=error,
    )


def _by_kind(papers: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Papers by their kinds, in the order of the file; what they are about in the reader's words."""
    told = [{**paper, "about": _about(paper["about"])} for paper in papers]
    groups = [(kind, [one for one in told if one["kind"] == kind]) for kind in KIND_WORDS]
    return [(kind, found) for kind, found in groups if found]


def _about(about: str) -> str:
    """What a paper is about, which papers say in Chinese: 构件 24, 批次 HNT-1."""
    word, _, name = about.partition(" ")
    return f"{web.gettext(SUBJECT_WORDS[word])} {name}" if word in SUBJECT_WORDS else about


def _numbers(papers: list[dict[str, str]]) -> list[str]:
    return [paper["number"] for paper in papers]


@pages.post("/deliveries/<number>/papers")
@web.permission("document:issue")
def make_papers(number: str) -> Response | WerkzeugResponse:
    """Begin the job that makes the file."""
    found = queries.delivery_by_number(web.reading(), web.actor(), number)
    command = MakeQualityFile(command_id=web.form_command_id(), delivery_id=found.id)
    try:
        web.perform(make_quality_file, command)
    except MesError as error:
        again = queries.delivery_by_number(web.reading(), web.actor(), number)
        return Response(_page(again, error), status=error.status)
    flash(web.gettext(N_("The quality file is being made; this page shows it when it is ready")), "good")
    return redirect(url_for("logistics.papers", number=number), 303)


@pages.get("/deliveries/<number>/papers.pdf")
@web.permission("document:read")
def papers_pdf(number: str) -> Response:
    """The quality file as it was issued."""
    file = _file(number)
    headers = {"Content-Disposition": f"inline; filename={file.number}.pdf"}
    return Response(file_store().read(file.pdf_sha256), mimetype="application/pdf", headers=headers)


@pages.get("/deliveries/<number>/papers.zip")
@web.permission("document:read")
def papers_zip(number: str) -> Response:
    """The quality file and each paper in it as single PDFs."""
    file = _file(number)
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - closed behind its last byte
    write_zip(target, file, file_store(), web.clock().zone)
    target.seek(0)
    response = Response(_bytes_of(target), mimetype="application/zip")
    response.headers["Content-Disposition"] = f"attachment; filename={file.number}.zip"
    response.call_on_close(target.close)
    return response


def _bytes_of(target: IO[bytes]) -> Iterator[bytes]:
    with target:
        while portion := target.read(PORTION_BYTES):
            yield portion


def _file(number: str) -> QualityDocument:
    found = queries.delivery_by_number(web.reading(), web.actor(), number)
    file = latest_file(web.reading(), found.id)
    if file is None:
        raise NotFound(Text(N_("This delivery has no quality file yet")))
    return file
