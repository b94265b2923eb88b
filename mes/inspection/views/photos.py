"""Photos that come with a form: checked, kept, and still there when the form has to be shown again."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask import request
from werkzeug.datastructures import FileStorage

from mes.core import web
from mes.core.documents import file_store
from mes.core.errors import Fault, InvalidInput, MesError
from mes.core.files import keep_file, keep_photo
from mes.core.text import N_, Text
from mes.inspection.schemas import DIGEST, MOST_PHOTOS, TakenPhoto

MAX_PHOTO_BYTES = 8 * 1024 * 1024


def keep_uploads(files: Iterable[FileStorage], where: str) -> list[str]:
    """Check and keep uploaded photos; returns their digests.

    Raises:
        InvalidInput: one is no picture, or larger than 8 MB; `where` names the field.
    """
    digests = []
    web.close_reading()
    for file in files:
        if file.filename:
            digests.append(_keep(file, where))
    return digests


def _keep(file: FileStorage, where: str) -> str:
    with file.stream:
        content = file.stream.read(MAX_PHOTO_BYTES + 1)
    if len(content) > MAX_PHOTO_BYTES:
        reason = Text(N_("A photo may have 8 MB at most"))
        raise InvalidInput(reason, [Fault(where, reason)])
    try:
        with web.database().writing() as session:
            return keep_photo(session, file_store(), content, web.clock().now())
    except MesError as error:
        raise InvalidInput(error.reason, [Fault(where, error.reason)]) from error


def keep_letter(file: FileStorage, where: str) -> str:
    """Check and keep a letter: a PDF, or a photo of it; returns its digest.

    Raises:
        InvalidInput: it is neither, or larger than 8 MB; `where` names the field.
    """
    web.close_reading()
    with file.stream:
        content = file.stream.read(MAX_PHOTO_BYTES + 1)
    if len(content) > MAX_PHOTO_BYTES:
        reason = Text(N_("A letter may have 8 MB at most"))
        raise InvalidInput(reason, [Fault(where, reason)])
    try:
        with web.database().writing() as session:
            if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
                return keep_file(session, file_store(), content, "application/pdf", web.clock().now())
            return keep_photo(session, file_store(), content, web.clock().now())
    except MesError as error:
        reason = Text(N_("A letter is a PDF, or a photo of it"))
        raise InvalidInput(reason, [Fault(where, reason)]) from error


def photos_of_form(items: Iterable[str]) -> tuple[list[TakenPhoto], list[Fault]]:
    """Photos of a form by their items: those kept on an earlier try (`kept_…`) and those sent now (`photo_…`)."""
    photos: list[TakenPhoto] = []
    faults: list[Fault] = []
    for item in items:
        kept = [digest for digest in request.form.getlist(f"kept_{item}") if re.fullmatch(DIGEST, digest)]
        try:
            kept += keep_uploads(request.files.getlist(f"photo_{item}"), f"photos.{item}")
        except InvalidInput as error:
            faults += error.faults
        photos += [TakenPhoto(sha256=digest, item=item) for digest in dict.fromkeys(kept)]
    return photos[:MOST_PHOTOS], faults
