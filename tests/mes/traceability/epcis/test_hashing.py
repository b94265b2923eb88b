"""Our event IDs equal those of the reference generator, on its own documents and on ours."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mes.traceability.epcis import (
    CONTEXT,
    NAMESPACES,
    ErrorDeclaration,
    ExtensionError,
    ObjectEvent,
    UnhashableEventError,
    canonical_uri,
    epcis_document,
    event_hash_id,
    free_text,
    hash_id_of,
)
from tests.mes.traceability.life import ELEMENT, at, inspected, life_of_an_element, reference_folder


def reference_ids(document: Mapping[str, Any]) -> list[str]:
    """The reference generator's IDs, its memory of earlier namespaces wiped and its own deprecations left aside."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from epcis_event_hash_generator import hash_generator, json_to_py

        json_to_py._namespaces.clear()
        events = json_to_py.event_list_from_epcis_document_json(json.loads(json.dumps(document)))
        ids: list[str] = hash_generator.epcis_hashes_from_events(events)
    return ids


def own_namespaces(context: Any) -> dict[str, str]:
    return {name: value for part in context if isinstance(part, dict) for name, value in part.items()}


def test_the_published_hashes_are_ours() -> None:
    checked = 0
    for file in sorted(reference_folder("reference_hash").glob("*.jsonld")):
        document = json.loads(file.read_text(encoding="utf-8"))
        for event in document["epcisBody"]["eventList"]:
            assert hash_id_of(event, own_namespaces(document["@context"])) == event["eventID"], file.name
            checked += 1
    assert checked == 37


def test_the_reference_generator_agrees_on_an_elements_life() -> None:
    events = life_of_an_element()
    assert reference_ids(epcis_document(events, at(10, 12))) == [event.event_id for event in events]


plain_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1)
tempting_texts = st.sampled_from(
    ["7", "Disp-active", "inspecting", "urn:epcglobal:cbv:disp:active", "pc:casting", "12e456", ELEMENT]
)
extension_texts = plain_texts | tempting_texts | tempting_texts.map(free_text)
extension_values = st.recursive(
    extension_texts | st.integers(-(10**9), 10**9) | st.floats(0.001, 10**6),
    lambda inner: (
        st.dictionaries(st.sampled_from(["pc:a", "pc:b", "pc:c"]), inner, min_size=1)
        | st.lists(inner.filter(lambda value: not isinstance(value, list)), min_size=1, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["pc:x", "pc:y", "pc:people"]), extension_values, max_size=3))
def test_the_reference_generator_agrees_on_any_extensions_that_we_let_through(extensions: dict[str, Any]) -> None:
    try:
        event = ObjectEvent(
            action="OBSERVE",
            event_time=at(2, 8),
            epcs=(ELEMENT,),
            biz_step="inspecting",
            disposition="active",
            extensions=extensions,
        )
    except ExtensionError:
        return
    assert reference_ids(epcis_document([event], at(10, 12))) == [event_hash_id(event)]


def test_the_id_does_not_depend_on_how_the_event_is_written() -> None:
    written = {
        "type": "ObjectEvent", "action": "OBSERVE", "eventTime": "2026-11-05T09:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00", "bizStep": "inspecting", "pc:mark": "A",
        "epcList": ["https://id.gs1.org/01/80614141123458/21/6789", ELEMENT],
    }  # fmt: skip
    otherwise = {
        "x:mark": "A",
        "type": "ObjectEvent",
        "epcList": [
            ELEMENT.replace("https://id.gs1.org", "https://trace.example.cn/p"),
            "urn:epc:id:sgtin:0614141.812345.6789",
        ],
        "bizStep": "urn:epcglobal:cbv:bizstep:inspecting",
        "eventTimeZoneOffset": "+08:00",
        "eventTime": "2026-11-05T01:00:00Z",
        "action": "OBSERVE",
        "eventID": "urn:uuid:1",
        "recordTime": "2026-11-05T01:00:07Z",
    }  # fmt: skip
    assert hash_id_of(written, NAMESPACES) == hash_id_of(otherwise, {"x": NAMESPACES["pc"]})
    assert hash_id_of(written | {"pc:mark": "B"}, NAMESPACES) != hash_id_of(written, NAMESPACES)


def test_a_declaration_keeps_the_events_id() -> None:
    event = inspected()
    assert event_hash_id(event.declared_wrong(ErrorDeclaration(at(6, 8), "incorrect_data"))) == event.event_id


def test_a_foreign_value_that_reads_as_infinite_is_an_error_with_a_name() -> None:
    with pytest.raises(UnhashableEventError, match="12e456"):
        hash_id_of(inspected().to_json() | {"pc:digest": "12e456"}, NAMESPACES)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("urn:epc:id:sgtin:0614141.812345.6789", "https://id.gs1.org/01/80614141123458/21/6789"),
        ("urn:epc:id:sscc:4012345.0000000333", "https://id.gs1.org/00/040123450000003338"),
        ("urn:epc:id:sgln:4012345.00011.0", "https://id.gs1.org/414/4012345000115"),
        ("urn:epc:id:sgln:4012345.00011.987", "https://id.gs1.org/414/4012345000115/254/987"),
        ("urn:epc:class:lgtin:4012345.012345.Lot987", "https://id.gs1.org/01/04012345123456/10/Lot987"),
        ("https://example.cn/a/gtin/4012345123456/lot/L1/ser/9?x=1", "https://id.gs1.org/01/04012345123456/21/9"),
        ("https://example.cn/orders/7", "https://example.cn/orders/7"),
        ("urn:uuid:7", "urn:uuid:7"),
    ],
)
def test_keys_have_one_canonical_form(written: str, canonical: str) -> None:
    assert canonical_uri(written) == canonical
    assert canonical_uri(canonical) == canonical


def test_the_context_is_pinned_and_declares_our_prefix() -> None:
    assert CONTEXT[0] == "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
    assert CONTEXT[1] == {"pc": "https://precast-mes.org/ns/epcis/"}
