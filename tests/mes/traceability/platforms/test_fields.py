"""Fields declared in YAML: where values come from, how they are written, what is missing."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from mes.traceability.platforms.fields import Context, FieldRule, build_record
from tests.mes.traceability.platforms.events import BATCH, cast

CODES = {"family": {"composite_slab": "01"}}


def told(fields: str, content: dict[str, Any] | None = None, **more: Any) -> tuple[dict[str, Any], list[str]]:
    """The record of the cast element, and its faults in words."""
    found = content or cast()
    rules = TypeAdapter(list[FieldRule]).validate_python(yaml.safe_load(fields))
    roots = {**found, "element": found["elements"][0], "values": {"city": "3502"}}
    record, faults = build_record(rules, Context(roots, ZoneInfo("Asia/Shanghai"), CODES, **more))
    return record, [str(fault) for fault in faults]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from: element.mark", "YB-7-03"),
        ("from: [how.nothing, element.mark]", "YB-7-03"),
        ("value: '{element.building}-{element.floor}'", "3号楼-7层"),
        ("value: '{element.building}-{element.nothing}'", None),
        ("value: '{{{element.floor}}}'", "{7层}"),
        ("value: 7", 7),
        ("from: element.weight_kg, unit: {from: kg, to: t}, decimals: 3", 0.509),  # 0.5085, half up
        ("from: element.weight_kg, unit: {from: kg, to: t}, decimals: 1, as: text", "0.5"),
        ("from: element.weight_kg, unit: {from: kg, to: t}, decimals: 4, as: text", "0.5085"),
        ("from: element.length_mm, unit: {from: mm, to: m}", 2.82),
        ("from: element.length_mm, as: text", "2820"),
        ("from: how.batch.volume_m3, as: integer", 2),
        ("from: element.family, codes: family", "01"),
        ("from: element.mark, codes: {a: '1'}, otherwise: '99'", "99"),
        ("from: event_time, date: '%Y年%m月%d日 %H:%M:%S'", "2026年11月23日 09:02:03"),
        ("from: event_time, date: ms", 1795395723456),
        ("from: event_time, date: iso", "2026-11-23T09:02:03+08:00"),
        ("from: element.nothing, default: 无", "无"),
        ("from: element.serial, digits: 3", "007"),
        ("from: element.type_name, max: 4, too_long: cut", "叠合板 "),
        ("list: how.materials, from: item.lot_number", ["20261102"]),
        ("list: how.batch, fields: [{to: lot, from: item.batch_number}]", [{"lot": BATCH["batch_number"]}]),
        ("list: how.nothing, from: item.x", None),
    ],
)
def test_a_value_is_written_as_declared(field: str, value: Any) -> None:
    record, faults = told(f"[{{to: x, {field}}}]")
    assert faults == []
    assert record == ({} if value is None else {"x": value})


@pytest.mark.parametrize(
    ("field", "fault"),
    [
        ("from: element.nothing, required: true", "x: the platform asks for it, and it has no value (element.nothing)"),
        ("from: element.mark, codes: family", "x: the platform has no code for “YB-7-03” (element.mark)"),
        ("from: element.mark, max: 3", "x: it has 7 characters, the platform takes 3 (element.mark)"),
        ("from: element.mark, decimals: 1", "x: “YB-7-03” is no number (element.mark)"),
        ("from: element.mark, date: s", "x: “YB-7-03” is no moment with its zone (element.mark)"),
        ("from: element.mark, pattern: '[0-9]+'", "x: “YB-7-03” has not the form [0-9]+ (element.mark)"),
        ("from: how.batch", "x: a plain value is wanted, and there is a list or an object (how.batch)"),
        (
            "list: how.materials, fields: [{to: mill, from: item.mill, required: true}]",
            "x[0].mill: the platform asks for it, and it has no value (item.mill)",
        ),
        (
            "from: how.nothing, required_if: {from: kind, in: [element.cast]}",
            "x: the platform asks for it, and it has no value (how.nothing)",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_named(field: str, fault: str) -> None:
    assert told(f"[{{to: x, {field}}}]")[1] == [fault]


def test_every_fault_of_a_record_is_told() -> None:
    fields = "[{to: a, from: how.a, required: true}, {to: b, from: element.mark, max: 1}, {to: c, from: id}]"
    record, faults = told(fields)
    assert list(record) == ["c"]
    assert len(faults) == 2


def test_names_with_dots_make_objects_and_empty_fields_are_as_the_platform_wants_them() -> None:
    fields = "[{to: place.floor, from: element.floor}, {to: place.slot, from: where.yard_slot}]"
    assert told(fields)[0] == {"place": {"floor": "7层"}}
    assert told(fields, empty="null")[0] == {"place": {"floor": "7层", "slot": None}}
    assert told(fields, empty="text")[0] == {"place": {"floor": "7层", "slot": ""}}


def test_people_are_named_only_where_the_connector_may() -> None:
    field = "[{to: name, from: who.name, personal: name}]"
    assert told(field)[0] == {"name": "王敏"}
    assert told(field, with_personal=False) == ({}, [])
    needed = "[{to: name, from: who.name, personal: name, required: true}]"
    assert told(needed, with_personal=False)[1] == ["name: it names a person, which this connector is set not to"]


def test_a_code_of_parts_ends_with_its_check_character() -> None:
    parts = "{to: a, from: values.city}, {to: b, from: element.family, codes: family}"
    check = "{alphabet: '0123456789', weights: [3, 1], modulus: 10, complement: true}"
    # 3·3 + 5·1 + 0·3 + 2·1 + 0·3 + 1·1 = 17, and 10 - 7 = 3
    assert told(f"[{{to: x, parts: [{parts}], check: {check}}}]")[0] == {"x": "3502013"}
    strange = "[{to: x, parts: [{to: a, from: element.mark}], check: " + check + "}]"
    assert told(strange)[1][0].startswith("x: “YB-7-03” holds “-”, for which the check character's rule has no value")
    lacking = "[{to: x, required: true, parts: [{to: a, from: element.nothing}]}]"
    assert "x: its part “a” has no value (element.nothing)" in told(lacking)[1]


@pytest.mark.parametrize(
    "field",
    [
        "{to: x}",
        "{to: x, from: element.mark, value: y}",
        "{to: x, from: elment.mark}",
        "{to: x, value: '{elment.mark}'}",
        "{to: x, value: '{element.mark'}",
        "{to: x, from: element.mark, unit: {from: kg, to: m}}",
        "{to: x, from: event_time, date: '%c'}",
        "{to: x, from: element.mark, otherwise: y}",
        "{to: x, list: how.materials}",
        "{to: x, fields: [{to: y, from: item.z}]}",
        "{to: x, from: element.mark, pattern: '['}",
        "{to: x, from: element.mark, codes: {no: '1'}}",
        "{to: x, from: element.mark, colour: grey}",
        "{to: x, parts: [{to: a, from: id}], check: {alphabet: '01', weights: [1], modulus: 3}}",
    ],
)
def test_a_declaration_that_cannot_be_meant_is_refused(field: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(FieldRule).validate_python(yaml.safe_load(field))
