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
        "SELECT signed_record.* FROM signed_record JOIN signed_subject ON signed_subject.record = signed_record.id"
        " WHERE signed_subject.code IN (SELECT value FROM json_each(?)) AND state = 'accepted'"
        " GROUP BY signed_record.id ORDER BY signed_record.id",
        (json.dumps(list(codes)),),
    )
    return [(row["id"], _step(row, speech)) for row in rows]


def component_facts(store: Store, codes: Collection[str]) -> dict[str, str]:
    """What the newest component file says of a component."""
    rows = store.select(
        "SELECT body FROM signed_record JOIN signed_subject ON signed_subject.record = signed_record.id"
        " WHERE signed_subject.code IN (SELECT value FROM json_each(?)) AND state = 'accepted' AND type = 'component'"
        " ORDER BY id DESC LIMIT 1",
        (json.dumps(list(codes)),),
    )
    body = json.loads(rows[0]["body"]) if rows else {}
    return {name: str(value) for name, value in body.items() if name not in ("id", "eventTime", "componentCode")}


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
    code = _STEPS.get((row["type"], str(body.get("step", body.get("inspectionType", "")))), "other")
    told = (_DISPOSITIONS.get((name, str(body.get(name)))) for name in ("result", "step"))
    disposition = next((entry for entry in told if entry), "")
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
        facts=tuple(_facts(body, speech)),
        materials=(),
        measurements=(),
        documents=(),
        photos=len(body.get("photos", [])),
        declared_wrong="",
        event_type=speech.speak("Signed record · %(type)s", type=speech.of("record_types", row["type"])),
    )


def _people(entries: list[Mapping[str, str]], speech: Speech) -> Iterator[Responsible]:
    for entry in entries:
        yield Responsible(speech.of("roles", entry["role"]), entry["name"], entry.get("organisation", ""))


def _facts(body: Mapping[str, Any], speech: Speech) -> Iterator[tuple[str, str]]:
    for name, value in body.items():
        if name not in _SHOWN_APART:
            told = ", ".join(value) if isinstance(value, list) else str(value)
            known = speech.of("record_values", told) if isinstance(value, str) and told in _CODED else told
            yield speech.of("facts", name), known


_CODED = {"hidden", "final", "repeat", "other", "out", "back"}
