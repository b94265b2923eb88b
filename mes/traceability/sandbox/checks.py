"""What each kind of value in an EPCIS document may be: checks that yield a fault with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mes.core.text import N_, Text
from mes.traceability.epcis.vocabulary import facts, vocabulary

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+$")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
_OFFSET = re.compile(r"[+-]((0\d|1[0-3]):[0-5]\d|14:00)$")
_UNIT = re.compile(r"[A-Z0-9]{2,3}$")
_HEX = re.compile(r"[A-Fa-f0-9]+$")
_OWNED_BY_CBV = re.compile(r"(urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/)")
COMMENTS = {"comment", "rdfs:comment"}


@dataclass(frozen=True)
class ValidationFault:
    """One broken rule: where (a path such as `epcList[0]`), and what is wrong."""

    path: str
    message: Text


Faults = Iterator[ValidationFault]
Check = Callable[[str, Any], Faults]


def require_time(path: str, value: object) -> Faults:
    """A date and time with its zone."""
    if not isinstance(value, str) or not _TIME.match(value):
        yield ValidationFault(
            path, Text(N_("a date and time with its zone is expected, such as 2026-03-04T11:00:30.000+08:00"))
        )
        return
    try:
        datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        yield ValidationFault(path, Text(N_("%(value)s is no date in the calendar"), {"value": value}))


def _uri(path: str, value: object) -> Faults:
    if not isinstance(value, str) or not URI.match(value):
        yield ValidationFault(path, Text(N_("a URI is expected")))


def _matching(pattern: re.Pattern[str], expected: str) -> Check:
    def check(path: str, value: object) -> Faults:
        if not isinstance(value, str) or not pattern.match(value):
            yield ValidationFault(path, Text(N_("%(expected)s is expected"), {"expected": Text(expected)}))

    return check


def _word(name: str) -> Check:
    def check(path: str, value: object) -> Faults:
        if isinstance(value, str) and value in vocabulary(name).words:
            return
        if not isinstance(value, str) or not URI.match(value) or _OWNED_BY_CBV.match(value):
            yield ValidationFault(
                path,
                Text(
                    N_("%(value)s is no %(name)s of CBV 2.0, and no URI of another vocabulary"),
                    {"value": repr(value), "name": name},
                ),
            )

    return check


def _number(path: str, value: object) -> Faults:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        yield ValidationFault(path, Text(N_("a number is expected")))


def _kind(expected: type, words: str) -> Check:
    def check(path: str, value: object) -> Faults:
        if not isinstance(value, expected):
            yield ValidationFault(path, Text(N_("%(expected)s is expected"), {"expected": Text(words)}))

    return check


def _list_of(item: Check, *, distinct: bool = False) -> Check:
    def check(path: str, value: object) -> Faults:
        if not isinstance(value, list):
            yield ValidationFault(path, Text(N_("a list is expected")))
            return
        for index, entry in enumerate(value):
            yield from item(f"{path}[{index}]", entry)
        if distinct and len({str(entry) for entry in value}) < len(value):
            yield ValidationFault(path, Text(N_("holds an entry twice")))

    return check


def _record(members: Mapping[str, Check], required: tuple[str, ...] = (), *, closed: bool = False) -> Check:
    def check(path: str, value: object) -> Faults:
        if not isinstance(value, dict):
            yield ValidationFault(path, Text(N_("an object is expected")))
            return
        for name in required:
            if name not in value:
                yield ValidationFault(f"{path}.{name}", Text(N_("is missing")))
        for name, entry in value.items():
            if name in members:
                yield from members[name](f"{path}.{name}", entry)
            elif name not in COMMENTS and (closed or not URI.match(name)):
                yield ValidationFault(f"{path}.{name}", Text(N_("is not known here")))

    return check


def _either(first: Check, second: Check) -> Check:
    def check(path: str, value: object) -> Faults:
        yield from (second if isinstance(value, list) else first)(path, value)

    return check


def _extension_keys(path: str, value: object) -> Faults:
    if not isinstance(value, Mapping):
        yield ValidationFault(path, Text(N_("an object is expected")))
        return
    for name in value:
        if not URI.match(name):
            yield ValidationFault(f"{path}.{name}", Text(N_("is written prefix:name")))


def _sensor_members(section: str) -> dict[str, Check]:
    checks: dict[str, Check] = {
        "times": require_time,
        "uris": _uri,
        "numbers": _number,
        "texts": _kind(str, N_("a text")),
        "booleans": _kind(bool, N_("true or false")),
    }
    return {name: checks[kind] for kind, names in facts()[section].items() for name in names}


_QUANTITY = _record(
    {"epcClass": _uri, "quantity": _number, "uom": _matching(_UNIT, N_("a UN/ECE unit code"))},
    ("epcClass",),
    closed=True,
)
_SENSOR_REPORT = _record(
    _sensor_members("sensor_report")
    | {
        "type": _word("measurement"),
        "exception": _word("sensorAlert"),
        "component": _word("component"),
        "hexBinaryValue": _matching(_HEX, N_("a hexadecimal text")),
    },
    ("type",),
)
_SENSOR_ELEMENT = _record(
    {"sensorMetadata": _record(_sensor_members("sensor_metadata")), "sensorReport": _list_of(_SENSOR_REPORT)},
    ("sensorReport",),
)
_PARTY_TYPE = _word("sourceDestinationType")
_URIS, _DISTINCT_URIS = _list_of(_uri), _list_of(_uri, distinct=True)
_DISPOSITIONS = _list_of(_word("disposition"), distinct=True)
FIELDS: dict[str, Check] = {
    "eventTime": require_time,
    "recordTime": require_time,
    "eventTimeZoneOffset": _matching(_OFFSET, N_("an offset such as +08:00")),
    "eventID": _uri,
    "certificationInfo": _either(_uri, _URIS),
    "errorDeclaration": _record(
        {"declarationTime": require_time, "reason": _word("errorReason"), "correctiveEventIDs": _URIS},
        ("declarationTime",),
    ),
    "bizStep": _word("bizStep"),
    "disposition": _word("disposition"),
    "persistentDisposition": _record({"set": _DISPOSITIONS, "unset": _DISPOSITIONS}, closed=True),
    "readPoint": _record({"id": _uri}, ("id",)),
    "bizLocation": _record({"id": _uri}, ("id",)),
    "parentID": _uri,
    "transformationID": _uri,
    "epcList": _DISTINCT_URIS,
    "inputEPCList": _DISTINCT_URIS,
    "outputEPCList": _DISTINCT_URIS,
    "childEPCs": _URIS,
    "quantityList": _list_of(_QUANTITY),
    "childQuantityList": _list_of(_QUANTITY),
    "inputQuantityList": _list_of(_QUANTITY),
    "outputQuantityList": _list_of(_QUANTITY),
    "bizTransactionList": _list_of(
        _record({"type": _word("bizTransactionType"), "bizTransaction": _uri}, ("bizTransaction",), closed=True)
    ),
    "sourceList": _list_of(_record({"type": _PARTY_TYPE, "source": _uri}, ("type", "source"), closed=True)),
    "destinationList": _list_of(
        _record({"type": _PARTY_TYPE, "destination": _uri}, ("type", "destination"), closed=True)
    ),
    "sensorElementList": _list_of(_SENSOR_ELEMENT),
    "ilmd": _extension_keys,
}
