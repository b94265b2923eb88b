"""The page on which a person draws or hands in the signature that their papers carry."""

from __future__ import annotations

import base64
import binascii

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from mes.core import web
from mes.core.documents import file_store
from mes.core.errors import MesError
from mes.core.text import N_, Text
from mes.inspection.documents.signatures import (
    MOST_BYTES,
    NotASignature,
    SetSignature,
    keep_signature,
    set_signature,
    signature_of,
)
from mes.inspection.views.blueprint import pages

DATA_URL = "data:image/png;base64,"


@pages.get("/signature")
@web.permission("signature:self")
def signature() -> str:
    """One's own signature, and the field to draw another."""
    return _page(None)


@pages.get("/signature.png")
@web.permission("signature:self")
def signature_picture() -> Response:
    """One's own signature as papers carry it; nobody else's."""
    kept = signature_of(web.reading(), web.actor().id)
    if kept is None:
        return Response(status=404)
    return Response(file_store().read(kept), mimetype="image/png", headers={"Cache-Control": "private, no-store"})


@pages.post("/signature")
@web.permission("signature:self")
def keep_own_signature() -> Response | WerkzeugResponse:
    """Keep what was drawn, or the PNG that was chosen."""
    command_id = web.form_command_id()
    try:
        content = _picture()
        web.close_reading()
        with web.database().writing() as session:
            kept = keep_signature(session, file_store(), content, web.clock().now())
        web.perform(set_signature, SetSignature(command_id=command_id, sha256=kept))
    except MesError as error:
        return Response(_page(error), status=error.status)
    flash(web.gettext(N_("Your papers carry this signature from now on")), "good")
    return redirect(url_for("inspection.signature"), 303)


def _picture() -> bytes:
    chosen = request.files.get("file")
    if chosen is not None and chosen.filename:
        return chosen.stream.read(MOST_BYTES + 1)
    drawn = request.form.get("drawn", "")
    try:
        return base64.b64decode(drawn.removeprefix(DATA_URL), validate=True) if drawn.startswith(DATA_URL) else b""
    except binascii.Error as error:
        raise NotASignature(Text(N_("A signature is a PNG picture; this file is none that can be read"))) from error


def _page(error: MesError | None) -> str:
    kept = signature_of(web.reading(), web.actor().id)
    return render_template("inspection/signature.html", kept=kept, error=error)
