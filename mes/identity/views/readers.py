"""The plant's RFID readers: how they stand, adding and changing them, a look through them."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from labels.llrp.sightings import Seen
from mes.core import web
from mes.core.errors import MesError
from mes.core.text import N_, Text
from mes.identity import queries, things
from mes.identity.models import TagReader
from mes.identity.reading import bench
from mes.identity.reading.link import Address
from mes.identity.rules import USES
from mes.identity.service import AddReader, ChangeReader, add_reader, change_reader
from mes.identity.views.room import command_of, field_errors, pages

FIELDS = ("code", "name", "use", "host", "port", "antennas")


@pages.get("/readers")
@web.permission("reader:write")
def readers() -> str:
    """Every reader with its state."""
    return render_template(
        "identity/readers.html", rows=[_shown(row) for row in queries.readers(web.reading())], uses=USES
    )


def _shown(row: TagReader) -> tuple[TagReader, Text | None]:
    return row, Text.from_json(row.fault) if row.fault else None


@pages.get("/readers/new")
@web.permission("reader:write")
def new_reader() -> str:
    """The form for a reader."""
    return _form({"use": "bench", "port": "5084"})


@pages.post("/readers")
@web.permission("reader:write")
def add() -> Response | WerkzeugResponse:
    """Add a reader."""
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    try:
        web.perform(add_reader, command_of(AddReader, **typed))
    except MesError as error:
        return Response(_form(typed, error), status=error.status)
    flash(web.gettext(N_("The reader %(code)s is added"), code=typed["code"].upper()), "good")
    return redirect(url_for("identity.readers"), 303)


@pages.get("/readers/<uuid:reader_id>")
@web.permission("reader:write")
def edit_reader(reader_id: UUID) -> str:
    """The form for changing a reader."""
    row = queries.reader(web.reading(), reader_id)
    return _form({name: str(getattr(row, name)) for name in FIELDS}, row=row)


@pages.post("/readers/<uuid:reader_id>")
@web.permission("reader:write")
def change(reader_id: UUID) -> Response | WerkzeugResponse:
    """Change a reader."""
    typed = {name: request.form.get(name, "").strip() for name in FIELDS[1:]}
    try:
        web.perform(
            change_reader,
            command_of(ChangeReader, reader_id=reader_id, active="active" in request.form, **typed),
        )
    except MesError as error:
        row = queries.reader(web.reading(), reader_id)
        return Response(_form({**typed, "code": row.code}, error, row), status=error.status)
    return redirect(url_for("identity.readers"), 303)


def _form(typed: dict[str, str], error: MesError | None = None, row: TagReader | None = None) -> str:
    return render_template(
        "identity/reader_form.html", typed=typed, error=error, errors=field_errors(error), row=row, uses=USES
    )


@pages.get("/readers/<uuid:reader_id>/look")
@web.permission("reader:write")
def look(reader_id: UUID) -> str:
    """What the reader sees now."""
    address = Address.of(queries.reader(web.reading(), reader_id))
    web.close_reading()
    error: MesError | None = None
    seen: tuple[Seen, ...] = ()
    try:
        seen = bench.look(address)
    except MesError as trouble:
        error = trouble
    tags = bench.lying_tags(web.reading(), seen)
    return render_template("identity/_look.html", tags=tags, error=error, kinds=things.kinds())
