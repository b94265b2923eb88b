"""Pages of archive packages: all of them, one of them, its file; asking for one and noting what became of it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

import mes.traceability.archive.jobs  # noqa: F401 - the job that asking begins
from mes.core import navigation, web
from mes.core.errors import NotFound
from mes.core.jobs import FINAL_STATES
from mes.core.text import N_, Text
from mes.ledger.queries import events_of
from mes.traceability.archive import queries, service
from mes.traceability.archive.house import house_of
from mes.traceability.archive.queries import SCOPES, NothingToArchive
from mes.traceability.archive.service import FOLLOWING, AskForPackage, MakeAgain, SettlePackage, StopPackage
from mes.traceability.models import ArchivePackage

pages = Blueprint("archive", __name__, url_prefix="/archives")
navigation.add_page(N_("Archive packages"), "archive.index", "package", "archive:read", 630)

STATES = {
    "asked": (N_("In the making"), "progress"),
    "generated": (N_("Package made"), "info"),
    "failed": (N_("Could not be made"), "bad"),
    "submitted": (N_("Submitted to the archive"), "info"),
    "accepted": (N_("Accepted by the archive"), "good"),
    "refused": (N_("Refused by the archive"), "bad"),
}


@pages.get("/")
@web.permission("archive:read")
def index() -> str:
    """Every package, the newest first, and the form that asks for one."""
    return _index({}, "")


def _index(given: Mapping[str, str], error: str) -> str:
    session, reader = web.reading(), web.actor()
    return render_template(
        "traceability/archives.html",
        packages=queries.packages(session, reader),
        keys=queries.keys_to_offer(session, reader) if reader.may("archive:write") else (),
        scopes=SCOPES,
        states=STATES,
        given=given,
        error=error,
    )


@pages.get("/<number>")
@web.permission("archive:read")
def show(number: str) -> str:
    """One package: how far it is, what it holds, what became of it."""
    session = web.reading()
    package = queries.package_numbered(session, web.actor(), number)
    job = queries.latest_job(session, number)
    return render_template(
        "traceability/archive.html",
        package=package,
        job=job,
        working=package.state == "asked" and job is not None and job.state not in FINAL_STATES,
        following=FOLLOWING.get(package.state, ()),
        events=events_of(session, f"archive:{number}"),
        scopes=SCOPES,
        states=STATES,
        has_file=_has_file(package),
    )


@pages.get("/<number>/file")
@web.permission("archive:read")
def file(number: str) -> Response:
    """The package itself; a download that broke off goes on (HTTP Range)."""
    return send_package(queries.package_numbered(web.reading(), web.actor(), number))


@pages.post("/")
@web.permission("archive:write")
def ask() -> Response | tuple[str, int]:
    """Ask for a package; where there is no such thing, the form again with what is wrong."""
    facts = {"scope": request.form.get("scope"), "key": request.form.get("key", "").strip()}
    command = AskForPackage.model_validate({"command_id": web.form_command_id(), **facts})
    try:
        answer = web.perform(service.ask_for_package, command)
    except NothingToArchive as error:
        return _index(request.form, web.in_words(error.reason)), error.status
    return redirect(url_for("archive.show", number=answer.number), 303)


@pages.post("/<number>/again")
@web.permission("archive:write")
def again(number: str) -> Response:
    """Make a package that failed once more."""
    web.perform(service.make_again, MakeAgain(command_id=web.form_command_id(), number=number))
    return redirect(url_for("archive.show", number=number), 303)


@pages.post("/<number>/stop")
@web.permission("archive:write")
def stop(number: str) -> Response:
    """Stop making a package."""
    web.perform(service.stop_package, StopPackage(command_id=web.form_command_id(), number=number))
    flash(web.gettext(N_("The package is being stopped")), "info")
    return redirect(url_for("archive.show", number=number), 303)


@pages.post("/<number>/state")
@web.permission("archive:write")
def settle(number: str) -> Response:
    """Note that the package was handed in, or what the archive answered."""
    facts = {"state": request.form.get("state"), "reason": request.form.get("reason", "")}
    command = SettlePackage.model_validate({"command_id": web.form_command_id(), "number": number, **facts})
    web.perform(service.settle_package, command)
    return redirect(url_for("archive.show", number=number), 303)


def send_package(package: ArchivePackage) -> Response:
    """A package's file.

    Raises:
        NotFound: it was not made yet, or is not kept here any more.
    """
    if not _has_file(package):
        raise NotFound(Text(N_("This file is not kept here")))
    found = house_of(web.settings()).file(package.number).resolve()
    name = f"{package.number}.zip"
    return send_file(found, "application/zip", True, name, conditional=True, etag=package.sha256 or False)


def _has_file(package: ArchivePackage) -> bool:
    return package.sha256 is not None and house_of(web.settings()).file(package.number).is_file()
