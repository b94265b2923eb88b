"""The printer in software behaves as the manuals say that printers do."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.errors import LabelError
from labels.printers.behaviour import BehaviourError
from labels.printers.emulator import PrinterEmulator
from labels.printers.tcp import printer_status, send
from labels.printers.zpl_stream import Command, Format, ZplStream
from tests.labels.printers.sockets import HOST

LABEL = b"^XA^FO20,20^GB100,50,4^FS^XZ\n"
EPC = "3014257BF7194E4000001A85"
TAG_LABEL = (
    f"^XA^RS8,,,2,N^RFW,H,1,14,1^FD3000{EPC}^FS^FN1^RFR,H,2,12,1^FS^FH_^HV1,24,EPC[,]_0D_0A,L^FS^XZ\n"
).encode()


def parts(data: bytes, size: int) -> list[Format | Command | str]:
    stream = ZplStream()
    return [part for start in range(0, len(data), size) for part in stream.feed(data[start : start + size])]


def test_every_byte_is_kept_and_every_label_comes_out_as_often_as_asked() -> None:
    payload = LABEL + b"\x00\xff^XA^FO1,1^GB9,9^FS^PQ3^XZ"
    with PrinterEmulator() as emulator:
        assert send(HOST, emulator.port, payload).state == "sent"
        assert emulator.wait_until_idle()
        assert emulator.received == payload
        assert [label.form.copies for label in emulator.printed] == [1, 3, 3, 3]


def test_a_format_that_only_sets_up_prints_nothing() -> None:
    with PrinterEmulator() as emulator:
        send(HOST, emulator.port, b"^XA^PW800^XZ" + LABEL)
        assert emulator.wait_until_idle()
        assert len(emulator.printed) == 1


def test_what_waits_is_told() -> None:
    with PrinterEmulator(paused=True) as emulator:
        send(HOST, emulator.port, LABEL * 3)
        status = printer_status(HOST, emulator.port)
        assert (status.paused, status.formats_in_buffer) == (True, 3)
        emulator.change(paused=False)
        assert emulator.wait_until_idle()
        assert not printer_status(HOST, emulator.port).has_work


def test_the_paper_ends_after_the_last_label_of_the_roll() -> None:
    with PrinterEmulator(labels_left=2) as emulator:
        send(HOST, emulator.port, LABEL.replace(b"^XZ", b"^PQ5^XZ"))
        while not (status := printer_status(HOST, emulator.port)).paper_out:
            pass
        assert status.labels_remaining == 3
        assert len(emulator.printed) == 2
        emulator.change(labels_left=100)
        assert emulator.wait_until_idle()
        assert len(emulator.printed) == 5


def test_a_tag_is_written_read_and_reported() -> None:
    with PrinterEmulator() as emulator, socket.create_connection((HOST, emulator.port), timeout=5) as connection:
        connection.sendall(TAG_LABEL)
        heard = b""
        while not heard.endswith(b"\n"):
            heard += connection.recv(1000)
        assert heard == f"EPC[{EPC}]\r\n".encode()
        assert [label.epc_hex for label in emulator.printed] == [EPC]


@pytest.mark.parametrize(("bad_tags", "voids", "good"), [(1, 1, 1), (2, 2, 0)])
def test_a_label_with_a_bad_tag_is_void_and_the_next_is_tried_as_often_as_allowed(
    bad_tags: int, voids: int, good: int
) -> None:
    with PrinterEmulator(bad_tags=bad_tags) as emulator:
        send(HOST, emulator.port, TAG_LABEL)
        assert emulator.wait_until_idle()
        told = emulator.told()
        assert (told["labels_void"], told["labels_printed"]) == (voids, good)


def test_a_format_stays_in_a_printer_that_is_to_pause_for_bad_tags() -> None:
    with PrinterEmulator(bad_tags=2) as emulator:
        send(HOST, emulator.port, TAG_LABEL.replace(b"2,N", b"2,P"))
        while not printer_status(HOST, emulator.port).paused:
            pass
        emulator.change(paused=False)
        assert emulator.wait_until_idle()
        assert [label.is_void for label in emulator.printed] == [True, True, False]


@pytest.mark.parametrize("data", ["30", "xyz", EPC * 6])
def test_what_fits_in_no_tag_makes_the_label_void(data: str) -> None:
    with PrinterEmulator() as emulator:
        send(HOST, emulator.port, f"^XA^RS8,,,1^RFW,H,2,12,1^FD{data}^FS^XZ".encode())
        assert emulator.wait_until_idle()
        assert [label.is_void for label in emulator.printed] == [True]


def test_a_printer_goes_off_line_and_comes_back() -> None:
    with PrinterEmulator() as emulator:
        emulator.change(offline=True)
        assert send(HOST, emulator.port, LABEL).state == "not_sent"
        emulator.change(offline=False)
        while printer_status(HOST, emulator.port).state != "answered":
            pass
        assert send(HOST, emulator.port, LABEL).state == "sent"
        assert emulator.wait_until_idle()
        assert len(emulator.printed) == 1


def test_a_connection_is_cut_after_so_many_bytes() -> None:
    with PrinterEmulator(cut_after_bytes=len(LABEL) + 5) as emulator:
        assert send(HOST, emulator.port, LABEL * 50_000, 5).state == "unknown"
        assert emulator.wait_until_idle()
        assert len(emulator.received) == len(LABEL) + 5
        assert len(emulator.printed) == 1


def test_a_printer_may_forget_and_may_be_silent() -> None:
    with PrinterEmulator(forgets=True, silent=True) as emulator:
        assert send(HOST, emulator.port, LABEL).state == "sent"
        assert printer_status(HOST, emulator.port, 0.2).state == "silent"
        assert emulator.printed == []
        assert LABEL in emulator.received


def test_a_folder_gets_what_came_and_what_came_out(tmp_path: Path) -> None:
    with PrinterEmulator(folder=tmp_path / "out") as emulator:
        send(HOST, emulator.port, LABEL)
        assert emulator.wait_until_idle()
    assert (tmp_path / "out" / "job-0001.zpl").read_bytes() == LABEL
    assert (tmp_path / "out" / "label-0001.zpl").read_bytes() == LABEL


@pytest.mark.parametrize(
    "wish", [{"rain": True}, {"paused": 1}, {"bad_tags": -1}, {"bad_tags": True}, {"paused": None}]
)
def test_a_wish_that_makes_no_sense_is_refused(wish: dict[str, object]) -> None:
    with pytest.raises(BehaviourError):
        PrinterEmulator(**wish)


def test_a_port_that_is_taken_is_named() -> None:
    with PrinterEmulator() as emulator, pytest.raises(LabelError, match=str(emulator.port)):
        PrinterEmulator(port=emulator.port).__enter__()


def test_prefixes_can_be_changed_as_on_a_printer() -> None:
    form, change, status = parts(b"^XA^CC+^+CC^^FO1,2^FS^XZ~CT!!HS", 4)
    assert isinstance(form, Format)
    assert [command.name for command in form.commands] == ["CC", "CC", "FO", "FS"]
    assert (change, status) == (Command("~", "CT", b"!"), Command("~", "HS", b""))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([LABEL, TAG_LABEL, b"~HS", b"noise", b"^XZ", b"^FD,,^FS"]), max_size=8), st.integers(1, 40)
)
def test_a_stream_means_the_same_however_it_is_cut(pieces: list[bytes], size: int) -> None:
    data = b"".join(pieces)
    assert parts(data, size) == parts(data, len(data) or 1)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(1, 40))
def test_no_noise_upsets_a_stream(data: bytes, size: int) -> None:
    parts(b"^XA" + data, size)
