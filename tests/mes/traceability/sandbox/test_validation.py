"""The platform's validator: GS1's own examples pass, and each broken rule is named at its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mes.traceability.epcis import CONTEXT
from mes.traceability.sandbox.validation import envelope_faults, event_faults, events_of
from tests.mes.traceability.life import commissioned, inspected, reference_folder


def test_all_47_of_gs1s_valid_examples_are_accepted() -> None:
    accepted = 0
    for file in sorted(reference_folder("examples").glob("*.jsonld")):
        document = json.loads(file.read_text(encoding="utf-8"))
        assert envelope_faults(document) == [], file.name
        for event in events_of(document):
            assert event_faults(event, document["@context"]) == [], file.name
        accepted += 1
    assert accepted == 47


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"eventTime": None}, "eventTime"),
        ({"eventTime": "2026-03-04T11:00:30"}, "eventTime"),
        ({"eventTime": "2026-02-30T11:00:30Z"}, "eventTime"),
        ({"eventTimeZoneOffset": "+8:00"}, "eventTimeZoneOffset"),
        ({"eventTimeZoneOffset": "+14:30"}, "eventTimeZoneOffset"),
        ({"action": None}, "action"),
        ({"action": "MOVE"}, "action"),
        ({"epcList": None}, "epcList"),
        ({"epcList": ["element 7"]}, "epcList[0]"),
        ({"epcList": ["urn:x:1", "urn:x:1"]}, "epcList"),
        ({"bizStep": "casting"}, "bizStep"),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:casting"}, "bizStep"),
        ({"disposition": "perfect"}, "disposition"),
        ({"ilmd": {"pc:a": "A"}}, "ilmd"),
        ({"colour": "grey"}, "colour"),
        ({"parentID": "urn:x:1"}, "parentID"),
        ({"unknown:colour": "grey"}, "unknown:colour"),
        ({"pc:list": [{"unknown:a": 1}]}, "pc:list.unknown:a"),
        ({"readPoint": {}}, "readPoint.id"),
        ({"quantityList": [{"epcClass": "urn:x:1", "quantity": "5"}]}, "quantityList[0].quantity"),
        ({"quantityList": [{"epcClass": "urn:x:1", "uom": "m3"}]}, "quantityList[0].uom"),
        ({"bizTransactionList": [{"type": "order", "bizTransaction": "urn:x:1"}]}, "bizTransactionList[0].type"),
        ({"sourceList": [{"source": "urn:x:1"}]}, "sourceList[0].type"),
        ({"sensorElementList": [{}]}, "sensorElementList[0].sensorReport"),
        ({"sensorElementList": [{"sensorReport": [{"type": "Heat"}]}]}, "sensorElementList[0].sensorReport[0].type"),
        ({"errorDeclaration": {"reason": "did_not_occur"}}, "errorDeclaration.declarationTime"),
        ({"type": "Event"}, "type"),
    ],
)  # fmt: skip
def test_each_broken_rule_is_named_at_its_place(change: dict[str, Any], path: str) -> None:
    event = {name: value for name, value in (inspected().to_json() | change).items() if value is not None}
    assert path in [fault.path for fault in event_faults(event, CONTEXT)]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "AggregationEvent", "action": "ADD", "parentID": "urn:x:1"},
        {"type": "AggregationEvent", "action": "DELETE", "childEPCs": ["urn:x:1"]},
        {"type": "AssociationEvent", "action": "OBSERVE", "childEPCs": ["urn:x:1"]},
        {"type": "TransactionEvent", "action": "ADD", "epcList": ["urn:x:1"]},
        {"type": "TransactionEvent", "action": "ADD", "bizTransactionList": [{"bizTransaction": "urn:x:1"}]},
        {"type": "TransformationEvent", "inputEPCList": ["urn:x:1"]},
    ],
)
def test_each_type_of_event_says_what_it_is_about(event: dict[str, Any]) -> None:
    when = {"eventTime": "2026-03-04T11:00:30.000+08:00", "eventTimeZoneOffset": "+08:00"}
    assert len(event_faults(event | when, CONTEXT)) == 1


@pytest.mark.parametrize("event", [inspected().to_json(), commissioned().to_json()])
def test_a_right_event_has_no_faults(event: dict[str, Any]) -> None:
    assert event_faults(event, CONTEXT) == []


@pytest.mark.parametrize("missing", ["@context", "type", "schemaVersion", "creationDate", "epcisBody"])
def test_a_document_needs_its_envelope(missing: str) -> None:
    document = {
        "@context": CONTEXT, "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-03-04T11:00:30.000+08:00", "epcisBody": {"eventList": []},
    }  # fmt: skip
    assert envelope_faults(document) == []
    del document[missing]
    assert [fault.path.split(".")[0] for fault in envelope_faults(document)] == [missing]


def test_another_version_of_the_schema_is_refused() -> None:
    document = {
        "@context": CONTEXT, "type": "EPCISDocument", "schemaVersion": "1.2",
        "creationDate": "2026-03-04T11:00:30.000+08:00", "epcisBody": {"eventList": []},
    }  # fmt: skip
    assert [fault.path for fault in envelope_faults(document)] == ["schemaVersion"]
