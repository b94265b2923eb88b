"""JSON values, read strictly: unknown keys, repeated keys and wrong types are refused with their JSON path."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from scheduling.documents.issues import DocumentError, Issue

Item = TypeVar("Item")
Choice = TypeVar("Choice", bound=StrEnum)
_ABSENT: Any = object()


class RefusedError(DocumentError):
    """One fault of a value; the readers of whole documents turn it into their own error."""


def refuse(path: str, message: str) -> RefusedError:
    """The error for one fault at a JSON path."""
    return RefusedError((Issue(path, message),))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _RepeatedKeyError(key)
        if not _is_unicode(key):
            raise ValueError(f"the key {key!r} holds half of a surrogate pair")
        found[key] = value
    return found


def _is_unicode(value: str) -> bool:
    """Whether text can be written again: JSON may escape half of a surrogate pair, UTF-8 holds none."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class _RepeatedKeyError(ValueError):
    """A JSON object names a key twice."""


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


class Reader:
    """Reads the keys of one JSON object and refuses what it does not know."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise refuse(path, f"must be an object, not {_kind(value)}")
        self.value: dict[str, Any] = value
        self.path = path
        self.known: set[str] = set()

    def take(self, key: str, default: Any = _ABSENT) -> Any:
        """The raw value of a key; without a default the key is required."""
        self.known.add(key)
        if key in self.value:
            return self.value[key]
        if default is _ABSENT:
            raise refuse(self.at(key), "is missing")
        return default

    def at(self, key: str) -> str:
        """JSON path of a key."""
        return f"{self.path}.{key}"

    def integer(self, key: str, default: Any = _ABSENT) -> int:
        """An integer; a boolean or a fraction is refused."""
        value = self.take(key, default)
        return value if value is default else integer(value, self.at(key))

    def optional_integer(self, key: str) -> int | None:
        """An integer, or None where the key is absent."""
        return None if self.take(key, None) is None and key not in self.value else self.integer(key)

    def text(self, key: str) -> str:
        """Required text."""
        return text(self.take(key), self.at(key))

    def optional_text(self, key: str) -> str | None:
        """Text, or None where the key is absent."""
        value = self.take(key, _ABSENT if key in self.value else None)
        return text(value, self.at(key)) if key in self.value else None

    def choice(self, key: str, kind: type[Choice], default: Any = _ABSENT) -> Choice:
        """One of the words of `kind`."""
        value = self.take(key, default)
        if not isinstance(value, str) or value not in [str(word) for word in kind]:
            raise refuse(self.at(key), f"must be one of {', '.join(kind)}, not {value!r}")
        return kind(value)

    def boolean(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.take(key, default)
        if not isinstance(value, bool):
            raise refuse(self.at(key), f"must be true or false, not {_kind(value)}")
        return value

    def items(self, key: str, read: Callable[[Any, str], Item], required: bool = False) -> tuple[Item, ...]:
        """A list, each entry read by `read(value, path)`; absent: empty."""
        value = self.take(key) if required else self.take(key, [])
        return entries(value, self.at(key), read)

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self.value:
            if key not in self.known:
                raise refuse(self.at(key), "is not a known key")


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a boolean", float: "a fraction"}
    return "null" if value is None else names.get(type(value), "a number")


def integer(value: Any, path: str) -> int:
    """A JSON integer."""
    if type(value) is not int:
        raise refuse(path, f"must be an integer, not {_kind(value)}")
    return value


def text(value: Any, path: str) -> str:
    """JSON text."""
    if not isinstance(value, str):
        raise refuse(path, f"must be text, not {_kind(value)}")
    if not _is_unicode(value):
        raise refuse(path, "holds half of a surrogate pair")
    return value


def entries(value: Any, path: str, read: Callable[[Any, str], Item]) -> tuple[Item, ...]:
    """A JSON list, entry by entry."""
    if not isinstance(value, list):
        raise refuse(path, f"must be a list, not {_kind(value)}")
    return tuple(read(entry, f"{path}[{index}]") for index, entry in enumerate(value))


def integers(value: Any, path: str) -> tuple[int, ...]:
    """A JSON list of integers; paths are spelled only where one is refused, as the lists of a problem are many."""
    if isinstance(value, list) and all(type(entry) is int for entry in value):
        return tuple(value)
    return entries(value, path, integer)


def parse_json(document: bytes) -> Any:
    """JSON text in UTF-8 without repeated keys; raises `DocumentError`."""
    try:
        return json.loads(document.decode("utf-8"), object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
    except _RepeatedKeyError as error:
        raise refuse("$", f"the key {error.args[0]!r} stands twice in one object") from error
    except (ValueError, RecursionError) as error:
        raise refuse("$", f"is no JSON document: {error}") from error
