"""Events are checked when they are made, and GS1's schema accepts whatever can be made."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.traceability.epcis import (
    AggregationEvent,
    AmbiguousExtensionError,
    AssociationEvent,
    BusinessTransaction,
    CheckDigitError,
    ErrorDeclaration,
    EventError,
    EventTimeError,
    ExtensionNameError,
    IdentifierError,
    IlmdNotAllowedError,
    MissingObjectsError,
    ObjectEvent,
    Party,
    PersistentDisposition,
    QuantityElement,
    TransactionEvent,
    TransformationEvent,
    UnitError,
    UnknownActionError,
    UnknownTermError,
    digest_text,
    encode,
    epcis_document,
    free_text,
    process_step,
)
from mes.traceability.sandbox.validation import envelope_faults, event_faults
from tests import json_schemas
from tests.mes.traceability.life import (
    ELEMENT,
    LOAD,
    MOULD,
    at,
    commissioned,
    inspected,
    life_of_an_element,
    reference_folder,
)


def every_kind_of_event() -> list[Any]:
    """The element's life, and the types and fields that it does not use."""
    first = inspected()
    return [
        *life_of_an_element(),
        TransactionEvent(
            action="ADD",
            event_time=at(2, 7),
            epcs=(ELEMENT,),
            biz_transactions=(BusinessTransaction("prodorder", "https://example.com/orders/PO-7"),),
            biz_step="encoding",
            disposition="encoded",
        ),
        AssociationEvent(
            action="ADD", event_time=at(1, 7), parent=MOULD, child_epcs=("https://example.com/sensor/S1",)
        ),
        AggregationEvent(action="DELETE", event_time=at(9, 9), parent=LOAD),
        AggregationEvent(action="OBSERVE", event_time=at(9, 9), child_quantities=(QuantityElement(ELEMENT[:-8]),)),
        ObjectEvent(
            action="OBSERVE",
            event_time=at(9, 7),
            epcs=(LOAD,),
            biz_step="departing",
            sources=(Party("owning_party", "https://id.gs1.org/417/6901234000009"),),
            destinations=(Party("location", "https://id.gs1.org/414/6901234000009"),),
            persistent_disposition=PersistentDisposition(set=("completeness_verified",)),
            certification=("https://example.com/certificates/C-1",),
            extensions={"pc:digest": digest_text("0" * 64), "pc:at": at(9, 6), "pc:count": Decimal("3.50")},
        ),
        first.declared_wrong(
            ErrorDeclaration(at(6, 8), "incorrect_data", ("urn:uuid:00000000-0000-4000-8000-000000000001",))
        ),
    ]


@pytest.mark.parametrize("edition", ["epcis-json-schema.ref.gs1.org-2.0.0.json", "EPCIS-JSON-Schema.gs1-github.json"])
def test_gs1s_schema_accepts_every_kind_of_event_we_build(edition: str) -> None:
    schema = json.loads((reference_folder("schema") / edition).read_text(encoding="utf-8"))
    validator = json_schemas.validator(schema, "7")
    document = json.loads(encode(epcis_document(every_kind_of_event(), at(10, 12))))
    assert [error.message for error in validator.iter_errors(document)] == []


def test_gs1s_schema_would_refuse_an_event_without_its_offset() -> None:
    schema_file = reference_folder("schema") / "epcis-json-schema.ref.gs1.org-2.0.0.json"
    schema = json.loads(schema_file.read_text(encoding="utf-8"))
    document = epcis_document([inspected()], at(10, 12))
    del document["epcisBody"]["eventList"][0]["eventTimeZoneOffset"]
    assert not json_schemas.validator(schema, "7").is_valid(document)


def test_the_platforms_own_validator_accepts_every_kind_of_event_we_build() -> None:
    document = epcis_document(every_kind_of_event(), at(10, 12))
    assert envelope_faults(document) == []
    for event in document["epcisBody"]["eventList"]:
        assert event_faults(event, document["@context"]) == []


def test_times_have_three_digits_and_the_local_offset() -> None:
    event = inspected(
        moment=datetime(2026, 3, 4, 11, 0, 30, 999_999, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    )
    assert event.to_json()["eventTime"] == "2026-03-04T11:00:30.999-03:30"
    assert event.to_json()["eventTimeZoneOffset"] == "-03:30"


@pytest.mark.parametrize(
    "moment", [at(4, 8).replace(tzinfo=None), at(4, 8).replace(tzinfo=timezone(timedelta(hours=14, minutes=1)))]
)
def test_a_time_needs_a_zone_that_the_standard_knows(moment: datetime) -> None:
    with pytest.raises(EventTimeError):
        inspected(moment=moment)


SENSIBLE_TIMES = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(SENSIBLE_TIMES, st.integers(-839, 840))
def test_offset_and_time_tell_the_same_moment(moment: datetime, offset_minutes: int) -> None:
    zone = timezone(timedelta(minutes=offset_minutes))
    local = moment.astimezone(zone)
    written = inspected(moment=local).to_json()
    assert written["eventTime"].endswith(written["eventTimeZoneOffset"])
    assert timedelta() <= local - datetime.fromisoformat(written["eventTime"]) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "value",
    ["007", "1.0", "1e3", "1_000", "inf", "NaN", "12e456", "０７", "deadbeef01", "", "  ", "storing", "Temperature",
     "Disp-active", "cbv:Disp-active", "urn:epcglobal:cbv:disp:active",
     True, [], [["A"]], 1e-7, 1e300, float("nan")],
)  # fmt: skip
def test_values_that_systems_would_hash_differently_are_refused(value: Any) -> None:
    with pytest.raises(AmbiguousExtensionError):
        ObjectEvent(action="OBSERVE", event_time=at(2, 8), epcs=(ELEMENT,), extensions={"pc:mark": value})


def test_they_are_found_inside_lists_and_objects_and_ilmd_as_well() -> None:
    with pytest.raises(AmbiguousExtensionError, match="pc:code"):
        ObjectEvent(action="ADD", event_time=at(2, 8), epcs=(ELEMENT,), ilmd={"pc:parts": [{"pc:code": "0012"}]})


@pytest.mark.parametrize(
    "value", ["DBS-007", "sha256:12e456", process_step("storing"), "YB-3F-07", "3号楼", 7, 0.84, "C30"]
)
def test_telling_values_pass(value: Any) -> None:
    event = ObjectEvent(action="OBSERVE", event_time=at(2, 8), epcs=(ELEMENT,), extensions={"pc:mark": value})
    assert event.to_json()["pc:mark"] == value


@pytest.mark.parametrize(
    ("typed", "written"),
    [("7", "text:7"), ("unknown", "text:unknown"), ("cbv:x", "text:cbv:x"), (" 3号楼 ", "3号楼"), ("YB-07", "YB-07")],
)
def test_what_a_person_typed_is_marked_where_it_would_be_ambiguous(typed: str, written: str) -> None:
    event = ObjectEvent(
        action="OBSERVE", event_time=at(2, 8), epcs=(ELEMENT,), extensions={"pc:remark": free_text(typed)}
    )
    assert event.to_json()["pc:remark"] == written


@pytest.mark.parametrize("name", ["mark", "cbvmda:lot", "other:mark", "pc:", "pc:two words", "#text"])
def test_extension_names_belong_to_our_namespace(name: str) -> None:
    with pytest.raises(ExtensionNameError):
        ObjectEvent(action="OBSERVE", event_time=at(2, 8), epcs=(ELEMENT,), extensions={name: "A"})


def test_ilmd_belongs_to_the_birth_of_a_thing() -> None:
    with pytest.raises(IlmdNotAllowedError):
        ObjectEvent(action="OBSERVE", event_time=at(2, 8), epcs=(ELEMENT,), ilmd={"pc:mark": "A"})


def test_a_wrong_check_digit_is_refused_with_the_right_one() -> None:
    # 0690123400001: 3*(0+9+1+3+0+0+1) + (6+0+2+4+0+0) = 42 + 12 = 54, so 6 makes it 60.
    with pytest.raises(CheckDigitError, match="6 would fit"):
        commissioned("https://id.gs1.org/01/06901234000017/21/1")


@pytest.mark.parametrize(
    ("fault", "make"),
    [
        (MissingObjectsError, lambda: ObjectEvent(action="OBSERVE", event_time=at(2, 8))),
        (MissingObjectsError, lambda: AggregationEvent(action="ADD", event_time=at(2, 8), parent=LOAD)),
        (MissingObjectsError, lambda: AggregationEvent(action="DELETE", event_time=at(2, 8), child_epcs=(ELEMENT,))),
        (MissingObjectsError, lambda: TransactionEvent(action="ADD", event_time=at(2, 8), epcs=(ELEMENT,))),
        (MissingObjectsError, lambda: TransformationEvent(event_time=at(2, 8), output_epcs=(ELEMENT,))),
        (UnknownActionError, lambda: ObjectEvent(action="MOVE", event_time=at(2, 8), epcs=(ELEMENT,))),  # type: ignore[arg-type]
        (UnknownTermError, lambda: inspected(result="perfect")),
        (IdentifierError, lambda: inspected("element 7")),
        (IdentifierError, lambda: ObjectEvent(action="ADD", event_time=at(2, 8), epcs=(ELEMENT, ELEMENT))),
        (UnitError, lambda: QuantityElement(ELEMENT, 1, "m3").to_json()),
        (EventError, lambda: inspected().declared_wrong(ErrorDeclaration(at(6, 8), "did_not_occur", ("urn:x:1",)))),
    ],
)
def test_an_event_that_breaks_a_rule_cannot_be_made(fault: type[Exception], make: Any) -> None:
    with pytest.raises(fault):
        make()


def test_a_declaration_repeats_the_event_with_every_field_and_its_id() -> None:
    event = inspected()
    declared = event.declared_wrong(ErrorDeclaration(at(6, 8), "did_not_occur")).to_json()
    assert declared.pop("errorDeclaration")["reason"] == "did_not_occur"
    assert declared == event.to_json()


def test_the_same_document_has_the_same_bytes() -> None:
    first, second = (encode(epcis_document(life_of_an_element(), at(10, 12))) for _ in range(2))
    assert first == second
