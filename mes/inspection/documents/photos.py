"""Photos as papers carry them: made smaller once, kept under a digest of their own, then embedded as they are."""

from __future__ import annotations

import io
from datetime import datetime

from PIL import Image, ImageOps
from sqlalchemy.orm import Session

from mes.core.errors import NotFound
from mes.core.files import FileStore, keep_file

LONGEST_EDGE = 900  # pixels: 250 dots per inch at the size it is printed
QUALITY = 78


def paper_photo(session: Session, store: FileStore, sha256: str, now: datetime) -> str | None:
    """The digest of the photo's smaller JPEG; None where the photo itself is lost.

    A paper names this file, not the photo, so that it can be made again without encoding anything again.
    """
    try:
        content = store.read(sha256)
    except NotFound:
        return None
    return keep_file(session, store, _smaller(content), "image/jpeg", now)


def _smaller(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as picture:
        if picture.format == "JPEG":
            picture.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
        turned = ImageOps.exif_transpose(picture)
        upright = _without_alpha(turned)
    upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    target = io.BytesIO()
    upright.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()


def _without_alpha(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    drawn = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn).convert("RGB")
