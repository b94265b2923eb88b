"""Readers and tags that fail: each failure has its name, and nothing hangs."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.llrp.codec import LONGEST_MESSAGE_BYTES, Message, Parameter, encode
from labels.llrp.emulator import ReaderEmulator
from labels.llrp.errors import (
    ConnectionLostError,
    MalformedMessageError,
    ReaderBusyError,
    ReaderError,
    ReaderStatusError,
    ReaderTimeoutError,
    TagAccessError,
    UnexpectedMessageError,
    UnreachableReaderError,
    VerificationError,
)
from labels.llrp.faults import Fault, FaultError
from labels.llrp.reader import Reader
from tests.labels.llrp.scripted import greeting, scripted_reader, status, well

TID = "E28011606000020500000A01"
BLANK, SGTIN_96 = "0" * 24, "3074257BF7194E4000001A85"
SHORT = 0.4  # seconds


def connect(port: int, timeout_seconds: float = SHORT) -> None:
    with Reader("127.0.0.1", port, timeout_seconds=timeout_seconds):
        pass


def test_nobody_at_the_address_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(UnreachableReaderError, match=f"127.0.0.1:{port}"):
        connect(port)


def test_a_second_client_is_told_that_another_is_connected(emulator: ReaderEmulator, reader: Reader) -> None:
    with pytest.raises(ReaderBusyError, match="another client is connected"):
        connect(emulator.port, 5)
    assert len(reader.inventory(SHORT)) == 1


def test_something_else_on_the_port_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(ReaderTimeoutError, match="greet"):
        connect(server.getsockname()[1])


@pytest.mark.parametrize(
    ("first", "error", "why"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", MalformedMessageError, "no message of LLRP"),
        (greeting()[:5], MalformedMessageError, "5 of 10 bytes"),
        (greeting()[:20], MalformedMessageError, "10 of 22 bytes"),
        (b"\x04\x3f\xff\xff\xff\xff" + bytes(40), MalformedMessageError, f"allowed are {LONGEST_MESSAGE_BYTES}"),
        (b"\x04\x3f\x00\x00\x00\x03" + bytes(40), MalformedMessageError, "says that it has 3"),
        (encode(Message("KEEPALIVE")), UnexpectedMessageError, "greeted with KEEPALIVE"),
        (encode(Message("READER_EVENT_NOTIFICATION")), MalformedMessageError, "without ReaderEventNotificationData"),
        (greeting(3), ReaderBusyError, "gives no reason"),
        (greeting(77), ReaderBusyError, "unknown reason 77"),
    ],
)
def test_a_greeting_that_is_none_is_refused(first: bytes, error: type[ReaderError], why: str) -> None:
    with scripted_reader(first=first) as port, pytest.raises(error, match=why):
        connect(port)


def test_an_answer_that_does_not_come_ends_the_connection(emulator: ReaderEmulator) -> None:
    with Reader("127.0.0.1", emulator.port, timeout_seconds=SHORT) as reader:
        emulator.fault(Fault("no-answer", message="START_ROSPEC"))
        with pytest.raises(ReaderTimeoutError, match="START_ROSPEC"):
            reader.inventory(SHORT)
        with pytest.raises(ReaderTimeoutError, match="START_ROSPEC"):
            reader.inventory(SHORT)
    emulator.end_faults()
    with Reader("127.0.0.1", emulator.port) as reader:
        assert len(reader.inventory(SHORT)) == 1


def test_a_refusal_has_the_name_of_the_standard_and_the_reader_works_on(
    emulator: ReaderEmulator, reader: Reader
) -> None:
    emulator.fault(Fault("status", message="ENABLE_ROSPEC", code=401, description="antenna hot", times=1))
    with pytest.raises(ReaderStatusError, match=r"ENABLE_ROSPEC: R_DeviceError \(401\): antenna hot"):
        reader.inventory(SHORT)
    assert len(reader.inventory(SHORT)) == 1


def test_a_cut_connection_is_named_and_the_next_one_works(emulator: ReaderEmulator) -> None:
    emulator.fault(Fault("cut", message="START_ROSPEC", times=1))
    with Reader("127.0.0.1", emulator.port) as reader, pytest.raises(ConnectionLostError):
        reader.inventory(SHORT)
    with Reader("127.0.0.1", emulator.port) as reader:
        assert len(reader.inventory(SHORT)) == 1


def test_a_reader_that_falls_silent_at_a_gate_is_taken_for_lost(emulator: ReaderEmulator) -> None:
    emulator.take(TID)
    with Reader("127.0.0.1", emulator.port, keepalive_seconds=0.2) as reader:
        emulator.fault(Fault("silence"))
        with pytest.raises(ConnectionLostError, match="no sign of life"):
            reader.watch([], lambda _: None, threading.Event())


def test_signs_of_life_are_answered_while_nobody_asks(emulator: ReaderEmulator) -> None:
    with Reader("127.0.0.1", emulator.port, keepalive_seconds=0.1) as reader:
        while emulator.requests.count("KEEPALIVE_ACK") < 2:
            time.sleep(0.01)
        assert len(reader.inventory(SHORT)) == 1


def test_a_reader_switched_off_while_nobody_asks_is_noticed_at_the_next_question(
    emulator: ReaderEmulator, reader: Reader
) -> None:
    emulator.cut()
    with pytest.raises(ConnectionLostError):
        reader.inventory(SHORT)


def test_a_tag_that_leaves_in_mid_write_can_be_written_again(emulator: ReaderEmulator, reader: Reader) -> None:
    tag = emulator.tag(TID)
    emulator.fault(Fault("tag-leaves", tid=TID, after_words=2))
    with pytest.raises(TagAccessError, match="write EPC from word 2: no response from tag"):
        reader.write_and_verify(TID, SGTIN_96)
    assert tag.epc_hex == SGTIN_96[:8] + BLANK[8:]  # two words of the new name, the rest of the old
    assert emulator.tags() == ()
    emulator.put(tag)
    emulator.end_faults()
    assert reader.write_and_verify(TID, SGTIN_96).epc_hex == SGTIN_96


def test_what_reads_back_otherwise_is_not_taken_for_written(emulator: ReaderEmulator, reader: Reader) -> None:
    emulator.fault(Fault("reads-wrong", tid=TID))
    with pytest.raises(VerificationError, match=TID) as refused:
        reader.write_and_verify(TID, SGTIN_96)
    assert (refused.value.what, refused.value.wanted) == ("EPC", SGTIN_96)
    emulator.end_faults()
    assert reader.write_and_verify(TID, SGTIN_96).epc_hex == SGTIN_96


def test_attributes_that_an_earlier_writer_left_do_not_stay(emulator: ReaderEmulator, reader: Reader) -> None:
    reader.write_epc(TID, SGTIN_96)
    emulator.tag(TID).write(bank=1, word=1, data=[0x3001], password=0)
    assert reader.write_and_verify(TID, SGTIN_96).protocol_control == 0x3000


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "rain"},
        {"kind": "tag-leaves"},
        {"kind": "reads-wrong", "tid": "E2"},
        {"kind": "status", "code": -1},
    ],
)
def test_a_fault_that_cannot_be_is_refused(emulator: ReaderEmulator, fault: dict[str, object]) -> None:
    with pytest.raises(FaultError):
        emulator.fault(Fault(**fault))  # type: ignore[arg-type]


def test_an_answer_to_another_question_is_out_of_place() -> None:
    def script(request: Message) -> bytes:
        return encode(Message("STOP_ROSPEC_RESPONSE", {}, (status(),), request.message_id))

    with scripted_reader(script) as port, pytest.raises(UnexpectedMessageError, match="STOP_ROSPEC_RESPONSE"):
        connect(port)


def test_an_answer_with_another_number_is_out_of_place() -> None:
    def script(request: Message) -> bytes:
        return encode(Message(f"{request.name}_RESPONSE", {}, (status(),), request.message_id + 1))

    with scripted_reader(script) as port, pytest.raises(UnexpectedMessageError, match=r"no\. 2"):
        connect(port)


def test_an_error_message_is_a_refusal() -> None:
    def script(_request: Message) -> bytes:
        return encode(Message("ERROR_MESSAGE", {}, (status(110, "speak 1.1"),), 0))

    with scripted_reader(script) as port, pytest.raises(ReaderStatusError, match=r"M_UnsupportedVersion.*speak 1\.1"):
        connect(port)


def test_an_answer_without_what_was_asked_for_is_malformed() -> None:
    def script(request: Message) -> bytes:
        return encode(Message(f"{request.name}_RESPONSE", {}, (status(),), request.message_id))

    with scripted_reader(script) as port, pytest.raises(MalformedMessageError, match="GeneralDeviceCapabilities"):
        connect(port)


def test_a_reader_that_says_goodbye_is_lost() -> None:
    closing = Parameter(
        "ReaderEventNotificationData", {}, (Parameter("UTCTimestamp"), Parameter("ConnectionCloseEvent"))
    )
    goodbye = encode(Message("READER_EVENT_NOTIFICATION", {}, (closing,)))

    def script(request: Message) -> bytes:
        return goodbye if request.name == "ADD_ROSPEC" else well(request)

    with (
        scripted_reader(script) as port,
        Reader("127.0.0.1", port) as reader,
        pytest.raises(ConnectionLostError, match="The reader ended the connection"),
    ):
        reader.inventory(SHORT)


@pytest.mark.parametrize(
    ("report", "why"),
    [
        ((), "without EPCData"),
        ((Parameter("EPC_96"), Parameter("FirstSeenTimestampUTC", {"Microseconds": (1 << 64) - 1})), "clock"),
    ],
)
def test_a_report_that_makes_no_sense_is_refused(report: tuple[Parameter, ...], why: str) -> None:
    data = encode(Message("RO_ACCESS_REPORT", {}, (Parameter("TagReportData", {}, report),)))

    def script(request: Message) -> bytes:
        return well(request) + (data if request.name == "START_ROSPEC" else b"")

    with (
        scripted_reader(script) as port,
        Reader("127.0.0.1", port) as reader,
        pytest.raises(MalformedMessageError, match=why),
    ):
        reader.inventory(SHORT)


@settings(max_examples=25, deadline=None)
@given(answer=st.binary(max_size=60), at=st.integers(1, 8), keeps_head=st.booleans())
def test_whatever_a_reader_answers_is_a_named_error_or_an_inventory(answer: bytes, at: int, keeps_head: bool) -> None:
    count = 0

    def script(request: Message) -> bytes:
        nonlocal count
        count += 1
        if count != at:
            return well(request)
        head = encode(Message(f"{request.name}_RESPONSE", {}, (), request.message_id))
        return head[:2] + (10 + len(answer)).to_bytes(4) + head[6:] + answer if keeps_head else answer

    with scripted_reader(script) as port:
        try:
            with Reader("127.0.0.1", port, timeout_seconds=0.1) as reader:
                assert reader.inventory(0.01) == ()
        except ReaderError as error:
            assert str(error)  # noqa: PT017 - both ends are right, a third is not
