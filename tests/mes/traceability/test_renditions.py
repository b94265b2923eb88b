"""What a platform of EPCIS is sent: documents from kept bytes, corrections from the original's."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from mes.traceability.epcis import encode, epcis_document
from mes.traceability.platforms.epcis_capture import KIND, document_of, rendition
from mes.traceability.settings import ConnectorSettings
from tests.mes.traceability.life import ELEMENT, LOAD, MOULD, life_of_an_element

AT = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)


def test_a_document_of_kept_bytes_is_the_document_of_its_events() -> None:
    events = life_of_an_element()
    bodies = [made.body for event in events if (made := rendition([event.to_json()]))]
    assert json.loads(document_of(bodies, AT)) == json.loads(encode(epcis_document(events, AT)))


def test_identifiers_are_all_things_and_what_goes_round_is_loose() -> None:
    made = rendition([event.to_json() for event in life_of_an_element()])
    assert made is not None
    assert {ELEMENT, LOAD} <= set(made.identifiers)
    assert MOULD in made.loose_identifiers
    assert any("/10/B261102-4" in thing for thing in made.loose_identifiers)


def test_a_correction_is_the_original_again_with_its_declaration() -> None:
    original = rendition([event.to_json() for event in life_of_an_element()[:2]])
    content = {
        "id": "0199d1a2-0000-7000-8000-00000000000a",
        "kind": "event.declared_wrong",
        "event_time": "2026-11-23T01:00:00.000Z",
        "zone_offset": "+08:00",
        "data": {"event": {"id": "x"}, "reason_code": "incorrect_data", "remark": "007"},
    }
    made = KIND.render(content, ConnectorSettings(), original)
    assert original is not None
    assert made is not None
    assert made.ids == tuple(f"{event_id}#declared" for event_id in original.ids)
    told = json.loads(b"[" + made.body + b"]")
    assert all(event.pop("errorDeclaration")["reason"] == "incorrect_data" for event in told)
    assert told == json.loads(b"[" + original.body + b"]")
    assert KIND.render(content, ConnectorSettings(), None) is None
