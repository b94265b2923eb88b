"""A period of open data as a folder: chunk files with a manifest; what a run that was ended had written is kept."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mes.core.database import Database
from mes.core.errors import Conflict
from mes.core.text import N_, Text
from mes.traceability.open_data.dictionary import dictionary_csv, dictionary_json
from mes.traceability.open_data.files import write_rows
from mes.traceability.open_data.queries import EVENTS_A_CHUNK, Chunk, Period, events_of, last_of, next_chunk
from mes.traceability.open_data.rows import rows_of
from mes.traceability.open_data.tables import declared

FORMAT, VERSION = "precast-mes/open-data", 1
MANIFEST = "manifest.json"
Tell = Callable[[str], None]


class AnotherExport(Conflict):
    """The folder holds an export of something else."""


@dataclass
class Manifest:
    """What a folder holds and how far it is; the same for the same data. It is rewritten after each chunk."""

    folder: Path
    head: Mapping[str, Any]
    chunks: list[dict[str, Any]] = field(default_factory=list)
    complete: bool = False

    @property
    def last_sequence(self) -> int:
        """Up to where the chunks go."""
        return int(self.chunks[-1]["last_sequence"]) if self.chunks else 0

    def save(self) -> None:
        """Replace the file on disk at once."""
        content = {**self.head, "complete": self.complete, "chunks": self.chunks}
        _write(self.folder / MANIFEST, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())

    def take_up(self) -> None:
        """Go on with what a run before has written, as far as its files are as they were.

        Raises:
            AnotherExport: the folder holds another period, format or state of the ledger.
        """
        file = self.folder / MANIFEST
        if not file.exists():
            return
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
            chunks, head = kept["chunks"], {name: kept[name] for name in self.head}
        except (ValueError, KeyError, TypeError):
            head = {}
        if head != self.head:
            words = N_("%(folder)s holds another export; choose an empty folder")
            raise AnotherExport(Text(words, {"folder": str(self.folder)}))
        for chunk in chunks:
            if any(not _is_whole(self.folder, facts) for facts in chunk["files"].values()):
                break
            self.chunks.append(chunk)


def export_folder(
    database: Database, period: Period, form: str, folder: Path, tell: Tell, *, events: int = EVENTS_A_CHUNK
) -> int:
    """Write a period into a folder, or go on where a run before was ended; returns the number of rows.

    Raises:
        AnotherExport: the folder holds another export.
        ParquetMissing: pyarrow is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with database.reading() as session:
        until = last_of(session, period)
    manifest = Manifest(folder, _head(period, form, events, until))
    manifest.take_up()
    _write(folder / "dictionary.json", dictionary_json())
    _write(folder / "dictionary.csv", dictionary_csv())
    for chunk in _chunks_left(database, period, manifest, until, events):
        manifest.chunks.append(_write_chunk(database, period, form, folder, chunk, len(manifest.chunks) + 1))
        manifest.save()
        tell(f"chunk {len(manifest.chunks)}: up to event {chunk.last} of {until}")
    manifest.complete = True
    manifest.save()
    return sum(facts["rows"] for chunk in manifest.chunks for facts in chunk["files"].values())


def _head(period: Period, form: str, events: int, until: int) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "from": _utc(period.begins),
        "to": _utc(period.ends),
        "file_format": form,
        "events_a_chunk": events,
        "until_sequence": until,
    }


def _chunks_left(database: Database, period: Period, manifest: Manifest, until: int, events: int) -> Iterator[Chunk]:
    while manifest.last_sequence < until:
        with database.reading() as session:
            chunk = next_chunk(session, period, manifest.last_sequence, events)
        if chunk is None:
            return
        yield Chunk(chunk.after, min(chunk.last, until), chunk.is_last)


def _write_chunk(
    database: Database, period: Period, form: str, folder: Path, chunk: Chunk, number: int
) -> dict[str, Any]:
    files = {}
    for name, dataset in declared().datasets.items():
        file = folder / f"{name}-{number:06d}.{form}"
        fresh = file.with_name(f"{file.name}.part")
        with fresh.open("wb") as target, database.reading() as session:
            rows = write_rows(form, dataset, rows_of(dataset, events_of(session, period, chunk)), target)
        fresh.replace(file)
        files[name] = {"file": file.name, "rows": rows, "bytes": file.stat().st_size, "sha256": _digest(file)}
    return {"after": chunk.after, "last_sequence": chunk.last, "files": files}


def _is_whole(folder: Path, facts: Mapping[str, Any]) -> bool:
    file = folder / str(facts["file"])
    return file.is_file() and file.stat().st_size == facts["bytes"] and _digest(file) == facts["sha256"]


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write(file: Path, content: bytes) -> None:
    fresh = file.with_name(f"{file.name}.part")
    with fresh.open("wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    fresh.replace(file)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
