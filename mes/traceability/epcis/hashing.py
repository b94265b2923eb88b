"""The CBV hash ID of an event: the same event has the same ID, whoever computes it and however it is written.

Rules of CBV 2.0 clause 8.9 as the reference generator (epcis-event-hash-generator) applies them. Our own
code, because the reference keeps global state between calls, fetches unknown contexts from the network and
turns bare words in extensions into vocabulary addresses; the tests compare the two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mes.traceability.epcis.digital_link import canonical_uri
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
    return _CanonicalText(namespaces).of(event)


class _CanonicalText:
    """Writes one event as its canonical text."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self._namespaces = namespaces

    def of(self, event: Mapping[str, Any]) -> str:
        standard = facts()["hash_order"]
        text = f"eventType={event.get('type', '')}"
        for name, *inner in standard:
            if name in event:
                text += self._standard(name, event[name], *inner)
        done = {name for name, *_ in standard} | set(facts()["hash_ignores"])
        return text + self._others({name: value for name, value in event.items() if name not in done})

    def _standard(self, name: str, value: Any, inner: str | None = None) -> str:
        """A standard property: one part per value, sorted; a named list has its items inside."""
        values = value if isinstance(value, list) else [value]
        parts = sorted(filter(None, (self._part(inner or name, item) for item in values)))
        joined = "".join(parts)
        return name + joined if inner and joined else joined

    def _part(self, name: str, value: Any) -> str:
        if isinstance(value, Mapping):
            content = self._members(name, value)
            return name + content if content else ""
        text = self._value(name, value)
        return f"{name}={text}" if text else ""

    def _members(self, name: str, value: Mapping[str, Any]) -> str:
        order = facts()["hash_suborder"].get(name)
        if order is None:
            raise UnhashableEventError(f"{name} cannot hold an object")
        inside = "".join(self._standard_member(name, key, value[key]) for key in order if key in value)
        ignored = {*order, *facts()["hash_ignores"]}
        return inside + self._others({key: item for key, item in value.items() if key not in ignored})

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
        name = self._expanded_name(key)
        if isinstance(value, list):
            raise UnhashableEventError(f"{key}: a list directly within a list")
        if isinstance(value, Mapping):
            text = self._canonical_value(self._expanded(str(value.get("#text", ""))).strip())
            inside = self._others({k: v for k, v in value.items() if k not in {"#text", "comment", "rdfs:comment"}})
            return name + (f"={text}" if text else "") + inside
        text = self._canonical_value(self._expanded(str(value)).strip())
        return name + (f"={text}" if text else "")

    def _value(self, name: str, value: Any) -> str:
        text = self._expanded(str(value)).strip()
        if "time" in name.lower() and "offset" not in name.lower():
            return _utc_milliseconds(text)
        if name in _FIELD_VOCABULARIES:
            return vocabulary(_FIELD_VOCABULARIES[name]).web_form(text)
        return self._canonical_value(text)

    @staticmethod
    def _canonical_value(text: str) -> str:
        return canonical_uri(_plain_number(text))

    def _expanded(self, value: str) -> str:
        prefix, colon, rest = value.partition(":")
        return self._namespaces[prefix] + rest if colon and prefix in self._namespaces else value

    def _expanded_name(self, key: str) -> str:
        prefix, colon, rest = key.partition(":")
        namespace = self._namespaces.get(prefix)
        return f"{{{namespace}}}{rest}" if colon and namespace else key


def _plain_number(text: str) -> str:
    """A number without needless zeros; anything else as it is."""
    try:
        number = float(text)
    except ValueError:
        return text
    if number != number or number in (float("inf"), float("-inf")):
        raise UnhashableEventError(f"{text!r} reads as a number that is none; write a prefix before it")
    return str(int(number)) if number == int(number) else str(number)


def _utc_milliseconds(text: str) -> str:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return moment.replace(microsecond=round(moment.microsecond, -3)).isoformat(timespec="milliseconds")[:-6] + "Z"
