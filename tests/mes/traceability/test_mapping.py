"""The EPCIS form of every kind of event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.keys.naming import Naming
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.ledger.kinds import EVENT_KINDS
from mes.traceability.epcis import CONTEXT, encode, epcis_document, event_hash_id
from mes.traceability.mapping import WITHOUT_FORM, MappingSettings, epcis_events, identifiers_of, kinds_with_form
from mes.traceability.sandbox.validation import event_faults
from mes.traceability.settings import plant_mapping
from tests import json_schemas
from tests.conftest import create_plant
from tests.factories import create_order, elements_of
from tests.mes.traceability.life import reference_folder
from tests.mes.traceability.plant_life import SSCC, contents, deliver_event, live, take_step

SETTINGS = MappingSettings.model_validate(plant_mapping(Naming("0614141", "")))
LOCAL = MappingSettings.model_validate(plant_mapping(Naming("", "91350200MAAY4CL12K", 2)))
LINK = "https://id.gs1.org/01/00614141000012/21/1"
NAME = "一位工人"
ELEMENT: dict[str, Any] = {
    "serial": 1,
    "gtin": "00614141000012",
    "digital_link": LINK,
    "epc_hex": "3034257BF400030000000001",
    "type_code": "DBS1-67-3620-31",
    "type_revision": 1,
    "type_name": "桁架钢筋混凝土叠合板",
    "family": "composite_slab",
    "length_mm": 3520,
    "width_mm": 2000,
    "thickness_mm": 60,
    "volume_m3": 0.4224,
    "weight_kg": 1056.0,
    "concrete_grade": "C30",
    "project_code": "XM-01",
    "project_name": "湖里安置房一期",
    "building": "1号楼",
    "floor": "3F",
    "position": "1-A",
    "mark": "",
    "state": "in_setup",
}


def content(kind: str, **changes: Any) -> dict[str, Any]:
    """An event's content as the ledger keeps it."""
    plain = {
        "id": "0199d1a2-0000-7000-8000-00000000000a",
        "kind": kind,
        "event_time": "2026-11-23T01:30:00.000Z",
        "recorded_time": "2026-11-23T01:30:01.000Z",
        "zone_offset": "+08:00",
        "who": {"id": "1", "name": NAME, "role": "operator", "organisation": "示范构件有限公司", "kind": "person"},
        "where": {},
        "how": {},
        "elements": [ELEMENT],
        "data": {},
        "previous": {"element:1": None},
    }
    return plain | changes


def only(kind: str, **changes: Any) -> dict[str, Any]:
    """The one EPCIS event of an event, as JSON."""
    (event,) = epcis_events(content(kind, **changes), SETTINGS)
    return event.to_json()


def test_every_kind_of_the_ledger_has_a_form_or_a_reason_why_not() -> None:
    assert kinds_with_form() | set(WITHOUT_FORM) == set(EVENT_KINDS)
    assert not kinds_with_form() & set(WITHOUT_FORM)


def test_an_element_gets_its_identity_when_it_is_set_in_the_mould() -> None:
    where = {"line": "SL", "station": "SL-01", "station_name": "清理"}
    born, placed = epcis_events(content("element.set_up", how={"pallet": 12}, where=where), SETTINGS)
    assert born.to_json() | {"eventID": ""} == {
        "type": "ObjectEvent",
        "eventID": "",
        "eventTime": "2026-11-23T09:30:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "ADD",
        "epcList": [LINK],
        "ilmd": {
            "pc:typeCode": "DBS1-67-3620-31",
            "pc:typeName": "桁架钢筋混凝土叠合板",
            "pc:revision": 1,
            "pc:drawing": "DBS1-67-3620-31 R1",
            "pc:family": "composite_slab",
            "pc:strengthClass": "C30",
            "pc:lengthMm": 3520,
            "pc:widthMm": 2000,
            "pc:thicknessMm": 60,
            "pc:volumeM3": 0.4224,
            "pc:massKg": 1056,
            "pc:projectCode": "XM-01",
            "pc:projectName": "湖里安置房一期",
            "pc:building": "1号楼",
            "pc:floor": "3F",
            "pc:position": "1-A",
            "pc:epc": "EPC-3034257BF400030000000001",
        },
        "bizStep": "commissioning",
        "disposition": "active",
        "readPoint": {"id": "https://id.gs1.org/414/0614141000005/254/SL-01"},
        "pc:ledgerEvent": "urn:uuid:0199d1a2-0000-7000-8000-00000000000a",
        "pc:line": "SL",
        "pc:station": "SL-01",
        "pc:placeName": "清理",
        "pc:pallet": "PALLET-12",
        "pc:people": [{"pc:role": "pc:operator", "pc:organisation": "示范构件有限公司"}],
        "pc:processStep": "pc:shuttering",
    }
    joined = placed.to_json()
    # GRAI of pallet 12: 0, prefix 0614141, asset type 00000, check digit 5, serial 12
    assert (joined["type"], joined["action"], joined["parentID"]) == (
        "AggregationEvent",
        "ADD",
        "https://id.gs1.org/8003/0061414100000512",
    )
    assert joined["childEPCs"] == [LINK]


def test_concrete_of_its_batch_becomes_elements() -> None:
    batch = {"batch_number": "C260112-07", "poured_m3": 1.62, "volume_m3": 1.8, "concrete_grade": "C30"}
    cast = only("element.cast", how={"batch": batch, "batches": [batch]})
    # GTIN of concrete: indicator 9, prefix 0614141, item 00000, check digit 8
    assert cast["type"] == "TransformationEvent"
    assert cast["inputQuantityList"] == [
        {"epcClass": "https://id.gs1.org/01/90614141000008/10/C260112-07", "quantity": 1.62, "uom": "MTQ"}
    ]
    assert (cast["outputEPCList"], cast["bizStep"], cast["pc:processStep"]) == ([LINK], "other", "pc:casting")


@pytest.mark.parametrize(
    ("settings", "how"),
    [
        (SETTINGS.model_copy(update={"casting_as": "observe"}), {"batch": {"batch_number": "C-1"}}),
        (SETTINGS, {}),
        (SETTINGS, {"batch": {"batch_number": "一批"}}),
        (MappingSettings(), {"batch": {"batch_number": "C-1"}}),
    ],
    ids=["the platform wants it", "no batch", "no GS1 lot", "no company prefix"],
)
def test_casting_is_an_observation_where_the_batch_has_no_key(settings: MappingSettings, how: dict[str, Any]) -> None:
    (event,) = epcis_events(content("element.cast", how=how), settings)
    cast = event.to_json()
    assert (cast["type"], cast["action"], cast["epcList"]) == ("ObjectEvent", "OBSERVE", [LINK])


def test_a_load_is_named_by_its_sscc_and_receipt_takes_the_element_off_it() -> None:
    load = f"https://id.gs1.org/00/{SSCC}"
    subjects = {"element:1": None, f"delivery:{SSCC}": None}
    loaded = only("delivery.loaded", previous=subjects, data={"delivery": {"number": "FH-1"}})
    assert (loaded["action"], loaded["parentID"], loaded["childEPCs"]) == ("ADD", load, [LINK])
    assert loaded["bizTransactionList"] == [
        {"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:0614141000005:FH-1"}
    ]
    departed = only("delivery.departed", previous=subjects)
    assert (departed["epcList"], departed["disposition"]) == ([load], "in_transit")
    off, accepted = epcis_events(content("element.received", previous=subjects), SETTINGS)
    assert (off.to_json()["action"], off.to_json()["parentID"]) == ("DELETE", load)
    assert (accepted.to_json()["bizStep"], accepted.to_json()["epcList"]) == ("accepting", [LINK])


def test_scrapping_ends_the_identity() -> None:
    scrapped = only("element.scrapped", data={"reason": "裂缝"})
    assert (scrapped["action"], scrapped["bizStep"], scrapped["disposition"]) == ("DELETE", "destroying", "destroyed")


def test_a_hold_before_the_mould_is_nobody_elses_business() -> None:
    early = {**ELEMENT, "state": "scheduled"}
    assert epcis_events(content("element.released", elements=[early]), SETTINGS) == ()


def test_names_of_persons_stay_in_the_plant_unless_the_connector_gives_them() -> None:
    event = content("element.finished")
    assert NAME not in encode(epcis_events(event, SETTINGS)[0].to_json()).decode()
    (named,) = epcis_events(event, SETTINGS.model_copy(update={"with_person_names": True}))
    assert named.to_json()["pc:people"][0]["pc:name"] == NAME


def test_pallets_do_not_tie_strangers_together() -> None:
    previous = {"element:1": None, "pallet:12": None, f"delivery:{SSCC}": "ab"}
    assert identifiers_of(content("element.cast", previous=previous)) == (f"delivery:{SSCC}", "element:1")


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=12)
NUMBERS = st.integers(0, 10**6) | st.floats(0.001, 1e6, allow_nan=False)
HOW = st.fixed_dictionaries(
    {},
    optional={
        "pallet": st.integers(1, 99),
        "load": WORDS,
        "machine": WORDS,
        "batch": st.fixed_dictionaries({"batch_number": WORDS}, optional={"volume_m3": NUMBERS, "poured_m3": NUMBERS}),
        "materials": st.lists(st.fixed_dictionaries({"kind": WORDS, "lot_number": WORDS}), max_size=2),
        "photos": st.lists(st.from_regex(r"[0-9a-f]{64}", fullmatch=True), max_size=2),
    },
)
WHERE = st.fixed_dictionaries(
    {}, optional={"line": WORDS, "station": WORDS, "station_name": WORDS, "yard_slot": WORDS, "site": WORDS}
)
DATA = st.fixed_dictionaries(
    {},
    optional={
        "reason": WORDS,
        "remark": WORDS,
        "certificate": WORDS | st.none() | st.fixed_dictionaries({"number": WORDS}),
        "nonconformity": WORDS | st.fixed_dictionaries({"number": WORDS, "description": WORDS}),
        "delivery": WORDS | st.fixed_dictionaries({"number": WORDS, "vehicle_plate": WORDS}),
        "cube_test": st.fixed_dictionaries({"set_value_mpa": NUMBERS}),
    },
)


@given(
    kind=st.sampled_from(sorted(EVENT_KINDS)),
    how=HOW,
    where=WHERE,
    data=DATA,
    mark=WORDS,
    on_load=st.booleans(),
    settings=st.sampled_from([SETTINGS, LOCAL, MappingSettings()]),
)
def test_whatever_people_type_the_form_is_valid_and_the_same_each_time(
    kind: str,
    how: dict[str, Any],
    where: dict[str, Any],
    data: dict[str, Any],
    mark: str,
    on_load: bool,
    settings: MappingSettings,
) -> None:
    previous = {"element:1": None} | ({f"delivery:{SSCC}": None} if on_load else {})
    made = content(kind, how=how, where=where, data=data, previous=previous, elements=[{**ELEMENT, "mark": mark}])
    events = epcis_events(made, settings)
    again = epcis_events(json.loads(json.dumps(made)), settings)
    assert [encode(event.to_json()) for event in events] == [encode(event.to_json()) for event in again]
    assert [event.event_id for event in events] == [event_hash_id(event) for event in events]
    assert len({event.event_id for event in events}) == len(events)
    for event in events:
        assert event_faults(event.to_json(), CONTEXT) == []
        assert [text for text in own_texts(event.to_json()) if reads_as_number(text)] == []


def own_texts(value: Any, *, is_ours: bool = False) -> Iterator[str]:
    """Every text of our own in an event: in extensions and in ilmd."""
    if isinstance(value, str) and is_ours:
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from own_texts(item, is_ours=is_ours or name.startswith("pc:"))
    elif isinstance(value, list):
        for item in value:
            yield from own_texts(item, is_ours=is_ours)


def reads_as_number(text: str) -> bool:
    """Whether Python, and with it the reference generator, takes a text for a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_gs1s_schema_accepts_the_whole_ledger(database: Database, clock: SetClock) -> None:
    folder = reference_folder("schema")
    create_plant(database, clock)
    elements = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1), ("NQ-2128", 1)]))
    live(database, clock, [elements[0].id])
    live(database, clock, [elements[1].id], until="set_up")
    take_step(database, clock, [elements[1].id], "report_nonconformity", "NC-1")
    take_step(database, clock, [elements[1].id], "scrap", "裂缝")
    deliver_event(database, clock, "delivery.completed", SSCC)
    events = [event for made in contents(database) for event in epcis_events(made, SETTINGS)]
    document = epcis_document(events, clock.now())
    for file in sorted(folder.glob("*.json")):
        schema = json.loads(file.read_text(encoding="utf-8"))
        validator = json_schemas.validator(schema, "7")
        assert [error.message for error in validator.iter_errors(document)] == []
    assert len(events) > 20
