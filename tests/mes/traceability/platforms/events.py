"""Events of the ledger by hand, with the facts that the rooms put into them."""

from __future__ import annotations

from typing import Any

SSCC = "106141410000000019"
INSPECTION = {
    "id": "0199d1a2-0000-7000-8000-000000000001",
    "kind": "hidden_works",
    "verdict": "accepted",
    "inspector": "王敏",
    "remark": "007",
}
BATCH = {"batch_number": "C260112-07", "concrete_grade": "C30", "volume_m3": 1.8, "poured_m3": 1.6249}
MESH = {"kind": "mesh", "lot_number": "20261102", "supplier": "闽南钢材"}
DELIVERY = {
    "delivery": "FH-260112-0001",
    "sscc": SSCC,
    "vehicle_plate": "闽D·12345",
    "driver_name": "李军",
    "project_code": "XM-01",
    "project_name": "湖里安置房一期",
    "site": "湖里区安岭路 1 号",
}


def element(serial: int = 1007, **changes: Any) -> dict[str, Any]:
    """Facts of an element."""
    return {
        "id": f"0199d1a2-0000-7000-8000-{serial:012d}",
        "serial": serial,
        "digital_link": f"https://id.gs1.org/01/06901234000016/21/{serial}",
        "epc_hex": "3034257BF7194E4000001A85",
        "type_code": "DBS1-67-3012-11",
        "type_name": "叠合板 DBS1-67-3012-11",
        "family": "composite_slab",
        "length_mm": 2820,
        "width_mm": 1200,
        "thickness_mm": 60,
        "volume_m3": 0.2034,
        "weight_kg": 508.5,
        "concrete_grade": "C30",
        "project_code": "XM-01",
        "project_name": "湖里安置房一期",
        "building": "3号楼",
        "floor": "7层",
        "position": "B-3/4",
        "mark": "YB-7-03",
        "state": "curing",
        **changes,
    }


def event(kind: str, number: int = 1, elements: list[dict[str, Any]] | None = None, **parts: Any) -> dict[str, Any]:
    """The content of an event; `where`, `how`, `data` and `who` as they are given."""
    about = [element()] if elements is None else elements
    return {
        "id": f"0199d1a2-1111-7000-8000-{number:012d}",
        "kind": kind,
        "event_time": "2026-11-23T01:02:03.456Z",
        "recorded_time": "2026-11-23T01:02:04.000Z",
        "zone_offset": "+08:00",
        "who": {"id": "p-7", "name": "王敏", "role": "inspector", "organisation": "厦门预制厂", "kind": "person"},
        "where": {},
        "how": {},
        "elements": about,
        "data": {},
        "previous": {f"element:{facts['serial']}": None for facts in about},
        **parts,
    }


def cast(number: int = 1, elements: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Elements were cast."""
    how = {"pallet": 12, "machine": "SL/x", "batch": BATCH, "batches": [BATCH], "materials": [MESH]}
    return event("element.cast", number, elements, where={"line": "SL", "station_name": "浇筑"}, how=how)


def life() -> list[dict[str, Any]]:
    """What happens to an element, in order."""
    final = {"inspection": {**INSPECTION, "kind": "final"}}
    made = [
        ("element.set_up", {}, {"pallet": 12}, {}),
        ("element.material_used", {"line": "SL"}, {"pallet": 12, "materials": [MESH]}, {}),
        ("element.hidden_works_accepted", {"line": "SL"}, {"pallet": 12}, {"inspection": INSPECTION}),
        ("element.cast", {"line": "SL"}, {"batch": BATCH, "batches": [BATCH], "pallet": 12}, {}),
        (
            "element.curing_recorded",
            {},
            {},
            {"curing": {"highest_c": 54.96, "entered_at": "2026-11-23T03:00:00+00:00"}},
        ),
        ("element.demoulded", {"line": "SL"}, {"pallet": 12}, {}),
        ("element.strength_tested", {}, {}, {"cube_test": {"id": "cube-1", "set_value_mpa": 24.349}}),
        ("element.final_accepted", {}, {}, final),
        ("element.certified", {}, {}, {"certificate": {"number": "HGZ-260112-0001"}}),
        ("element.stored", {"yard_slot": "A-03"}, {}, {}),
        ("delivery.loaded", {}, {}, DELIVERY),
        ("delivery.departed", {}, {}, DELIVERY),
        ("element.received", {"site": "湖里区安岭路 1 号"}, {}, {**DELIVERY, "outcome": "accepted"}),
        ("element.installed", {"site": "湖里区安岭路 1 号"}, {}, {}),
    ]
    return [event(kind, n, where=where, how=how, data=data) for n, (kind, where, how, data) in enumerate(made, 1)]


def turns() -> list[dict[str, Any]]:
    """What may happen to an element between the gate and its place in the building, in an order that could be."""
    certificate = {"certificate": {"number": "HGZ-260112-0001"}, "reason": "缺棱掉角"}
    refused = {**DELIVERY, "outcome": "rejected", "reject_code": "crack", "reject_reason": "缺棱掉角"}
    taken = {**DELIVERY, "outcome": "accepted", "take_back_code": "found_sound", "reason": "复验合格"}
    made = [
        ("delivery.departure_undone", {**DELIVERY, "undo_code": "breakdown", "reason": "门口爆胎"}),
        ("element.certificate_suspended", certificate),
        ("element.rejected_at_site", refused),
        ("element.sent_back", {**DELIVERY, "driver_name": ""}),
        ("element.certificate_reinstated", certificate),
        ("element.rejection_taken_back", taken),
        ("element.certificate_withdrawn", certificate),
    ]
    return [event(kind, 100 + number, data=data) for number, (kind, data) in enumerate(made)]
