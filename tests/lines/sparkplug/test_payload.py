"""The Sparkplug B payload: round trips, hand-worked bytes, and npm's sparkplug-payload as the other side."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lines.sparkplug.payload import (
    DataType,
    Metric,
    Payload,
    ValueField,
    decode_payload,
    decode_seq,
    encode_payload,
    interpret,
)
from lines.sparkplug.wire import WireError
from tests.brokers import Peer, peer

_BITS = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}
_BITS |= {DataType.UINT8: 8, DataType.UINT16: 16, DataType.UINT32: 32, DataType.UINT64: 64, DataType.DATETIME: 64}
_SIGNED = {DataType.INT8, DataType.INT16, DataType.INT32, DataType.INT64}
_JS_NAMES = {
    DataType.INT8: "Int8",
    DataType.INT16: "Int16",
    DataType.INT32: "Int32",
    DataType.INT64: "Int64",
    DataType.UINT8: "UInt8",
    DataType.UINT16: "UInt16",
    DataType.UINT32: "UInt32",
    DataType.UINT64: "UInt64",
    DataType.FLOAT: "Float",
    DataType.DOUBLE: "Double",
    DataType.BOOLEAN: "Boolean",
    DataType.STRING: "String",
    DataType.DATETIME: "DateTime",
    DataType.TEXT: "Text",
    DataType.UUID: "UUID",
    DataType.BYTES: "Bytes",
}


def values(kind: DataType) -> st.SearchStrategy[Any]:
    """Every value that a type can have."""
    if kind in _BITS:
        bits = _BITS[kind]
        low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if kind in _SIGNED else (0, (1 << bits) - 1)
        return st.integers(low, high)
    if kind in {DataType.FLOAT, DataType.DOUBLE}:
        return st.floats(width=32 if kind is DataType.FLOAT else 64, allow_nan=False)
    if kind is DataType.BOOLEAN:
        return st.booleans()
    return st.binary() if kind in {DataType.BYTES, DataType.FILE} else st.text()


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    kind = draw(st.sampled_from(DataType))
    return Metric(
        name=draw(st.none() | st.text()),
        value=draw(st.none() | values(kind)),
        data_type=kind,
        alias=draw(st.none() | st.integers(0, 2**64 - 1)),
        time_ms=draw(st.none() | st.integers(0, 2**64 - 1)),
        is_historical=draw(st.booleans()),
        quality=draw(st.sampled_from([None, 0, 192, 500])),
    )


def without_fields(payload: Payload) -> list[tuple[object, ...]]:
    """What a payload says, apart from the fields in which its values stood."""
    return [
        (m.name, m.value, m.data_type, m.alias, m.time_ms, m.is_historical, m.is_readable, m.quality)
        for m in payload.metrics
    ]


@given(st.lists(metrics(), max_size=5), st.integers(0, 2**63), st.integers(0, 255))
def test_what_is_encoded_is_decoded_the_same(found: list[Metric], time_ms: int, seq: int) -> None:
    payload = Payload(tuple(found), time_ms, seq)
    data = encode_payload(payload)
    decoded = decode_payload(data)
    assert without_fields(decoded) == without_fields(payload)
    assert (decoded.time_ms, decoded.seq, decode_seq(data)) == (time_ms, seq, seq)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_payload_or_an_error(data: bytes) -> None:
    try:
        payload = decode_payload(data)
    except WireError:
        return
    assert isinstance(payload, Payload)


@given(st.lists(metrics(), min_size=1, max_size=3), st.data())
def test_a_payload_that_was_cut_short_is_an_error_or_a_shorter_payload(
    found: list[Metric], data: st.DataObject
) -> None:
    whole = encode_payload(Payload(tuple(found), 1, 7))
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        decoded = decode_payload(cut)
    except WireError:
        return
    assert decoded.seq is None  # The sequence number stands last.


def test_the_bytes_are_those_worked_out_by_hand_from_the_definition() -> None:
    metric = Metric("a", 300, DataType.UINT16, alias=2)
    # metric: name 0a 01 61, alias 10 02, datatype 20 06, int_value (field 10) 50 ac 02
    inner = bytes.fromhex("0a0161 1002 2006 50ac02")
    assert encode_payload(Payload((metric,), 5, 9)) == bytes.fromhex("0805 120a") + inner + bytes.fromhex("1809")


@pytest.mark.parametrize(
    ("wire", "kind", "value"),
    [
        (0xFF, DataType.INT8, -1),  # in its own eight bits
        (0xFFFFFFFF, DataType.INT8, -1),  # in the 32 bits of the field
        (0x8000, DataType.INT16, -32768),
        (0xFFFFFFFFFFFFFFFE, DataType.INT64, -2),
        (0xFFFFFFFF, DataType.UINT32, 4294967295),
        (1, DataType.BOOLEAN, True),
        (3, DataType.DOUBLE, 3.0),
    ],
)
def test_numbers_are_interpreted_in_their_type(wire: int, kind: DataType, value: object) -> None:
    assert interpret(wire, kind) == value


@pytest.mark.parametrize(
    ("value", "kind"),
    [("7", DataType.INT8), (1.5, DataType.UINT16), (True, DataType.INT32), (b"", DataType.STRING), (1, 16), (1, 99)],
)
def test_a_value_of_another_type_is_refused(value: Any, kind: int) -> None:
    with pytest.raises(ValueError):
        interpret(value, kind)


@pytest.mark.parametrize(
    ("value", "kind"), [(128, DataType.INT8), (-1, DataType.UINT32), (1e39, DataType.FLOAT), (1, None), (1, 16)]
)
def test_a_value_that_does_not_fit_is_not_encoded(value: Any, kind: int | None) -> None:
    with pytest.raises(ValueError):
        encode_payload(Payload((Metric("a", value, kind),)))


@pytest.mark.parametrize(
    "data",
    [
        b"\x12",  # a field without a length
        b"\x12\x05ab",  # a metric longer than the payload
        b"\xff" * 11,  # a number without an end
        b"\x00",  # a field without a number
        b"\x0b",  # a group
        b"\x12\x03\x0a\x01\xff",  # a name that is not UTF-8
        b"\x12\x02\x60\x01",  # a float as a varint
    ],
)
def test_bytes_that_are_no_payload_are_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        decode_payload(data)


def test_data_sets_and_templates_are_passed_over() -> None:
    data_set = b"\x0a\x03set\x20\x10" + bytes([17 << 3 & 0x7F | 0x80 | 2, 1, 2, 8, 1])
    payload = decode_payload(bytes([0x12, len(data_set)]) + data_set + b"\x12\x07\x0a\x01b\x20\x03\x50\x05")
    unreadable, readable = payload.metrics
    assert (unreadable.name, unreadable.is_readable, unreadable.value) == ("set", False, None)
    assert (readable.name, readable.value) == ("b", 5)


@pytest.fixture(scope="module")
def other_side() -> Iterator[Peer]:
    """npm's sparkplug-payload."""
    with peer("sparkplug_codec.js") as started:
        yield started


def encoded_by(other_side: Peer, document: dict[str, Any]) -> Payload:
    other_side.tell({"encode": document})
    return decode_payload(base64.b64decode(other_side.says()["bytes"]))


def decoded_by(other_side: Peer, payload: Payload) -> dict[str, Any]:
    other_side.tell({"decode": base64.b64encode(encode_payload(payload)).decode()})
    found: dict[str, Any] = other_side.says()["payload"]
    return found


def to_js(value: Any, kind: DataType) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if kind in _BITS and _BITS[kind] == 64:
        return {"long": str(value), "unsigned": kind not in _SIGNED}
    return value


def from_js(value: Any) -> Any:
    if isinstance(value, dict):
        return int(value["long"]) if "long" in value else base64.b64decode(value["base64"])
    return value


@pytest.mark.parametrize("kind", list(_JS_NAMES))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_the_other_side_encodes_we_decode(other_side: Peer, kind: DataType, data: st.DataObject) -> None:
    value = data.draw(values(kind).filter(lambda v: v not in (float("inf"), float("-inf"))))
    metric = {"name": "Spreader/值", "alias": 7, "timestamp": 1763700000000, "type": _JS_NAMES[kind]}
    payload = encoded_by(other_side, {"timestamp": 5, "seq": 250, "metrics": [{**metric, "value": to_js(value, kind)}]})
    (found,) = payload.metrics
    assert (payload.time_ms, payload.seq) == (5, 250)
    assert (found.name, found.alias, found.time_ms, found.data_type) == ("Spreader/值", 7, 1763700000000, kind)
    assert found.value == value


@pytest.mark.parametrize("kind", [kind for kind in _JS_NAMES if kind is not DataType.UINT32])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_we_encode_the_other_side_decodes(other_side: Peer, kind: DataType, data: st.DataObject) -> None:
    limit = 2**53 - 1  # Beyond, the other side's numbers are not exact.
    value = data.draw(values(kind).filter(lambda v: not isinstance(v, int | float) or abs(v) <= limit))
    payload = decoded_by(other_side, Payload((Metric("m", value, kind, alias=3, time_ms=11),), 5, 250))
    (found,) = payload["metrics"]
    assert (found["name"], from_js(found["alias"]), from_js(found["timestamp"])) == ("m", 3, 11)
    assert found["type"] == _JS_NAMES[kind]
    shown = from_js(found["value"])
    if kind is DataType.INT64 and shown >= 2**63:
        shown -= 2**64  # It leaves the 64 bits of negative numbers as they are.
    assert shown == value


def test_an_unsigned_number_is_written_where_its_birth_had_it(other_side: Peer) -> None:
    """The other side has unsigned 32-bit numbers in the field of long ones; the specification in that of short ones."""
    document = {"timestamp": 5, "seq": 0, "metrics": [{"name": "m", "type": "UInt32", "value": 4000000000}]}
    (born,) = encoded_by(other_side, document).metrics
    assert (born.value, born.field) == (4000000000, ValueField.LONG)
    command = Metric("m", 3999999999, DataType.UINT32, field=born.field)
    (found,) = decoded_by(other_side, Payload((command,), 5))["metrics"]
    assert from_js(found["value"]) == 3999999999


def test_null_metrics_properties_and_history_of_the_other_side_are_understood(other_side: Peer) -> None:
    quality = {"Quality": {"type": "Int32", "value": 500}, "Unit": {"type": "String", "value": "kg"}}
    metrics = [
        {"name": "none", "type": "Int32", "value": None},
        {"name": "old", "type": "Float", "value": 1.5, "isHistorical": True},
        {"name": "stale", "type": "Int32", "value": 5, "properties": quality},
    ]
    payload = encoded_by(other_side, {"timestamp": 5, "seq": 0, "metrics": metrics})
    none, old, stale = payload.metrics
    assert none.value is None
    assert (old.value, old.is_historical) == (1.5, True)
    assert (stale.value, stale.quality) == (5, 500)


def test_data_sets_and_templates_of_the_other_side_are_passed_over(other_side: Peer) -> None:
    table = {"numOfColumns": 2, "columns": ["a", "b"], "types": ["Int32", "String"], "rows": [[1, "x"], [2, "y"]]}
    template = {"isDefinition": True, "version": "1", "metrics": [{"name": "inner", "type": "Int32", "value": 1}]}
    metrics = [
        {"name": "table", "type": "DataSet", "value": table},
        {"name": "template", "type": "Template", "value": template},
        {"name": "plain", "type": "Int32", "value": -5},
    ]
    payload = encoded_by(other_side, {"timestamp": 5, "seq": 0, "metrics": metrics})
    assert [(m.name, m.is_readable, m.value) for m in payload.metrics] == [
        ("table", False, None),
        ("template", False, None),
        ("plain", True, -5),
    ]
