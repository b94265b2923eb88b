"""Photos as papers carry them: made smaller once, kept under a digest of their own, then embedded as they are."""

from __future__ import annotations

import io
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from PIL import Image, ImageOps

from mes.core.errors import NotFound
from mes.core.files import FileStore

LONGEST_EDGE = 900  # pixels: 250 dots per inch at the size it is printed
QUALITY = 78
MOST_REMEMBERED = 4096


@dataclass(frozen=True)
class Print:
    """A photo's smaller JPEG as it lies in the store."""

    sha256: str
    size_bytes: int


_prints: OrderedDict[tuple[Path, str], Print] = OrderedDict()
_guard = Lock()


def print_of(store: FileStore, sha256: str) -> Print | None:
    """The photo's smaller JPEG, written into the store; None where the photo itself is lost.

    A paper names this file, not the photo, so that it can be made again without encoding anything again. The same
    photo gives the same print, so this process remembers it: whoever looks again, as before a paper is issued, waits
    for no encoding.
    """
    key = (store.folder, sha256)
    with _guard:
        known = _prints.get(key)
    if known is not None and store.path(sha256).exists() and store.path(known.sha256).exists():
        return known
    try:
        smaller = _smaller(store.read(sha256))
    except NotFound:
        return None
    made = Print(store.write(smaller), len(smaller))
    with _guard:
        _prints[key] = made
        while len(_prints) > MOST_REMEMBERED:
            _prints.popitem(last=False)
    return made


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
