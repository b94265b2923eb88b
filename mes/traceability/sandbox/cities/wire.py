"""A request as it came, and what its parameters say: their texts are taken apart by the city's templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]
from typing import Any
from urllib.parse import parse_qsl

from mes.traceability.sandbox.cities.reading import ON_THE_WIRE, Parameter, PlayedCity, parts_of
from mes.traceability.sandbox.reading import UnreadableError, decoded, read_object

_BLANKS = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True)
class Member:
    """A member of a body: its value, and the text that it stood there as (of a text, the text itself)."""

    value: Any
    text: str


@dataclass(frozen=True)
class Wire:
    """A request of a sender to a city."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    raw: bytes
    form: str = "json"
    members: Mapping[str, Member] = field(default_factory=dict)

    @classmethod
    def of(
        cls, city: PlayedCity, method: str, path: str, headers: Mapping[str, str], query: Mapping[str, str], raw: bytes
    ) -> Wire:
        """The request read.

        Raises:
            UnreadableError: its body is not what the city's file says.
        """
        form = city.body.get("form", "json")
        small = {name.lower(): value for name, value in headers.items()}
        members = {} if method == "GET" else _members(raw, form)
        return cls(method, path, small, query, raw, form, members)

    @property
    def body(self) -> str:
        """The body's text."""
        return self.raw.decode("utf-8", "replace")

    def text_of(self, parameter: Parameter) -> str | None:
        """What came as a parameter; None where it is not there."""
        if parameter.place == "header":
            found = self.headers.get(parameter.name.lower())
            return None if found is None else _unescaped(found)
        if parameter.place == "query":
            return self.query.get(parameter.name)
        member = self.members.get(parameter.name)
        return None if member is None else member.text


def claims(template: str, text: str, known: Mapping[str, str]) -> dict[str, str] | None:
    """What a text says at the places of its template that only a request can fill; None where it does not fit."""
    pattern, names = "", []
    for part, is_place in parts_of(template):
        if is_place and part in ON_THE_WIRE:
            pattern += "(.*)"
            names.append(part)
        else:
            pattern += re.escape(known.get(part, "") if is_place else part)
    found = re.fullmatch(pattern, text, re.DOTALL)
    return dict(zip(names, found.groups(), strict=True)) if found else None


def _members(raw: bytes, form: str) -> dict[str, Member]:
    text = decoded(raw)
    if form == "form":
        return {name: Member(value, value) for name, value in parse_qsl(text, keep_blank_values=True)}
    read_object(text)
    return _pieces(text)


def _pieces(text: str) -> dict[str, Member]:
    """The members of a JSON object with the very text of each; the whole was found to be right before."""
    found: dict[str, Member] = {}
    decoder, at = JSONDecoder(), _after_blanks(text, _after_blanks(text, 0) + 1)
    while text[at] != "}":
        name, at = scanstring(text, at + 1, True)
        start = _after_blanks(text, _after_blanks(text, at) + 1)
        value, at = decoder.raw_decode(text, start)
        found[name] = Member(value, value if isinstance(value, str) else text[start:at])
        at = _after_blanks(text, at)
        at = _after_blanks(text, at + 1) if text[at] == "," else at
    return found


def _after_blanks(text: str, at: int) -> int:
    return _BLANKS.match(text, at).end()  # type: ignore[union-attr]


def _unescaped(header: str) -> str:
    """HTTP libraries read headers as Latin-1; Chinese senders write them in UTF-8."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return header


__all__ = ["Member", "UnreadableError", "Wire", "claims"]
