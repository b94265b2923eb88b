"""The platform's own judgement of EPCIS 2.0 documents: strict, and independent of what builds our events.

The rules are the facts of EPCIS 2.0 (mandatory fields and actions per event type, CBV words, prefix:name for
everything else), held in `epcis/cbv.yaml`; GS1's own schema is not part of the program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from mes.traceability.epcis.vocabulary import facts, vocabulary

EVENT_TYPES = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+$")
_VERSION = re.compile(r"\d+(\.\d+)*$")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
_OFFSET = re.compile(r"[+-]((0\d|1[0-3]):[0-5]\d|14:00)$")
_UNIT = re.compile(r"[A-Z0-9]{2,3}$")
_HEX = re.compile(r"[A-Fa-f0-9]+$")
_OWNED_BY_CBV = re.compile(r"(urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/)")
_COMMENTS = {"comment", "rdfs:comment"}


@dataclass(frozen=True)
class ValidationFault:
    """One broken rule: where (a path such as `epcList[0]`), and what is wrong."""

    path: str
    message: str


Faults = Iterator[ValidationFault]


def envelope_faults(document: object) -> list[ValidationFault]:
    """What is wrong with a document around its events; none of the events is looked at."""
    return list(_envelope(document))


def events_of(document: Mapping[str, Any]) -> list[Any]:
    """The events of a document without envelope faults."""
    body = document["epcisBody"]
    events = body["queryResults"]["resultsBody"] if document["type"] == "EPCISQueryDocument" else body
    listed: list[Any] = events["eventList"]
    return listed


def event_faults(event: object, context: object) -> list[ValidationFault]:
    """What is wrong with one event of a document whose `@context` is `context`."""
    return judge_of(context)(event)


def judge_of(context: object) -> Callable[[object], list[ValidationFault]]:
    """Judges the events of one document, whose `@context` is read once."""
    declared = _declared_prefixes([context])

    def judge(event: object) -> list[ValidationFault]:
        if not isinstance(event, dict):
            return [ValidationFault("", "an event is an object")]
        prefixes = _declared_prefixes([context, event["@context"]]) if "@context" in event else declared
        return [*_event(event), *_names(event, prefixes)]

    return judge


def _envelope(document: object) -> Faults:
    if not isinstance(document, Mapping):
        yield ValidationFault("", "the document is a JSON object")
        return
    kind = document.get("type")
    if kind not in ("EPCISDocument", "EPCISQueryDocument"):
        yield ValidationFault("type", "EPCISDocument or EPCISQueryDocument is expected")
        return
    if "@context" not in document:
        yield ValidationFault("@context", "is missing")
    yield from _version_and_date(document, required=kind == "EPCISDocument")
    yield from _body(document)


def _version_and_date(document: Mapping[str, Any], *, required: bool) -> Faults:
    version, created = document.get("schemaVersion"), document.get("creationDate")
    if version is None and required:
        yield ValidationFault("schemaVersion", "is missing")
    elif version is not None and not (isinstance(version, str) and _VERSION.match(version)):
        yield ValidationFault("schemaVersion", "is a version such as 2.0")
    elif isinstance(version, str) and not re.match(r"2\.0(\.\d+)*$", version):
        yield ValidationFault("schemaVersion", f"{version} is not served here, only 2.0")
    if created is None and required:
        yield ValidationFault("creationDate", "is missing")
    elif created is not None:
        yield from _time("creationDate", created)


def _body(document: Mapping[str, Any]) -> Faults:
    place: Any = document.get("epcisBody")
    path = "epcisBody"
    if document["type"] == "EPCISQueryDocument":
        for name in ("queryResults", "resultsBody"):
            place = place.get(name) if isinstance(place, Mapping) else None
            path += f".{name}"
    if not isinstance(place, Mapping) or not isinstance(place.get("eventList"), list):
        yield ValidationFault(f"{path}.eventList", "a list of events is expected")


def _event(event: Mapping[str, Any]) -> Faults:
    kind = event.get("type")
    if not isinstance(kind, str) or (kind not in EVENT_TYPES and not _URI.match(kind)):
        yield ValidationFault("type", "an EPCIS event type or prefix:name is expected")
        return
    yield from _times(event)
    if kind in EVENT_TYPES:
        yield from _known_properties(event, kind)
        yield from _RULES[kind](event)
    for name, check in _FIELDS.items():
        if name in event:
            yield from check(name, event[name])


def _times(event: Mapping[str, Any]) -> Faults:
    for name in ("eventTime", "eventTimeZoneOffset"):
        if name not in event:
            yield ValidationFault(name, "is missing")


def _known_properties(event: Mapping[str, Any], kind: str) -> Faults:
    known = _properties(kind)
    for name in event:
        if name not in known and not _URI.match(name):
            yield ValidationFault(name, f"is no property of {kind}; an extension is written prefix:name")


@cache
def _properties(kind: str) -> frozenset[str]:
    return frozenset({*facts()["event_properties"]["every"], *facts()["event_properties"][kind], *_COMMENTS})


# What each type of event must say.


def _action(event: Mapping[str, Any]) -> Faults:
    if event.get("action") not in facts()["actions"]:
        yield ValidationFault("action", "ADD, OBSERVE or DELETE is expected")


def _object_event(event: Mapping[str, Any]) -> Faults:
    yield from _action(event)
    by_sensor = event.get("sensorElementList") and "readPoint" in event
    if "epcList" not in event and not event.get("quantityList") and not by_sensor:
        yield ValidationFault("epcList", "epcList, quantityList, or sensorElementList with readPoint is expected")
    if "ilmd" in event and event.get("action") != "ADD":
        yield ValidationFault("ilmd", "is allowed with action ADD only")


def _containment_event(event: Mapping[str, Any]) -> Faults:
    yield from _action(event)
    action = event.get("action")
    if action != "DELETE" and not event.get("childEPCs") and not event.get("childQuantityList"):
        yield ValidationFault("childEPCs", f"childEPCs or childQuantityList is expected with action {action}")
    if "parentID" not in event and (event["type"] == "AssociationEvent" or action != "OBSERVE"):
        yield ValidationFault("parentID", f"is expected with action {action}")


def _transaction_event(event: Mapping[str, Any]) -> Faults:
    yield from _action(event)
    if not event.get("bizTransactionList"):
        yield ValidationFault("bizTransactionList", "at least one business transaction is expected")
    if event.get("action") != "DELETE" and "epcList" not in event and not event.get("quantityList"):
        yield ValidationFault("epcList", "epcList or quantityList is expected unless the action is DELETE")


def _transformation_event(event: Mapping[str, Any]) -> Faults:
    inputs = bool(event.get("inputEPCList") or event.get("inputQuantityList"))
    outputs = bool(event.get("outputEPCList") or event.get("outputQuantityList"))
    complete = inputs or outputs if "transformationID" in event else inputs and outputs
    if not complete:
        yield ValidationFault("outputEPCList", "inputs and outputs are expected, or one and a transformationID")


_RULES: dict[str, Callable[[Mapping[str, Any]], Faults]] = {
    "ObjectEvent": _object_event,
    "AggregationEvent": _containment_event,
    "AssociationEvent": _containment_event,
    "TransactionEvent": _transaction_event,
    "TransformationEvent": _transformation_event,
}

# What each kind of value may be.

Check = Callable[[str, Any], Faults]


def _time(path: str, value: object) -> Faults:
    if not isinstance(value, str) or not _TIME.match(value):
        yield ValidationFault(path, "a date and time with its zone is expected, such as 2026-03-04T11:00:30.000+08:00")
        return
    try:
        datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        yield ValidationFault(path, f"{value} is no date in the calendar")


def _uri(path: str, value: object) -> Faults:
    if not isinstance(value, str) or not _URI.match(value):
        yield ValidationFault(path, "a URI is expected")


def _matching(pattern: re.Pattern[str], expected: str) -> Check:
    def check(path: str, value: object) -> Faults:
        if not isinstance(value, str) or not pattern.match(value):
            yield ValidationFault(path, f"{expected} is expected")

    return check


def _word(name: str) -> Check:
    def check(path: str, value: object) -> Faults:
        if isinstance(value, str) and value in vocabulary(name).words:
            return
        if not isinstance(value, str) or not _URI.match(value) or _OWNED_BY_CBV.match(value):
            yield ValidationFault(path, f"{value!r} is no {name} of CBV 2.0, and no URI of another vocabulary")

    return check


def _number(path: str, value: object) -> Faults:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        yield ValidationFault(path, "a number is expected")


def _kind(expected: type, words: str) -> Check:
    def check(path: str, value: object) -> Faults:
        if not isinstance(value, expected):
            yield ValidationFault(path, f"{words} is expected")

    return check


def _list_of(item: Check, *, distinct: bool = False) -> Check:
    def check(path: str, value: object) -> Faults:
        if not isinstance(value, list):
            yield ValidationFault(path, "a list is expected")
            return
        for index, entry in enumerate(value):
            yield from item(f"{path}[{index}]", entry)
        if distinct and len({str(entry) for entry in value}) < len(value):
            yield ValidationFault(path, "holds an entry twice")

    return check


def _record(members: Mapping[str, Check], required: tuple[str, ...] = (), *, closed: bool = False) -> Check:
    def check(path: str, value: object) -> Faults:
        if not isinstance(value, dict):
            yield ValidationFault(path, "an object is expected")
            return
        for name in required:
            if name not in value:
                yield ValidationFault(f"{path}.{name}", "is missing")
        for name, entry in value.items():
            if name in members:
                yield from members[name](f"{path}.{name}", entry)
            elif name not in _COMMENTS and (closed or not _URI.match(name)):
                yield ValidationFault(f"{path}.{name}", "is not known here")

    return check


def _either(first: Check, second: Check) -> Check:
    def check(path: str, value: object) -> Faults:
        yield from (second if isinstance(value, list) else first)(path, value)

    return check


def _extension_keys(path: str, value: object) -> Faults:
    if not isinstance(value, Mapping):
        yield ValidationFault(path, "an object is expected")
        return
    for name in value:
        if not _URI.match(name):
            yield ValidationFault(f"{path}.{name}", "is written prefix:name")


def _sensor_members(section: str) -> dict[str, Check]:
    checks: dict[str, Check] = {
        "times": _time,
        "uris": _uri,
        "numbers": _number,
        "texts": _kind(str, "a text"),
        "booleans": _kind(bool, "true or false"),
    }
    return {name: checks[kind] for kind, names in facts()[section].items() for name in names}


_QUANTITY = _record(
    {"epcClass": _uri, "quantity": _number, "uom": _matching(_UNIT, "a UN/ECE unit code")}, ("epcClass",), closed=True
)
_SENSOR_REPORT = _record(
    _sensor_members("sensor_report")
    | {
        "type": _word("measurement"),
        "exception": _word("sensorAlert"),
        "component": _word("component"),
        "hexBinaryValue": _matching(_HEX, "a hexadecimal text"),
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
_FIELDS: dict[str, Check] = {
    "eventTime": _time,
    "recordTime": _time,
    "eventTimeZoneOffset": _matching(_OFFSET, "an offset such as +08:00"),
    "eventID": _uri,
    "certificationInfo": _either(_uri, _URIS),
    "errorDeclaration": _record(
        {"declarationTime": _time, "reason": _word("errorReason"), "correctiveEventIDs": _URIS}, ("declarationTime",)
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


# A prefix without a meaning makes an extension worthless, so each must be declared.


def _names(value: Mapping[str, Any], prefixes: set[str] | None, path: str = "") -> Faults:
    if prefixes is None:
        return
    for name, entry in value.items():
        prefix, colon, rest = name.partition(":")
        if colon and not rest.startswith("//") and prefix not in prefixes and prefix != "urn":
            yield ValidationFault(f"{path}{name}", f"the prefix {prefix} is not declared in @context")
        for part in entry if isinstance(entry, list) else [entry]:
            if isinstance(part, dict) and name != "@context":
                yield from _names(part, prefixes, f"{path}{name}.")


def _declared_prefixes(context: object) -> set[str] | None:
    """The prefixes of a context, or None where it refers to one that we do not know by heart."""
    if isinstance(context, Mapping):
        return set(context) | set(facts()["prefixes"])
    if isinstance(context, str):
        return set(facts()["prefixes"]) if "epcis-context.jsonld" in context else None
    if not isinstance(context, list):
        return set(facts()["prefixes"])
    declared = [_declared_prefixes(part) for part in context]
    known = [prefixes for prefixes in declared if prefixes is not None]
    return set().union(*known) if len(known) == len(declared) else None
