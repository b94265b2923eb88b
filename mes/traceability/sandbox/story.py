"""An element's story, put together from the events that name it, and from those of what carried it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mes.traceability.epcis.digital_link import CANONICAL, canonical_uri
from mes.traceability.epcis.vocabulary import vocabulary
from mes.traceability.sandbox.intake import step_code
from mes.traceability.sandbox.steps import Responsible, Step
from mes.traceability.sandbox.store import Store, StoredEvent
from mes.traceability.sandbox.story_records import component_facts, known_components, record_steps
from mes.traceability.sandbox.words import Speech, stage_of, tone_of

_SHOWN_APART = {"people", "processStep", "placeName", "photos"}
_KEY_NAMES = {
    "01": "GTIN", "21": "serial", "10": "batch", "8003": "GRAI", "8004": "GIAI", "00": "SSCC", "414": "GLN",
    "254": "extension", "417": "party",
}  # fmt: skip

_SUBTITLE = ("typeName", "componentName", "typeCode", "projectName", "project")
_COMPONENT = "component code"


@dataclass(frozen=True)
class Story:
    """Everything that is known of one thing."""

    epc: str
    key: tuple[tuple[str, str], ...]
    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    stages: tuple[tuple[str, str, str], ...]
    """Stage code, its name and the day it was first reached, or an empty text."""
    last_step: str
    current: str
    tone: str


def tell_story(store: Store, epc: str, speech: Speech) -> Story | None:
    """The story of `epc`, any form of its key, or of a component code; None where nothing names it."""
    key = canonical_uri(epc.strip())
    own = store.events_of(key)
    birth = _birth_facts(own)
    codes = {key, birth.get("elementCode", key)}
    if not own and not known_components(store, key):
        return None
    steps = _steps(store, key, own, speech) + [step for _, step in record_steps(store, codes, speech)]
    steps.sort(key=lambda step: step.moment)
    facts = component_facts(store, codes) | birth
    valid = [step for step in steps if not step.declared_wrong]
    last = next((step for step in reversed(valid) if step.disposition), None)
    return Story(
        epc=key,
        key=key_parts(key) if key.startswith(CANONICAL) or own else ((_COMPONENT, key),),
        title=birth.get("elementCode") or birth.get("typeName") or short_key(key),
        subtitle=" · ".join(dict.fromkeys(facts[name] for name in _SUBTITLE if name in facts)),
        facts=tuple((speech.of("facts", name), value) for name, value in facts.items()),
        steps=tuple(steps),
        stages=_stages(valid, speech),
        last_step=valid[-1].title if valid else "",
        current=last.disposition if last else "",
        tone=last.tone if last else "plain",
    )


def _steps(store: Store, key: str, own: Sequence[StoredEvent], speech: Speech) -> list[Step]:
    """The steps that events tell of, by time; of two at one time, the one stored first."""
    carried = _while_carried(store, key, own)
    wrong = _declared_wrong([*own, *(event for event, _ in carried)])
    shown = [entry for entry in [*((event, "") for event in own), *carried] if "errorDeclaration" not in entry[0].body]
    shown.sort(key=lambda entry: (datetime.fromisoformat(entry[0].body["eventTime"]), entry[0].id))
    return [_step(event, carrier, wrong, speech) for event, carrier in shown]


def key_parts(key: str) -> tuple[tuple[str, str], ...]:
    """The parts of a key: (GTIN, …), (serial, …)."""
    if not key.startswith(CANONICAL + "/"):
        return (("ID", key),)
    parts = key.removeprefix(CANONICAL + "/").split("/")
    return tuple((_KEY_NAMES.get(name, name), value) for name, value in zip(parts[::2], parts[1::2], strict=False))


def short_key(key: str) -> str:
    """The last and most telling part of a key."""
    return key_parts(key)[-1][1]


def _while_carried(store: Store, key: str, own: Sequence[StoredEvent]) -> list[tuple[StoredEvent, str]]:
    """Events of the loads and moulds that held the thing, while they held it, each with its carrier."""
    found = []
    for carrier, since, until in _stays(key, own):
        for event in store.events_of(carrier):
            at = datetime.fromisoformat(event.body["eventTime"])
            named = any(event.id == mine.id for mine in own)
            if not named and since <= at and (until is None or at <= until):
                found.append((event, carrier))
    return found


def _stays(key: str, own: Sequence[StoredEvent]) -> Iterator[tuple[str, datetime, datetime | None]]:
    open_stays: dict[str, datetime] = {}
    for event in own:
        body = event.body
        if body["type"] != "AggregationEvent" or "parentID" not in body or "errorDeclaration" in body:
            continue
        if key not in [canonical_uri(child) for child in body.get("childEPCs", [])]:
            continue
        parent, at = canonical_uri(body["parentID"]), datetime.fromisoformat(body["eventTime"])
        if body["action"] == "ADD":
            open_stays[parent] = at
        elif body["action"] == "DELETE" and parent in open_stays:
            yield parent, open_stays.pop(parent), at
    yield from ((parent, since, None) for parent, since in open_stays.items())


def _declared_wrong(events: Sequence[StoredEvent]) -> dict[str, str]:
    return {
        event.event_id: vocabulary("errorReason").bare_word(event.body["errorDeclaration"].get("reason", ""))
        for event in events
        if "errorDeclaration" in event.body
    }


def _birth_facts(own: Sequence[StoredEvent]) -> dict[str, str]:
    facts: dict[str, str] = {}
    for event in own:
        for name, value in event.body.get("ilmd", {}).items():
            if isinstance(value, (str, int, float)):
                facts[_bare_name(name)] = _plain(value)
    return facts


def _step(event: StoredEvent, carrier: str, wrong: Mapping[str, str], speech: Speech) -> Step:
    body = event.body
    code = step_code(body)
    disposition = vocabulary("disposition").bare_word(body.get("disposition", ""))
    extensions = {_bare_name(name): value for name, value in body.items() if ":" in name}
    reason = wrong.get(event.event_id)
    return Step(
        event_id=event.event_id,
        moment=datetime.fromisoformat(body["eventTime"]),
        title=_title(body, code, speech),
        stage=stage_of(code),
        disposition=speech.disposition(disposition) if disposition else "",
        tone=tone_of(disposition),
        place=_place(body, extensions),
        carrier=_carrier(carrier, speech),
        people=tuple(_people(extensions.get("people", []), speech)),
        facts=tuple(_facts(extensions, speech)),
        materials=tuple(_materials(body, speech)),
        measurements=tuple(_measurements(body, speech)),
        documents=tuple(_short_document(entry["bizTransaction"]) for entry in body.get("bizTransactionList", [])),
        photos=_photo_count(extensions.get("photos")),
        declared_wrong=speech.of("error_reasons", reason) if reason is not None else "",
        event_type=body["type"],
    )


def _carrier(key: str, speech: Speech) -> str:
    if not key:
        return ""
    if "/00/" in key:
        return speech.speak("with load %(carrier)s", carrier=short_key(key))
    return speech.speak("with mould or pallet %(carrier)s", carrier=short_key(key))


def _title(body: Mapping[str, Any], code: str, speech: Speech) -> str:
    if code == "commissioning" and any("/00/" in canonical_uri(epc) for epc in body.get("epcList", [])):
        return speech.speak("Load opened")
    return speech.step(code)


def _place(body: Mapping[str, Any], extensions: Mapping[str, Any]) -> str:
    named = extensions.get("placeName")
    if isinstance(named, str):
        return _plain(named)
    place = body.get("bizLocation") or body.get("readPoint")
    if not place:
        return ""
    parts = key_parts(canonical_uri(place["id"]))
    return " / ".join(f"{name} {value}" if name == "GLN" else value for name, value in parts)


def _people(value: Any, speech: Speech) -> Iterator[Responsible]:
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, Mapping):
            known = {_bare_name(name): str(part) for name, part in entry.items()}
            role = _bare_name(known.get("role", ""))
            yield Responsible(
                speech.of("roles", role), _plain(known.get("name", "")), _plain(known.get("organisation", ""))
            )


def _facts(extensions: Mapping[str, Any], speech: Speech) -> Iterator[tuple[str, str]]:
    for name, value in extensions.items():
        if name not in _SHOWN_APART and isinstance(value, (str, int, float)):
            yield speech.of("facts", name), _plain(value)


def _materials(body: Mapping[str, Any], speech: Speech) -> Iterator[tuple[str, str]]:
    for name in ("inputQuantityList", "quantityList", "childQuantityList"):
        for entry in body.get(name, []):
            amount = _amount(entry.get("quantity"), entry.get("uom"), speech)
            yield short_key(canonical_uri(entry["epcClass"])), amount


def _measurements(body: Mapping[str, Any], speech: Speech) -> Iterator[tuple[str, str]]:
    for element in body.get("sensorElementList", []):
        for report in element["sensorReport"]:
            kind = speech.of("measurements", vocabulary("measurement").bare_word(report["type"]))
            unit = report.get("uom")
            if "minValue" in report or "maxValue" in report:
                span = " … ".join(str(report[side]) for side in ("minValue", "maxValue") if side in report)
                mean = f" (⌀ {report['meanValue']})" if "meanValue" in report else ""
                yield kind, f"{span} {speech.of('units', unit) if unit else ''}{mean}".strip()
            elif "value" in report or "meanValue" in report:
                yield kind, _amount(report.get("value", report.get("meanValue")), unit, speech)


def _amount(quantity: Any, unit: str | None, speech: Speech) -> str:
    if quantity is None:
        return ""
    return f"{quantity} {speech.of('units', unit) if unit else ''}".strip()


def _photo_count(value: Any) -> int:
    if value is None:
        return 0
    return len(value) if isinstance(value, list) else 1


def _short_document(uri: str) -> str:
    return re.split(r"[/:]", uri.rstrip("/"))[-1]


def _stages(steps: Sequence[Step], speech: Speech) -> tuple[tuple[str, str, str], ...]:
    first: dict[str, str] = {}
    for step in steps:
        first.setdefault(step.stage, step.moment.strftime("%m-%d"))
    order = ("production", "inspection", "storage", "transport", "site")
    return tuple((stage, speech.of("stages", stage), first.get(stage, "")) for stage in order)


def _bare_name(name: str) -> str:
    return name.rsplit(":", 1)[-1].rsplit("/", 1)[-1]


def _plain(value: str | int | float) -> str:
    if isinstance(value, str) and value.startswith("pc:"):
        return _bare_name(value)
    return str(value).removeprefix("text:")
