"""The single papers of a quality file in a ZIP: the same bytes each time."""

from __future__ import annotations

import zipfile
from datetime import datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

from mes.core.files import FileStore
from mes.inspection.models import QualityDocument

FOLDERS = {"certificate": "1-合格证", "strength": "2-强度报告", "hidden_works": "3-隐蔽工程记录"}


def write_zip(target: IO[bytes], file: QualityDocument, store: FileStore, zone: ZoneInfo) -> None:
    """Write the file and each paper in it, as they were issued; PDFs are compressed already and stored as they are.

    Raises:
        NotFound: a paper's bytes are not kept here any more.
    """
    issued_at = datetime.fromisoformat(file.content["issued_at"]).astimezone(zone)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, f"0-{file.number}.pdf", store.read(file.pdf_sha256), issued_at)
        for paper in file.content["papers"]:
            _add(archive, _name(paper), store.read(paper["pdf_sha256"]), issued_at)


def _name(paper: dict[str, Any]) -> str:
    about = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in paper["about"])
    return f"{FOLDERS[paper['kind']]}/{paper['number']}_{about}.pdf"


def _add(archive: zipfile.ZipFile, name: str, content: bytes, moment: datetime) -> None:
    entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    archive.writestr(entry, content)
