"""A record of a platform, built of an event by declared fields. Pure; every fault is told, not only the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from mes.core.text import N_, Text
from mes.traceability.platforms.fields.declared import Condition, FieldRule
from mes.traceability.platforms.fields.sources import first_of, is_empty, look_up
from mes.traceability.platforms.fields.templates import fill, places_of
from mes.traceability.platforms.fields.values import Codes, WrongValue, check_character, plain_text, written


@dataclass(frozen=True)
class RecordFault:
    """What a record lacks, or has wrong: the platform's name of the field, where it should come from, and why."""

    field: str
    source: str
    reason: Text
    missing: bool = False

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" + (f" ({self.source})" if self.source else "")


@dataclass(frozen=True)
class Context:
    """What fields are built of: roots of paths, tables of codes, the zone of dates, and whether people are named."""

    roots: Mapping[str, Any]
    zone: ZoneInfo
    codes: Codes = field(default_factory=dict)
    with_personal: bool = True
    empty: str = "leave_out"

    def inside(self, item: Any) -> Context:
        """The same, for an entry of a list."""
        return replace(self, roots={**self.roots, "item": item})


def build_record(rules: Iterable[FieldRule], context: Context) -> tuple[dict[str, Any], list[RecordFault]]:
    """The record, and what is missing or wrong in it; a record with faults is not fit to be sent."""
    record: dict[str, Any] = {}
    faults: list[RecordFault] = []
    for rule in rules:
        if rule.personal is not None and not context.with_personal:
            if rule.required:
                faults.append(
                    RecordFault(rule.to, "", Text(N_("it names a person, which this connector is set not to")), True)
                )
            continue
        try:
            value = _value(rule, context, faults)
        except WrongValue as error:
            faults.append(RecordFault(rule.to, _source_words(rule), error.reason))
            continue
        if is_empty(value):
            if rule.required or (rule.required_if is not None and holds(rule.required_if, context.roots)):
                faults.append(
                    RecordFault(
                        rule.to, _source_words(rule), Text(N_("the platform asks for it, and it has no value")), True
                    )
                )
            value = {"null": None, "text": ""}.get(context.empty, _LEFT_OUT)
        if value is not _LEFT_OUT:
            _put(record, rule.to.split("."), value)
    return record, faults


_LEFT_OUT: Any = object()


def holds(condition: Condition, roots: Mapping[str, Any]) -> bool:
    """Whether a condition is met."""
    found = look_up(roots, condition.source)
    text = "" if found is None else plain_text(found)
    return text in condition.among if condition.among else text not in condition.not_among


def _put(record: dict[str, Any], names: Sequence[str], value: Any) -> None:
    for name in names[:-1]:
        record = record.setdefault(name, {})
    record[names[-1]] = value


def _value(rule: FieldRule, context: Context, faults: list[RecordFault]) -> Any:
    if rule.list_of is None:
        return _written(rule, context, faults)
    items = first_of(context.roots, rule.list_of)
    if isinstance(items, Mapping) or not isinstance(items, list | tuple):
        items = [] if is_empty(items) else [items]
    if not rule.fields:
        entries = [_written(rule, inner, faults) for inner in map(context.inside, items)]
        return [entry for entry in entries if not is_empty(entry)]
    made = []
    for number, item in enumerate(items):
        entry, wrong = build_record(rule.fields, context.inside(item))
        made.append(entry)
        faults += [replace(fault, field=f"{rule.to}[{number}].{fault.field}") for fault in wrong]
    return made


def _written(rule: FieldRule, context: Context, faults: list[RecordFault]) -> Any:
    return written(rule, _found(rule, context, faults), context.codes, context.zone)


def _found(rule: FieldRule, context: Context, faults: list[RecordFault]) -> Any:
    if rule.source is not None:
        return first_of(context.roots, rule.source)
    if rule.parts:
        return _joined(rule, context, faults)
    if isinstance(rule.value, str):
        return _filled(rule.value, context)
    return rule.value


def _filled(text: str, context: Context) -> str | None:
    """A text with its places filled; a place without a value leaves the whole text without one."""
    if any(is_empty(look_up(context.roots, path)) for path in places_of(text)):
        return None
    return fill(text, lambda path: plain_text(look_up(context.roots, path)))


def _joined(rule: FieldRule, context: Context, faults: list[RecordFault]) -> str | None:
    """A code of its parts; a part without a value leaves it without one, and is named."""
    texts = []
    for part in rule.parts:
        value = _value(part, context, faults)
        if is_empty(value):
            if rule.required:
                words = Text(N_("its part “%(part)s” has no value"), {"part": part.to})
                faults.append(RecordFault(rule.to, _source_words(part), words, True))
            return None
        texts.append(plain_text(value))
    code = "".join(texts)
    return code + (check_character(code, rule.check) if rule.check is not None else "")


def _source_words(rule: FieldRule) -> str:
    paths = [*(rule.list_of or ()), *(rule.source or ())]
    if isinstance(rule.value, str):
        paths += places_of(rule.value)
    return ", ".join(paths)
