"""Is this safe to open as a workbook? Looked at before any of its content is parsed."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from mes.core.text import N_, Text
from mes.orders.workbook.model import Fault, OrderLimits, Severity

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_ARCHIVES_MAY_NEST = 1
_SMALL_BYTES = 1_000_000
"""A part below this size may be packed as tightly as it likes: a sheet of blanks is no bomb."""

UNREADABLE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
)
"""What zipfile raises for damaged or encrypted archives."""


class UnsafeWorkbook(Exception):
    """The file cannot or must not be opened; `reason` says why."""

    def __init__(self, reason: Text) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass
class _Tally:
    """What all entries together would unpack to."""

    limits: OrderLimits
    entries: int = 0
    unpacked_bytes: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, entry: zipfile.ZipInfo) -> None:
        self.entries += 1
        self.unpacked_bytes += entry.file_size
        if self.entries > self.limits.max_entries:
            raise UnsafeWorkbook(
                Text(N_("The file holds more than %(count)s parts"), {"count": self.limits.max_entries})
            )
        ratio = entry.file_size / max(entry.compress_size, 1)
        too_dense = entry.file_size > _SMALL_BYTES and ratio > self.limits.max_ratio
        if too_dense or self.unpacked_bytes > self.limits.max_unpacked_bytes:
            raise UnsafeWorkbook(
                Text(
                    N_("The file would unpack to far more than a workbook needs (%(part)s): not opened"),
                    {"part": entry.filename},
                )
            )


def load_bytes(data: bytes | Path, limits: OrderLimits) -> bytes:
    """The file's bytes, once it is clear that they are few enough. Raises UnsafeWorkbook."""
    try:
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        if size > limits.max_file_bytes:
            raise UnsafeWorkbook(
                Text(
                    N_("The file has %(size)s bytes; at most %(limit)s are read"),
                    {"size": size, "limit": limits.max_file_bytes},
                )
            )
        return data.read_bytes() if isinstance(data, Path) else data
    except OSError as error:
        raise UnsafeWorkbook(
            Text(N_("The file cannot be read: %(problem)s"), {"problem": error.strerror or "?"})
        ) from error


def check_container(data: bytes, limits: OrderLimits) -> tuple[Fault, ...]:
    """Refuse what is no workbook or would unpack to too much; notices name what is ignored.

    Sizes are the declared ones: zipfile never unpacks an entry beyond the size it declares. Archives inside
    the archive count as well, to a depth of one. Raises UnsafeWorkbook.
    """
    _check_signature(data)
    try:
        names = _check_archive(data, _Tally(limits), depth=0)
    except UNREADABLE as error:
        raise UnsafeWorkbook(Text(N_("The file is damaged or encrypted and cannot be opened"))) from error
    if "xl/workbook.bin" in names:
        raise UnsafeWorkbook(Text(N_("This is a binary workbook (.xlsb); save it as .xlsx")))
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise UnsafeWorkbook(Text(N_("This is not a workbook (.xlsx)")))
    return tuple(_ignored(names))


def _check_signature(data: bytes) -> None:
    if not data:
        raise UnsafeWorkbook(Text(N_("The file is empty")))
    if data.startswith(_OLE):
        raise UnsafeWorkbook(_ole_reason(data))
    if not data.startswith(b"PK"):
        raise UnsafeWorkbook(Text(N_("This is not a workbook (.xlsx)")))


def _ole_reason(data: bytes) -> Text:
    """Both old and encrypted workbooks are compound files; the names of their streams tell them apart."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return Text(N_("The workbook is protected with a password; save it without one"))
    if "Workbook".encode("utf-16-le") in data or "Book".encode("utf-16-le") in data:
        return Text(N_("This is an old .xls workbook, whatever its name says; save it as .xlsx"))
    return Text(N_("This is an old .xls workbook or one protected with a password; save it as .xlsx without one"))


def _check_archive(data: bytes, tally: _Tally, depth: int) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            tally.add(entry)
        for entry in archive.infolist():
            if entry.file_size and not entry.is_dir() and _is_archive(archive, entry):
                if depth >= _ARCHIVES_MAY_NEST:
                    raise UnsafeWorkbook(
                        Text(N_("Archives are nested in the file (%(part)s): not opened"), {"part": entry.filename})
                    )
                _check_archive(archive.read(entry), tally, depth + 1)
        return archive.namelist()


def _is_archive(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with archive.open(entry) as part:
        return part.read(4) == b"PK\x03\x04"


def _ignored(names: list[str]) -> list[Fault]:
    ignored = []
    if any(name.endswith("vbaProject.bin") for name in names):
        ignored.append(_notice(Text(N_("Macros in the workbook are ignored"))))
    if any(name.startswith("xl/externalLinks/") for name in names):
        ignored.append(_notice(Text(N_("Links to other workbooks are not followed; their last values are used"))))
    return ignored


def _notice(reason: Text) -> Fault:
    return Fault("", "", "", "", reason, Severity.NOTICE)
