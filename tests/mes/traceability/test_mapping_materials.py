"""Amounts of lots, other names and the head of production as EPCIS; events from before them stay as they were."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from labels.keys.naming import Naming
from mes.traceability.epcis import CONTEXT, encode
from mes.traceability.mapping import MappingSettings, epcis_events
from mes.traceability.sandbox.validation import event_faults
from mes.traceability.settings import plant_mapping
from tests.mes.traceability.test_mapping import ELEMENT, LOCAL, SETTINGS, content, only

BEFORE = Path(__file__).with_name("renditions") / "before_amounts.jsonl"
GS1 = plant_mapping(Naming("0614141", ""))
SETTINGS_BEFORE = {
    "gs1": MappingSettings.model_validate(GS1 | {"with_person_names": True}),
    "local": LOCAL,
    "observe": MappingSettings.model_validate(GS1 | {"casting_as": "observe"}),
}
BATCH = {"batch_number": "C260112-07", "poured_m3": 1.62, "concrete_grade": "C30"}
LOTS = [
    {"kind": "rebar", "lot_number": "GJ-77", "gtin": "06901234000016", "quantity": 100, "unit": "KGM"},
    {"kind": "embed", "lot_number": "YM-1", "gtin": "00614141000500", "quantity": 6, "unit": "H87", "as_planned": True},
    {"kind": "insulation", "lot_number": "BW-1", "gtin": "90614141000701"},
    {"kind": "mesh", "lot_number": "一号", "gtin": "90614141000305", "quantity": 28.5, "unit": "KGM"},
    {"kind": "release_agent", "lot_number": "TM-1", "quantity": 2, "unit": "LTR"},
]
CAST = {"batch": BATCH, "batches": [BATCH], "materials": LOTS}


def test_lots_of_every_kind_go_into_the_casting_with_what_is_known_of_them() -> None:
    told = only("element.cast", how=CAST)
    assert told["inputQuantityList"] == [
        {"epcClass": "https://id.gs1.org/01/90614141000008/10/C260112-07", "quantity": 1.62, "uom": "MTQ"},
        {"epcClass": "https://id.gs1.org/01/06901234000016/10/GJ-77", "quantity": 100, "uom": "KGM"},
        {"epcClass": "https://id.gs1.org/01/00614141000500/10/YM-1", "quantity": 6},  # a count has no unit
        {"epcClass": "https://id.gs1.org/01/90614141000701/10/BW-1"},  # nobody knows how much
        {  # a number that no key can hold
            "epcClass": "https://precast-mes.org/ns/epcis/lot/0614141000005/mesh/%E4%B8%80%E5%8F%B7",
            "quantity": 28.5,
            "uom": "KGM",
        },
    ]
    assert event_faults(told, CONTEXT) == []


def test_an_observed_casting_tells_the_same_in_its_own_words() -> None:
    (event,) = epcis_events(content("element.cast", how=CAST), SETTINGS_BEFORE["observe"])
    told = event.to_json()
    assert told["pc:materials"][1] == {"pc:kind": "embed", "pc:lot": "YM-1", "pc:quantity": 6, "pc:unit": "H87"}
    assert event_faults(told, CONTEXT) == []


def test_before_casting_nothing_is_told_of_an_amount_that_may_be_put_right() -> None:
    placed = only("element.material_used", how={"materials": LOTS[:1]})
    assert placed["pc:materials"] == [{"pc:kind": "rebar", "pc:lot": "GJ-77"}]
    assert epcis_events(content("element.material_measured", how={"materials": LOTS[:1]}), SETTINGS) == ()


def test_the_names_that_others_know_an_element_by_are_part_of_its_birth() -> None:
    names = [
        {"scheme": "fujian", "value": "35020100012611070012"},
        {"scheme": "handle", "value": "88.118.8/JXDY2106023"},
        {"scheme": "plant", "value": "1e5"},
    ]
    born, *_ = epcis_events(content("element.set_up", elements=[ELEMENT | {"other_names": names}]), SETTINGS)
    told = born.to_json()["ilmd"]["pc:otherNames"]
    assert told == ["fujian:35020100012611070012", "handle:88.118.8/JXDY2106023", "plant:1e5"]
    assert [text for text in told if text.partition(":")[0] in {"pc", "gs1", "cbv", "epcis", "example", "urn"}] == []


def test_the_head_of_production_answers_beside_who_did_it() -> None:
    head = {"production_head": {"name": "陈工", "organisation": "示范构件有限公司"}}
    for kind in ("element.cast", "element.final_accepted", "element.final_refused"):
        assert only(kind, data=head)["pc:people"] == [
            {"pc:role": "pc:operator", "pc:organisation": "示范构件有限公司"},
            {"pc:role": "pc:production_head", "pc:organisation": "示范构件有限公司"},
        ]
    named = SETTINGS.model_copy(update={"with_person_names": True})
    (event,) = epcis_events(content("element.cast", data=head), named)
    assert event.to_json()["pc:people"][1]["pc:name"] == "陈工"


@pytest.mark.parametrize("line", BEFORE.read_text("utf-8").splitlines(), ids=lambda line: kind_of(line))
def test_events_of_earlier_releases_render_as_they_did(line: str) -> None:
    """Of a plant that made elements before there were amounts, other names and heads of production in events."""
    kept = json.loads(line)
    for name, settings in SETTINGS_BEFORE.items():
        made = [event.to_json() for event in epcis_events(kept["content"], settings)]
        told: list[dict[str, Any]] = [
            {"eventID": event["eventID"], "sha256": hashlib.sha256(encode(event)).hexdigest()} for event in made
        ]
        assert told == kept["told"][name]


def kind_of(line: str) -> str:
    """The kind of a kept event."""
    return str(json.loads(line)["content"]["kind"])
