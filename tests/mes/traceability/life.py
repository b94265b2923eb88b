"""The life of one element as events, and where GS1's public files are."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from mes.traceability.epcis import (
    AggregationEvent,
    BusinessTransaction,
    EpcisEvent,
    ObjectEvent,
    Person,
    QuantityElement,
    SensorElement,
    SensorReport,
    TransformationEvent,
    process_step,
)

SHANGHAI = timezone(timedelta(hours=8))
ELEMENT = "https://id.gs1.org/01/06901234000016/21/1007"
MOULD = "https://id.gs1.org/8003/06901234000092T12"
LOAD = "https://id.gs1.org/00/069012340000000016"
YARD = "https://id.gs1.org/414/6901234000009/254/A-03-2"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def reference_folder(name: str) -> Path:
    """A folder of GS1's public EPCIS files (schema, examples, reference_hash), or skip."""
    given = os.environ.get("EPCIS_REFERENCE_DATA")
    repository = Path(__file__).resolve().parents[3]
    found = [Path(given)] if given else sorted(repository.parent.glob("*/data/epcis"))
    folder = next((data / name for data in found if (data / name).is_dir()), None)
    if folder is None:
        pytest.skip(f"GS1's public EPCIS files ({name}) are not here; EPCIS_REFERENCE_DATA names their folder")
    return folder


def commissioned(element: str = ELEMENT, code: str = "YB-3F-07", moment: datetime | None = None) -> ObjectEvent:
    """An element gets its identity."""
    return ObjectEvent(
        action="ADD",
        event_time=moment or at(2, 8),
        epcs=(element,),
        biz_step="commissioning",
        disposition="active",
        read_point="https://id.gs1.org/414/6901234000009",
        ilmd={"pc:elementCode": code, "pc:strengthClass": "C30", "pc:volumeM3": 0.84, "pc:massKg": 2100},
    ).with_hash_id()


def inspected(element: str = ELEMENT, moment: datetime | None = None, result: str = "conformant") -> ObjectEvent:
    """An element is inspected."""
    return ObjectEvent(
        action="OBSERVE", event_time=moment or at(5, 9), epcs=(element,), biz_step="inspecting", disposition=result
    ).with_hash_id()


def life_of_an_element() -> list[EpcisEvent]:
    """From the tag to the building, in order."""
    inspector = Person("inspector", "王敏").to_extension()
    resident = Person("resident_supervisor", "赵强", "宏信监理").to_extension()
    events: list[EpcisEvent] = [
        commissioned(),
        AggregationEvent(
            action="ADD", event_time=at(2, 8, 20), parent=MOULD, child_epcs=(ELEMENT,), biz_step="assembling"
        ),
        ObjectEvent(
            action="OBSERVE",
            event_time=at(2, 10),
            epcs=(ELEMENT,),
            biz_step="inspecting",
            disposition="conformant",
            biz_transactions=(BusinessTransaction("testres", "https://example.com/reports/HW-118"),),
            extensions={"pc:processStep": process_step("hidden_works"), "pc:people": [inspector, resident]},
        ),
        TransformationEvent(
            event_time=at(2, 11),
            input_quantities=(QuantityElement("https://id.gs1.org/01/06901234000023/10/B261102-4", 0.84, "MTQ"),),
            output_epcs=(ELEMENT,),
            biz_step="other",
            disposition="in_progress",
            extensions={"pc:processStep": process_step("casting"), "pc:weather": "晴"},
        ),
        ObjectEvent(
            action="OBSERVE",
            event_time=at(2, 23),
            epcs=(MOULD,),
            biz_step="sensor_reporting",
            sensor_elements=(
                SensorElement(
                    (SensorReport("Temperature", minimum=18.5, maximum=55, mean=46.2, unit="CEL"),),
                    device="https://id.gs1.org/8004/6901234KILN-2",
                    started_at=at(2, 13),
                    ended_at=at(2, 23),
                ),
            ),
            extensions={"pc:processStep": process_step("curing")},
        ),
        AggregationEvent(
            action="DELETE", event_time=at(3, 7), parent=MOULD, child_epcs=(ELEMENT,), biz_step="removing"
        ),
        inspected(),
        ObjectEvent(
            action="OBSERVE",
            event_time=at(5, 15),
            epcs=(ELEMENT,),
            biz_step="storing",
            disposition="in_progress",
            biz_location=YARD,
            extensions={"pc:placeName": "二号堆场 A-03-2"},
        ),
        AggregationEvent(action="ADD", event_time=at(9, 6), parent=LOAD, child_epcs=(ELEMENT,), biz_step="loading"),
        ObjectEvent(
            action="OBSERVE",
            event_time=at(9, 7),
            epcs=(LOAD,),
            biz_step="departing",
            disposition="in_transit",
            extensions={"pc:plate": "皖A·12345", "pc:people": [Person("driver", "李军").to_extension()]},
        ),
        AggregationEvent(
            action="DELETE", event_time=at(9, 9), parent=LOAD, child_epcs=(ELEMENT,), biz_step="unloading"
        ),
        ObjectEvent(
            action="OBSERVE",
            event_time=at(9, 10),
            epcs=(ELEMENT,),
            biz_step="accepting",
            disposition="conformant",
        ),
        ObjectEvent(
            action="OBSERVE",
            event_time=at(10, 9),
            epcs=(ELEMENT,),
            biz_step="installing",
            disposition="active",
            extensions={"pc:building": "3号楼", "pc:floor": "7层"},
        ),
    ]
    return [event.with_hash_id() for event in events]
