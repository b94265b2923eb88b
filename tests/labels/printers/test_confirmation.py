"""What is believed of a printer: only what it has shown."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.errors import ReferenceLengthError
from labels.printers.confirmation import Printed, Printer, print_and_confirm
from labels.printers.emulator import PrinterEmulator
from tests.labels.printers.sockets import HOST, Behaviour, answering, free_port, host_status, printer_that

LABEL = b"^XA^FO20,20^GB100,50,4^FS^XZ\n"
EPCS = ("3014257BF7194E4000001A85", "3014257BF7194E4000001A86")


def tag_label(epc: str) -> bytes:
    write = f"^RS8,,,2,N^RFW,H,1,14,1^FD3000{epc}^FS"
    return f"^XA{write}^FN1^RFR,H,2,12,1^FS^FH_^HV1,24,EPC[,]_0D_0A,L^FS^XZ\n".encode()


def confirmed(emulator: PrinterEmulator, payload: bytes, labels: int, **more: Any) -> Printed:
    """The job's outcome; a printer has two seconds unless said otherwise."""
    tags, seconds = more.pop("tags", ()), more.pop("timeout_seconds", 2)
    printer = replace(Printer(HOST, emulator.port, status_seconds=0.5, report_seconds=0.5), **more)
    return print_and_confirm(printer, payload, labels, tags=tags, timeout_seconds=seconds)


@pytest.mark.parametrize("behaviour", [{}, {"counts_labels": False}, {"has_counter": False}, {"seconds_a_label": 0.05}])
def test_a_job_is_printed_when_all_of_it_came_out(behaviour: dict[str, Any]) -> None:
    with PrinterEmulator(**behaviour) as emulator:
        printed = confirmed(emulator, LABEL * 3, 3)
        assert (printed.state, printed.labels_out, printed.all_taken) == ("printed", 3, True)
        assert len(emulator.printed) == 3
        assert emulator.connections[0].count(LABEL) == 3


@pytest.mark.parametrize("trouble", ["paper_out", "head_open", "ribbon_out", "paused"])
def test_a_printer_in_trouble_gets_nothing(trouble: str) -> None:
    with PrinterEmulator(**{trouble: True}) as emulator:
        printed = confirmed(emulator, LABEL, 1)
        assert (printed.state, printed.labels_out, printed.nothing_sent) == ("failed", 0, True)
        assert LABEL not in emulator.received


def test_a_printer_that_should_answer_and_does_not_gets_nothing() -> None:
    with PrinterEmulator(paper_out=True, silent_in_trouble=True) as emulator:
        assert confirmed(emulator, LABEL, 1).state == "failed"
        assert LABEL not in emulator.received


def test_where_nothing_listens_the_job_has_failed() -> None:
    assert print_and_confirm(Printer(HOST, free_port()), LABEL, 1, timeout_seconds=1).state == "failed"
    unasked = Printer(HOST, free_port(), answers_status=False)
    assert print_and_confirm(unasked, LABEL, 1, timeout_seconds=1).state == "failed"


def test_a_printer_without_answers_is_never_said_to_have_printed() -> None:
    with PrinterEmulator(silent=True) as emulator:
        printed = confirmed(emulator, LABEL, 1, answers_status=False)
        assert (printed.state, printed.labels_out, printed.all_taken) == ("unknown", 0, True)


def test_when_the_paper_ends_the_rest_is_cancelled_and_what_came_out_is_told() -> None:
    with PrinterEmulator(labels_left=2) as emulator:
        printed = confirmed(emulator, LABEL * 5, 5)
        assert (printed.state, printed.labels_out, printed.nothing_sent) == ("failed", 2, False)
        assert "the paper is out" in printed.detail
        emulator.change(labels_left=100)
        assert emulator.wait_until_idle()
        assert len(emulator.printed) == 2


def test_paper_put_in_in_time_goes_on_with_the_job() -> None:
    with PrinterEmulator(labels_left=1) as emulator:
        timer = threading.Timer(0.3, lambda: emulator.change(labels_left=50))
        timer.start()
        printed = confirmed(emulator, LABEL * 2, 2, trouble_seconds=2, timeout_seconds=5)
        timer.join()
        assert (printed.state, printed.labels_out) == ("printed", 2)


def test_a_job_that_may_not_be_cancelled_is_unknown_and_comes_out_later() -> None:
    with PrinterEmulator(labels_left=1) as emulator:
        assert confirmed(emulator, LABEL * 2, 2, cancels=False).state == "unknown"
        emulator.change(labels_left=9)
        assert emulator.wait_until_idle()
        assert len(emulator.printed) == 2


def test_the_work_of_others_is_never_cancelled() -> None:
    with PrinterEmulator(seconds_a_label=0.2, labels_left=1) as emulator:
        first = threading.Thread(target=confirmed, args=(emulator, LABEL * 3, 3), kwargs={"cancels": False})
        first.start()
        while emulator.is_idle:
            pass
        assert confirmed(emulator, LABEL, 1).state == "unknown"
        first.join()
        emulator.change(labels_left=9, seconds_a_label=0)
        assert emulator.wait_until_idle()
        assert len(emulator.printed) == 4


def test_a_newer_printer_that_falls_silent_with_its_paper_out_leaves_the_job_unknown() -> None:
    with PrinterEmulator(labels_left=1, silent_in_trouble=True) as emulator:
        printed = confirmed(emulator, LABEL * 2, 2, timeout_seconds=1)
        assert printed.state == "unknown"


def test_a_cut_in_mid_job_is_unknown() -> None:
    with PrinterEmulator(cut_after_bytes=200) as emulator:
        assert confirmed(emulator, LABEL * 50, 50).state == "unknown"


def test_a_job_cancelled_at_the_printer_is_not_taken_for_printed_where_labels_are_counted() -> None:
    with PrinterEmulator(seconds_a_label=0.3) as emulator:
        timer = threading.Timer(0.5, emulator.cancel)
        timer.start()
        printed = confirmed(emulator, LABEL * 9, 9, timeout_seconds=6)
        timer.join()
        assert printed.state == "unknown"
        assert printed.labels_out == len(emulator.printed) < 9


def test_a_printer_that_forgets_is_caught_by_its_own_count() -> None:
    with PrinterEmulator(forgets=True) as emulator:
        assert confirmed(emulator, LABEL, 1, timeout_seconds=5).state == "unknown"


def test_a_job_with_tags_is_printed_when_each_was_read_back() -> None:
    with PrinterEmulator(bad_tags=1) as emulator:
        printed = confirmed(emulator, b"".join(map(tag_label, EPCS)), 2, tags=EPCS)
        assert (printed.state, printed.labels_out, printed.tags) == ("printed", 2, EPCS)
        assert [label.is_void for label in emulator.printed] == [True, False, False]


def test_a_tag_that_could_not_be_written_leaves_the_job_unknown() -> None:
    with PrinterEmulator(bad_tags=2) as emulator:
        printed = confirmed(emulator, tag_label(EPCS[0]), 1, tags=EPCS[:1], timeout_seconds=5)
        assert (printed.state, printed.labels_out, printed.tags) == ("unknown", 0, ())
        assert "0 of 1 tags" in printed.detail


def test_a_tag_read_back_otherwise_fails_the_job() -> None:
    with PrinterEmulator() as emulator:
        printed = confirmed(emulator, tag_label(EPCS[1]), 1, tags=EPCS[:1])
        assert (printed.state, printed.labels_out) == ("failed", 0)
        assert EPCS[1] in printed.detail


def test_no_labels_are_no_job() -> None:
    with pytest.raises(ReferenceLengthError):
        print_and_confirm(Printer(HOST), LABEL, 0)


@settings(max_examples=12, deadline=None)
@given(st.binary(max_size=120))
def test_no_noise_is_taken_for_a_printed_label(noise: bytes) -> None:
    with printer_that(lambda connection: connection.recv(100) and connection.sendall(noise)) as port:
        printer = Printer(HOST, port, status_seconds=0.1)
        assert print_and_confirm(printer, LABEL, 1, timeout_seconds=0.3).state == "failed"


def scripted(behaviour: Behaviour, *, tags: Sequence[str] = ()) -> Printed:
    payload = b"".join(map(tag_label, tags)) or LABEL
    with printer_that(behaviour) as port:
        printer = Printer(HOST, port, status_seconds=0.2, report_seconds=0.3)
        return print_and_confirm(printer, payload, len(tags) or 1, tags=tags, timeout_seconds=2)


def test_a_printer_that_is_idle_for_one_answer_only_has_not_printed() -> None:
    # Ready, then idle for a moment, then at work without end.
    assert scripted(answering([host_status(), host_status(), host_status(1)], ["?"])).state == "unknown"


def test_a_printer_that_no_longer_tells_its_count_has_not_proved_anything() -> None:
    assert scripted(answering([host_status()], ["100", ""])).state == "unknown"


def test_a_tag_read_back_is_no_label_where_the_count_says_that_none_came_out() -> None:
    printed = scripted(answering([host_status()], ["100"], f"EPC[{EPCS[0]}]\r\n".encode()), tags=EPCS[:1])
    assert (printed.state, printed.tags) == ("unknown", EPCS[:1])


def test_a_job_that_came_out_just_before_it_was_cancelled_is_printed() -> None:
    statuses = [host_status(), host_status(1, is_paper_out=True), host_status()]
    printed = scripted(answering(statuses, ["100", "101"]))
    assert (printed.state, printed.labels_out) == ("printed", 1)


def test_a_void_label_does_not_condemn_the_good_one_behind_it() -> None:
    with PrinterEmulator(bad_tags=1) as emulator:
        payload = b"".join(map(tag_label, EPCS)).replace(b"^RS8,,,2,N", b"^RS8,,,1,N")
        printed = confirmed(emulator, payload, 2, tags=EPCS)
        assert [label.is_void for label in emulator.printed] == [True, False]
        assert (printed.state, printed.labels_out, printed.tags) == ("unknown", 1, EPCS[1:])
        assert "1 of 2 tags" in printed.detail
