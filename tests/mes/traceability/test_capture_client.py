"""What each of a platform's answers means, over real sockets, from the city platform and from platforms that differ."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from mes.core.clock import SetClock
from mes.traceability.capture_client import (
    BasicPassword,
    BearerKey,
    CaptureAddressError,
    CaptureClient,
    CredentialError,
    HeaderKey,
)
from mes.traceability.epcis import ErrorDeclaration
from mes.traceability.platforms import (
    Accepted,
    Answer,
    CaptureJob,
    CaptureLimits,
    DataRefused,
    Delivered,
    Disabled,
    PauseConfiguration,
    PauseCredentials,
    Retry,
    TooLarge,
)
from mes.traceability.sandbox import Fault, Limits
from tests.mes.traceability.city import City, StartCity, settled
from tests.mes.traceability.life import at, commissioned, inspected, life_of_an_element

BAD = inspected().to_json() | {"eventID": "urn:uuid:bad", "bizStep": "casting"}


def test_an_accepted_document_is_delivered_when_its_job_has_ended_well(city: City) -> None:
    client = city.client()
    first = client.post(life_of_an_element())
    assert isinstance(first.answer, Accepted)
    assert settled(client, first).answer == Delivered()
    assert city.summary()["distinct_events"] == 13


def test_options_tell_limits_and_abilities(start_city: StartCity) -> None:
    found = start_city(limits=Limits(20, 9000)).client().options().capabilities
    assert found.limits == CaptureLimits(20, 9000)
    assert found.limits.safe_events == 19
    assert found.error_behaviours == {"rollback", "proceed"}
    assert found.epcis_version == "2.0.0"


def test_one_bad_event_under_rollback_keeps_the_others_out_and_is_named(city: City) -> None:
    client = city.client()
    answer = settled(client, client.post([commissioned(), BAD, inspected()])).answer
    assert isinstance(answer, DataRefused)
    assert answer.nothing_stored
    assert [(event.index, event.event_id) for event in answer.refused] == [(1, "urn:uuid:bad")]
    assert "bizStep" in answer.reason
    assert city.summary()["distinct_events"] == 0


def test_one_bad_event_under_proceed_lets_the_others_in(city: City) -> None:
    client = city.client()
    answer = settled(client, client.post([commissioned(), BAD, inspected()], behaviour="proceed")).answer
    assert isinstance(answer, DataRefused)
    assert not answer.nothing_stored
    assert city.summary()["distinct_events"] == 2


def test_a_bad_envelope_is_refused_at_once(city: City) -> None:
    answer = city.client().post_document({"type": "EPCISDocument", "epcisBody": {"eventList": []}}).answer
    assert isinstance(answer, DataRefused)
    assert "schemaVersion" in answer.reason


def test_a_single_event_is_stored_at_once_and_known_the_second_time(city: City) -> None:
    client = city.client()
    assert client.post_event(commissioned()).answer == Delivered()
    assert client.post_event(commissioned()).answer == Delivered(duplicate=True)
    assert city.summary()["distinct_events"] == 1


def test_a_bad_single_event_is_refused_at_once(city: City) -> None:
    answer = city.client().post_event(BAD).answer
    assert isinstance(answer, DataRefused)
    assert answer.refused[0].event_id == "urn:uuid:bad"


def test_an_event_can_be_looked_up(city: City) -> None:
    client = city.client()
    client.post_event(commissioned())
    assert client.find(commissioned().event_id or "").found is True
    assert client.find("urn:uuid:unknown").found is False


def test_a_declaration_is_another_event_with_the_same_id(city: City) -> None:
    client = city.client()
    declared = inspected().declared_wrong(ErrorDeclaration(at(6, 8), "incorrect_data"))
    assert client.post_event(inspected()).answer == Delivered()
    assert client.post_event(declared).answer == Delivered()
    assert city.summary()["error_declarations"] == 1


def test_too_many_events_and_too_many_bytes_name_the_limits(start_city: StartCity) -> None:
    client = start_city(limits=Limits(2, 2000)).client()
    limits = CaptureLimits(2, 2000)
    for events in ([commissioned()] * 3, [commissioned(code="Y" * 3000)]):
        answer = client.post(events).answer
        assert isinstance(answer, TooLarge)
        assert answer.limits == limits


def test_a_wrong_or_missing_key_pauses_for_credentials(start_city: StartCity) -> None:
    city = start_city(api_keys=("first-key", "second-key"))
    assert isinstance(city.client().post([commissioned()]).answer, PauseCredentials)
    assert isinstance(city.client(BearerKey("stolen")).post([commissioned()]).answer, PauseCredentials)
    for key in ("first-key", "second-key"):
        client = city.client(BearerKey(key))
        assert settled(client, client.post([commissioned()])).answer == Delivered()


def test_a_lost_answer_is_retried_with_the_same_id_and_stored_once(start_city: StartCity) -> None:
    city = start_city(Fault("capture", "lose-answer"))
    client = city.client()
    assert isinstance(client.post([commissioned()]).answer, Retry)
    assert settled(client, client.post([commissioned()])).answer == Delivered()
    summary = city.summary()
    assert (summary["distinct_events"], summary["total_receptions"]) == (1, 2)
    assert summary["differing_receptions"] == 0


def test_an_answer_after_the_time_out_is_retried(start_city: StartCity) -> None:
    client = start_city(Fault("capture", "delay", seconds=0.6)).client(read_timeout_seconds=0.2)
    assert isinstance(client.post([commissioned()]).answer, Retry)


def test_busy_answers_are_retried_when_the_platform_wishes(start_city: StartCity) -> None:
    city = start_city(Fault("capture", 503), Fault("capture", 429, retry_after="7"))
    client = city.client()
    first, second = client.post([commissioned()]).answer, client.post([commissioned()]).answer
    assert isinstance(first, Retry)
    assert first.after_seconds is None
    assert isinstance(second, Retry)
    assert second.after_seconds == 7
    assert settled(client, client.post([commissioned()])).answer == Delivered()


def test_a_job_that_fails_stores_nothing_and_the_next_attempt_works(start_city: StartCity) -> None:
    city = start_city(Fault("job", "job-fails"))
    client = city.client()
    answer = settled(client, client.post([commissioned()])).answer
    assert isinstance(answer, DataRefused)
    assert answer.nothing_stored
    assert settled(client, client.post([commissioned()])).answer == Delivered()


# Platforms that differ from the standard, as seen in the field.


Platform = Callable[[Callable[[], Response]], str]


@pytest.fixture
def platform() -> Iterator[Platform]:
    """Serves one answer to whatever is asked, and returns the address."""
    with ExitStack() as stack:

        def serve(answer: Callable[[], Response]) -> str:
            app = Flask("differing")
            app.url_map.merge_slashes = False
            methods = ["GET", "POST", "OPTIONS"]
            app.add_url_rule(
                "/<path:path>", "any", lambda path: answer(), methods=methods, provide_automatic_options=False
            )
            server = make_server("127.0.0.1", 0, app, threaded=True)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            thread.start()
            stack.callback(server.server_close)
            stack.callback(thread.join, 10)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.port}/epcis"

        yield serve


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, Delivered), (201, Delivered), (204, Delivered), (202, Accepted), (400, DataRefused), (422, DataRefused),
        (401, PauseCredentials), (403, PauseCredentials), (404, PauseConfiguration), (405, PauseConfiguration),
        (406, PauseConfiguration), (415, PauseConfiguration), (301, PauseConfiguration), (307, PauseConfiguration),
        (418, PauseConfiguration), (413, TooLarge), (408, Retry), (425, Retry), (429, Retry), (500, Retry),
        (502, Retry), (504, Retry), (410, Disabled),
    ],
)  # fmt: skip
def test_every_status_has_a_meaning(platform: Platform, status: int, meaning: type[Answer]) -> None:
    url = platform(lambda: Response("", status=status, headers={"Location": "http://127.0.0.1:1/elsewhere"}))
    assert isinstance(CaptureClient(url).post([commissioned()]).answer, meaning)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("https://elsewhere.example/epcis/capture/17", "/capture/17"),
        ("/epcis/capture/17", "/capture/17"),
        ("capture/17", "/capture/17"),
        ("17", "/capture/17"),
        ("a%2Fb", "/capture/a%2Fb"),
    ],
)
def test_the_job_is_found_at_the_platforms_own_address(platform: Platform, location: str, path: str) -> None:
    url = platform(lambda: Response("", status=202, headers={"Location": location}))
    assert CaptureClient(url).post([commissioned()]).answer == Accepted(CaptureJob(url + path))


def test_an_unusual_job_path_stays_on_the_platforms_host(platform: Platform) -> None:
    url = platform(lambda: Response("", status=202, headers={"Location": "http://elsewhere.example/jobs/17?v=1"}))
    job = CaptureJob(url.removesuffix("/epcis") + "/jobs/17?v=1")
    assert CaptureClient(url).post([commissioned()]).answer == Accepted(job)


def test_an_accepted_document_without_a_job_is_accepted_all_the_same(platform: Platform) -> None:
    url = platform(lambda: Response("", status=202))
    assert CaptureClient(url).post([commissioned()]).answer == Accepted(None)


def test_a_misspelt_limit_header_is_understood(platform: Platform) -> None:
    headers = {"GS1-EPCIS-Capture-Limit": "100", "GS1-EPCIS-Capture-File-SizeLimit": "5000"}
    url = platform(lambda: Response("", status=204, headers=headers))
    assert CaptureClient(url).options().capabilities.limits == CaptureLimits(100, 5000)


def test_a_platform_without_options_may_be_sent_to(platform: Platform) -> None:
    found = CaptureClient(platform(lambda: Response("", status=405))).options()
    assert found.answer == Delivered()
    assert found.capabilities.limits == CaptureLimits()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120.0), ("Sat, 21 Nov 2026 12:01:00 GMT", 60.0), ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
     ("99999999", 86400.0), ("soon", None)],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(platform: Platform, text: str, seconds: float | None) -> None:
    url = platform(lambda: Response("", status=503, headers={"Retry-After": text}))
    clock = SetClock(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
    answer = CaptureClient(url, clock=clock).post([commissioned()]).answer
    assert isinstance(answer, Retry)
    assert answer.after_seconds == seconds


def conflict(stored: Any, status: int = 200) -> Callable[[], Response]:
    def answer() -> Response:
        if request.method == "POST":
            return Response("", status=409)
        from flask import jsonify

        response: Response = jsonify(stored)
        response.status_code = status
        return response

    return answer


def test_a_conflict_is_delivered_when_the_platform_shows_our_event(platform: Platform) -> None:
    event = commissioned()
    client = CaptureClient(platform(conflict({"epcisBody": {"eventList": [event.to_json()]}})))
    assert client.post([event]).answer == Delivered(duplicate=True)


def test_a_conflict_is_refused_when_the_platform_does_not_find_the_event(platform: Platform) -> None:
    client = CaptureClient(platform(conflict({}, 404)))
    assert isinstance(client.post([commissioned()]).answer, DataRefused)


def test_a_conflict_that_cannot_be_looked_up_is_delivered_unconfirmed(platform: Platform) -> None:
    client = CaptureClient(platform(conflict({}, 405)))
    assert client.post([commissioned()]).answer == Delivered(duplicate=True, confirmed=False)


def test_a_conflict_over_a_batch_says_that_it_must_be_taken_apart(platform: Platform) -> None:
    client = CaptureClient(platform(conflict({})))
    assert client.post([commissioned(), inspected()]).answer == DataRefused("409:".rstrip(":"))


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", '{"running": "no"}'])
def test_a_job_that_cannot_be_read_is_asked_for_again(platform: Platform, body: str) -> None:
    url = platform(lambda: Response(body, status=200))
    assert isinstance(CaptureClient(url).poll(CaptureJob(url + "/capture/1")).answer, Retry)


def test_nobody_listening_is_retried() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert isinstance(CaptureClient(url).post([commissioned()]).answer, Retry)


@pytest.mark.parametrize(
    "url", ["ftp://city.example", "city.example", "http://user:secret@city.example", "http://a/?b=1"]
)
def test_an_unusable_address_is_refused(url: str) -> None:
    with pytest.raises(CaptureAddressError):
        CaptureClient(url)


@pytest.mark.parametrize(
    ("credentials", "header", "value"),
    [
        (BearerKey("s3cret-key"), "Authorization", "Bearer s3cret-key"),
        (BasicPassword("mes", "s3cret-key"), "Authorization", "Basic bWVzOnMzY3JldC1rZXk="),
        (HeaderKey("X-API-Key", "s3cret-key"), "X-API-Key", "s3cret-key"),
    ],
)
def test_secrets_reach_the_platform_and_no_log(
    platform: Platform, caplog: pytest.LogCaptureFixture, credentials: Any, header: str, value: str
) -> None:
    seen: list[str] = []

    def echo() -> Response:
        seen.append(request.headers.get(header, ""))
        return Response(f"you sent {seen[-1]}", status=500)

    caplog.set_level(logging.DEBUG)
    submission = CaptureClient(platform(echo), credentials).post([commissioned()])
    assert seen == [value]
    told = caplog.text + repr(submission) + repr(credentials)
    assert "s3cret-key" not in told
    assert "bWVzOnMzY3JldC1rZXk=" not in told
    assert "you sent" in submission.exchange.excerpt


@pytest.mark.parametrize("key", ["", "k3y\n", " k3y", "钥匙"])
def test_a_key_that_no_header_can_hold_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(CredentialError) as refused:
        BearerKey(key)
    assert "k3y" not in str(refused.value)


def test_the_same_events_and_date_are_the_same_bytes(platform: Platform) -> None:
    bodies: list[bytes] = []

    def remember() -> Response:
        bodies.append(request.get_data())
        return Response("", status=503)

    client = CaptureClient(platform(remember))
    for _ in range(2):
        client.post(life_of_an_element(), created_at=at(10, 12))
    assert bodies[0] == bodies[1]
