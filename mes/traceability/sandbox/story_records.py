"""Records of the signed-JSON interface as steps of an element's story."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from mes.traceability.sandbox.signed.fields import interface
from mes.traceability.sandbox.steps import Responsible, Step
from mes.traceability.sandbox.store import Store
from mes.traceability.sandbox.words import Speech, stage_of, tone_of

_SHOWN_APART = {
    "id",
    "eventTime",
    "componentCode",
    "componentCodes",
    "identity",
    "step",
    "responsible",
    "photos",
    "result",
    "place",
    "position",
}
_STEPS = {  # type, and what its `step`, `inspectionType` or nothing says -> the portal's step
    ("component", ""): "component_file",
    ("production", "tagged"): "commissioning", ("production", "set_up"): "assembling",
    ("production", "reinforced"): "rebar", ("production", "cast"): "casting", ("production", "cured"): "curing",
    ("production", "demoulded"): "removing", ("production", "repaired"): "repairing",
    ("production", "stored"): "storing", ("production", "held"): "holding", ("production", "scrapped"): "destroying",
    ("inspection", "hidden"): "hidden_works", ("inspection", "final"): "final_inspection",
    ("inspection", "repeat"): "inspecting", ("inspection", "other"): "inspecting",
    ("shipment", "loaded"): "loading", ("shipment", "departed"): "departing", ("shipment", "arrived"): "arriving",
    ("shipment", "unloaded"): "unloading", ("shipment", "voided"): "void_shipping",
    ("receipt", "accepted"): "accepting", ("receipt", "rejected"): "holding", ("receipt", "installed"): "installing",
}  # fmt: skip
_DISPOSITIONS = {
    ("result", "1"): "conformant", ("result", "0"): "non_conformant", ("step", "accepted"): "conformant",
    ("step", "rejected"): "non_conformant", ("step", "scrapped"): "destroyed",
}  # fmt: skip


def record_steps(store: Store, codes: Collection[str], speech: Speech) -> list[tuple[int, Step]]:
    """The records about a component by any of its codes, each with its number, in the order of their effect."""
    rows = store.select(
        "SELECT signed_record.*, city_record.step, city_record.disposition, city_record.title_zh, city_record.title_en"
        " FROM signed_record JOIN signed_subject ON signed_subject.record = signed_record.id"
        " LEFT JOIN city_record ON city_record.record = signed_record.id"
        " WHERE signed_subject.code IN (SELECT value FROM json_each(?)) AND state = 'accepted'"
        " GROUP BY signed_record.id ORDER BY signed_record.id",
        (json.dumps(list(codes)),),
    )
    return [(row["id"], _step(row, speech)) for row in rows]


def component_facts(store: Store, codes: Collection[str]) -> dict[str, str]:
    """What the newest component file says of a component; where cities are played, what any of their records do."""
    rows = store.select(
        "SELECT body, city_record.record IS NOT NULL AS of_city FROM signed_record"
        " JOIN signed_subject ON signed_subject.record = signed_record.id"
        " LEFT JOIN city_record ON city_record.record = signed_record.id"
        " WHERE signed_subject.code IN (SELECT value FROM json_each(?)) AND state = 'accepted'"
        " AND (type = 'component' OR city_record.record IS NOT NULL) ORDER BY of_city, id DESC",
        (json.dumps(list(codes)),),
    )
    facts: dict[str, str] = {}
    for row in rows:
        if row["of_city"] or not facts:
            body = json.loads(row["body"])
            body = _in_its_own_units(body) if row["of_city"] else body
            told = {name: str(value) for name, value in body.items() if name not in _NO_FACT}
            wanted = _OF_THE_COMPONENT if row["of_city"] else set(told)
            facts |= {name: value for name, value in told.items() if name in wanted and name not in facts}
    return facts


def _in_its_own_units(body: Mapping[str, Any]) -> dict[str, Any]:
    """A city says in which unit it wants a mass, and not everywhere in kilograms."""
    return {"mass" if name == "weight" else name: value for name, value in body.items()}


_NO_FACT = ("id", "eventTime", "componentCode")
_OF_THE_COMPONENT = {
    "componentName", "componentNo", "model", "projectName", "building", "floor", "position", "strengthClass", "volume",
    "mass", "companyName", "companyCode", "rfid", "productionDate",
}  # fmt: skip


def known_components(store: Store, code: str) -> bool:
    """Whether a record names this component."""
    return bool(
        store.select(
            "SELECT 1 FROM signed_subject JOIN signed_record ON signed_record.id = record"
            " WHERE code = ? AND state = 'accepted' LIMIT 1",
            (code,),
        )
    )


def _step(row: sqlite3.Row, speech: Speech) -> Step:
    body = json.loads(row["body"])
    code, disposition = _meaning(row, body)
    zone = timezone(timedelta(hours=interface()["zone_hours"]))
    return Step(
        event_id=row["business_id"],
        moment=datetime.fromisoformat(row["event_time"]).replace(tzinfo=zone),
        title=speech.step(code),
        stage=stage_of(code),
        disposition=speech.disposition(disposition) if disposition else "",
        tone=tone_of(disposition),
        place=str(body.get("place") or body.get("position") or ""),
        carrier="",
        people=tuple(_people(body.get("responsible", []), speech)),
        facts=tuple(_facts(_in_its_own_units(body) if row["step"] is not None else body, speech)),
        materials=(),
        measurements=(),
        documents=(),
        photos=len(body.get("photos", [])),
        declared_wrong="",
        event_type=speech.speak("Signed record · %(type)s", type=_type(row, speech)),
    )


def _meaning(row: sqlite3.Row, body: Mapping[str, Any]) -> tuple[str, str]:
    """The portal's step, and the disposition that it leaves."""
    if row["step"] is not None:
        return row["step"], row["disposition"]
    code = _STEPS.get((row["type"], str(body.get("step", body.get("inspectionType", "")))), "other")
    told = (_DISPOSITIONS.get((name, str(body.get(name)))) for name in ("result", "step"))
    return code, next((entry for entry in told if entry), "")


def _type(row: sqlite3.Row, speech: Speech) -> str:
    if row["step"] is None:
        return speech.of("record_types", row["type"])
    return f"{row['title_zh' if speech.code == 'zh' else 'title_en']} · {row['type'].partition('/')[2]}"


def _people(entries: list[Mapping[str, str]], speech: Speech) -> Iterator[Responsible]:
    for entry in entries:
        yield Responsible(speech.of("roles", entry["role"]), entry["name"], entry.get("organisation", ""))


def _facts(body: Mapping[str, Any], speech: Speech) -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        if name not in _SHOWN_APART:
            told = as_words(value, speech)
            known = speech.of("record_values", told) if isinstance(value, str) and told in _CODED else told
            yield speech.of("facts", name), known


def as_words(value: Any, speech: Speech) -> str:
    """A value of a record for people; of objects, their members by name."""
    if isinstance(value, list):
        return "; ".join(as_words(each, speech) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{speech.of('facts', name)} {as_words(inner, speech)}" for name, inner in value.items())
    return str(value)


_CODED = {"hidden", "final", "repeat", "other", "out", "back"}
