"""The city platform as a sender, an inspector and a crash see it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from mes.traceability.capture_client import CaptureClient
from mes.traceability.epcis import ErrorDeclaration, encode, epcis_document
from mes.traceability.platforms import Accepted, DataRefused, Delivered
from mes.traceability.sandbox import Fault, Limits, read_faults
from mes.traceability.sandbox.app import ApiKeyFileError, api_keys_from
from mes.traceability.sandbox.faults import FaultScriptError
from mes.traceability.sandbox.words import catalogue, words
from tests.mes.traceability.city import City, StartCity, settled
from tests.mes.traceability.life import ELEMENT, LOAD, at, commissioned, inspected, life_of_an_element, reference_folder

JSON = {"Content-Type": "application/json"}


def deliver(city: City, *events: Any) -> None:
    client = city.client()
    assert settled(client, client.post(events)).answer == Delivered()


def ids(response: requests.Response) -> list[str]:
    body = response.json()["epcisBody"]["queryResults"]["resultsBody"]
    return [event["eventID"] for event in body["eventList"]]


def test_options_answer_as_gs1s_interface_says(city: City) -> None:
    answer = requests.options(city.url + "/capture", timeout=10)
    assert answer.status_code == 204
    assert answer.headers["Allow"] == "OPTIONS, POST, GET"
    for name in ("GS1-EPCIS-Min", "GS1-EPCIS-Max", "GS1-CBV-Version", "GS1-EPCIS-Capture-Limit",
                 "GS1-EPCIS-Capture-File-Size-Limit", "GS1-EPC-Format", "GS1-Vendor-Version"):  # fmt: skip
        assert name in answer.headers


def test_a_finished_job_reads_as_gs1s_interface_says(city: City) -> None:
    answer = requests.post(
        city.url + "/capture", encode(epcis_document([commissioned()], at(2, 9))), headers=JSON, timeout=10
    )
    assert answer.status_code == 202
    client = city.client()
    settled(client, client.post([commissioned()]))
    job = requests.get(answer.headers["Location"], timeout=10).json()
    assert job | {"captureID": "", "createdAt": "", "finishedAt": ""} == {
        "captureID": "", "createdAt": "", "finishedAt": "", "running": False, "success": True,
        "captureErrorBehaviour": "rollback", "errors": [],
    }  # fmt: skip


def test_jobs_are_listed_in_pages(city: City) -> None:
    for _ in range(3):
        deliver(city, commissioned())
    first = requests.get(city.url + "/capture?perPage=2", timeout=10)
    second = requests.get(first.links["next"]["url"], timeout=10)
    assert [len(first.json()), len(second.json())] == [2, 1]
    assert "next" not in second.links


@pytest.mark.parametrize(
    ("headers", "body", "status", "kind"),
    [
        ({"Content-Type": "application/xml"}, b"<a/>", 415, "UnsupportedMediaTypeException"),
        (JSON, b"{", 400, "ValidationException"),
        (JSON, b'{"a": NaN}', 400, "ValidationException"),
        (JSON, b'{"a": "\\ud800"}', 400, "ValidationException"),
        (JSON, b"[" * 100_000, 400, "ValidationException"),
        (JSON, b"[]", 400, "ValidationException"),
        (JSON | {"GS1-EPCIS-Version": "1.2"}, b"{}", 406, "NotAcceptableException"),
        (JSON | {"GS1-CBV-Version": "two"}, b"{}", 406, "NotAcceptableException"),
        (JSON | {"Accept": "application/xml"}, b"{}", 406, "NotAcceptableException"),
        (JSON | {"GS1-Capture-Error-Behaviour": "maybe"}, b"{}", 400, "ValidationException"),
    ],
)
def test_refusals_are_problem_documents(
    city: City, headers: dict[str, str], body: bytes, status: int, kind: str
) -> None:
    answer = requests.post(city.url + "/capture", body, headers=headers, timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["type"] == f"epcisException:{kind}"
    assert answer.json()["status"] == status


def test_a_file_far_over_the_limit_still_hears_the_answer(start_city: StartCity) -> None:
    city = start_city(limits=Limits(500, 10_000))
    answer = requests.post(city.url + "/capture", b" " * 3_000_000, headers=JSON, timeout=10)
    assert answer.status_code == 413
    assert answer.json()["type"] == "epcisException:CaptureLimitExceededException"


def test_repeats_are_counted_and_not_stored(city: City) -> None:
    for _ in range(3):
        deliver(city, commissioned(), inspected())
    summary = city.summary()
    assert (summary["distinct_events"], summary["total_receptions"]) == (2, 6)


def test_a_repeat_with_another_content_shows_in_the_summary(city: City) -> None:
    deliver(city, inspected())
    deliver(city, inspected().to_json() | {"disposition": "non_conformant"})
    assert city.summary()["differing_receptions"] == 1


def test_a_known_single_event_is_a_conflict_and_its_declaration_is_not(city: City) -> None:
    event = {"@context": epcis_document([], at(2, 9))["@context"]}
    declared = inspected().declared_wrong(ErrorDeclaration(at(6, 8), "did_not_occur"))
    answers = [
        requests.post(city.url + "/events", encode(event | one.to_json()), headers=JSON, timeout=10)
        for one in (inspected(), inspected(), declared, declared)
    ]
    assert [answer.status_code for answer in answers] == [201, 409, 201, 409]
    assert ids(requests.get(answers[0].headers["Location"], timeout=10)) == [inspected().event_id] * 2


def test_events_are_filtered_and_paged(city: City) -> None:
    life = life_of_an_element()
    deliver(city, *life)
    stored = requests.get(city.url + "/events?EQ_bizStep=inspecting|storing&EQ_disposition=conformant", timeout=10)
    assert ids(stored) == [life[2].event_id, life[6].event_id]
    since = quote("2026-11-09T07:00:00+08:00")
    assert len(ids(requests.get(f"{city.url}/events?GE_eventTime={since}", timeout=10))) == 4
    assert len(ids(requests.get(f"{city.url}/epcs/{quote(LOAD, safe='')}/events", timeout=10))) == 3
    first = requests.get(city.url + "/events?perPage=10", timeout=10)
    assert ids(first) + ids(requests.get(first.links["next"]["url"], timeout=10)) == [one.event_id for one in life]


def test_an_unknown_query_parameter_is_refused(city: City) -> None:
    answer = requests.get(city.url + "/events?EQ_colour=grey", timeout=10)
    assert (answer.status_code, answer.json()["type"]) == (400, "epcisException:QueryParameterException")


def test_all_of_gs1s_example_documents_are_captured(city: City) -> None:
    client = city.client()
    for file in sorted(reference_folder("examples").glob("*.jsonld")):
        document = json.loads(file.read_text(encoding="utf-8"))
        body = json.dumps(document).encode()
        answer = requests.post(city.url + "/capture", body, headers=JSON, timeout=10)
        assert answer.status_code == 202, file.name
    settled(client, client.post([commissioned()]))
    assert city.summary()["capture_jobs"] == {"total": 48, "running": 0, "failed": 0}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00.000+14:00", "9999-12-31T23:59:59.000-13:59"])
def test_a_time_at_the_end_of_the_calendar_does_not_stop_the_platform(city: City, moment: str) -> None:
    client = city.client()
    bad = inspected().to_json() | {"eventTime": moment}
    assert isinstance(settled(client, client.post([bad])).answer, DataRefused)
    deliver(city, inspected())
    assert city.summary()["worker_alive"] is True


def test_events_that_come_out_of_order_are_counted_per_thing(city: City) -> None:
    other = "https://id.gs1.org/01/06901234000016/21/1008"
    deliver(city, commissioned(other, moment=at(2, 8)), inspected(moment=at(5, 9)), commissioned(moment=at(2, 8)))
    summary = city.summary()
    assert summary["sequence_violations"] == 1
    assert summary["sequence_violation_list"][0]["epc"] == ELEMENT


def test_a_declaration_of_an_old_event_does_not_break_the_order(city: City) -> None:
    deliver(city, commissioned(), inspected())
    deliver(city, commissioned().declared_wrong(ErrorDeclaration(at(6, 8), "incorrect_data")))
    assert city.summary()["sequence_violations"] == 0


def test_a_document_accepted_twice_is_stored_once(start_city: StartCity) -> None:
    city = start_city(Fault("capture", "accept-twice"))
    client = city.client()
    client.post([commissioned()])
    settled(client, client.post([inspected()]))
    summary = city.summary()
    assert (summary["distinct_events"], summary["total_receptions"]) == (2, 3)


def test_the_story_shows_the_element_with_its_load_and_mould_in_words(city: City) -> None:
    deliver(city, *life_of_an_element())
    text = requests.get(f"{city.url}/story", params={"epc": ELEMENT}, timeout=10).text
    steps = re.findall(r"<h3><span>(.*?)</span>", text)
    assert steps == [
        "赋码建档", "入模", "隐蔽工程验收", "混凝土浇筑", "养护", "脱模", "检验",
        "堆场入位", "装车", "出厂", "卸车", "进场验收", "吊装就位",
    ]  # fmt: skip
    for told in (
        "YB-3F-07",
        "C30",
        "质检员",
        "王敏",
        "驻厂监理员",
        "B261102-4 · 0.84 m³",
        "18.5 … 55 °C",
        "二号堆场 A-03-2",
        "皖A·12345",
    ):
        assert told in text
    english = requests.get(f"{city.url}/story", params={"epc": ELEMENT, "lang": "en"}, timeout=10).text
    assert "Hidden-works inspection" in english


@pytest.mark.parametrize("wanted", ["1007", "YB-3F-07", "https://trace.example.cn/01/06901234000016/21/1007?x=1"])
def test_an_element_is_found_by_serial_code_or_any_digital_link(city: City, wanted: str) -> None:
    deliver(city, commissioned())
    answer = requests.get(f"{city.url}/story", params={"epc": wanted}, timeout=10)
    assert answer.status_code == 200
    assert "<h1>YB-3F-07</h1>" in answer.text


def test_what_is_not_known_is_said_so_and_nothing_typed_becomes_markup(city: City) -> None:
    answer = requests.get(f"{city.url}/story", params={"epc": "<script>1%_"}, timeout=10)
    assert answer.status_code == 404
    assert "<script>" not in answer.text


def test_an_event_declared_wrong_is_shown_as_such(city: City) -> None:
    deliver(city, commissioned(), inspected())
    deliver(city, inspected().declared_wrong(ErrorDeclaration(at(6, 8), "did_not_occur")))
    assert "已声明错误:未发生" in requests.get(f"{city.url}/story", params={"epc": ELEMENT}, timeout=10).text


def test_the_first_page_counts_what_came_in(city: City) -> None:
    deliver(city, *life_of_an_element())
    text = requests.get(city.url + "/", timeout=10).text
    assert "<b>13</b><span>累计事件</span>" in text
    assert "混凝土浇筑 1" in text


def test_every_word_of_the_portal_has_its_chinese() -> None:
    chinese = catalogue("zh_CN")
    labels = [
        entry["label"] if isinstance(entry, dict) else entry
        for section in words().values()
        for entry in section.values()
    ]
    templates = Path(__file__).resolve().parents[4] / "mes/traceability/sandbox/templates/sandbox"
    for file in templates.glob("*.html"):
        labels += re.findall(r"_\('(.*?)'[,)]", file.read_text(encoding="utf-8"))
    assert [label for label in labels if label not in chinese] == []


def test_keys_come_from_a_variable_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("one\ntwo\n")
    assert api_keys_from({}) == []
    assert api_keys_from({"SANDBOX_API_KEY": "zero", "SANDBOX_API_KEY_FILE": str(tmp_path / "keys")}) == [
        "zero",
        "one",
        "two",
    ]
    with pytest.raises(ApiKeyFileError):
        api_keys_from({"SANDBOX_API_KEY_FILE": str(tmp_path / "none")})


def test_a_script_of_faults_is_read_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    script = tmp_path / "faults.yaml"
    script.write_text(
        "- {on: capture, answer: 503, times: 2, retry_after: 1}\n- {on: job, answer: job-fails, times: always}\n"
    )
    assert read_faults(script) == [Fault("capture", 503, 2, "1"), Fault("job", "job-fails", None)]
    for wrong in (
        "on: capture",
        "- {on: capture}",
        "- {on: job, answer: 503}",
        "- {on: moon, answer: 503}",
        "- [",
        "- {on: capture, answer: 503, often: 1}",
    ):
        script.write_text(wrong)
        with pytest.raises(FaultScriptError):
            read_faults(script)


@contextmanager
def process(data: Path, port: int, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "mes.traceability.sandbox", "--port", str(port), "--data", str(data), *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            for _ in range(400):
                with socket.socket() as probe:
                    assert running.poll() is None, "the platform ended"
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield running
        finally:
            running.kill()


def test_a_document_accepted_before_a_kill_is_stored_after_the_restart(tmp_path: Path) -> None:
    script = tmp_path / "faults.yaml"
    script.write_text("- {on: job, answer: delay, seconds: 600}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    city = City(f"http://127.0.0.1:{port}")
    with process(tmp_path / "data", port, "--faults", str(script)) as first:
        accepted = CaptureClient(city.url).post(life_of_an_element())
        assert isinstance(accepted.answer, Accepted)
        assert city.summary()["distinct_events"] == 0
        os.kill(first.pid, signal.SIGKILL)
        first.wait(timeout=10)
    with process(tmp_path / "data", port):
        assert settled(CaptureClient(city.url), accepted).answer == Delivered()
        assert city.summary()["distinct_events"] == 13
