"""Schemes of other names, read once from the data files in ``schemes``: fields with positions, lengths, alphabets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import ascii_letters, ascii_uppercase, digits
from typing import Any, Literal

import yaml

from labels.errors import LabelError

_CHARACTERS: dict[str, tuple[Callable[[str], bool], str]] = {
    "digits": (lambda character: character in digits, "a digit"),
    "digits_and_capitals": (lambda character: character in digits + ascii_uppercase, "a digit or a capital letter"),
    "digits_and_letters": (lambda character: character in digits + ascii_letters, "a digit or a letter"),
    "hexadecimal": (lambda character: character in digits + "ABCDEF", "a digit or a letter A to F"),
    "visible_ascii": (lambda character: "!" <= character <= "~", "a letter, a digit or a sign without accents"),
    "printable": (str.isprintable, "a character that can be printed"),
}


class UnknownAliasSchemeError(LabelError):
    """No scheme of other names is called so."""


@dataclass(frozen=True)
class AliasField:
    """One part of a name: as long as ``shortest`` to ``longest`` characters, behind the literal ``before``."""

    name: str
    title: Mapping[str, str]
    before: str
    shortest: int
    longest: int
    multiple_of: int
    characters: str
    must_be: str
    date: str

    @property
    def fixed(self) -> bool:
        """Whether every name has this field in the same length."""
        return self.shortest == self.longest

    @property
    def allowed_words(self) -> str:
        """What a character of this field may be, in words."""
        return _CHARACTERS[self.characters][1]

    def allows(self, character: str) -> bool:
        """Whether the field may hold this character."""
        return _CHARACTERS[self.characters][0](character)


@dataclass(frozen=True)
class AliasScheme:
    """A kind of other names. ``verified``: the rule's own text was seen; ``notes`` say what is open."""

    name: str
    title: Mapping[str, str]
    source: str
    edition: str
    verified: bool
    notes: tuple[str, ...]
    remove: str
    case: Literal["", "upper"]
    fields: tuple[AliasField, ...]


@cache
def schemes() -> tuple[AliasScheme, ...]:
    """Every scheme, those with the strictest form first."""
    folder = files("labels.aliases").joinpath("schemes")
    found = [yaml.safe_load(file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".yaml")]
    return tuple(_scheme(data) for data in sorted(found, key=lambda data: int(data["rank"])))


def scheme_names() -> tuple[str, ...]:
    """The names of all schemes."""
    return tuple(scheme.name for scheme in schemes())


def scheme_named(name: str) -> AliasScheme:
    """The scheme of this name. Raises UnknownAliasSchemeError where there is none."""
    for scheme in schemes():
        if scheme.name == name:
            return scheme
    raise UnknownAliasSchemeError(f"There is no scheme of names {name!r}; known: {', '.join(scheme_names())}")


def _scheme(data: Mapping[str, Any]) -> AliasScheme:
    return AliasScheme(
        name=data["name"],
        title=data["title"],
        source=data["source"],
        edition=data["edition"],
        verified=data["verified"],
        notes=tuple(data.get("notes", ())),
        remove=data.get("remove", ""),
        case=data.get("case", ""),
        fields=tuple(_field(row) for row in data["fields"]),
    )


def _field(row: Mapping[str, Any]) -> AliasField:
    length = row.get("length")
    return AliasField(
        name=row["name"],
        title=row["title"],
        before=row.get("before", ""),
        shortest=length or row["shortest"],
        longest=length or row["longest"],
        multiple_of=row.get("multiple_of", 1),
        characters=row["characters"],
        must_be=row.get("must_be", ""),
        date=row.get("date", ""),
    )
