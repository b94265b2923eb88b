"""What can be made to go wrong with the emulated reader, on command."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = {
    "tag-leaves": "the tag `tid` leaves the field after `after_words` more words are written to it",
    "reads-wrong": "what is written to the tag `tid` reads back with one bit changed",
    "no-answer": "the reader ignores `message` (empty: every one)",
    "cut": "the reader cuts the connection at `message` (empty: at any)",
    "status": "the reader answers `message` with the status `code` and `description`",
    "silence": "the reader gives no signs of life",
}
ON_MESSAGES = ("no-answer", "cut", "status")


class FaultError(ValueError):
    """A fault that the emulator cannot make."""


@dataclass(frozen=True)
class Fault:
    """One thing that is to go wrong, ``times`` times (0: until all faults are ended)."""

    kind: str
    tid: str = ""
    message: str = ""
    after_words: int = 0
    code: int = 401
    description: str = ""
    times: int = 0

    def __post_init__(self) -> None:
        """Raise FaultError for what cannot be."""
        if self.kind not in KINDS:
            raise FaultError(f"Faults are {', '.join(KINDS)}, not {self.kind!r}")
        for name, number in (("after_words", self.after_words), ("code", self.code), ("times", self.times)):
            if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 0xFFFF:
                raise FaultError(f"{name} is a number from 0 to 65535, not {number!r}")
        if not all(isinstance(text, str) for text in (self.tid, self.message, self.description)):
            raise FaultError("tid, message and description are texts")
        if self.kind in ("tag-leaves", "reads-wrong") and not self.tid:
            raise FaultError(f"{self.kind} needs the tid of a tag")

    def strikes(self, kind: str, message: str) -> bool:
        """Whether it is of this kind and concerns this message."""
        return self.kind == kind and self.message in ("", message)
