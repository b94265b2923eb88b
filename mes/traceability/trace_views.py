"""What hangs on the trace page: the certificate, photos and the proof, each only for whom the table tells of it."""

from __future__ import annotations

from flask import Blueprint, Response

from mes.core import web
from mes.core.documents import file_store
from mes.core.errors import NotFound
from mes.core.files import StoredFile
from mes.core.text import N_, Text
from mes.traceability import trace_page
from mes.traceability.story import Told, records_of_serial, tell

pages = Blueprint("trace", __name__, url_prefix="/trace")


@pages.get("/<int:serial>/certificate.pdf")
@web.public
def certificate(serial: int) -> Response:
    """The last certificate as it was issued."""
    told = _told(serial)
    if "certificate.file" not in told:
        raise _nothing()
    number = told["certificate"].number if "certificate" in told else str(serial)
    return _file(told["certificate.file"], "application/pdf", f"{number}.pdf")


@pages.get("/<int:serial>/photos/<sha256>")
@web.public
def photo(serial: int, sha256: str) -> Response:
    """A photo that stands on the page."""
    shown = [*_told(serial).get("hidden_works", ()), *_told(serial).get("site", ())]
    row = web.reading().get(StoredFile, sha256)
    if row is None or not any(sha256 in one.photos for one in shown):
        raise _nothing()
    return _file(sha256, row.media_type, "")


def _told(serial: int) -> Told:
    session = web.reading()
    records = records_of_serial(session, serial, web.clock().now())
    return tell(records, trace_page.reader(session, records).audience)


def _file(sha256: str, media_type: str, name: str) -> Response:
    response = Response(file_store().read(sha256), mimetype=media_type)
    response.headers["Cache-Control"] = trace_page.PRIVATE_CACHE
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"' if name else "inline"
    return response


def _nothing() -> NotFound:
    return NotFound(Text(N_("There is nothing at this address")))
