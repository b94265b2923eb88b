"""The emulated reader: what it refuses, and the program with its control port."""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.errors import TagDataError
from labels.llrp import command
from labels.llrp.codec import HEAD_BYTES, Bits, Message, Parameter, decode, encode
from labels.llrp.control import control_port, tag_from
from labels.llrp.emulated_tag import EmulatedTag
from labels.llrp.emulator import ReaderEmulator
from labels.llrp.errors import TagAccessError, TagMissingError
from labels.llrp.reader import Reader
from labels.llrp.specs import access_spec, read_operation, ro_spec, write_operation
from tests.labels.llrp.test_codec import messages, parameters

TID, OTHER_TID = "E28011606000020500000A01", "E28011606000020500000B02"
SGTIN_96 = "3074257BF7194E4000001A85"
NONE = Bits(0, b"")


def take(stream: socket.socket) -> Message:
    head = stream.recv(HEAD_BYTES, socket.MSG_WAITALL)
    return decode(head + stream.recv(int.from_bytes(head[2:6]) - HEAD_BYTES, socket.MSG_WAITALL))


def answers(emulator: ReaderEmulator, *requests: bytes) -> list[tuple[str, int]]:
    """The names and statuses that raw requests get, one after another on one connection."""
    told = []
    with socket.create_connection(("127.0.0.1", emulator.port), 5) as stream:
        take(stream)
        for request in requests:
            stream.sendall(request)
            answer = take(stream)
            told.append((answer.name, answer.the("LLRPStatus").number("StatusCode")))
    return told


def test_a_program_twice_of_the_same_number_is_refused(emulator: ReaderEmulator) -> None:
    add = encode(Message("ADD_ROSPEC", {}, (ro_spec(5, ()),)))
    assert answers(emulator, add, add) == [("ADD_ROSPEC_RESPONSE", 0), ("ADD_ROSPEC_RESPONSE", 300)]


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (Message("START_ROSPEC", {"ROSpecID": 9}), ("START_ROSPEC_RESPONSE", 300)),
        (Message("ENABLE_ACCESSSPEC", {"AccessSpecID": 9}), ("ENABLE_ACCESSSPEC_RESPONSE", 300)),
        (Message("ADD_ROSPEC"), ("ADD_ROSPEC_RESPONSE", 200)),
        (Message("ADD_ROSPEC", {}, (Parameter("ROSpec", {"ROSpecID": 1}),)), ("ADD_ROSPEC_RESPONSE", 200)),
        (Message("ADD_ROSPEC", {}, (ro_spec(0, ()),)), ("ADD_ROSPEC_RESPONSE", 300)),
        (Message("ADD_ACCESSSPEC", {}, (access_spec(1, 1, TID, []),)), ("ADD_ACCESSSPEC_RESPONSE", 300)),
        (
            Message("ADD_ACCESSSPEC", {}, (access_spec(1, 1, TID, [read_operation(n, 2, 0, 1) for n in range(9)]),)),
            ("ADD_ACCESSSPEC_RESPONSE", 300),
        ),
        (Message("KEEPALIVE"), ("ERROR_MESSAGE", 109)),
    ],
)
def test_what_cannot_be_done_gets_a_status(
    emulator: ReaderEmulator, request_: Message, answer: tuple[str, int]
) -> None:
    assert answers(emulator, encode(request_)) == [answer]


def test_a_program_that_is_not_enabled_cannot_be_started(emulator: ReaderEmulator) -> None:
    start = encode(Message("START_ROSPEC", {"ROSpecID": 5}))
    assert answers(emulator, encode(Message("ADD_ROSPEC", {}, (ro_spec(5, ()),))), start)[1][1] == 300


def test_a_message_of_an_unknown_type_gets_an_error_and_the_connection_stays(emulator: ReaderEmulator) -> None:
    unknown = bytes.fromhex("0763 0000000A 00000007")
    delete = encode(Message("DELETE_ROSPEC", {"ROSpecID": 0}))
    assert answers(emulator, unknown, delete) == [("ERROR_MESSAGE", 109), ("DELETE_ROSPEC_RESPONSE", 0)]


def test_what_is_no_message_ends_the_connection_and_the_reader_serves_on(emulator: ReaderEmulator) -> None:
    assert answers(emulator, b"GET / HTTP/1.1\r\n\r\n") == [("ERROR_MESSAGE", 100)]
    with Reader("127.0.0.1", emulator.port, look_seconds=0.2) as reader:
        assert reader.the_only_tag().tid_hex == TID


BANKS, WORDS = st.integers(0, 3), st.integers(0, 40) | st.integers(0, 0xFFFF)
PASSWORDS, FIELDS = st.integers(0, 0xFFFFFFFF) | st.just(0), st.integers(0, 255) | st.integers(0, 4)
OPERATIONS = (
    st.builds(read_operation, st.just(1), BANKS, WORDS, WORDS, PASSWORDS)
    | st.builds(write_operation, st.just(1), BANKS, WORDS, st.binary(max_size=8).map(lambda data: data * 2), PASSWORDS)
    | st.builds(
        lambda password, privilege, part: Parameter(
            "C1G2Lock",
            {"AccessPassword": password},
            (Parameter("C1G2LockPayload", {"Privilege": privilege, "DataField": part}),),
        ),
        PASSWORDS,
        FIELDS,
        FIELDS,
    )
)


@settings(max_examples=40, deadline=None)
@given(what=st.lists(messages(), max_size=3), more=parameters() | OPERATIONS, noise=st.binary(max_size=30))
def test_whatever_a_client_sends_the_reader_serves_the_next(what: list[Message], more: Parameter, noise: bytes) -> None:
    target = Parameter("C1G2TagSpec", {}, (Parameter("C1G2TargetTag", {"Match": 1, "TagMask": NONE, "TagData": NONE}),))
    command = Parameter("AccessCommand", {}, (target, more))
    access = Parameter("AccessSpec", {"AccessSpecID": 1}, (Parameter("AccessSpecStopTrigger"), command))
    begun = [
        Message("ADD_ROSPEC", {}, (ro_spec(5, ()),)),
        Message("ADD_ACCESSSPEC", {}, (access,)),
        Message("ENABLE_ACCESSSPEC", {"AccessSpecID": 0}),
        Message("ENABLE_ROSPEC", {"ROSpecID": 5}),
        Message("START_ROSPEC", {"ROSpecID": 5}),
    ]
    with ReaderEmulator([EmulatedTag(TID)]).serve() as port:
        with socket.create_connection(("127.0.0.1", port), 5) as stream, suppress(ConnectionError):
            stream.sendall(b"".join(encode(message) for message in (*begun, *what)) + noise)
            stream.shutdown(socket.SHUT_WR)
            while stream.recv(65536):
                pass
        with Reader("127.0.0.1", port):
            pass


def test_requests_that_come_in_pieces_and_together_are_all_answered(emulator: ReaderEmulator) -> None:
    two = encode(Message("DELETE_ROSPEC", {"ROSpecID": 0}, (), 1)) + encode(Message("CLOSE_CONNECTION", {}, (), 2))
    with socket.create_connection(("127.0.0.1", emulator.port), 5) as stream:
        take(stream)
        stream.sendall(two[:3])
        stream.sendall(two[3:])
        assert [take(stream).name for _ in range(2)] == ["DELETE_ROSPEC_RESPONSE", "CLOSE_CONNECTION_RESPONSE"]
        assert stream.recv(1) == b""


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, "TID"),
        ({"tid": "E28"}, "words"),
        ({"tid": TID, "epc": "30"}, "words"),
        ({"tid": TID, "epc": SGTIN_96, "epc_words": 4}, "does not fit"),
        ({"tid": TID, "user": "0" * 200}, "does not fit"),
        ({"tid": TID, "colour": "grey"}, "colour"),
        ({"tid": 12}, "quotation marks"),
        ({"tid": TID, "antenna": "1"}, "whole number"),
        ({"tid": TID, "antenna": 0}, "antenna"),
        ({"tid": TID, "user_words": 10**9}, "words"),
        ({"tid": TID, "locked": ["cellar"]}, "cellar"),
        ({"tid": TID, "locked": "epc"}, "list"),
        ({"tid": TID, "access_password": "1"}, "eight"),
        ("E2", "mapping"),
    ],
)
def test_a_tag_that_cannot_be_is_refused(told: Any, why: str) -> None:
    with pytest.raises(TagDataError, match=why):
        tag_from(told)


def wish(port: int, *lines: str) -> list[dict[str, Any]]:
    with socket.create_connection(("127.0.0.1", port), 5) as stream, stream.makefile("rw") as talk:
        talk.write("".join(line + "\n" for line in lines))
        talk.flush()
        stream.shutdown(socket.SHUT_WR)
        return [json.loads(line) for line in talk]


def test_tags_come_and_go_by_the_control_port(emulator: ReaderEmulator) -> None:
    with control_port(emulator) as port:
        put = {"op": "put", "tag": {"tid": OTHER_TID, "epc": SGTIN_96, "antenna": 2}}
        told = wish(port, json.dumps(put), json.dumps({"op": "take", "tid": TID}), '{"op": "tags"}')
    assert [[tag["tid"] for tag in one["tags"]] for one in told] == [[TID, OTHER_TID], [OTHER_TID], [OTHER_TID]]
    assert told[2]["tags"][0] | {"user": ""} == {
        "tid": OTHER_TID,
        "epc": SGTIN_96,
        "user": "",
        "protocol_control": "3000",
        "antenna": 2,
        "locked": [],
    }


def test_faults_come_and_go_by_the_control_port(emulator: ReaderEmulator, reader: Reader) -> None:
    with control_port(emulator) as port:
        fault = {"op": "fault", "kind": "tag-leaves", "tid": TID, "after_words": 1}
        wish(port, json.dumps(fault))
        with pytest.raises(TagAccessError):
            reader.write_epc(TID, SGTIN_96)
        wish(port, '{"op": "end-faults"}', json.dumps({"op": "put", "tag": {"tid": TID}}))
        reader.write_epc(TID, SGTIN_96)


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        '{"op": "rain"}',
        '{"op": "take", "tid": "E2"}',
        '{"op": "put"}',
        '{"op": "fault", "kind": "rain"}',
        '{"op": "fault"}',
        '{"op": "fault", "kind": "cut", "colour": 1}',
        '{"op": "fault", "kind": "cut", "times": "often"}',
        "GET / HTTP/1.1",
        "[" * 9000,
    ],
)
def test_a_wish_that_makes_no_sense_changes_nothing_and_ends_the_talk(emulator: ReaderEmulator, line: str) -> None:
    with control_port(emulator) as port:
        told = wish(port, line, json.dumps({"op": "take", "tid": TID}))
    assert [list(answer) for answer in told] == [["error"]]
    assert [tag.tid_hex for tag in emulator.tags()] == [TID]


TAGS = f"""
tags:
  - {{ tid: "{TID}", epc: "{SGTIN_96}" }}
  - {{ tid: "{OTHER_TID}", antenna: 2, user_words: 8, locked: [epc], access_password: "1A2B3C4D" }}
"""


def test_the_program_serves_the_tags_of_a_file_until_it_is_ended(tmp_path: Path) -> None:
    (tmp_path / "tags.yaml").write_text(TAGS)
    arguments = ["reader", "--port", "0", "--tags", str(tmp_path / "tags.yaml"), "--control-port", "0"]
    with subprocess.Popen([sys.executable, "-m", "labels", *arguments], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        port, control = (int(program.stdout.readline().rpartition(":")[2]) for _ in range(2))
        with Reader("127.0.0.1", port, timeout_seconds=1) as reader:
            reader.write_epc(TID, "0" * 24)
            with pytest.raises(TagAccessError, match="memory locked"):
                reader.write_epc(OTHER_TID, SGTIN_96)
            (answer,) = wish(control, json.dumps({"op": "take", "tid": OTHER_TID}))
            assert [tag["epc"] for tag in answer["tags"]] == ["0" * 24]
            with pytest.raises(TagMissingError):
                reader.read(OTHER_TID, "tid", 0, 6)
        program.terminate()
        assert program.wait() == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tags: {}", "no list of tags"),
        ("- tid", "no list of tags"),
        ("tags: [{tid: E28}]", "tag 1"),
        (f'tags: [{{tid: "{TID}"}}, {{tid: "{TID}", epc: 1}}]', "tag 2"),
        ("tags: [", "cannot be read"),
    ],
)
def test_a_file_of_tags_that_is_wrong_ends_the_program_with_a_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, why: str
) -> None:
    (tmp_path / "tags.yaml").write_text(text)
    options = argparse.Namespace(tags=tmp_path / "tags.yaml", host="127.0.0.1", port=0, antennas=4, control_port=None)
    assert command.run(options) == 1
    assert why in capsys.readouterr().err


def test_a_port_that_is_taken_ends_the_program_with_a_message(
    emulator: ReaderEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    options = argparse.Namespace(tags=None, host="127.0.0.1", port=emulator.port, antennas=4, control_port=None)
    assert command.run(options) == 1
    assert capsys.readouterr().err


def test_a_tag_matches_bits_at_any_place() -> None:
    tag = EmulatedTag("E2801160")
    # E280 1160 = 1110 0010 1000 0000 0001 0001 ...; four bits from the third on: 1000
    assert tag.matches(2, 2, 4, b"\xf0", b"\x80")
    assert not tag.matches(2, 2, 4, b"\xf0", b"\x90")
    assert tag.matches(2, 2, 4, b"\xe0", b"\x90")  # the mask leaves the last bit out
    assert not tag.matches(2, 30, 4, b"\xf0", b"\x00")  # beyond the end of the memory
    assert tag.matches(2, 0, 0, b"", b"")
