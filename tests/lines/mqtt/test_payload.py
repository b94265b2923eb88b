"""Topics with JSON pointers, plain payloads and times."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lines import parse_profile
from lines.mqtt.payload import (
    MemberMissingError,
    TopicAddress,
    member,
    parse_pointer,
    parse_topic_address,
    pointer_text,
    read_json,
    read_plain,
    read_time,
    write_command,
)
from lines.profile_reading import ProfileError, parse_type
from lines.values import DecodeError

# The document and the pointers of RFC 6901, chapter 5.
RFC_DOCUMENT = {
    "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, 'k"l': 6, " ": 7, "m~n": 8,
}  # fmt: skip


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", RFC_DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_pointers_lead_where_the_standard_says(pointer: str, value: object) -> None:
    assert member(RFC_DOCUMENT, parse_pointer(pointer)) == value


@pytest.mark.parametrize("pointer", ["/foo/2", "/foo/00", "/foo/-", "/foo/bar", "/nothing", "/foo/0/0"])
def test_a_member_that_is_not_there_is_missing(pointer: str) -> None:
    with pytest.raises(MemberMissingError):
        member(RFC_DOCUMENT, parse_pointer(pointer))


@given(st.lists(st.text()))
def test_a_pointer_is_read_as_it_was_written(tokens: list[str]) -> None:
    assert parse_pointer(pointer_text(tuple(tokens))) == tuple(tokens)


@pytest.mark.parametrize("address", ["", "#/a", "state/+", "a#b", "state#/a~2", "state#/a~", "a\0b"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError):
        parse_topic_address(address)


def test_an_address_names_topic_and_member() -> None:
    assert parse_topic_address("welder/state#/a/b") == TopicAddress("welder/state", ("a", "b"))
    assert parse_topic_address("welder/state") == TopicAddress("welder/state", None)
    assert parse_topic_address("welder/state#") == TopicAddress("welder/state", ())


@pytest.mark.parametrize("payload", [b"", b"{", b"[1,]", b"NaN", b"\xff\xfe", b"[" * 100_000, b'"' + b"x" * 300_000])
def test_what_is_no_json_is_an_error(payload: bytes) -> None:
    with pytest.raises(DecodeError):
        read_json(payload)


@pytest.mark.parametrize(
    ("payload", "kind", "value"),
    [
        (b"12", "u16", 12),
        (b" -7 \n", "s16", -7),
        (b"12.5", "f32", 12.5),
        (b"1e3", "f64", 1000.0),
        (b"true", "bool", True),
        (b"OFF", "bool", False),
        (b"1", "bool", True),
        ("预制".encode(), "string:16", "预制"),
        (b"12", "string:16", "12"),
    ],
)
def test_a_plain_payload_is_the_value(payload: bytes, kind: str, value: object) -> None:
    found = read_plain(payload, parse_type(kind), "utf-8")
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("payload", [b"", b"twelve", b"nan", b"inf", b"0x10", b"1_000_000e99999", b"\xff"])
def test_a_plain_payload_that_is_no_number_is_an_error(payload: bytes) -> None:
    with pytest.raises(DecodeError):
        read_plain(payload, parse_type("f32"), "utf-8")


@pytest.mark.parametrize(
    "given",
    ["2026-11-23T08:00:00.5Z", "2026-11-23T16:00:00.5+08:00", 1795420800.5, 1795420800500],
)
def test_times_are_read_as_text_or_number(given: object) -> None:
    assert read_time(given) == datetime(2026, 11, 23, 8, 0, 0, 500_000, UTC)


@pytest.mark.parametrize("given", ["2026-11-23T08:00:00", "yesterday", True, None, {}, 1e300, "9" * 30])
def test_a_time_without_an_offset_or_sense_is_none(given: object) -> None:
    with pytest.raises(DecodeError):
        read_time(given)


@pytest.mark.parametrize(
    ("address", "value", "payload"),
    [
        ("set#/pallet", 17, b'{"pallet": 17}'),
        ("set#/a/b", 1.5, b'{"a": {"b": 1.5}}'),
        ("set#", "墙", '"墙"'.encode()),
        ("set", 17, b"17"),
        ("set", True, b"true"),
        ("set", "P-1", b"P-1"),
    ],
)
def test_a_command_is_written_where_its_address_says(address: str, value: Any, payload: bytes) -> None:
    assert write_command(parse_topic_address(address), value, "utf-8") == payload


@given(st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.text())
def test_what_is_written_as_json_is_read_from_there(value: Any) -> None:
    address = parse_topic_address("set#/a~1b/c")
    assert member(read_json(write_command(address, value, "utf-8")), address.pointer or ()) == value
    assert json.loads(write_command(address, value, "utf-8")) == {"a/b": {"c": value}}


PROFILE = """
profile: welder/test
protocol: {protocol}
{more}
points:
  - {{name: pieces, address: "{address}", type: u32}}
commands:
  - {{name: order, address: "set", type: u32{command}}}
"""


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"address": "state/#"}, "test:6"),
        ({"more": "time_pointer: time"}, "test:4: 'time' is no JSON pointer"),
        ({"more": "availability: a/+"}, "test:4: 'a/+' is no topic"),
        ({"command": ", verify: true"}, "name it in shown_by"),
        ({"command": ", shown_by: nothing"}, "there is no point 'nothing'"),
        ({"protocol": "sparkplug", "more": "time_pointer: /time"}, "only a machine that speaks mqtt"),
    ],
)
def test_faults_of_a_profile_are_named_with_their_line(changes: dict[str, str], fault: str) -> None:
    parts = {"protocol": "mqtt", "address": "state#/n", "more": "", "command": ""} | changes
    with pytest.raises(ProfileError) as caught:
        parse_profile(PROFILE.format(**parts), "test")
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ("{1: idle}", "the map's 1 is no text"),
        ("{RUN: running}", "'running' is no PackML state"),
        ("{RUN: 6}", "is not text but 6"),
        ("{}", "map must be a mapping"),
    ],
)
def test_the_map_of_a_text_gives_texts_a_name(entries: str, fault: str) -> None:
    point = f'{{name: state, address: state, type: "string:8", map: {entries}}}'
    with pytest.raises(ProfileError, match=f"test:4.*{fault}"):
        parse_profile(f"profile: a\nprotocol: mqtt\npoints:\n  - {point}\n", "test")
