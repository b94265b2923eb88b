"""Fields of a record that are encrypted, and those that say who somebody is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mes.traceability.platforms.fields import FieldRule
from mes.traceability.platforms.fields.values import plain_text
from mes.traceability.platforms.signed_json.ciphers import Seals


def sealed(record: Mapping[str, Any], rules: Iterable[FieldRule], seals: Mapping[str, Seals]) -> dict[str, Any]:
    """The record with the fields encrypted that are to be."""
    made = dict(record)
    for rule in rules:
        if rule.encrypt is not None or any(each.encrypt for each in rule.fields):
            _change(made, rule.to.split("."), rule, seals)
    return made


def _change(record: dict[str, Any], names: Sequence[str], rule: FieldRule, seals: Mapping[str, Seals]) -> None:
    name, rest = names[0], names[1:]
    if name not in record:
        return
    if rest:
        record[name] = dict(record[name])
        _change(record[name], rest, rule, seals)
    elif rule.fields:
        record[name] = [sealed(entry, rule.fields, seals) for entry in record[name]]
    elif rule.encrypt is not None and record[name] is not None:
        value, seal = record[name], seals[rule.encrypt]
        record[name] = (
            [seal.text(plain_text(e)) for e in value] if isinstance(value, list) else seal.text(plain_text(value))
        )


def personal_texts(record: Mapping[str, Any], rules: Iterable[FieldRule]) -> list[str]:
    """What the record says of people, for masking."""
    found: list[str] = []
    for rule in rules:
        value: Any = record
        for name in rule.to.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if rule.fields:
            found += [text for entry in value or () for text in personal_texts(entry, rule.fields)]
        elif rule.personal is not None and value is not None:
            found += [plain_text(each) for each in (value if isinstance(value, list) else [value])]
    return found
