"""The strict judgement of records by the platform's own list of fields, `interface.yaml`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

import yaml

from mes.core.text import N_, Text

_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")
_DAY = re.compile(r"\d{4}-\d\d-\d\d$")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}$")
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = [pow(3, place, 31) for place in range(17)]


@dataclass(frozen=True)
class FieldFault:
    """One wrong field: its name (or path, such as `responsible[0].name`), and what is wrong."""

    field: str
    message: Text

    def told(self) -> dict[str, str]:
        """As senders are told."""
        return {"field": self.field, "message": str(self.message)}


Faults = Iterator[FieldFault]
Rule = Mapping[str, Any]


@cache
def interface() -> dict[str, Any]:
    """The whole of `interface.yaml`; not to be changed by the caller."""
    loaded: dict[str, Any] = yaml.safe_load(resources.files(__package__).joinpath("interface.yaml").read_text("utf-8"))
    return loaded


def record_faults(kind: str, record: Mapping[str, Any]) -> list[FieldFault]:
    """What is wrong with a record of a type that the interface has, in the order of the list of fields."""
    rules = _rules(kind)
    return list(_faults(rules, record))


def subjects(kind: str, record: Mapping[str, Any]) -> list[str]:
    """The codes of the components that a valid record is about."""
    named = [record[name] for name in interface()["types"][kind]["subject"] if name in record]
    return list(dict.fromkeys(code for value in named for code in (value if isinstance(value, list) else [value])))


@cache
def _rules(kind: str) -> dict[str, Rule]:
    rules: dict[str, Rule] = interface()["common"] | interface()["types"][kind]["fields"]
    return rules


def _faults(rules: Mapping[str, Rule], record: Mapping[str, Any]) -> Faults:
    for name, rule in rules.items():
        if name in record:
            yield from _CHECKS[rule["kind"]](name, record[name], rule)
        elif _needed(rule.get("needed", False), record):
            yield FieldFault(name, Text(N_("is missing")))
    for name in record:
        if name not in rules:
            yield FieldFault(name, Text(N_("is not a field of this type")))


def _needed(when: Any, record: Mapping[str, Any]) -> bool:
    if isinstance(when, Mapping):
        return all(record.get(name) == value for name, value in when.items())
    return bool(when)


def _text(name: str, value: Any, rule: Rule) -> Faults:
    if not isinstance(value, str) or not value.strip():
        yield FieldFault(name, Text(N_("a text is expected, not empty")))
    elif len(value) > rule.get("max", 10_000):
        yield FieldFault(name, Text(N_("is longer than %(most)s characters"), {"most": rule["max"]}))
    elif "pattern" in rule and not re.fullmatch(rule["pattern"], value):
        yield FieldFault(name, Text(N_("is not written as %(form)s"), {"form": rule["pattern"]}))


def _number(name: str, value: Any, rule: Rule) -> Faults:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        yield FieldFault(name, Text(N_("a number is expected")))
    elif "above" in rule and value <= rule["above"]:
        yield FieldFault(name, Text(N_("is not above %(least)s"), {"least": rule["above"]}))
    elif value < rule.get("min", -math.inf) or value > rule.get("max", math.inf):
        yield FieldFault(
            name,
            Text(
                N_("is not between %(least)s and %(most)s"),
                {"least": rule.get("min", rule.get("above", "…")), "most": rule.get("max", "…")},
            ),
        )


def _integer(name: str, value: Any, rule: Rule) -> Faults:
    if not isinstance(value, int) or isinstance(value, bool):
        yield FieldFault(name, Text(N_("a whole number is expected")))
    else:
        yield from _number(name, value, rule)


def _time(name: str, value: Any, _: Rule) -> Faults:
    if not isinstance(value, str) or not _TIME.match(value) or not _in_calendar(datetime, value):
        yield FieldFault(name, Text(N_("a time is expected, yyyy-MM-dd HH:mm:ss")))


def _day(name: str, value: Any, _: Rule) -> Faults:
    if not isinstance(value, str) or not _DAY.match(value) or not _in_calendar(date, value):
        yield FieldFault(name, Text(N_("a day is expected, yyyy-MM-dd")))


def _in_calendar(kind: type[date], value: str) -> bool:
    try:
        kind.fromisoformat(value)
    except ValueError:
        return False
    return True


def _boolean(name: str, value: Any, _: Rule) -> Faults:
    if not isinstance(value, bool):
        yield FieldFault(name, Text(N_("true or false is expected")))


def _code(name: str, value: Any, rule: Rule) -> Faults:
    if value not in rule["codes"]:
        yield FieldFault(name, Text(N_("is one of %(codes)s"), {"codes": ", ".join(rule["codes"])}))


def _texts(name: str, value: Any, rule: Rule) -> Faults:
    if not isinstance(value, list) or not value:
        yield FieldFault(name, Text(N_("a list of texts is expected, not empty")))
        return
    if len(value) > rule["max"]:
        yield FieldFault(name, Text(N_("holds more than %(most)s entries"), {"most": rule["max"]}))
    for index, entry in enumerate(value):
        yield from _text(f"{name}[{index}]", entry, {"max": 64})


def _credit_code(name: str, value: Any, _: Rule) -> Faults:
    """Unified social credit code, GB 32100-2015: 17 characters and a check character."""
    if not isinstance(value, str) or len(value) != 18 or any(sign not in _CREDIT_ALPHABET for sign in value):
        yield FieldFault(name, Text(N_("a unified social credit code of 18 characters is expected")))
        return
    total = sum(_CREDIT_ALPHABET.index(sign) * weight for sign, weight in zip(value[:17], _CREDIT_WEIGHTS, strict=True))
    if _CREDIT_ALPHABET[-total % 31] != value[17]:
        yield FieldFault(name, Text(N_("the check character of the credit code does not fit")))


def _entries(members: Mapping[str, Rule]) -> Callable[[str, Any, Rule], Faults]:
    def check(name: str, value: Any, rule: Rule) -> Faults:
        if not isinstance(value, list) or not value or len(value) > rule["max"]:
            yield FieldFault(name, Text(N_("a list of 1 to %(most)s entries is expected"), {"most": rule["max"]}))
            return
        for index, entry in enumerate(value):
            if not isinstance(entry, Mapping):
                yield FieldFault(f"{name}[{index}]", Text(N_("an object is expected")))
                continue
            for fault in _faults(members, entry):
                yield FieldFault(f"{name}[{index}].{fault.field}", fault.message)

    return check


def _digest(name: str, value: Any, _: Rule) -> Faults:
    if not isinstance(value, str) or not _SHA256.match(value):
        yield FieldFault(name, Text(N_("a SHA-256 of 64 hexadecimal digits is expected")))


_NAME: Rule = {"kind": "text", "needed": True, "max": 100}
_PHOTO: Mapping[str, Rule] = {
    "name": _NAME,
    "sha256": {"kind": "sha256", "needed": True},
    "url": {"kind": "text", "max": 300},
}
_CHECKS: dict[str, Callable[[str, Any, Rule], Faults]] = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "time": _time,
    "day": _day,
    "boolean": _boolean,
    "code": _code,
    "texts": _texts,
    "credit_code": _credit_code,
    "sha256": _digest,
    "people": _entries({"role": _NAME, "name": _NAME, "organisation": {"kind": "text", "max": 200}}),
    "photos": _entries(_PHOTO),
}
