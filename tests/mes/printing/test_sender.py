"""Jobs on their way to a printer on a real socket: in order, once, and only what was answered is believed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from labels.printers.emulator import PrinterEmulator
from mes.accounts.service import SYSTEM
from mes.core.commands import Work
from mes.core.database import Database
from mes.core.errors import NotFound
from mes.core.text import Text
from mes.printing import service
from mes.printing.jobs import start_printing
from mes.printing.models import Printer
from mes.printing.press import job_zpl
from mes.printing.sender import PrinterSender
from mes.printing.service import CancelJob, RetirePrinter, SettleJob, sending
from tests.mes.printing.shop import Shop, open_shop


@pytest.fixture
def shop(database: Database) -> Shop:
    return open_shop(database)


@pytest.fixture
def any_shop(any_database: Database) -> Shop:
    """The same on both databases, where locks matter."""
    return open_shop(any_database)


@pytest.fixture
def emulator() -> Iterator[PrinterEmulator]:
    with PrinterEmulator() as printer:
        yield printer


def routed(shop: Shop, emulator: PrinterEmulator, **more: Any) -> PrinterSender:
    """A printer at the emulator with everybody's route, and who sends to it."""
    printer = shop.printer(port=emulator.port, **more)
    shop.route()
    return sender(shop, printer)


def sender(shop: Shop, printer: Printer, owner: str = "worker-1") -> PrinterSender:
    return PrinterSender(shop.database, shop.clock, printer.id, owner, threading.Event())


def printer_of(shop: Shop, number: int) -> Printer:
    return shop.job(number).printer


def said(reason: Any) -> str:
    return str(Text.from_json(reason)) if reason else ""


def test_a_job_is_printed_and_its_printer_is_ready_again(shop: Shop, emulator: PrinterEmulator) -> None:
    serve = routed(shop, emulator)
    number = shop.print(*shop.subjects[:3]).jobs[0].number
    serve.serve_once()
    job = shop.job(number)
    assert (job.state, job.printed_count, job.attempts, job.reason) == ("printed", 3, 1, None)
    assert len(emulator.printed) == 3
    assert printer_of(shop, number).state == "ready"
    serve.serve_once()
    assert len(emulator.printed) == 3


def test_jobs_leave_in_the_order_in_which_they_were_asked_for(shop: Shop, emulator: PrinterEmulator) -> None:
    serve = routed(shop, emulator)
    numbers = [shop.print(subject).jobs[0].number for subject in shop.subjects]
    shop.do(service.cancel, CancelJob(number=numbers[1]))
    for _ in numbers:
        serve.serve_once()
    assert [shop.job(number).state for number in numbers] == ["printed", "cancelled", "printed", "printed"]
    assert len(emulator.printed) == 3
    jobs = [shop.job(numbers[place]) for place in (0, 2, 3)]
    places = [emulator.received.index(job_zpl(job, job.printer)) for job in jobs]
    assert places == sorted(places)


def test_a_printer_that_is_away_keeps_the_job_waiting_and_says_why(shop: Shop, emulator: PrinterEmulator) -> None:
    serve = routed(shop, emulator)
    emulator.change(offline=True)
    number = shop.print().jobs[0].number
    assert serve.serve_once() > 0
    assert shop.job(number).state == "queued"
    assert printer_of(shop, number).state == "away"
    assert "switched on" in said(printer_of(shop, number).state_reason)
    emulator.change(offline=False)
    serve.serve_once()
    assert shop.job(number).state == "printed"


def test_a_clock_that_is_set_back_keeps_no_label_waiting(shop: Shop, emulator: PrinterEmulator) -> None:
    serve = routed(shop, emulator, answers_status=False)
    number = shop.print().jobs[0].number
    shop.set(number, next_attempt_at=shop.clock.now() + timedelta(seconds=30))
    serve.serve_once()
    assert shop.job(number).state == "queued"
    shop.clock.advance(hours=-1)
    serve.serve_once()
    assert shop.job(number).state == "printed"


def test_without_paper_nothing_is_sent_and_the_job_waits(shop: Shop, emulator: PrinterEmulator) -> None:
    serve = routed(shop, emulator)
    emulator.change(paper_out=True)
    number = shop.print().jobs[0].number
    serve.serve_once()
    assert (shop.job(number).state, shop.job(number).attempts) == ("queued", 0)
    assert (printer_of(shop, number).state, said(printer_of(shop, number).state_reason)) == (
        "fault",
        "the paper is out",
    )
    assert b"^XA" not in emulator.received
    emulator.change(paper_out=False)
    serve.serve_once()
    assert shop.job(number).state == "printed"


def test_a_connection_that_breaks_in_mid_job_leaves_it_unknown_for_good(shop: Shop, emulator: PrinterEmulator) -> None:
    serve = routed(shop, emulator)
    number = shop.print(*shop.subjects).jobs[0].number
    emulator.change(cut_after_bytes=3000)
    serve.serve_once()
    assert shop.job(number).state == "unknown"
    assert "did not confirm" in said(shop.job(number).reason)
    emulator.change(cut_after_bytes=None)
    sent = emulator.received.count(b"^XA")
    for _ in range(3):
        serve.serve_once()
    assert shop.job(number).state == "unknown"
    assert emulator.received.count(b"^XA") == sent


def test_where_the_roll_ends_and_nobody_comes_the_rest_is_taken_back(
    shop: Shop, emulator: PrinterEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mes.printing.sender.TROUBLE_SECONDS", 0.1)
    serve = routed(shop, emulator)
    emulator.change(labels_left=1)
    number = shop.print(*shop.subjects[:3]).jobs[0].number
    serve.serve_once()
    assert (shop.job(number).state, shop.job(number).printed_count) == ("failed", 1)
    assert said(shop.job(number).reason).startswith("The printer stood still: the paper is out. 1 labels came out")
    assert printer_of(shop, number).state == "fault"
    emulator.change(paper_out=False, labels_left=None)
    serve.serve_once()
    assert len(emulator.printed) == 1


def test_what_was_on_its_way_when_a_worker_died_is_unknown_and_not_printed_again(
    any_shop: Shop, emulator: PrinterEmulator
) -> None:
    serve = routed(any_shop, emulator)
    first, second = (any_shop.print(subject).jobs[0].number for subject in any_shop.subjects[:2])
    begin(any_shop, serve, first)
    sender(any_shop, printer_of(any_shop, first)).serve_once()  # the next start of the same worker
    assert [any_shop.job(number).state for number in (first, second)] == ["unknown", "printed"]
    assert "interrupted" in said(any_shop.job(first).reason)
    assert len(emulator.printed) == 1


def begin(shop: Shop, serve: PrinterSender, number: int, owner: str = "worker-1") -> sending.Attempt:
    """Committed as being printed; the first byte has not left yet."""
    job = shop.job(number)
    with shop.database.writing() as session:
        work = Work(session, SYSTEM, shop.clock)
        assert sending.take_printer(work, job.printer_id, owner, 20)
    with shop.database.writing() as session:
        attempt = sending.begin(Work(session, SYSTEM, shop.clock), job.printer_id, owner, job.id, 60)
    assert attempt is not None
    return attempt


def ended(shop: Shop, attempt: sending.Attempt, state: Any, labels_out: int = 1) -> bool:
    with shop.database.writing() as session:
        return sending.ended(Work(session, SYSTEM, shop.clock), attempt, state, None, labels_out)


def test_an_outcome_that_is_known_late_ends_the_doubt(shop: Shop, emulator: PrinterEmulator) -> None:
    serve = routed(shop, emulator)
    number = shop.print().jobs[0].number
    attempt = begin(shop, serve, number)
    sender(shop, printer_of(shop, number)).serve_once()
    assert shop.job(number).state == "unknown"
    assert ended(shop, attempt, "printed")
    assert shop.job(number).state == "printed"


def test_what_a_person_has_said_stays(shop: Shop, emulator: PrinterEmulator) -> None:
    serve = routed(shop, emulator)
    number = shop.print().jobs[0].number
    attempt = begin(shop, serve, number)
    sender(shop, printer_of(shop, number)).serve_once()
    shop.do(service.settle, SettleJob(number=number, came_out=False))
    assert not ended(shop, attempt, "printed")
    assert shop.job(number).state == "failed"


def test_one_worker_serves_a_printer_and_another_takes_over_when_it_is_silent(
    any_shop: Shop, emulator: PrinterEmulator
) -> None:
    first = routed(any_shop, emulator)
    number = any_shop.print().jobs[0].number
    begin(any_shop, first, number, owner="worker-1")
    second = sender(any_shop, printer_of(any_shop, number), owner="worker-2")
    second.serve_once()
    assert any_shop.job(number).state == "printing"
    any_shop.clock.advance(seconds=61)
    second.serve_once()
    assert any_shop.job(number).state == "unknown"
    assert emulator.printed == []


def test_a_printer_that_gives_no_answers_counts_what_it_took_as_printed_and_says_so(
    shop: Shop, emulator: PrinterEmulator
) -> None:
    emulator.change(silent=True)
    serve = routed(shop, emulator, answers_status=False)
    number = shop.print().jobs[0].number
    serve.serve_once()
    assert (shop.job(number).state, shop.job(number).printed_count) == ("printed", 0)
    assert "does not say" in said(shop.job(number).reason)
    assert len(emulator.printed) == 1


def test_tags_are_written_and_read_back(shop: Shop, emulator: PrinterEmulator) -> None:
    serve = routed(shop, emulator, writes_rfid=True)
    number = shop.print(*shop.subjects[:2]).jobs[0].number
    serve.serve_once()
    assert shop.job(number).state == "printed"
    assert [label.epc_hex for label in emulator.printed] == [element.epc_hex for element in shop.elements[:2]]


def test_a_label_that_cannot_be_drawn_fails_alone(shop: Shop, emulator: PrinterEmulator) -> None:
    serve = routed(shop, emulator)
    first, second = (shop.print(subject).jobs[0].number for subject in shop.subjects[:2])
    label = dict(shop.job(first).labels[0])
    shop.set(first, labels=[label | {"fields": label["fields"] | {"project": "安置房" * 200}}])
    serve.serve_once()
    serve.serve_once()
    assert [shop.job(number).state for number in (first, second)] == ["failed", "printed"]
    assert shop.subjects[0] in said(shop.job(first).reason)


def test_a_retired_printer_is_not_served(shop: Shop, emulator: PrinterEmulator) -> None:
    printer = shop.printer(port=emulator.port)
    shop.do(service.retire_printer, RetirePrinter(code=printer.code), shop.planner)
    with pytest.raises(NotFound):
        sender(shop, printer).serve_once()
    with pytest.raises(NotFound):
        PrinterSender(shop.database, shop.clock, UUID(int=7), "worker-1", threading.Event()).serve_once()


def test_two_workers_at_once_print_every_label_once_while_another_printer_is_away(
    any_shop: Shop, emulator: PrinterEmulator
) -> None:
    any_shop.printer("ZT1", port=emulator.port)
    any_shop.printer("ZT2", port=9)  # nothing listens there
    any_shop.route("ZT1")
    any_shop.route("ZT2", station="office")
    stuck = any_shop.print(any_shop.subjects[3], station="office").jobs[0].number
    numbers = [any_shop.print(subject).jobs[0].number for subject in any_shop.subjects for _ in range(2)]
    numbers += [any_shop.print(subject, language="en").jobs[0].number for subject in any_shop.subjects]
    stop = threading.Event()
    workers = [start_printing(any_shop.database, any_shop.clock, f"worker-{n}", stop) for n in (1, 2)]
    deadline = threading.Event()
    for _ in range(100):
        if all(any_shop.job(number).state == "printed" for number in set(numbers)):
            break
        deadline.wait(0.1)
    stop.set()
    for worker in workers:
        worker.join()
    assert {any_shop.job(number).state for number in numbers} == {"printed"}
    assert len(emulator.printed) == len(set(numbers)) == 8
    assert any_shop.job(stuck).state == "queued"
