"""The text of a rule file as it is kept for years: canonical, with its digest, and with the set that it sharpens."""

from __future__ import annotations

import hashlib

_SEPARATOR = "---"


def canonical_text(text: str) -> str:
    """The same text whatever editor saved it: no byte-order mark, LF line ends, no blanks at line ends, one LF last."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


def digest_of(text: str) -> str:
    """SHA-256 of the canonical text in UTF-8, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(canonical_text(text).encode()).hexdigest()


def bundled(own: str, base: str) -> str:
    """One text that needs no other file: a plant's own set, and behind a line `---` the set that it sharpens."""
    return canonical_text(own) + _SEPARATOR + "\n" + canonical_text(base)


def unbundled(text: str) -> tuple[str, str | None]:
    """A set's own text, and that of the set it sharpens where it was kept with it."""
    lines = canonical_text(text).split("\n")
    cuts = [number for number, line in enumerate(lines) if line == _SEPARATOR and any(lines[:number])]
    if not cuts:
        return canonical_text(text), None
    own, base = "\n".join(lines[: cuts[0]]), "\n".join(lines[cuts[0] + 1 :])
    return canonical_text(own), canonical_text(base)
