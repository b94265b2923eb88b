"""What hangs on the trace page: the certificate, photos and the proof, each only for whom the table tells of it."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Blueprint, Response

from mes.core import web
from mes.core.documents import file_store
from mes.core.errors import NotFound
from mes.core.files import StoredFile
from mes.core.text import N_, Text
from mes.ledger import offline_verifier
from mes.ledger.keys import LedgerKeys
from mes.ledger.proofs import export_checkpoint, prove_story
from mes.ledger.queries import newest_checkpoint
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


@pages.get("/<int:serial>/proof.json")
@web.public
def proof(serial: int) -> Response:
    """The element's story with the proof that it stands in the newest checkpoint; checked by `offline_verifier.py`."""
    if "proof.file" not in _told(serial):
        raise _nothing()
    session, keys = web.reading(), LedgerKeys(web.settings().data)
    found = prove_story(session, f"element:{serial}", newest_checkpoint(session), keys)
    response = Response(json.dumps(found, ensure_ascii=False, indent=1) + "\n", mimetype="application/json")
    return _private(response, f'attachment; filename="proof-{serial}.json"')


@pages.get("/checkpoint.json")
@web.public
def checkpoint() -> Response:
    """The newest signed checkpoint, for anybody to keep: digests and a signature, nothing about a thing or a person."""
    found = export_checkpoint(newest_checkpoint(web.reading()), LedgerKeys(web.settings().data))
    response = Response(json.dumps(found, ensure_ascii=False, indent=1) + "\n", mimetype="application/json")
    return _private(response, 'attachment; filename="checkpoint.json"')


@pages.get("/verifier.py")
@web.public
def verifier() -> Response:
    """The program with which anybody checks a proof, without us."""
    words = Path(offline_verifier.__file__).read_text(encoding="utf-8")
    response = Response(words, mimetype="text/x-python")
    response.headers["Content-Disposition"] = 'attachment; filename="verify.py"'
    return response


def _told(serial: int) -> Told:
    session = web.reading()
    records = records_of_serial(session, serial, web.clock().now())
    return tell(records, trace_page.reader(session, records).audience)


def _file(sha256: str, media_type: str, name: str) -> Response:
    response = Response(file_store().read(sha256), mimetype=media_type)
    return _private(response, f'inline; filename="{name}"' if name else "inline")


def _private(response: Response, disposition: str) -> Response:
    response.headers["Cache-Control"] = trace_page.PRIVATE_CACHE
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Content-Disposition"] = disposition
    return response


def _nothing() -> NotFound:
    return NotFound(Text(N_("There is nothing at this address")))
