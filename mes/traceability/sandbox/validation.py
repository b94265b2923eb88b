"""The platform's own judgement of EPCIS 2.0 documents: strict, and independent of what builds our events.

The rules are the facts of EPCIS 2.0 (mandatory fields and actions per event type, CBV words, prefix:name for
everything else), held in `epcis/cbv.yaml`; GS1's own schema is not part of the program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from mes.core.text import N_, Text
from mes.traceability.epcis.vocabulary import facts
from mes.traceability.sandbox.checks import COMMENTS, FIELDS, URI, Faults, ValidationFault, require_time

EVENT_TYPES = ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent")

_VERSION = re.compile(r"\d+(\.\d+)*$")


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
            return [ValidationFault("", Text(N_("an event is an object")))]
        prefixes = _declared_prefixes([context, event["@context"]]) if "@context" in event else declared
        return [*_event(event), *_names(event, prefixes)]

    return judge


def _envelope(document: object) -> Faults:
    if not isinstance(document, Mapping):
        yield ValidationFault("", Text(N_("the document is a JSON object")))
        return
    kind = document.get("type")
    if kind not in ("EPCISDocument", "EPCISQueryDocument"):
        yield ValidationFault("type", Text(N_("EPCISDocument or EPCISQueryDocument is expected")))
        return
    if "@context" not in document:
        yield ValidationFault("@context", Text(N_("is missing")))
    yield from _version_and_date(document, required=kind == "EPCISDocument")
    yield from _body(document)


def _version_and_date(document: Mapping[str, Any], *, required: bool) -> Faults:
    version, created = document.get("schemaVersion"), document.get("creationDate")
    if version is None and required:
        yield ValidationFault("schemaVersion", Text(N_("is missing")))
    elif version is not None and not (isinstance(version, str) and _VERSION.match(version)):
        yield ValidationFault("schemaVersion", Text(N_("is a version such as 2.0")))
    elif isinstance(version, str) and not re.match(r"2\.0(\.\d+)*$", version):
        yield ValidationFault(
            "schemaVersion", Text(N_("%(version)s is not served here, only 2.0"), {"version": version})
        )
    if created is None and required:
        yield ValidationFault("creationDate", Text(N_("is missing")))
    elif created is not None:
        yield from require_time("creationDate", created)


def _body(document: Mapping[str, Any]) -> Faults:
    place: Any = document.get("epcisBody")
    path = "epcisBody"
    if document["type"] == "EPCISQueryDocument":
        for name in ("queryResults", "resultsBody"):
            place = place.get(name) if isinstance(place, Mapping) else None
            path += f".{name}"
    if not isinstance(place, Mapping) or not isinstance(place.get("eventList"), list):
        yield ValidationFault(f"{path}.eventList", Text(N_("a list of events is expected")))


def _event(event: Mapping[str, Any]) -> Faults:
    kind = event.get("type")
    if not isinstance(kind, str) or (kind not in EVENT_TYPES and not URI.match(kind)):
        yield ValidationFault("type", Text(N_("an EPCIS event type or prefix:name is expected")))
        return
    yield from _times(event)
    if kind in EVENT_TYPES:
        yield from _known_properties(event, kind)
        yield from _RULES[kind](event)
    for name, check in FIELDS.items():
        if name in event:
            yield from check(name, event[name])


def _times(event: Mapping[str, Any]) -> Faults:
    for name in ("eventTime", "eventTimeZoneOffset"):
        if name not in event:
            yield ValidationFault(name, Text(N_("is missing")))


def _known_properties(event: Mapping[str, Any], kind: str) -> Faults:
    known = _properties(kind)
    for name in event:
        if name not in known and not URI.match(name):
            yield ValidationFault(
                name, Text(N_("is no property of %(kind)s; an extension is written prefix:name"), {"kind": kind})
            )


@cache
def _properties(kind: str) -> frozenset[str]:
    return frozenset({*facts()["event_properties"]["every"], *facts()["event_properties"][kind], *COMMENTS})


# What each type of event must say.


def _action(event: Mapping[str, Any]) -> Faults:
    if event.get("action") not in facts()["actions"]:
        yield ValidationFault("action", Text(N_("ADD, OBSERVE or DELETE is expected")))


def _object_event(event: Mapping[str, Any]) -> Faults:
    yield from _action(event)
    by_sensor = event.get("sensorElementList") and "readPoint" in event
    if "epcList" not in event and not event.get("quantityList") and not by_sensor:
        yield ValidationFault(
            "epcList", Text(N_("epcList, quantityList, or sensorElementList with readPoint is expected"))
        )
    if "ilmd" in event and event.get("action") != "ADD":
        yield ValidationFault("ilmd", Text(N_("is allowed with action ADD only")))


def _containment_event(event: Mapping[str, Any]) -> Faults:
    yield from _action(event)
    action = event.get("action")
    if action != "DELETE" and not event.get("childEPCs") and not event.get("childQuantityList"):
        yield ValidationFault(
            "childEPCs",
            Text(N_("childEPCs or childQuantityList is expected with action %(action)s"), {"action": action}),
        )
    if "parentID" not in event and (event["type"] == "AssociationEvent" or action != "OBSERVE"):
        yield ValidationFault("parentID", Text(N_("is expected with action %(action)s"), {"action": action}))


def _transaction_event(event: Mapping[str, Any]) -> Faults:
    yield from _action(event)
    if not event.get("bizTransactionList"):
        yield ValidationFault("bizTransactionList", Text(N_("at least one business transaction is expected")))
    if event.get("action") != "DELETE" and "epcList" not in event and not event.get("quantityList"):
        yield ValidationFault("epcList", Text(N_("epcList or quantityList is expected unless the action is DELETE")))


def _transformation_event(event: Mapping[str, Any]) -> Faults:
    inputs = bool(event.get("inputEPCList") or event.get("inputQuantityList"))
    outputs = bool(event.get("outputEPCList") or event.get("outputQuantityList"))
    complete = inputs or outputs if "transformationID" in event else inputs and outputs
    if not complete:
        yield ValidationFault(
            "outputEPCList", Text(N_("inputs and outputs are expected, or one and a transformationID"))
        )


_RULES: dict[str, Callable[[Mapping[str, Any]], Faults]] = {
    "ObjectEvent": _object_event,
    "AggregationEvent": _containment_event,
    "AssociationEvent": _containment_event,
    "TransactionEvent": _transaction_event,
    "TransformationEvent": _transformation_event,
}


# A prefix without a meaning makes an extension worthless, so each must be declared.


def _names(value: Mapping[str, Any], prefixes: set[str] | None, path: str = "") -> Faults:
    if prefixes is None:
        return
    for name, entry in value.items():
        prefix, colon, rest = name.partition(":")
        if colon and not rest.startswith("//") and prefix not in prefixes and prefix != "urn":
            yield ValidationFault(
                f"{path}{name}", Text(N_("the prefix %(prefix)s is not declared in @context"), {"prefix": prefix})
            )
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
