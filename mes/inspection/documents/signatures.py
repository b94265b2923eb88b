"""Signatures: a picture that a person draws or hands in for themselves, and that papers carry where they signed.

A picture of a signature proves nothing by itself; who did what is in the ledger. A paper takes the picture that was the
latest when it was issued.
"""

from __future__ import annotations

import io
from datetime import datetime
from uuid import UUID

from PIL import Image, ImageOps, UnidentifiedImageError
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.commands import Command, Done, Work, use_case
from mes.core.errors import InvalidInput
from mes.core.files import FileStore, keep_file
from mes.core.text import N_, Text
from mes.inspection.models import Signature
from mes.ledger.service import record

MOST_BYTES = 1_000_000
MOST_PIXELS = 8_000_000
KEPT_SIZE = (900, 300)
LEAST_INK_SHARE = 0.0008  # of the kept picture; a dot is no signature
MOST_INK_SHARE = 0.5  # more is a photo, not a signature
INK_BELOW = 160  # of 255: darker is ink
AIR = 8  # pixels left around it


class NotASignature(InvalidInput):
    """The picture cannot serve as a signature."""


class SetSignature(Command):
    """Keep a picture, prepared by `signature_picture` and kept already, as one's own signature."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


def signature_picture(content: bytes) -> bytes:
    """A PNG as papers carry it: its ink on white, cut to the ink, grey, without transparency, of moderate size.

    Raises:
        NotASignature: no PNG, too large, empty, or more ink than a signature has.
    """
    if len(content) > MOST_BYTES:
        raise NotASignature(Text(N_("A signature may have 1 MB at most")))
    grey = _on_white(content)
    ink = grey.point(lambda value: 255 if value < INK_BELOW else 0)
    box = ink.getbbox()
    if box is None:
        raise NotASignature(Text(N_("This picture is empty; sign with a finger, a pen or the mouse")))
    share = ink.crop(box).histogram()[255] / (grey.width * grey.height)
    if not LEAST_INK_SHARE <= share <= MOST_INK_SHARE:
        raise NotASignature(Text(N_("This does not look like a signature: dark strokes on white or on nothing")))
    cut = ImageOps.expand(grey.crop(box), AIR, 255)
    cut.thumbnail(KEPT_SIZE, Image.Resampling.LANCZOS)
    target = io.BytesIO()
    cut.save(target, "PNG", optimize=False)
    return target.getvalue()


def _on_white(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NotASignature(Text(N_("This picture is too large")))
            drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise NotASignature(Text(N_("A signature is a PNG picture; this file is none that can be read"))) from error
    paper = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(paper, drawn).convert("L")


@use_case("signature:self")
def set_signature(work: Work, command: SetSignature) -> Done:
    """From now on papers carry this picture where the actor signs; earlier papers keep what they have."""
    row = work.session.get(Signature, (work.actor.id, command.sha256))
    if row is None:
        row = Signature(person_id=work.actor.id, sha256=command.sha256, set_at=work.now())
        work.session.add(row)
    row.set_at = work.now()
    work.session.flush()
    record(
        work,
        "person.signature_set",
        [f"person:{work.actor.id}"],
        event_time=work.now(),
        data={"signature_sha256": command.sha256},
    )
    return Done()


def keep_signature(session: Session, store: FileStore, content: bytes, now: datetime) -> str:
    """Check a picture and keep it as a file; returns its digest for `SetSignature`."""
    return keep_file(session, store, signature_picture(content), "image/png", now)


def signature_of(session: Session, person_id: str | UUID) -> str | None:
    """The digest of somebody's latest signature; None where they have none."""
    query = select(Signature.sha256).where(Signature.person_id == str(person_id))
    return session.scalars(query.order_by(Signature.set_at.desc(), Signature.sha256).limit(1)).first()
