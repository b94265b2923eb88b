"""Reading what was sent, without losing its bytes: each event of a document with the very text it came as."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]
from typing import Any

_BLANKS = re.compile(r"[ \t\n\r]*")
_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LIST = "events"
_PATHS: Mapping[str, Any] = {
    "epcisBody": {"eventList": _LIST, "queryResults": {"resultsBody": {"eventList": _LIST}}},
}


class UnreadableError(ValueError):
    """What was sent is not JSON in UTF-8; says where."""


@dataclass(frozen=True)
class Received:
    """An event as it came: what it says, and its text."""

    body: Any
    text: str

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the event's bytes, from its opening to its closing brace, hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def event_id(self) -> str:
        """Its `eventID`, or an empty text."""
        named = self.body.get("eventID") if isinstance(self.body, Mapping) else None
        return named if isinstance(named, str) else ""


def decoded(data: bytes) -> str:
    """The text of a body.

    Raises:
        UnreadableError: it is not UTF-8.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not UTF-8: {error}") from error


def read_object(text: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        UnreadableError: it is something else, or no JSON.
    """
    return read_document(text)[0]


def read_document(text: str) -> tuple[dict[str, Any], list[Received]]:
    """A JSON object, and the events that stand in it where an EPCIS document has them, in their order.

    Raises:
        UnreadableError: it is no JSON object.
    """
    reader = _Reader(text)
    try:
        value, end = reader.value(_BLANKS.match(text, 0).end(), _PATHS)  # type: ignore[union-attr]
        if reader.blanks(end) != len(text):
            raise UnreadableError(f"there is more after the end of the value, at character {end}")
        if _LONE_SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnreadableError:
        raise
    except (ValueError, RecursionError, IndexError) as error:
        raise UnreadableError(str(error)) from error
    if not isinstance(value, dict):
        raise UnreadableError("a JSON object is expected")
    return value, reader.events


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


class _Reader:
    """Goes down to the list of events by itself and leaves everything else to the standard decoder."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._decoder = JSONDecoder(parse_constant=_no_constant)
        self.events: list[Received] = []

    def blanks(self, at: int) -> int:
        """The first place from `at` that is not blank."""
        return _BLANKS.match(self._text, at).end()  # type: ignore[union-attr]

    def value(self, at: int, paths: Any) -> tuple[Any, int]:
        """The value at `at`, and the place after it."""
        start = self._text[at : at + 1]
        if paths is _LIST and start == "[":
            return self._list(at + 1)
        if isinstance(paths, Mapping) and start == "{":
            return self._members(at + 1, paths)
        return self._decoder.raw_decode(self._text, at)

    def _members(self, at: int, paths: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        at = self.blanks(at)
        if self._text[at] == "}":
            return found, at + 1
        while True:
            self._expect('"', at)
            name, at = scanstring(self._text, at + 1, True)
            at = self.blanks(at)
            self._expect(":", at)
            found[name], at = self.value(self.blanks(at + 1), paths.get(name))
            at = self.blanks(at)
            if self._text[at] == "}":
                return found, at + 1
            self._expect(",", at)
            at = self.blanks(at + 1)

    def _list(self, at: int) -> tuple[list[Any], int]:
        self.events = []
        at = self.blanks(at)
        if self._text[at] == "]":
            return [], at + 1
        while True:
            value, end = self._decoder.raw_decode(self._text, at)
            self.events.append(Received(value, self._text[at:end]))
            at = self.blanks(end)
            if self._text[at] == "]":
                return [event.body for event in self.events], at + 1
            self._expect(",", at)
            at = self.blanks(at + 1)

    def _expect(self, character: str, at: int) -> None:
        if self._text[at] != character:
            raise UnreadableError(f"{character} is expected at character {at}")
