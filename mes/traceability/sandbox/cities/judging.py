"""The strict judgement of a city's records by the fields of its file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from typing import Any
from zoneinfo import ZoneInfo

from mes.core.text import N_, Text
from mes.traceability.sandbox.cities.keys import CityKeys
from mes.traceability.sandbox.cities.opening import SealedError, opened
from mes.traceability.sandbox.cities.reading import Endpoint, Plain, PlayedCity, texts

_LEFT_OUT = object()


@dataclass(frozen=True)
class CityFault:
    """One wrong field, and what is wrong."""

    field: str
    reason: Text


Faults = Iterator[CityFault]


@dataclass(frozen=True)
class Judge:
    """Judges the records of one city."""

    city: PlayedCity
    keys: CityKeys

    def opened(self, rules: Sequence[Plain], record: Mapping[str, Any]) -> dict[str, Any]:
        """The record with its encrypted fields as plain texts; what cannot be opened stays as it is, and is a fault."""
        made = dict(record)
        for rule in rules:
            name = rule["to"]
            if "encrypt" in rule and isinstance(made.get(name), str):
                try:
                    made[name] = opened(self.city.told["ciphers"][rule["encrypt"]], made[name], self.keys)
                except SealedError:
                    made[name] = None
        return made

    def faults(self, endpoint: Endpoint, record: Mapping[str, Any]) -> list[CityFault]:
        """What is wrong with a record, in the order of the fields."""
        return list(self._faults(endpoint.fields, record, ""))

    def _faults(self, rules: Sequence[Plain], record: Mapping[str, Any], where: str) -> Faults:
        for rule in rules:
            value = value_at(record, rule["to"], _LEFT_OUT)
            if value is _LEFT_OUT or value in (None, "", []):
                if rule.get("required") == "true":
                    yield CityFault(where + rule["to"], Text(N_("is missing")))
            else:
                yield from self._value(rule, value, where + rule["to"])
        known = {rule["to"] for rule in rules}
        for name in _leaves(record, known):
            yield CityFault(where + name, Text(N_("is not a field of this type")))

    def _value(self, rule: Plain, value: Any, where: str) -> Faults:
        if "list" not in rule:
            yield from self._plain(rule, value, where)
        elif not isinstance(value, list):
            yield CityFault(where, Text(N_("a list is expected")))
        else:
            for number, entry in enumerate(value):
                if "fields" not in rule:
                    yield from self._plain(rule, entry, f"{where}[{number}]")
                elif isinstance(entry, Mapping):
                    yield from self._faults(rule["fields"], entry, f"{where}[{number}].")
                else:
                    yield CityFault(f"{where}[{number}]", Text(N_("an object is expected")))

    def _plain(self, rule: Plain, value: Any, where: str) -> Faults:
        if isinstance(value, Mapping | list):
            yield CityFault(where, Text(N_("a plain value is expected")))
            return
        text = as_text(value)
        if len(text) > int(rule.get("max", len(text))):
            yield CityFault(where, Text(N_("is longer than %(most)s characters"), {"most": rule["max"]}))
        if "pattern" in rule and not re.fullmatch(rule["pattern"], text):
            yield CityFault(where, Text(N_("is not written as %(form)s"), {"form": rule["pattern"]}))
        if "date" in rule and moment_of(text, rule["date"], self.city.zone) is None:
            yield CityFault(where, Text(N_("is no time written as %(form)s"), {"form": rule["date"]}))
        if ("decimals" in rule or "unit" in rule) and not _is_number(text, rule.get("decimals")):
            yield CityFault(where, Text(N_("a number is expected")))
        if "digits" in rule and not re.fullmatch(rf"[0-9]{{{int(rule['digits'])}}}", text):
            yield CityFault(where, Text(N_("%(count)s digits are expected"), {"count": rule["digits"]}))
        if "codes" in rule and text not in _codes(self.city, rule):
            yield CityFault(where, Text(N_("is one of %(codes)s"), {"codes": ", ".join(_codes(self.city, rule))}))
        if "check" in rule and not _check_fits(rule["check"], text):
            yield CityFault(where, Text(N_("the check character does not fit")))


def value_at(record: Mapping[str, Any], name: str, otherwise: Any = None) -> Any:
    """What stands in a record under a name, whose dots make objects."""
    found: Any = record
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return otherwise
        found = found[part]
    return found


def as_text(value: Any) -> str:
    """A value as a file writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def moment_of(text: str, form: str, zone: str) -> datetime | None:
    """The moment that a text of this form tells; None where it is written in another way."""
    try:
        if form in ("s", "ms"):
            if not re.fullmatch(r"[0-9]{10}" if form == "s" else r"[0-9]{13}", text):
                return None
            return datetime.fromtimestamp(int(text) / (1000 if form == "ms" else 1), UTC)
        if form == "iso":
            read = datetime.fromisoformat(text)
            return read if read.tzinfo is not None else None
        read = datetime.strptime(text, form.replace("%3f", "%f"))  # noqa: DTZ007 - the zone is the city's
        return read if read.tzinfo is not None else read.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OverflowError):
        return None


def code_rule(city: PlayedCity, rule: Plain) -> Mapping[str, str]:
    """The table of codes of a field, from the sender's word to the city's code."""
    table = rule.get("codes", {})
    found: Mapping[str, str] = city.told.get("codes", {}).get(table, {}) if isinstance(table, str) else table
    return found


def _codes(city: PlayedCity, rule: Plain) -> list[str]:
    more = [rule[name] for name in ("otherwise", "default") if name in rule]
    return list(dict.fromkeys([*code_rule(city, rule).values(), *more]))


def _leaves(record: Mapping[str, Any], known: set[str], before: str = "") -> Iterator[str]:
    """Members that no field is written to."""
    for name, value in record.items():
        full = before + name
        if full in known:
            continue
        if isinstance(value, Mapping) and any(each.startswith(full + ".") for each in known):
            yield from _leaves(value, known, full + ".")
        else:
            yield full


def _is_number(text: str, decimals: str | None) -> bool:
    found = re.fullmatch(r"-?[0-9]+(?:\.([0-9]+))?(?:e[-+]?[0-9]+)?", text)
    return found is not None and (decimals is None or len((found.group(1) or "").rstrip("0")) <= int(decimals))


def _check_fits(rule: Plain, code: str) -> bool:
    """The weighted sum of the values of the characters before the last, modulo, is the last one's value."""
    values = {sign: number for number, sign in enumerate(rule["alphabet"])}
    if not code or not set(code) <= set(values):
        return False
    weights = cycle(int(weight) for weight in rule["weights"])
    rest = sum(values[sign] * weight for sign, weight in zip(code[:-1], weights, strict=False)) % int(rule["modulus"])
    wanted = -rest % int(rule["modulus"]) if rule.get("complement") == "true" else rest
    return values[code[-1]] == wanted


def sources_of(rule: Plain) -> list[str]:
    """The paths that a field is taken from."""
    return [*texts(rule.get("from")), *re.findall(r"\{([\w.]+)\}", str(rule.get("value", "")))]
