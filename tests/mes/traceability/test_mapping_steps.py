"""Every step of an element's life in its EPCIS form: pallets, moulds, lots, cures, both ends of a delivery."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from mes.traceability.epcis import EpcisEvent, epcis_document
from mes.traceability.mapping import MappingSettings, epcis_events, kinds_with_form, names_in
from tests import json_schemas
from tests.mes.traceability.epcis.test_hashing import reference_ids
from tests.mes.traceability.life import at, reference_folder
from tests.mes.traceability.plant_life import SSCC
from tests.mes.traceability.test_mapping import ELEMENT, LINK, LOCAL, SETTINGS, content, only

PLANT = "https://id.gs1.org/414/0614141000005"
SITE = "https://precast-mes.org/ns/epcis/site/0614141000005/XM-01"
LOAD = f"https://id.gs1.org/00/{SSCC}"
WALL = {**ELEMENT, "serial": 2, "digital_link": LINK[:-1] + "2", "family": "wall"}
MOULD = {"code": "DBS-M1", "family": "composite_slab"}
MOULD_URI = "https://id.gs1.org/8003/00614141000012DBS-M1"  # prefix 0614141, asset type 00001, check digit 2
BATCH = {"batch_number": "C260112-07", "poured_m3": 1.62, "volume_m3": 1.8, "concrete_grade": "C30"}
LOTS = [
    {"kind": "rebar", "lot_number": "GJ-2610/107", "supplier": "闽南钢材", "quantity_kg": 48.5},
    {"kind": "embed", "lot_number": "007"},
    {"kind": "release_agent", "lot_number": "TM-1"},
    {"kind": "rebar", "lot_number": "GJ-2610/107", "supplier": "闽南钢材"},
]
CURING = {
    "id": "0199d1a2-0000-7000-8000-000000000003",
    "chamber": "SL/curing",
    "cast_at": "2026-11-22T12:00:00+00:00",
    "entered_at": "2026-11-22T14:00:00+00:00",
    "left_at": "2026-11-22T23:00:00+00:00",
    "highest_c": 58.1,
    "equivalent_age_hours": 12.65,
    "rule_set": "curing-jgj1-2014",
    "findings": [],
    "in_chamber": {
        "started_at": "2026-11-22T14:00:30+00:00",
        "ended_at": "2026-11-23T09:00:00+00:00",  # a clock that was ahead: later than the event
        "lowest_c": 18.5,
        "highest_c": 54.9,
        "mean_c": 46.2,
    },
    "curve_sha256": "00" * 31 + "ff",
}
PARTIES = [
    {"role": "contractor", "name": "示范第一建筑工程有限公司", "credit_code": "91350200MA3Y7LLJYH"},
    {"role": "owner", "name": "演示城市建设发展有限公司", "credit_code": "91350200MATH3BJ1XE"},
]
DELIVERY = {"delivery": "FH-1", "project_code": "XM-01", "parties": PARTIES}
ON_SITE = {"site": "湖里", "project_code": "XM-01", "building": "2 号楼", "floor": "4F", "position": "1-2/A-B"}
ON_LOAD = {"element:1": None, f"delivery:{SSCC}": None}
INSPECTION = {"id": "0199d1a2-0000-7000-8000-000000000001", "rule_set": "GB 50204-2015"}
FORMWORK = {"kind": "mould", "number": "DBS-M1"}
RICH: dict[str, Any] = {
    "where": ON_SITE,
    "how": {"load": 108, "pallet": 6, "machine": "SL/x", "batches": [BATCH], "materials": LOTS, "moulds": [MOULD]},
    "data": {
        **DELIVERY,
        "thing": FORMWORK,
        "curing": CURING,
        "inspection": INSPECTION,
        "certificate": "HGZ-1",
        "nonconformity": "NC-1",
    },
    "previous": ON_LOAD,
}
CUSTOMER = "https://precast-mes.org/id/91350200MA3Y7LLJYH/party/0"


def jsons(kind: str, settings: MappingSettings = SETTINGS, **changes: Any) -> list[dict[str, Any]]:
    return [event.to_json() for event in epcis_events(content(kind, **changes), settings)]


def test_a_mould_holds_the_elements_of_its_family_and_lets_them_go() -> None:
    noted = only("element.mould_used", how={"mould": MOULD}, elements=[ELEMENT, WALL])
    assert (noted["type"], noted["action"], noted["bizStep"]) == ("AggregationEvent", "ADD", "assembling")
    assert (noted["parentID"], noted["childEPCs"]) == (MOULD_URI, [LINK])
    off, out = jsons("element.demoulded", how={"pallet": 12, "moulds": [MOULD]}, elements=[ELEMENT, WALL])
    assert (off["action"], off["childEPCs"]) == ("DELETE", [LINK, WALL["digital_link"]])
    assert (out["action"], out["parentID"], out["childEPCs"]) == ("DELETE", MOULD_URI, [LINK])
    (nameless,) = jsons("element.mould_used", MappingSettings(), how={"mould": MOULD})
    assert (nameless["type"], nameless["pc:moulds"]) == ("ObjectEvent", ["MOULD-DBS-M1"])


def test_casting_draws_from_concrete_and_from_the_lots_that_stay_in() -> None:
    cast = only("element.cast", how={"load": 108, "batches": [BATCH], "materials": LOTS})
    lots = "https://precast-mes.org/ns/epcis/lot/0614141000005"
    assert cast["inputQuantityList"] == [
        {"epcClass": "https://id.gs1.org/01/90614141000008/10/C260112-07", "quantity": 1.62, "uom": "MTQ"},
        {"epcClass": f"{lots}/rebar/GJ-2610%2F107", "quantity": 48.5, "uom": "KGM"},
        {"epcClass": f"{lots}/embed/007"},
    ]
    assert cast["bizTransactionList"] == [
        {"type": "prodorder", "bizTransaction": "urn:epcglobal:cbv:bt:0614141000005:108"}
    ]


def test_a_cure_is_told_as_the_chambers_figures_over_the_stay_never_later_than_the_event() -> None:
    event = only("element.curing_recorded", data={"curing": CURING}, how={"pallet": 6})
    assert (event["type"], event["action"], event["bizStep"]) == ("ObjectEvent", "OBSERVE", "sensor_reporting")
    assert event["sensorElementList"] == [
        {
            "sensorMetadata": {
                "startTime": "2026-11-22T22:00:30.000+08:00",
                "endTime": event["eventTime"],
                "deviceID": "https://id.gs1.org/8004/0614141SL%2Fcuring",
                "rawData": "ni:///sha-256;AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8",
            },
            "sensorReport": [
                {"type": "Temperature", "minValue": 18.5, "maxValue": 54.9, "meanValue": 46.2, "uom": "CEL"}
            ],
        }
    ]
    assert (event["pc:equivalentAgeHours"], event["pc:ruleSet"]) == (12.65, "curing-jgj1-2014")


def test_a_cure_of_before_tells_what_it_holds() -> None:
    old = {name: value for name, value in CURING.items() if name not in ("in_chamber", "curve_sha256")}
    (told,) = only("element.curing_recorded", data={"curing": old})["sensorElementList"]
    assert told["sensorReport"] == [{"type": "Temperature", "maxValue": 58.1, "uom": "CEL"}]
    assert told["sensorMetadata"]["startTime"] == "2026-11-22T20:00:00.000+08:00"
    assert only("element.curing_recorded", data={}).get("sensorElementList") is None


@pytest.mark.parametrize("kind", ["delivery.loaded", "delivery.departed", "element.received"])
def test_what_leaves_names_whose_it_is_and_where_at_both_ends(kind: str) -> None:
    told = jsons(kind, data=DELIVERY, where={"plant": "P1", "plant_name": "示范预制厂"}, previous=ON_LOAD)[-1]
    assert told["sourceList"] == [
        {"type": "owning_party", "source": "https://id.gs1.org/417/0614141000005"},
        {"type": "location", "source": PLANT},
    ]
    assert told["destinationList"] == [
        {"type": "owning_party", "destination": CUSTOMER},
        {"type": "location", "destination": SITE},
    ]
    assert told["readPoint"] == {"id": PLANT}
    assert ("bizLocation" in told) is (kind == "element.received")


def test_where_nobody_builds_the_owner_takes_over_and_nobody_is_invented() -> None:
    owner_only = {**DELIVERY, "parties": PARTIES[1:]}
    (end, _) = only("delivery.departed", data=owner_only, previous=ON_LOAD)["destinationList"]
    assert end["destination"].endswith("/91350200MATH3BJ1XE/party/0")
    nobody = {**DELIVERY, "parties": [{"role": "contractor", "name": "?", "credit_code": "123"}]}
    (place,) = only("delivery.departed", data=nobody, previous=ON_LOAD)["destinationList"]
    assert place["type"] == "location"


def test_the_site_rejects_and_puts_aside_and_the_plant_takes_back() -> None:
    data = {**DELIVERY, "reject_code": "transport", "reject_reason": "缺棱掉角"}
    off, found, aside = jsons("element.rejected_at_site", data=data, where=ON_SITE, previous=ON_LOAD)
    assert (off["action"], off["parentID"]) == ("DELETE", LOAD)
    assert [event["bizStep"] for event in (off, found, aside)] == ["unloading", "inspecting", "holding"]
    assert [event["disposition"] for event in (found, aside)] == ["damaged", "damaged"]
    (*_, wrong) = jsons("element.rejected_at_site", data={"reject_code": "papers"}, previous={"element:1": None})
    assert wrong["disposition"] == "non_conformant"
    back = only("element.returned", data={**DELIVERY, "nonconformity": "NC-9"}, where={"plant": "P1"})
    assert (back["bizStep"], back["disposition"], back["bizLocation"]) == ("receiving", "returned", {"id": PLANT})
    assert back["bizTransactionList"] == [{"type": "rma", "bizTransaction": "urn:epcglobal:cbv:bt:0614141000005:NC-9"}]
    assert back["sourceList"][1]["source"] == SITE
    assert back["destinationList"][1]["destination"] == PLANT


def test_an_installed_element_is_at_its_place_in_the_building() -> None:
    event = only("element.installed", where=ON_SITE)
    assert (event["pc:building"], event["pc:floor"], event["pc:axis"]) == ("2 号楼", "4F", "1-2/A-B")
    assert event["bizLocation"] == event["readPoint"] == {"id": SITE}


def test_an_inspection_names_its_result_and_by_which_rules() -> None:
    event = only("element.final_accepted", data={"inspection": INSPECTION})
    assert event["bizTransactionList"] == [
        {"type": "testres", "bizTransaction": f"urn:uuid:{INSPECTION['id']}"},
        {"type": "testprd", "bizTransaction": "https://precast-mes.org/ns/epcis/testprd/GB%2050204-2015"},
    ]


def test_the_tag_of_a_mould_is_told_and_that_of_a_slot_is_not() -> None:
    thing = {"kind": "mould", "subject": "mould:DBS-M1", "number": "DBS-M1", "identity": MOULD_URI}
    (event,) = jsons("tag.bound", elements=[], data={"thing": thing, "tid": "E200"}, previous={"mould:DBS-M1": None})
    assert event["epcList"] == [MOULD_URI]
    assert jsons("tag.bound", elements=[], data={"thing": {**thing, "kind": "slot"}}) == []


def test_a_mould_is_commissioned_with_what_it_is_put_aside_and_ended_for_good() -> None:
    mould = {"code": "DBS-M1", "family": "composite_slab", "drawing_number": "MJ-007", "length_mm": 3900, "maker": ""}
    about: dict[str, Any] = {"elements": [], "previous": {"mould:DBS-M1": None}}
    (born,) = jsons("mould.registered", data={"thing": FORMWORK, "mould": mould}, **about)
    assert (born["action"], born["bizStep"], born["disposition"]) == ("ADD", "commissioning", "active")
    assert born["epcList"] == [MOULD_URI]
    assert born["ilmd"] == {
        "pc:mould": "MOULD-DBS-M1",
        "pc:family": "composite_slab",
        "pc:drawing": "MJ-007",
        "pc:lengthMm": 3900,
    }
    (aside,) = jsons("mould.withdrawn", data={"thing": FORMWORK, "reason": "送修"}, **about)
    assert (aside["action"], aside["bizStep"], aside["pc:reason"]) == ("OBSERVE", "holding", "送修")
    (ended,) = jsons("mould.retired", data={"thing": FORMWORK}, **about)
    assert (ended["action"], ended["bizStep"], ended["disposition"]) == ("DELETE", "decommissioning", "inactive")
    assert jsons("mould.registered", MappingSettings(), data={"thing": FORMWORK}, **about) == []  # it has no name there


def test_a_pallet_is_commissioned_under_the_name_that_elements_are_joined_to() -> None:
    about: dict[str, Any] = {"elements": [], "previous": {"pallet:12": None}}
    thing, facts = {"kind": "pallet", "number": "12"}, {"number": 12, "line": "SL", "max_load_kg": 20000}
    (born,) = jsons("pallet.registered", data={"thing": thing, "pallet": facts}, **about)
    *_, joined = jsons("element.set_up", how={"pallet": 12})
    assert born["epcList"] == [joined["parentID"]]
    assert born["ilmd"] == {"pc:pallet": "PALLET-12", "pc:line": "SL", "pc:maxLoadKg": 20000}


def test_pallets_moulds_and_what_was_drawn_from_are_loose_names() -> None:
    events = [
        *jsons("element.set_up", how={"pallet": 12}),
        *jsons("element.cast", how={"batches": [BATCH], "materials": LOTS[:1]}),
        *jsons("element.mould_used", how={"mould": MOULD}),
        *jsons("element.received", previous=ON_LOAD),
    ]
    tight, loose = names_in(events)
    assert tight == (LOAD, LINK)
    assert loose == (
        "https://id.gs1.org/01/90614141000008/10/C260112-07",
        "https://id.gs1.org/8003/0061414100000512",
        MOULD_URI,
        "https://precast-mes.org/ns/epcis/lot/0614141000005/rebar/GJ-2610%2F107",
    )
    born = jsons("batch.mixed", how={"batch": BATCH}, elements=[])
    assert names_in(born) == (("https://id.gs1.org/01/90614141000008/10/C260112-07",), ())
    local = jsons("element.mould_used", LOCAL, how={"mould": MOULD, "pallet": 3})
    assert [name.rsplit("/", 2)[-2] for name in names_in(local)[1]] == ["mould"]


def _of_every_kind(settings: MappingSettings) -> Sequence[EpcisEvent]:
    made = {kind: epcis_events(content(kind, **RICH), settings) for kind in sorted(kinds_with_form())}
    assert [kind for kind, events in made.items() if not events] == ["event.declared_wrong"]
    return [event for events in made.values() for event in events]


@pytest.mark.parametrize("settings", [SETTINGS, LOCAL], ids=["gs1", "local"])
def test_the_reference_generator_agrees_on_every_kind(settings: MappingSettings) -> None:
    events = _of_every_kind(settings)
    assert reference_ids(epcis_document(events, at(24, 8))) == [event.event_id for event in events]


@pytest.mark.parametrize("settings", [SETTINGS, LOCAL], ids=["gs1", "local"])
def test_both_editions_of_gs1s_schema_accept_every_kind(settings: MappingSettings) -> None:
    files = sorted(reference_folder("schema").glob("*.json"))
    assert len(files) == 2
    document = json.loads(json.dumps(epcis_document(_of_every_kind(settings), at(24, 8))))
    for file in files:
        validator = json_schemas.validator(json.loads(file.read_text(encoding="utf-8")), "7")
        assert [error.message for error in validator.iter_errors(document)] == []
