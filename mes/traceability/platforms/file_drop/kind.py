"""A folder as a kind of platform."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.traceability.platforms.answers import (
    CaptureJob,
    Delivered,
    Discovery,
    Exchange,
    Lookup,
    PauseConfiguration,
    Retry,
    Submission,
)
from mes.traceability.platforms.dry_run import DryRequest, DryRun, Missing
from mes.traceability.platforms.file_drop.folders import check_folder, folder_of, open_folder
from mes.traceability.platforms.file_drop.settings import FileDropSettings, read_settings
from mes.traceability.platforms.file_drop.writing import json_lines, spreadsheet
from mes.traceability.platforms.protocol import Rendition
from mes.traceability.platforms.telling import Entry, entries_of, records_of, rendition_of
from mes.traceability.platforms.told import kinds_in

_HOPELESS = (errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EROFS, errno.ENAMETOOLONG)


class FolderPlatform:
    """A folder that files are put into. What stands there under its name is whole."""

    def __init__(self, address: str, settings: FileDropSettings) -> None:
        self._address, self._settings = address, settings

    def discover(self) -> Discovery:
        """Whether the folder can be written to."""
        return Discovery(self._folder_trouble() or Delivered(), self._exchange(self._address, 0, 0.0, ""))

    def send(self, renditions: Sequence[Rendition]) -> Submission:
        """Write the records of all into one file, and beside it the manifest."""
        trouble = self._folder_trouble()
        if trouble is not None:
            return Submission(trouble, self._exchange(self._address, 0, 0.0, trouble.reason))
        path = Path(self._address)
        started = time.monotonic()
        try:
            folder = folder_of(self._address)
            name, content = file_of(self._settings, renditions, present_in(folder))
            path = folder / name
            write_whole(path, content)
            write_whole(path.with_name(name + ".manifest.json"), manifest(name, content, renditions))
        except OSError as error:
            answer = _answer_of(error)
            return Submission(answer, self._exchange(str(path), 0, time.monotonic() - started, answer.reason))
        words = f"sha256 {hashlib.sha256(content).hexdigest()}"
        return Submission(Delivered(), self._exchange(str(path), len(content), time.monotonic() - started, words))

    def poll(self, job: CaptureJob) -> Submission:
        """A file that stands there is delivered."""
        return Submission(Delivered(), self._exchange(self._address, 0, 0.0, "a folder has no jobs"))

    def find(self, event_id: str) -> Lookup:
        """Files are taken away once they were uploaded, so the folder does not tell."""
        return Lookup(Delivered(), self._exchange(self._address, 0, 0.0, "a folder does not tell"))

    def find_day(self, day: str, zone: tzinfo) -> frozenset[str] | None:
        """The folder does not tell."""
        return None

    def close(self) -> None:
        """Nothing is kept open."""

    def _folder_trouble(self) -> PauseConfiguration | Retry | None:
        try:
            open_folder(self._address)
        except InvalidInput as error:
            return PauseConfiguration(str(error))
        except OSError as error:
            return _answer_of(error)
        return None

    def _exchange(self, place: str, size: int, seconds: float, words: str) -> Exchange:
        return Exchange("WRITE", place, size, None, seconds, words)


class FileDrop:
    """JSON Lines or a spreadsheet in a folder."""

    name = "file"

    def read_settings(self, given: Mapping[str, Any]) -> FileDropSettings:
        """The settings, checked against the layout."""
        return read_settings(given)

    def check_address(self, url: str) -> None:
        """Whether files can be put there."""
        check_folder(url)

    def most_together(self, settings: FileDropSettings) -> int:
        """Events in one file."""
        return settings.batch_events

    def kinds_told(self, settings: FileDropSettings) -> frozenset[str]:
        """Kinds that the layout has rows of."""
        return kinds_in(settings.declared.told)

    def render(
        self, content: Mapping[str, Any], settings: FileDropSettings, original: Rendition | None = None
    ) -> Rendition | None:
        """The rows of an event."""
        rendered = records_of(
            settings.declared, content, settings.values, with_personal=settings.with_personal_data, original=original
        )
        return rendition_of(rendered, content, {"recorded": content["recorded_time"]})

    def connect(self, url: str, settings: FileDropSettings) -> FolderPlatform:
        """The folder."""
        return FolderPlatform(url, settings)

    def dry_run(
        self,
        content: Mapping[str, Any],
        url: str,
        settings: FileDropSettings,
        now: datetime,
        original: Rendition | None = None,
    ) -> DryRun:
        """The file that an event alone would make; of a spreadsheet, its rows as JSON Lines."""
        layout = settings.declared
        rendered = records_of(
            layout, content, settings.values, with_personal=settings.with_personal_data, original=original
        )
        missing = tuple(Missing(name, fault.field, fault.source, fault.reason) for name, fault in rendered.faults)
        confirmed = {"confirmed": Text(layout.source.confirmed)}
        notes = (Text(N_("A draft (%(confirmed)s)"), confirmed),) if layout.draft else ()
        if not rendered.entries:
            return DryRun(missing=missing, notes=(*notes, Text(N_("No table has rows of this event"))))
        shown = DryRequest("WRITE", url, {}, json_lines(rendered.entries), ids=tuple(e.id for e in rendered.entries))
        return DryRun((shown,), missing, notes)


def file_of(
    settings: FileDropSettings, renditions: Sequence[Rendition], present: Collection[str] = ()
) -> tuple[str, bytes]:
    """A batch's file: its name, by the first and last moment of recording and what is in it, and its bytes.

    Among files of the same moments (one command can record hundreds of events in one millisecond), a number keeps them
    in the order in which they were written; `present` are the names that are there. A file that is there keeps its own.
    """
    layout = settings.declared
    entries: list[Entry] = [entry for rendition in renditions for entry in entries_of(rendition)]
    moments = [moment for rendition in renditions for moment in _recorded(rendition)]
    ids = hashlib.sha256("\n".join(entry.id for entry in entries).encode()).hexdigest()[:12]
    begin, end = f"{settings.prefix}-{min(moments)}-{max(moments)}-", f"-{ids}.{layout.form}"
    of_the_same = sorted(name for name in present if name.startswith(begin) and name.endswith(f".{layout.form}"))
    same = next((name for name in of_the_same if name.endswith(end)), None)
    name = same or f"{begin}{_after(of_the_same, begin):03d}{end}"
    return name, json_lines(entries) if layout.form == "jsonl" else spreadsheet(layout, entries)


def present_in(folder: Path) -> list[str]:
    """The names of the files that are there, those not taken away yet.

    Raises:
        OSError: the folder cannot be read.
    """
    return os.listdir(folder)


def _after(names: Sequence[str], begin: str) -> int:
    """The number after those that names have."""
    numbers = [name.removeprefix(begin)[:3] for name in names]
    return max((int(number) + 1 for number in numbers if number.isascii() and number.isdigit()), default=0)


def manifest(name: str, content: bytes, renditions: Sequence[Rendition]) -> bytes:
    """What a file is: size, SHA-256 and the ids in it."""
    told = {
        "file": name,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "events": len(renditions),
        "ids": [identity for rendition in renditions for identity in rendition.ids],
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def write_whole(path: Path, content: bytes) -> None:
    """Let the file appear under its name with all its bytes on disk, or not at all.

    Raises:
        OSError: it could not be written.
    """
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with open(unfinished, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)  # on a full disk it would keep the room that others need
        raise
    if os.name != "nt":  # Windows opens no folders
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _recorded(rendition: Rendition) -> list[str]:
    """When the rendition's event was recorded, as a part of a name: 20261123T010204000Z."""
    kept = json.loads(rendition.body)
    return ["".join(sign for sign in entry["recorded"] if sign.isalnum()) for entry in kept]


def _answer_of(error: OSError) -> PauseConfiguration | Retry:
    words = f"{error.strerror}: {error.filename}"
    return PauseConfiguration(words) if error.errno in _HOPELESS else Retry(words)
