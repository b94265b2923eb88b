"""Writing a bag (BagIt 1.0, RFC 8493) into a ZIP: streamed, the same bytes for the same content, signed.

Everything lies stored, not deflated, below one folder: what a library of deflate makes of the same bytes changes over
the years. Both tag manifests are signed with Ed25519; the signatures lie beside them as 64 raw bytes.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ALGORITHMS = ("sha256", "sha512")
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
INFO = "bag-info.txt"
PUBLIC_KEY = "signature/public-key.pem"
PIECE = 1024 * 1024
Info = Sequence[tuple[str, str]]


def manifest_name(algorithm: str) -> str:
    """The manifest of the payload."""
    return f"manifest-{algorithm}.txt"


def tag_manifest_name(algorithm: str) -> str:
    """The manifest of the files around the payload."""
    return f"tagmanifest-{algorithm}.txt"


def signature_name(algorithm: str) -> str:
    """The signature of a tag manifest."""
    return f"signature/{tag_manifest_name(algorithm)}.sig"


@dataclass(frozen=True)
class Digests:
    """Size and digests of one file, by algorithm."""

    size: int
    by_algorithm: dict[str, str]


@dataclass
class BagWriter:
    """Writes one bag; closed at the end of its `with`.

    Files are added in the order in which they are to lie; `moment` is the time of all of them.
    """

    target: IO[bytes]
    name: str
    moment: datetime
    payload: dict[str, Digests] = field(default_factory=dict)
    tags: dict[str, Digests] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.archive = zipfile.ZipFile(self.target, "w", zipfile.ZIP_STORED)
        self._tag("bagit.txt", DECLARATION)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.archive.close()

    def add(self, path: str, source: bytes | Path) -> Digests:
        """Put a file below data/; it is copied piece by piece."""
        digests = self._copy(f"data/{path}", source)
        self.payload[f"data/{path}"] = digests
        return digests

    def finish(self, info: Info, key: Ed25519PrivateKey) -> None:
        """Write everything around the payload, and sign."""
        size = sum(one.size for one in self.payload.values())
        told = [*info, ("Payload-Oxum", f"{size}.{len(self.payload)}")]
        self._tag(INFO, "".join(f"{label}: {' '.join(value.split())}\n" for label, value in told).encode())
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self._tag(PUBLIC_KEY, pem)
        for algorithm in ALGORITHMS:
            self._tag(manifest_name(algorithm), _manifest(self.payload, algorithm))
        for algorithm in ALGORITHMS:
            manifest = _manifest(self.tags, algorithm)
            self._copy(tag_manifest_name(algorithm), manifest)
            self._copy(signature_name(algorithm), key.sign(manifest))

    def _tag(self, path: str, content: bytes) -> None:
        self.tags[path] = self._copy(path, content)

    def _copy(self, path: str, source: bytes | Path) -> Digests:
        entry = zipfile.ZipInfo(f"{self.name}/{path}", self.moment.timetuple()[:6])
        entry.create_system, entry.external_attr = 3, 0o644 << 16
        entry.file_size = len(source) if isinstance(source, bytes) else source.stat().st_size
        stream = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        with stream, self.archive.open(entry, "w") as target:
            return digests_of(stream, lambda piece: target.write(piece))


def digests_of(stream: IO[bytes], pass_on: Callable[[bytes], object] = lambda piece: None) -> Digests:
    """Size and digests of what a stream gives, piece by piece."""
    hashes, size = {name: hashlib.new(name) for name in ALGORITHMS}, 0
    while piece := stream.read(PIECE):
        for one in hashes.values():
            one.update(piece)
        pass_on(piece)
        size += len(piece)
    return Digests(size, {name: one.hexdigest() for name, one in hashes.items()})


def _manifest(files: dict[str, Digests], algorithm: str) -> bytes:
    lines = (f"{files[path].by_algorithm[algorithm]}  {path}\n" for path in sorted(files))
    return "".join(lines).encode()
