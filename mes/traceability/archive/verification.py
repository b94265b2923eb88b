"""Checking an archive package with nothing but its file: every altered, missing and extra file is named.

Without the plant's key the package is checked against the key that it brings, whose id is told: whoever relies on it
compares that id with the one that the plant handed over.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from mes.core.errors import InvalidInput
from mes.core.text import N_, Text
from mes.traceability.archive.bag import (
    ALGORITHMS,
    DECLARATION,
    INFO,
    PUBLIC_KEY,
    Digests,
    digests_of,
    manifest_name,
    signature_name,
    tag_manifest_name,
)

Kind = Literal["unreadable", "altered", "missing", "extra", "signature", "key"]
WORDS: dict[Kind, str] = {
    "unreadable": "no archive package, or damaged beyond reading",
    "altered": "altered",
    "missing": "missing",
    "extra": "extra: it is in no manifest",
    "signature": "its signature does not fit: it or its signature was altered",
    "key": "signed with another key than the one given",
}
DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, NotImplementedError, OSError, EOFError, ValueError,
)  # fmt: skip
LINE = re.compile(r"(?P<digest>[0-9a-f]+)  (?P<path>[^\r\n]+)")
MOST_TAG_BYTES = 512 * 1024 * 1024  # of a manifest; larger than one of a million files


@dataclass(frozen=True, order=True)
class Wrong:
    """One thing that is wrong, and with which file."""

    path: str
    kind: Kind

    def __str__(self) -> str:
        return f"{self.path}: {WORDS[self.kind]}"


@dataclass
class Verified:
    """What was found. `key_id` is that of the key in the package."""

    name: str = ""
    key_id: str = ""
    files: int = 0
    size_bytes: int = 0
    wrong: list[Wrong] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


def verify_package(file: Path | IO[bytes], keys: Iterable[str] = ()) -> Verified:
    """Check a package; `keys` are ids (SHA-256, hexadecimal) of the keys that may have signed it, none: any."""
    found = Verified()
    try:
        with zipfile.ZipFile(file) as archive:
            _Check(archive, found, frozenset(keys)).run()
    except DAMAGED:
        found.wrong.append(Wrong(str(getattr(file, "name", file)), "unreadable"))
    found.wrong = sorted(set(found.wrong))
    return found


def key_id_in(text: str) -> str:
    """The id of a public key that is given as PEM, as Base64 of its 32 bytes, or as the id itself.

    Raises:
        InvalidInput: it is none of these.
    """
    words = text.strip()
    if re.fullmatch(r"[0-9a-f]{64}", words):
        return words
    try:
        if words.startswith("-----BEGIN"):
            return _id_of(_read_key(words.encode()))
        return _id_of(Ed25519PublicKey.from_public_bytes(base64.b64decode(words, validate=True)))
    except (ValueError, binascii.Error) as error:
        raise InvalidInput(Text(N_("This is no public key (PEM, Base64) and no id of one"))) from error


class _Check:
    """One run over an opened ZIP."""

    def __init__(self, archive: zipfile.ZipFile, found: Verified, keys: frozenset[str]) -> None:
        self.archive, self.found, self.keys = archive, found, keys
        self.root = _root_of(archive)
        self.entries: dict[str, zipfile.ZipInfo] = {}

    def run(self) -> None:
        self.found.name = self.root
        for entry in self.archive.infolist():
            self._enter(entry)
        if self._read("bagit.txt") not in (DECLARATION, None):
            self._say("bagit.txt", "altered")
        key = self._key()
        for algorithm in ALGORITHMS:
            self._signed(tag_manifest_name(algorithm), signature_name(algorithm), key)
        tags = [self._manifest(tag_manifest_name(algorithm)) for algorithm in ALGORITHMS]
        payload = [self._manifest(manifest_name(algorithm)) for algorithm in ALGORITHMS]
        needed = {"bagit.txt", INFO, PUBLIC_KEY, *map(manifest_name, ALGORITHMS)}
        self._compare(tags, {path for path in self.entries if not path.startswith("data/")} - _unlisted(), needed)
        size = self._compare(payload, {path for path in self.entries if path.startswith("data/")}, set())
        self._sum(size, len(payload[0] or {}))

    def _enter(self, entry: zipfile.ZipInfo) -> None:
        name = entry.filename
        if entry.is_dir() and not entry.file_size:
            return
        path = name.removeprefix(f"{self.root}/")
        is_file = stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG)  # no link, which leads out of the folder
        unsafe = not is_file or path == name or "\\" in path or ".." in path.split("/") or path.startswith("/")
        if unsafe or path in self.entries:
            self._say(path, "extra")
        else:
            self.entries[path] = entry

    def _read(self, path: str) -> bytes | None:
        """A small file as a whole; None, and said, where it is missing or broken."""
        entry = self.entries.get(path)
        if entry is None:
            self._say(path, "missing")
            return None
        try:
            if entry.file_size > MOST_TAG_BYTES:
                raise ValueError
            return self.archive.read(entry)
        except DAMAGED:
            self._say(path, "altered")
            return None

    def _key(self) -> Ed25519PublicKey | None:
        content = self._read(PUBLIC_KEY)
        if content is None:
            return None
        try:
            key = _read_key(content)
        except ValueError:
            self._say(PUBLIC_KEY, "altered")
            return None
        self.found.key_id = _id_of(key)
        if self.keys and self.found.key_id not in self.keys:
            self._say(PUBLIC_KEY, "key")
        return key

    def _signed(self, manifest: str, signature: str, key: Ed25519PublicKey | None) -> None:
        content, signed = self._read(manifest), self._read(signature)
        if content is None or signed is None:
            return
        try:
            if key is None:
                raise InvalidSignature
            key.verify(signed, content)
        except InvalidSignature:
            self._say(manifest, "signature")
            self._say(signature, "signature")

    def _manifest(self, name: str) -> Mapping[str, str] | None:
        """Digest by path; None, and said, where it cannot be read."""
        content = self._read(name) if name in self.entries else None
        if content is None:
            self._say(name, "missing" if name not in self.entries else "altered")
            return None
        listed: dict[str, str] = {}
        for line in content.decode("utf-8", "replace").splitlines():
            match = LINE.fullmatch(line)
            if match is None or match["path"] in listed:
                self._say(name, "altered")
                continue
            listed[match["path"]] = match["digest"]
        return listed

    def _compare(self, manifests: list[Mapping[str, str] | None], there: set[str], needed: set[str]) -> int:
        """Every file against every manifest; returns the bytes of all files."""
        size = 0
        known = [one for one in manifests if one is not None]
        listed = set().union(*known) | needed
        for path in sorted(listed - there):
            self._say(path, "missing")
        for path in sorted(there):
            if any(path not in one for one in known) or not known:
                self._say(path, "extra")
            digests = self._digests(path)
            size += digests.size if digests else 0
            for algorithm, one in zip(ALGORITHMS, manifests, strict=True):
                if digests is not None and one is not None and one.get(path, "") != digests.by_algorithm[algorithm]:
                    self._say(path, "altered" if path in one else "extra")
        self.found.files += len(there)
        self.found.size_bytes += size
        return size

    def _digests(self, path: str) -> Digests | None:
        try:
            with self.archive.open(self.entries[path]) as stream:
                return digests_of(stream)
        except DAMAGED:
            self._say(path, "altered")
            return None

    def _sum(self, size: int, count: int) -> None:
        said = re.search(rb"(?m)^Payload-Oxum: (\d+)\.(\d+)$", self._read(INFO) or b"")
        if not self.found.wrong and (said is None or (int(said[1]), int(said[2])) != (size, count)):
            self._say(INFO, "altered")

    def _say(self, path: str, kind: Kind) -> None:
        self.found.wrong.append(Wrong(path, kind))


def _unlisted() -> set[str]:
    return {name(algorithm) for name in (tag_manifest_name, signature_name) for algorithm in ALGORITHMS}


def _root_of(archive: zipfile.ZipFile) -> str:
    """The folder that most entries lie in: one whose name was altered is named, not followed."""
    counts: dict[str, int] = {}
    for name in archive.namelist():
        first = name.split("/")[0]
        counts[first] = counts.get(first, 0) + 1
    return max(counts, key=lambda name: (counts[name], name), default="")


def _read_key(pem: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem)
    except UnsupportedAlgorithm as error:
        raise ValueError("an unknown kind of key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 key")
    return key


def _id_of(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()
