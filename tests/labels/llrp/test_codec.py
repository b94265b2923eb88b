"""Bytes of the Low Level Reader Protocol, worked by hand, and what a decoder must bear."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.llrp.codec import LONGEST_MESSAGE_BYTES, UNKNOWN, Bits, Message, Parameter, Value, decode, encode
from labels.llrp.errors import MalformedMessageError
from labels.llrp.specs import keepalive, lock_operation, read_operation
from labels.llrp.tables import RESERVED, Field, message_shapes, parameter_shapes, parameters_by_type

STATUS_OK = Parameter("LLRPStatus", {"StatusCode": 0, "ErrorDescription": ""})
GREETING = Message(
    "READER_EVENT_NOTIFICATION",
    {},
    (
        Parameter(
            "ReaderEventNotificationData",
            {},
            (
                Parameter("UTCTimestamp", {"Microseconds": 0x0005E0B1C2D3E4F5}),
                Parameter("ConnectionAttemptEvent", {"Status": 0}),
            ),
        ),
    ),
    1,
)


@pytest.mark.parametrize(
    ("message", "data"),
    [
        # Version 1 and type 62: 000 001 0000111110 = 043E; 10 bytes = 0A; number 7.
        (Message("KEEPALIVE", {}, (), 7), "043E 0000000A 00000007"),
        # Type 72 = 0001001000, so 0448.
        (Message("KEEPALIVE_ACK", {}, (), 7), "0448 0000000A 00000007"),
        # Type 1, one byte: 0, everything.
        (Message("GET_READER_CAPABILITIES", {"RequestedData": 0}, (), 1), "0401 0000000B 00000001 00"),
        # Type 22 = 16 hexadecimal; the program's number in 32 bits.
        (Message("START_ROSPEC", {"ROSpecID": 0x1234}, (), 2), "0416 0000000E 00000002 00001234"),
        # Type 3; one bit and seven of nothing; the parameter 220 = 00DC has 4 + 1 + 4 = 9 bytes; 10 000 ms = 2710.
        (
            Message("SET_READER_CONFIG", {"ResetToFactoryDefault": 1}, (keepalive(10),), 3),
            "0403 00000014 00000003 80 00DC 0009 01 00002710",
        ),
        # Type 34; LLRPStatus 287 = 011F has 4 + 2 + 2 = 8 bytes, the words of the failure none.
        (Message("ENABLE_ROSPEC_RESPONSE", {}, (STATUS_OK,), 4), "0422 00000012 00000004 011F 0008 0000 0000"),
        # Type 63; 246 = 00F6 has 4 + 12 + 6 = 22 bytes: 128 = 0080 with a clock, 256 = 0100 with a status.
        (GREETING, "043F 00000020 00000001 00F6 0016 0080 000C 0005E0B1C2D3E4F5 0100 0006 0000"),
        # Type 61. Without length: 13 (8D) EPC of 96 bits, 1 (81) antenna, 6 (86) -48 dBm = D0, 8 (88) count.
        (
            Message(
                "RO_ACCESS_REPORT",
                {},
                (
                    Parameter(
                        "TagReportData",
                        {},
                        (
                            Parameter("EPC_96", {"EPC": 0x3074257BF7194E4000001A85}),
                            Parameter("AntennaID", {"AntennaID": 2}),
                            Parameter("PeakRSSI", {"PeakRSSI": -48}),
                            Parameter("TagSeenCount", {"TagCount": 3}),
                        ),
                    ),
                ),
                5,
            ),
            "043D 00000023 00000005 00F0 0019 8D 3074257BF7194E4000001A85 81 0002 86 D0 88 0003",
        ),
        # An EPC of another length: 241 = 00F1, a count of bits, then the bits.
        (
            Message(
                "RO_ACCESS_REPORT",
                {},
                (Parameter("TagReportData", {}, (Parameter("EPCData", {"EPC": Bits.of(b"\xaa\xbb")}),)),),
                6,
            ),
            "043D 00000016 00000006 00F0 000C 00F1 0008 0010 AABB",
        ),
    ],
)
def test_a_message_is_the_bytes_that_the_standard_lays_down(message: Message, data: str) -> None:
    assert encode(message) == bytes.fromhex(data)
    assert decode(bytes.fromhex(data)) == message


def test_operations_on_a_tag_are_laid_out_as_the_standard_says() -> None:
    command = Parameter("AccessCommand", {}, (read_operation(1, 2, 0, 6), lock_operation(2, 0, ["epc"], 0xDEADBEEF)))
    data = encode(Message("ADD_ACCESSSPEC", {}, (command,), 1))[14:].hex().upper()
    # 341 = 0155, 15 bytes: number, password, bank 2 in two bits (10 000000 = 80), from word 0, 6 words.
    read = "0155000F" + "0001" + "00000000" + "80" + "0000" + "0006"
    # 344 = 0158, 10 + 6 bytes: number, password; 345 = 0159: privilege 0 (only with the password), part 2 (EPC).
    lock = "01580010" + "0002" + "DEADBEEF" + "01590006" + "00" + "02"
    assert data == read + lock


def test_a_parameter_that_the_tables_lack_is_passed_over() -> None:
    # 999 = 03E7 with two bytes of its own; behind it the status is found.
    data = bytes.fromhex("0422 00000018 00000004 03E7 0006 ABCD 011F 0008 0000 0000")
    assert [part.name for part in decode(data).inside] == [UNKNOWN, "LLRPStatus"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "ended after 0"),
        ("043E 0000000A 0000", "ended after 8"),
        ("043E 0000000B 00000007", "11 bytes came with 10"),
        ("043E 00000009 00000007", "says that it has 9"),
        (f"043E {LONGEST_MESSAGE_BYTES + 1:08X} 00000007", "allowed are"),
        ("083E 0000000A 00000007 00", "10 bytes came with 11"),
        ("0C3E 0000000A 00000007", "no message of LLRP"),
        ("243E 0000000A 00000007", "no message of LLRP"),
        ("4854 54502F31 2E312034 3030", "no message of LLRP"),  # "HTTP/1.1 400"
        ("0763 0000000A 00000007", "unknown type 867"),
        ("0416 0000000C 00000002 0000", "beyond the end"),
        ("0422 0000000C 00000004 011F", "beyond the end"),
        ("0422 0000000E 00000004 011F 0003", "says that it has 3"),
        ("0422 0000000E 00000004 011F 0009", "says that it has 9"),
        ("0422 00000012 00000004 011F 0008 0000 0001", "beyond the end"),
        ("0422 00000012 00000004 FF1F 0008 0000 0000", "without a length"),
        ("043D 00000016 00000006 00F0 000C 00F1 0008 0011 AABB", "beyond the end"),
        ("043D 00000010 00000006 00F0 0006 8D30", "beyond the end"),
    ],
)
def test_what_is_no_message_is_refused(data: str, why: str) -> None:
    with pytest.raises(MalformedMessageError, match=why):
        decode(bytes.fromhex(data))


def test_parameters_inside_one_another_without_end_are_refused() -> None:
    inner = b""
    for _ in range(40):
        inner = (246).to_bytes(2) + (4 + len(inner)).to_bytes(2) + inner
    data = (1 << 10 | 63).to_bytes(2) + (10 + len(inner)).to_bytes(4) + bytes(4) + inner
    with pytest.raises(MalformedMessageError, match="too deep"):
        decode(data)


def test_a_number_too_large_for_its_field_is_not_sent() -> None:
    with pytest.raises(OverflowError):
        encode(Message("START_ROSPEC", {"ROSpecID": 1 << 32}))


def value(one: Field) -> st.SearchStrategy[Value]:
    """Any value of a field."""
    words = st.lists(st.integers(0, 0xFFFF), max_size=5).map(tuple)
    kinds: dict[str, st.SearchStrategy[Value]] = {
        "bits": st.binary(max_size=6).map(Bits.of),
        "bytes": st.binary(max_size=6),
        "words": words,
        "text": st.text(max_size=6),
        "rest": st.binary(max_size=6),
    }
    if one.kind[0] == "s":
        return st.integers(-(1 << one.bits - 1), (1 << one.bits - 1) - 1)
    return st.integers(0, (1 << one.bits) - 1) if one.bits else kinds[one.kind]


@st.composite
def parameters(draw: st.DrawFn, depth: int = 0) -> Parameter:
    shape = draw(st.sampled_from(list(parameter_shapes().values())))
    values = {one.name: draw(value(one)) for one in shape.fields if one.name != RESERVED}
    has_end = shape.type_number < 128 or any(one.kind == "rest" for one in shape.fields)
    inside = () if has_end or depth > 2 else tuple(draw(st.lists(parameters(depth + 1), max_size=2)))
    return Parameter(shape.name, values, inside)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    shape = draw(st.sampled_from(list(message_shapes().values())))
    values = {one.name: draw(value(one)) for one in shape.fields if one.name != RESERVED}
    inside = () if shape.name == "CUSTOM_MESSAGE" else tuple(draw(st.lists(parameters(), max_size=3)))
    return Message(shape.name, values, inside, draw(st.integers(0, 0xFFFFFFFF)))


@settings(max_examples=80, deadline=None)
@given(message=messages())
def test_any_message_comes_back(message: Message) -> None:
    assert decode(encode(message)) == message


def assert_read_or_refused(data: bytes) -> None:
    """Anything but a message or the one named error comes out of this as a failure."""
    with suppress(MalformedMessageError):
        assert isinstance(decode(data), Message)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=80), type_number=st.sampled_from([61, 63, 11, 34, 100]))
def test_any_bytes_are_a_message_or_refused(data: bytes, type_number: int) -> None:
    head = (1 << 10 | type_number).to_bytes(2) + (10 + len(data)).to_bytes(4) + bytes(4)
    for whole in (data, head + data):
        assert_read_or_refused(whole)


@settings(max_examples=80, deadline=None)
@given(message=messages(), data=st.data())
def test_a_damaged_message_is_a_message_or_refused(message: Message, data: st.DataObject) -> None:
    whole = bytearray(encode(message))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    for damaged in (bytes(whole), cut):
        assert_read_or_refused(damaged)


def test_no_two_messages_or_parameters_share_a_number() -> None:
    assert len({shape.type_number for shape in message_shapes().values()}) == len(message_shapes())
    assert len(parameters_by_type()) == len(parameter_shapes())
