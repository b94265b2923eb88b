"""What a sender sees of each fault, on a real socket where the fault is one of sockets."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from mes.traceability.epcis import encode, epcis_document
from mes.traceability.sandbox import Fault, Limits
from mes.traceability.sandbox.behaviour import Behaviour
from mes.traceability.sandbox.faults import FaultScript, FaultScriptError, understood
from mes.traceability.sandbox.server import RESTART_STATUS
from mes.traceability.sandbox.supervisor import faults_left
from tests.mes.traceability.city import City, StartCity, running
from tests.mes.traceability.life import at, commissioned, inspected
from tests.mes.traceability.sandbox.platform_app import platform_app

JSON = {"Content-Type": "application/json"}
ADMIN = {"Authorization": "Bearer admin-key-of-a-test"}


def document(*events: Any) -> bytes:
    return encode(epcis_document(events or [commissioned()], at(2, 9)))


def post(city: City, *events: Any) -> requests.Response:
    return requests.post(city.url + "/capture", document(*events), headers=JSON, timeout=10)


@pytest.mark.parametrize(("answer", "stored"), [("lose-answer", 1), ("reset-answer", 1), ("reset-request", 0)])
def test_a_broken_connection_leaves_the_sender_in_the_dark(start_city: StartCity, answer: str, stored: int) -> None:
    city = start_city(Fault("capture", answer))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        post(city)
    assert city.summary()["distinct_events"] == stored
    assert post(city).status_code == 202
    assert city.summary()["distinct_events"] == 1


def raw_request(city: City, request: bytes) -> tuple[bytes, bool]:
    """What came back over a bare socket, and whether it ended in a reset."""
    host, port = city.url.removeprefix("http://").split(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        try:
            connection.sendall(request)
            while part := connection.recv(65536):
                received += part
        except (ConnectionResetError, BrokenPipeError):
            return received, True
    return received, False


def test_a_reset_strikes_in_the_middle_of_the_answer(start_city: StartCity) -> None:
    city = start_city(Fault("query", "reset-answer"))
    post(city)
    received, reset = raw_request(city, b"GET /events HTTP/1.1\r\nHost: city\r\n\r\n")
    assert reset
    head, _, body = received.partition(b"\r\n\r\n")
    [length] = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    assert 0 < len(body) < int(length.split(b":")[1])


def test_a_reset_strikes_while_the_request_is_sent(start_city: StartCity) -> None:
    city = start_city(Fault("capture", "reset-request"))
    body = b" " * 4_000_000
    head = b"POST /capture HTTP/1.1\r\nHost: city\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    assert raw_request(city, head % len(body) + body) == (b"", True)


def test_retry_after_is_seconds_or_a_date_by_the_platforms_clock(tmp_path: Path) -> None:
    faults = [Fault("capture", 429, retry_after="7"), Fault("capture", 503, retry_after="date+30")]
    with platform_app(tmp_path, faults) as client:
        first, second = (client.post("/capture", data=document(), headers=JSON) for _ in range(2))
    assert (first.status_code, first.headers["Retry-After"]) == (429, "7")
    wait = parsedate_to_datetime(second.headers["Retry-After"]) - datetime.now(UTC)
    assert (second.status_code, 20 < wait.total_seconds() < 40) == (503, True)


def test_a_burst_comes_when_it_is_due_and_an_error_code_hides_behind_200(tmp_path: Path) -> None:
    faults = [Fault("capture", 500, times=2, skip=1), Fault("capture", "error-code", code=4001)]
    with platform_app(tmp_path, faults) as client:
        answers = [client.post("/capture", data=document(), headers=JSON) for _ in range(5)]
        assert client.get("/api/summary").get_json()["distinct_events"] == 1
        told = [entry["outcome"] for entry in client.get("/api/receptions").get_json()["receptions"]]
    # the second fault fits the first request too, which the first one lets pass
    assert [answer.status_code for answer in answers] == [200, 500, 500, 202, 202]
    assert answers[0].get_json()["code"] == 4001
    assert told == ["turned-away"] * 3 + ["accepted"] * 2


def test_what_is_accepted_may_fail_later_or_take_its_time(tmp_path: Path) -> None:
    faults = [Fault("job", "job-fails"), Fault("poll", "processing", times=2)]
    with platform_app(tmp_path, faults) as client:
        place = client.post("/capture", data=document(), headers=JSON).headers["Location"]
        states = []
        for _ in range(200):
            job = client.get(place).get_json()
            states.append((job["running"], job["success"]))
            if not job["running"]:
                break
            time.sleep(0.01)
    assert states[:2] == [(True, True)] * 2
    assert states[-1] == (False, False)


@pytest.mark.parametrize(
    ("wanted", "status", "location"),
    [
        ({"created": True, "location": "relative"}, 201, "/capture/job-"),
        ({"location": "bare"}, 202, "job-"),
        ({}, 202, "http://city.example/capture/job-"),
    ],
)
def test_liberties_with_the_answer(tmp_path: Path, wanted: dict[str, Any], status: int, location: str) -> None:
    with platform_app(tmp_path, admin_key="admin-key-of-a-test") as client:
        assert client.patch("/admin/behaviour", json=wanted, headers=ADMIN).status_code == 200
        answer = client.post("/capture", data=document(), headers=JSON)
        assert client.get("/api/summary").get_json()["distinct_events"] == 1
        bad = client.post("/capture", data=document(inspected().to_json() | {"type": "Event"}), headers=JSON)
    assert (answer.status_code, answer.headers["Location"][: len(location)]) == (status, location)
    assert bad.status_code == (400 if "created" in wanted else 202)


def test_liberties_with_limits_and_repeats(tmp_path: Path) -> None:
    with platform_app(tmp_path, limits=Limits(2, 10_000), admin_key="admin-key-of-a-test") as client:
        two = document(commissioned(), inspected())
        assert client.post("/capture", data=two, headers=JSON).status_code == 202
        odd = {"misspelt_limit": True, "refuse_at_limit": True, "store_duplicates": True}
        client.patch("/admin/behaviour", json=odd, headers=ADMIN)
        refused = client.post("/capture", data=two, headers=JSON)
        assert refused.status_code == 413
        assert "GS1-EPCIS-Capture-File-SizeLimit" in refused.headers
        for _ in range(2):
            assert client.post("/capture", data=document(), headers=JSON).status_code == 202
        assert client.get("/api/summary").get_json()["stored_duplicates"] == 2
        client.delete("/admin/behaviour", headers=ADMIN)
        assert client.post("/capture", data=two, headers=JSON).status_code == 202
        assert client.get("/api/summary").get_json()["stored_duplicates"] == 2


def test_a_wrong_clock_shows_in_every_date(tmp_path: Path) -> None:
    with platform_app(tmp_path, admin_key="admin-key-of-a-test") as client:
        client.patch("/admin/behaviour", json={"minutes_off": -90}, headers=ADMIN)
        answer = client.post("/capture", data=document(), headers=JSON)
        job = client.get(answer.headers["Location"]).get_json()
    for told in (parsedate_to_datetime(answer.headers["Date"]), datetime.fromisoformat(job["createdAt"])):
        assert 5300 < (datetime.now(UTC) - told).total_seconds() < 5500


def test_faults_are_changed_at_run_time_by_those_who_may(tmp_path: Path) -> None:
    with platform_app(tmp_path) as client:
        assert client.get("/admin/faults", headers=ADMIN).status_code == 404
    with platform_app(tmp_path, admin_key="admin-key-of-a-test") as client:
        assert client.get("/admin/faults").status_code == 401
        assert client.get("/admin/faults", headers={"Authorization": "Bearer guess"}).status_code == 401
        script = [{"on": "capture", "answer": 503}, {"behave": {"location": "bare"}}]
        assert client.post("/admin/faults", json=script, headers=ADMIN).get_json()["left"][0]["left"] == 1
        half_wrong = [{"behave": {"location": "absolute"}}, {"on": "moon", "answer": 503}]
        assert client.post("/admin/faults", json=half_wrong, headers=ADMIN).status_code == 400
        assert client.post("/capture", data=document(), headers=JSON).status_code == 503
        assert client.post("/capture", data=document(), headers=JSON).headers["Location"].startswith("job-")
        assert client.get("/admin/faults", headers=ADMIN).get_json()["played"][0]["answer"] == 503
        assert client.patch("/admin/behaviour", json={"location": "moon"}, headers=ADMIN).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"on": "capture", "answer": "reset-request", "contains": "x"},
        {"on": "capture", "answer": 429, "retry_after": "soon"},
        {"on": "job", "answer": "lose-answer"},
        {"on": "capture", "answer": 503, "times": "often"},
        {"behave": {"colour": True}},
        {"behave": {"created": "yes"}},
    ],
)
def test_faults_that_cannot_be_played_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(FaultScriptError):
        understood([wrong])


def test_a_fault_before_reading_keeps_its_place_in_the_script() -> None:
    script = FaultScript([Fault("capture", 503), Fault("capture", "reset-request")])
    assert script.next_before_reading("capture") is None
    assert script.next("capture", "") == Fault("capture", 503)
    assert script.next_before_reading("capture") == Fault("capture", "reset-request")


@contextmanager
def process(data: Path, *arguments: str) -> Iterator[City]:
    """The platform as a process of its own that is started again after played restarts, ready to answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "mes.traceability.sandbox",
        "--keep-running",
        "--port",
        str(port),
        "--data",
        str(data),
    ]
    with subprocess.Popen([*command, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as supervisor:
        try:
            yield City(f"http://127.0.0.1:{port}")
        finally:
            supervisor.send_signal(signal.SIGTERM)


def distinct_events(city: City) -> int:
    """How many events the platform has; waits for it to be up, as a start may take its time."""
    for _ in range(600):
        try:
            return int(city.summary()["distinct_events"])
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError("the platform does not answer")


def test_a_restart_loses_nothing_that_was_accepted_and_the_script_goes_on(tmp_path: Path) -> None:
    script = tmp_path / "faults.yaml"
    script.write_text(
        "- {on: capture, answer: restart}\n- {on: capture, answer: restart-after}\n- {on: job, answer: restart}\n"
        "- {on: query, answer: 429}\n- {behave: {location: bare}}\n"
    )
    with process(tmp_path / "data", "--faults", str(script)) as city:
        assert distinct_events(city) == 0
        with pytest.raises(requests.ConnectionError):
            post(city)
        assert distinct_events(city) == 0
        with pytest.raises(requests.ConnectionError):
            post(city)
        for _ in range(200):  # its job was in the queue, for a fault of jobs was to come, and ended the process too
            if distinct_events(city) == 1:
                break
            time.sleep(0.02)
        assert distinct_events(city) == 1
        assert requests.get(city.url + "/events", timeout=10).status_code == 429
        assert post(city, inspected()).headers["Location"].startswith("job-")
        assert distinct_events(city) == 2


def test_a_platform_that_only_seems_to_be_down_can_be_told_to_end(tmp_path: Path) -> None:
    ended: list[bool] = []
    with running(tmp_path, (Fault("capture", "restart"),), end=lambda: ended.append(True)) as city:
        with pytest.raises(requests.ConnectionError):
            post(city)
        assert (ended, city.summary()["distinct_events"]) == ([True], 0)


ENDS_TWICE = """
import sys, threading; sys.setswitchinterval(1e-6)
from pathlib import Path
from mes.traceability.sandbox.behaviour import Behaviour
from mes.traceability.sandbox.faults import Fault, FaultScript
from mes.traceability.sandbox.supervisor import end_process

together = threading.Barrier(16)
script = FaultScript([Fault("capture", 503, contains=str(number)) for number in range(20)])


def end():
    together.wait()
    end_process(Path(sys.argv[1]), script, Behaviour())


for _ in range(16):
    threading.Thread(target=end).start()
"""


def test_two_restarts_at_one_instant_leave_the_faults_whole(tmp_path: Path) -> None:
    for attempt in range(4):
        ended = subprocess.run([sys.executable, "-c", ENDS_TWICE, str(tmp_path)], check=False)
        assert ended.returncode == RESTART_STATUS
        left = faults_left(tmp_path, Behaviour())
        assert left is not None, attempt
        assert len(left) == 20
