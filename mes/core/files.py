"""Photos and documents: kept by the SHA-256 of their bytes, so that a digest in the ledger names exactly one file."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from PIL import Image, UnidentifiedImageError
from sqlalchemy import String
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from mes.core.database import Base
from mes.core.errors import InvalidInput, NotFound
from mes.core.text import N_, Text

PHOTO_FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
MAX_PHOTO_PIXELS = 60_000_000


class StoredFile(Base):
    """A file in the data folder, named by its digest."""

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(80))
    size_bytes: Mapped[int]
    stored_at: Mapped[datetime]


@dataclass(frozen=True)
class FileStore:
    """The folder `files/` of the data folder."""

    folder: Path

    def path(self, sha256: str) -> Path:
        """Where the file with this digest lies."""
        return self.folder / sha256[:2] / sha256

    def write(self, content: bytes) -> str:
        """Keep `content` and return its SHA-256; safe to repeat and when two do it at once."""
        digest = hashlib.sha256(content).hexdigest()
        target = self.path(digest)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(stream.name).replace(target)
        return digest

    def read(self, sha256: str) -> bytes:
        """The bytes of a file.

        Raises:
            NotFound: no such file is kept.
        """
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise NotFound(Text(N_("This file is not kept here"))) from error


def check_photo(content: bytes) -> str:
    """The media type of a photo.

    Raises:
        InvalidInput: not a JPEG, PNG or WebP picture, broken, or absurdly large.
    """
    try:
        with Image.open(io.BytesIO(content), formats=list(PHOTO_FORMATS)) as picture:
            kind, (width, height) = picture.format or "", picture.size
            if width * height > MAX_PHOTO_PIXELS:
                raise InvalidInput(Text(N_("This picture is too large")))
            picture.load()  # a picture cut in half opens, but does not load
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidInput(Text(N_("This file is not a picture that can be read"))) from error
    return PHOTO_FORMATS[kind]


def keep_photo(session: Session, store: FileStore, content: bytes, now: datetime) -> str:
    """Check and keep a photo; returns its SHA-256."""
    media_type = check_photo(content)
    return keep_file(session, store, content, media_type, now)


def keep_file(session: Session, store: FileStore, content: bytes, media_type: str, now: datetime) -> str:
    """Keep a file and its row; returns its SHA-256."""
    digest = store.write(content)
    note_file(session, digest, media_type, len(content), now)
    return digest


def note_file(session: Session, sha256: str, media_type: str, size_bytes: int, now: datetime) -> None:
    """The row of a file that was written into the store before this transaction."""
    insert = postgres_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    row = {"sha256": sha256, "media_type": media_type, "size_bytes": size_bytes, "stored_at": now}
    session.execute(insert(StoredFile).values(**row).on_conflict_do_nothing())


ProjectsOf = Callable[[Session, str], set[UUID]]
_projects_of: list[ProjectsOf] = []


def knows_projects(lookup: ProjectsOf) -> ProjectsOf:
    """Register how a room tells to which projects one of its files (by digest) belongs."""
    _projects_of.append(lookup)
    return lookup


def projects_of_file(session: Session, sha256: str) -> set[UUID]:
    """The projects a file belongs to, as far as any room knows."""
    return set().union(*(lookup(session, sha256) for lookup in _projects_of))
