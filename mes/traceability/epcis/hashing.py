"""The CBV hash ID of an event: the same event has the same ID, whoever computes it and however it is written.

Rules of CBV 2.0 clause 8.9 as the reference generator (epcis-event-hash-generator) applies them. Our own
code, because the reference keeps global state between calls, fetches unknown contexts from the network and
turns bare words in extensions into vocabulary addresses; the tests compare the two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from mes.traceability.epcis.digital_link import canonical_uri
from mes.traceability.epcis.numbers import number_in
from mes.traceability.epcis.vocabulary import facts, vocabulary

_FIELD_VOCABULARIES = {
    "bizStep": "bizStep",
    "disposition": "disposition",
    "set": "disposition",
    "unset": "disposition",
    "component": "component",
    "exception": "sensorAlert",
}
_TYPED_LISTS = {
    "bizTransactionList": ("bizTransaction", "bizTransactionType"),
    "sourceList": ("source", "sourceDestinationType"),
    "destinationList": ("destination", "sourceDestinationType"),
}
_COMMENTS = frozenset({"#text", "comment", "rdfs:comment"})


class UnhashableEventError(ValueError):
    """The event has a shape that the hash rules do not cover."""


def hash_id_of(event: Mapping[str, Any], namespaces: Mapping[str, str]) -> str:
    """The `ni:///sha-256;…?ver=CBV2.0` ID of an event in its JSON form.

    `eventID`, `recordTime` and `errorDeclaration` do not count, so that a declaration keeps its event's ID.
    `namespaces` are the prefixes of the document's own context, such as `{"pc": "https://…"}`.

    Raises:
        UnhashableEventError: a part has a shape outside the rules.
    """
    digest = hashlib.sha256(canonical_text(event, namespaces).encode("utf-8")).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def canonical_text(event: Mapping[str, Any], namespaces: Mapping[str, str]) -> str:
    """The text that is hashed (the "pre-hash string"); worth reading when two systems disagree."""
    return _writer(tuple(namespaces.items())).of(event)


@dataclass(frozen=True)
class _Order:
    """In which order the hash reads what, as `cbv.yaml` has it."""

    outer: tuple[tuple[str, str | None], ...]
    inner: Mapping[str, tuple[str, ...]]
    ignored: frozenset[str]
    outside: frozenset[str]  # what an event's own extensions are not

    def left_of(self, name: str) -> frozenset[str]:
        """What the extensions inside a part are not."""
        return self.ignored.union(self.inner[name])


@cache
def _order() -> _Order:
    outer = tuple((name, inner[0] if inner else None) for name, *inner in facts()["hash_order"])
    ignored = frozenset(facts()["hash_ignores"])
    inner = {name: tuple(keys) for name, keys in facts()["hash_suborder"].items()}
    return _Order(outer, inner, ignored, ignored.union(name for name, _ in outer))


class _CanonicalText:
    """Writes events of one context as their canonical texts."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self._namespaces = namespaces
        self._order = _order()
        self._plain = lru_cache(maxsize=16384)(self._plain_value)
        self._name = lru_cache(maxsize=1024)(self._expanded_name)

    def of(self, event: Mapping[str, Any]) -> str:
        text = [f"eventType={event.get('type', '')}"]
        text += [self._standard(name, event[name], inner) for name, inner in self._order.outer if name in event]
        outside = self._order.outside
        text.append(self._others({name: value for name, value in event.items() if name not in outside}))
        return "".join(text)

    def _standard(self, name: str, value: Any, inner: str | None = None) -> str:
        """A standard property: one part per value, sorted; a named list has its items inside."""
        values = value if isinstance(value, list) else [value]
        parts = sorted(filter(None, [self._part(inner or name, item) for item in values]))
        joined = "".join(parts)
        return name + joined if inner and joined else joined

    def _part(self, name: str, value: Any) -> str:
        if isinstance(value, dict):
            content = self._members(name, value)
            return name + content if content else ""
        text = self._value(name, value)
        return f"{name}={text}" if text else ""

    def _members(self, name: str, value: Mapping[str, Any]) -> str:
        order = self._order.inner.get(name)
        if order is None:
            raise UnhashableEventError(f"{name} cannot hold an object")
        inside = "".join([self._standard_member(name, key, value[key]) for key in order if key in value])
        left = self._order.left_of(name)
        return inside + self._others({key: item for key, item in value.items() if key not in left})

    def _standard_member(self, owner: str, key: str, value: Any) -> str:
        if owner == "sensorReport" and key == "type":
            value = vocabulary("measurement").web_form(value)
        return self._standard(key, value)

    def _others(self, members: Mapping[str, Any]) -> str:
        """Typed lists, ilmd and extensions: sorted by their text."""
        parts = []
        for key, value in members.items():
            if key in _TYPED_LISTS:
                parts.append(self._typed_list(key, value))
            elif isinstance(value, list):
                parts += [self._extension(key, item) for item in value]
            else:
                parts.append(self._extension(key, value))
        return "".join(sorted(parts))

    def _typed_list(self, name: str, items: list[Mapping[str, Any]]) -> str:
        member, terms = _TYPED_LISTS[name]
        pairs = []
        for item in items:
            kind = vocabulary(terms).web_form(self._expanded(str(item.get("type", ""))))
            pairs.append((f"type={kind}" if kind else "") + f"{member}={self._value(member, item[member])}")
        return name + "".join(sorted(pairs)) if pairs else ""

    def _extension(self, key: str, value: Any) -> str:
        name = self._name(key)
        if isinstance(value, list):
            raise UnhashableEventError(f"{key}: a list directly within a list")
        if isinstance(value, dict):
            text = self._plain(str(value.get("#text", "")))
            inside = self._others({k: v for k, v in value.items() if k not in _COMMENTS})
            return name + (f"={text}" if text else "") + inside
        text = self._plain(str(value))
        return name + (f"={text}" if text else "")

    def _value(self, name: str, value: Any) -> str:
        if "time" in name.lower() and "offset" not in name.lower():
            return _utc_milliseconds(self._expanded(str(value)).strip())
        if name in _FIELD_VOCABULARIES:
            return vocabulary(_FIELD_VOCABULARIES[name]).web_form(self._expanded(str(value)).strip())
        return self._plain(str(value))

    def _plain_value(self, text: str) -> str:
        return canonical_uri(_plain_number(self._expanded(text).strip()))

    def _expanded(self, value: str) -> str:
        prefix, colon, rest = value.partition(":")
        return self._namespaces[prefix] + rest if colon and prefix in self._namespaces else value

    def _expanded_name(self, key: str) -> str:
        prefix, colon, rest = key.partition(":")
        namespace = self._namespaces.get(prefix)
        return f"{{{namespace}}}{rest}" if colon and namespace else key


@lru_cache(maxsize=64)
def _writer(namespaces: tuple[tuple[str, str], ...]) -> _CanonicalText:
    return _CanonicalText(dict(namespaces))


def _plain_number(text: str) -> str:
    """A number without needless zeros; anything else as it is."""
    number = number_in(text)
    if number is None:
        return text
    if number != number or number in (float("inf"), float("-inf")):
        raise UnhashableEventError(f"{text!r} reads as a number that is none; write a prefix before it")
    return str(int(number)) if number == int(number) else str(number)


def _utc_milliseconds(text: str) -> str:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return moment.replace(microsecond=round(moment.microsecond, -3)).isoformat(timespec="milliseconds")[:-6] + "Z"
