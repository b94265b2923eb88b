"""What is said of a payload after it was sent: that it was, that it was not, or that nobody knows."""

from __future__ import annotations

import socket
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.errors import LabelError, ReferenceLengthError
from labels.printers.status import StatusFormatError, read_status, status_lines
from labels.printers.tcp import printer_status, send
from tests.labels.printers.sockets import HOST, free_port, printer_that, read_all, reset

PAYLOAD = b"^XA^FO20,20^GB100,50,4^FS^XZ\n"
LARGE = PAYLOAD * 400_000
# Written by hand from the manual: paper out, 3 formats wait, the head is open, 12 labels to go.
ANSWER = b"\x02030,1,0,1245,003,0,0,0,000,0,0,0\x03\r\n\x02001,0,1,0,1,2,6,0,00000012,1,000\x03\r\n\x021234,0\x03\r\n"
READY = b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,0,1,2,6,0,00000000,1,000\x03\r\n\x020000,0\x03\r\n"


def test_a_payload_arrives_byte_by_byte() -> None:
    everything = bytes(range(256)) * 700
    heard: list[bytes] = []
    with printer_that(lambda connection: heard.append(read_all(connection))) as port:
        sent = send(HOST, port, everything, 5)
    assert (sent.state, sent.bytes_sent) == ("sent", len(everything))
    assert heard == [everything]


def test_a_printer_that_keeps_its_side_open_has_the_payload_too() -> None:
    done, heard = threading.Event(), []

    def keep_open(connection: socket.socket) -> None:
        heard.append(read_all(connection))
        done.wait(5)

    with printer_that(keep_open) as port:
        sent = send(HOST, port, PAYLOAD, 5)
        done.set()
    assert sent.state == "sent"
    assert heard == [PAYLOAD]


def test_where_nothing_listens_nothing_was_sent() -> None:
    sent = send(HOST, free_port(), PAYLOAD, 2)
    assert (sent.state, sent.bytes_sent) == ("not_sent", 0)


@pytest.mark.parametrize("host", ["no-such-printer.invalid", "x" * 300, "bad host", "nul\0", "..", ""])
def test_a_name_that_leads_nowhere_is_not_sent_to(host: str) -> None:
    # An empty name is this machine, where nothing listens either.
    assert send(host, free_port(), PAYLOAD, 2).state == "not_sent"


@pytest.mark.parametrize("port", [-1, 0, 65_536, 10**9])
def test_an_impossible_port_is_not_sent_to(port: int) -> None:
    assert send(HOST, port, PAYLOAD, 2).state == "not_sent"


def test_a_connection_cut_in_mid_job_is_unknown() -> None:
    def cut(connection: socket.socket) -> None:
        connection.recv(1000)
        reset(connection)

    with printer_that(cut) as port:
        sent = send(HOST, port, LARGE, 5)
    assert sent.state == "unknown"
    assert 0 < sent.bytes_sent <= len(LARGE)


def test_a_printer_that_closes_before_it_has_read_all_is_unknown() -> None:
    with printer_that(lambda connection: connection.recv(1000) and None) as port:
        assert send(HOST, port, LARGE, 5).state == "unknown"


def test_a_printer_that_takes_no_more_is_unknown_after_the_time_given() -> None:
    done = threading.Event()
    with printer_that(lambda connection: done.wait(5) and None) as port:
        sent = send(HOST, port, LARGE, 0.3)
        done.set()
    assert sent.state == "unknown"
    assert 0 < sent.bytes_sent < len(LARGE)
    assert "in time" in sent.detail


def test_nothing_is_no_payload() -> None:
    with pytest.raises(ReferenceLengthError):
        send(HOST, free_port(), b"", 1)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_time_is_limited(seconds: float) -> None:
    with pytest.raises(LabelError):
        send(HOST, free_port(), PAYLOAD, seconds)


def test_a_status_is_read_as_the_manual_says() -> None:
    status = read_status(status_lines(ANSWER))
    assert (status.paper_out, status.head_open, status.ribbon_out, status.paused) == (True, True, False, False)
    assert (status.formats_in_buffer, status.labels_remaining) == (3, 12)
    assert status.troubles == ("the paper is out", "the print head is open")
    assert status.has_work
    assert not status.is_ready


def test_a_printer_that_answers_well_is_ready() -> None:
    def answer(connection: socket.socket) -> None:
        assert connection.recv(100) == b"~HS\r\n"
        for part in (b"noise \x02", READY[1:20], READY[20:]):
            connection.sendall(part)

    with printer_that(answer) as port:
        status = printer_status(HOST, port, 5)
    assert status.is_ready
    assert not status.has_work


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"hello",
        READY[: len(READY) // 2],
        READY.replace(b"030,0", b"030,7"),
        READY.replace(b"000,0,0,0,000", b"many,0,0,0,000"),
        READY.replace(b",1,000", b""),
        b"\x02\x03" * 3,
        b"\x02" * 5000,
        b"\x02\xff\xfe\x03" * 3,
    ],
)
def test_a_printer_that_makes_no_sense_is_silent_and_never_ready(answer: bytes) -> None:
    with printer_that(lambda connection: connection.recv(100) and connection.sendall(answer)) as port:
        status = printer_status(HOST, port, 1)
    assert status.state == "silent"
    assert not status.is_ready


def test_a_printer_that_says_nothing_does_not_hold_anyone_up() -> None:
    done = threading.Event()
    with printer_that(lambda connection: done.wait(5) and None) as port:
        assert printer_status(HOST, port, 0.2).state == "silent"
        done.set()


def test_a_printer_that_is_off_is_unreachable() -> None:
    assert printer_status(HOST, free_port(), 1).state == "unreachable"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=60), min_size=3, max_size=3))
def test_any_noise_between_stx_and_etx_is_a_status_or_a_named_error(parts: list[bytes]) -> None:
    lines = tuple(part.decode("latin-1") for part in parts)
    try:
        status = read_status(lines)
    except StatusFormatError:
        return
    assert status.state == "answered"
