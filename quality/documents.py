"""Strict reading of rule data: every fault is named with its file and its place in it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

import yaml

from quality.words import Words


class RuleDataError(ValueError):
    """A rule file that cannot be used; the message names the file, the place and what is wrong there."""

    def __init__(self, file: str, place: str, message: str) -> None:
        self.file = file
        self.place = place
        self.reason = message
        super().__init__(f"{file}: {place or 'document'}: {message}")


class _StrictLoader(yaml.SafeLoader):
    """YAML without repeated keys, which plain YAML would let win silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is not text", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


class Place:
    """A value of a document together with where it stands, so that a refusal can say where to look."""

    def __init__(self, value: Any, file: str, place: str = "") -> None:
        self.value = value
        self.file = file
        self.place = place

    def refuse(self, message: str) -> RuleDataError:
        """The error to raise about this value."""
        return RuleDataError(self.file, self.place, message)

    def record(self, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, Place]:
        """The value as a mapping with exactly the named keys; raises RuleDataError otherwise."""
        entries = self.entries()
        required, optional = list(required), list(optional)
        for key in entries:
            if key not in required and key not in optional:
                raise self.refuse(f"unknown key {key!r}; known are {', '.join([*required, *optional])}")
        for key in required:
            if key not in entries:
                raise self.refuse(f"the key {key!r} is missing")
        return entries

    def entries(self) -> dict[str, Place]:
        """The value as a mapping with free keys."""
        if not isinstance(self.value, dict):
            raise self.refuse("a mapping is expected")
        return {
            key: Place(value, self.file, f"{self.place}.{key}" if self.place else key)
            for key, value in self.value.items()
        }

    def sequence(self) -> list[Place]:
        """The value as a list with at least one entry."""
        if not isinstance(self.value, list) or not self.value:
            raise self.refuse("a list with at least one entry is expected")
        return [Place(value, self.file, f"{self.place}[{index}]") for index, value in enumerate(self.value)]

    def text(self) -> str:
        """The value as non-empty text."""
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.refuse(f"text is expected, not {self.value!r}")
        return self.value.strip()

    def number(self) -> float:
        """The value as a finite number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.refuse(f"a number is expected, not {self.value!r}")
        if not math.isfinite(self.value):
            raise self.refuse("a finite number is expected")
        return float(self.value)

    def count(self) -> int:
        """The value as a whole number of at least 1."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or self.value < 1:
            raise self.refuse(f"a whole number of at least 1 is expected, not {self.value!r}")
        return self.value

    def truth(self) -> bool:
        """The value as true or false."""
        if not isinstance(self.value, bool):
            raise self.refuse(f"true or false is expected, not {self.value!r}")
        return self.value

    def one_of(self, choices: Iterable[str]) -> str:
        """The value as one of `choices`."""
        text, choices = self.text(), list(choices)
        if text not in choices:
            raise self.refuse(f"{text!r} is not one of {', '.join(choices)}")
        return text

    def words(self) -> Words:
        """The value as a text in both languages."""
        entry = self.record(["zh", "en"])
        return Words(entry["zh"].text(), entry["en"].text())


def read_document(path: Path) -> Place:
    """The YAML document in `path`; raises RuleDataError where the file cannot be read as YAML."""
    return parse_document(read_text(path), path.name)


def read_text(path: Path) -> str:
    """The text of a file; raises RuleDataError where it cannot be read or is no UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise RuleDataError(str(path), "", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RuleDataError(path.name, "", "is not UTF-8 text") from error


def parse_document(text: str, file: str) -> Place:
    """The YAML document in a text; `file` is the name that refusals give. Raises RuleDataError where it is no YAML."""
    try:
        return Place(yaml.load(text, _StrictLoader), file)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f"line {mark.line + 1}" if mark else ""
        raise RuleDataError(file, line, error.problem or "is not YAML") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise RuleDataError(file, "", f"is not YAML: {error}") from error
