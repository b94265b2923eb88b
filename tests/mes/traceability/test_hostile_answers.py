"""Answers that no honest platform gives: without end, without sense, or leading elsewhere. None stops the sender."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from mes.traceability.capture_client import BearerKey, CaptureClient
from mes.traceability.platforms import (
    Accepted,
    CaptureJob,
    DataRefused,
    Delivered,
    PauseConfiguration,
    Retry,
)
from mes.traceability.platforms.http import Caller, Request
from tests.mes.traceability.life import commissioned, inspected
from tests.mes.traceability.platforms.wire import Given, Wire, listening

Raw = Callable[[Callable[[socket.socket], None]], str]


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A platform on a real socket."""
    with listening() as found:
        yield found


@pytest.fixture
def raw() -> Iterator[Raw]:
    """Serves whatever a function writes to the socket, and returns the address."""
    with ExitStack() as stack:

        def serve(speak: Callable[[socket.socket], None]) -> str:
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def answer(connection: socket.socket) -> None:
                with connection:
                    try:
                        connection.recv(65536)
                        speak(connection)
                    except OSError:
                        return  # the sender has had enough

            def accept() -> None:
                while True:
                    try:
                        connection, _ = server.accept()
                    except OSError:
                        return
                    threading.Thread(target=answer, args=(connection,), daemon=True).start()

            threading.Thread(target=accept, daemon=True).start()
            stack.callback(server.shutdown, socket.SHUT_RDWR)
            return f"http://127.0.0.1:{server.getsockname()[1]}"

        yield serve


def _trickled(text: bytes) -> Callable[[socket.socket], None]:
    """Each byte comes well within the time-out for a read; all together never end."""

    def speak(connection: socket.socket) -> None:
        for byte in text + b"x" * 1000:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    return speak


@pytest.mark.parametrize(
    "beginning", [b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "]
)
def test_an_answer_that_trickles_is_given_up_in_time(raw: Raw, beginning: bytes) -> None:
    url = raw(_trickled(beginning))
    client = CaptureClient(url, connect_timeout_seconds=0.2, read_timeout_seconds=0.5)
    caller = Caller((), connect_timeout_seconds=0.2, read_timeout_seconds=0.5)
    for answered in (
        lambda: client.post([commissioned()]).answer,
        lambda: caller.call(Request("POST", url, {}, b"{}")).failure,
    ):
        began = time.monotonic()
        assert isinstance(answered(), Retry)
        assert time.monotonic() - began < 1.5


def test_a_redirect_is_not_read_to_its_end(raw: Raw) -> None:
    written = [0]

    def speak(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 100000000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x" * 1_000_000)
            written[0] += 1

    url = raw(speak)
    assert isinstance(CaptureClient(url).post([commissioned()]).answer, PauseConfiguration)
    assert isinstance(Caller(()).call(Request("GET", url, {})).failure, PauseConfiguration | Retry | None)
    assert written[0] < 40


DEEP = "[" * 200_000


@pytest.mark.parametrize("body", [DEEP, "1" * 5000, '{"running": false, "errors": [' + DEEP])
def test_a_body_that_cannot_be_read_is_no_trouble(wire: Wire, body: str) -> None:
    wire.answer = lambda seen: Given(body)
    client = CaptureClient(wire.url)
    assert client.post([commissioned()]).answer == Delivered()
    assert isinstance(client.poll(CaptureJob(wire.url + "/capture/1")).answer, Retry)


HOSTILE_HEADERS = {
    "Retry-After": "Wed, 21 Oct 2026 07:28:00 +99999999999999",
    "Date": "Wed, 21 Oct 2026 07:28:00 +99999999999999",
    "GS1-EPCIS-Capture-Limit": "9" * 5000,
    "GS1-EPCIS-Capture-File-Size-Limit": "0",
}


@pytest.mark.parametrize("name", HOSTILE_HEADERS)
@pytest.mark.parametrize("status", [200, 413, 503])
def test_headers_without_sense_say_nothing(wire: Wire, name: str, status: int) -> None:
    wire.answer = lambda seen: Given("", status, {name: HOSTILE_HEADERS[name]})
    found = CaptureClient(wire.url).post([commissioned()])
    assert found.exchange.status == status
    if isinstance(found.answer, Retry):
        assert found.answer.after_seconds is None
    assert Caller(()).call(Request("POST", wire.url, {})).status == status


@pytest.mark.parametrize(
    "location", ["https://city.example//elsewhere.example/jobs/7", "//elsewhere.example/jobs/7", "http://[::1/jobs/7"]
)
def test_no_location_leads_our_key_elsewhere(wire: Wire, location: str) -> None:
    wire.answer = lambda seen: Given("", 202, {"Location": location})
    answer = CaptureClient(wire.url, BearerKey("k3y")).post([commissioned()]).answer
    assert isinstance(answer, Accepted)
    assert answer.job is None or answer.job.url.startswith(wire.url + "/")


def test_a_location_longer_than_a_receipt_keeps_names_no_job(wire: Wire) -> None:
    wire.answer = lambda seen: Given("", 202, {"Location": "/capture/" + "7" * 500})
    assert CaptureClient(wire.url).post([commissioned()]).answer == Accepted(None)


@pytest.mark.parametrize("link", ['<http://[::1/events?page=2>; rel="next"', "<", '<?a=1>; rel="next'])
def test_pages_that_lead_nowhere_end(wire: Wire, link: str) -> None:
    wire.answer = lambda seen: Given(
        {"epcisBody": {"queryResults": {"resultsBody": {"eventList": []}}}}, 200, {"Link": link}
    )
    from datetime import UTC, datetime

    submission, _ = CaptureClient(wire.url).find_between(
        datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    )
    assert isinstance(submission.answer, Delivered | PauseConfiguration)


def test_options_that_are_only_taken_in_tell_nothing(wire: Wire) -> None:
    wire.answer = lambda seen: Given("", 202)
    assert CaptureClient(wire.url).options().answer == Delivered()


def test_a_conflict_over_one_ledger_events_events_is_looked_up_for_each(wire: Wire) -> None:
    events = [commissioned().to_json(), inspected().to_json()]

    def answer(seen: object) -> Given:
        if seen.method == "POST":  # type: ignore[attr-defined]
            return Given("", 409)
        return Given({"epcisBody": {"eventList": events}})

    wire.answer = answer
    client = CaptureClient(wire.url)
    ids = [event["eventID"] for event in events]
    assert client.post_bytes(b"{}", ids, inseparable=True).answer == Delivered(duplicate=True)
    assert isinstance(client.post_bytes(b"{}", ids).answer, DataRefused)


def test_a_secret_at_the_edge_of_what_is_kept_is_hidden_whole(wire: Wire) -> None:
    key = "s3cr3t-" + "abcdefghij" * 3
    wire.answer = lambda seen: Given("x" * 4085 + key, 500)
    told = CaptureClient(wire.url, BearerKey(key)).post([commissioned()])
    assert "s3cr3t" not in repr(told)
    wire.answer = lambda seen: Given("call 13812345678, id 110101199003077758", 500)
    told = CaptureClient(wire.url, BearerKey(key)).post([commissioned()])
    assert "13812345678" not in repr(told)
    assert "110101199003077758" not in repr(told)
