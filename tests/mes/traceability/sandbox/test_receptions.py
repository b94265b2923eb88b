"""The record of everything that came in, and the order of effects."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from mes.traceability.epcis import ErrorDeclaration, encode, epcis_document
from mes.traceability.sandbox import Fault
from mes.traceability.sandbox.reading import UnreadableError, read_document
from mes.traceability.sandbox.store import Store
from tests.mes.traceability.life import ELEMENT, LOAD, at, commissioned, inspected, life_of_an_element
from tests.mes.traceability.sandbox.platform_app import KEY, platform_app, record, upload

JSON = {"Content-Type": "application/json"}


def send(client: FlaskClient, *events: Any) -> None:
    client.post("/capture", data=encode(epcis_document(events, at(2, 9))), headers=JSON)


def receptions(client: FlaskClient, **arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/receptions", query_string=arguments).get_json()["receptions"]
    return found


def test_every_attempt_is_kept_with_its_bytes_and_what_became_of_it(tmp_path: Path) -> None:
    with platform_app(tmp_path, [Fault("capture", 503)]) as client:
        declared = inspected().declared_wrong(ErrorDeclaration(at(6, 8), "did_not_occur"))
        for _ in range(3):
            send(client, inspected())
        send(client, declared, inspected().to_json() | {"disposition": "damaged"}, {"eventID": "urn:x:1"})
        told = [(row["outcome"], row["declared"], row["took_effect"]) for row in receptions(client)]
        digests = [row["digest"] for row in receptions(client, id=str(inspected().event_id))]
        counts = client.get("/api/summary").get_json()["record"]
    assert told == [
        ("turned-away", False, False), ("accepted", False, True), ("accepted", False, False),
        ("accepted", True, False), ("accepted", False, False), ("accepted", False, False),
    ]  # fmt: skip
    assert digests[0] == hashlib.sha256(encode(inspected().to_json())).hexdigest()
    assert len(set(digests[:3])) == 1
    assert counts == {
        "deliveries": {"accepted": 3, "turned-away": 1}, "receptions": 6, "ids": 3, "ids_with_differing_bytes": 1,
    }  # fmt: skip


def test_the_order_of_first_effect_is_told_for_each_identifier(tmp_path: Path) -> None:
    life = [event.event_id for event in life_of_an_element()]
    with platform_app(tmp_path, app_keys=[KEY]) as client:
        send(client, inspected())
        send(client, *life_of_an_element())
        upload(client, record())
        upload(client, record())
        lines = client.get("/api/orders").get_data(as_text=True).splitlines()
        one = json.loads(client.get("/api/orders", query_string={"identifier": LOAD}).get_data(as_text=True))
    orders = {entry["identifier"]: entry["events"] for entry in map(json.loads, lines)}
    of_element = [event["event_id"] for event in orders[ELEMENT]]
    assert of_element[0] == inspected().event_id
    assert len(of_element) == len(set(of_element))
    assert [event for event in life if event in of_element] == of_element[1:] or inspected().event_id in life
    assert one["events"] == orders[LOAD]
    assert [(event["event_id"], event["received_times"]) for event in orders["component:WQ-5F-12"]] == [("r-1", 2)]


def test_the_record_cannot_be_altered(tmp_path: Path) -> None:
    with platform_app(tmp_path) as client:
        send(client, inspected())
        with closing(sqlite3.connect(tmp_path / "sandbox-platform.sqlite")) as connection:
            for statement in ("UPDATE reception SET digest = ''", "DELETE FROM reception", "DELETE FROM delivery",
                              "UPDATE delivery SET outcome = 'refused'"):  # fmt: skip
                with pytest.raises(sqlite3.IntegrityError):
                    connection.execute(statement)


def test_the_record_is_read_in_pages(tmp_path: Path) -> None:
    with platform_app(tmp_path) as client:
        send(client, *life_of_an_element())
        first = client.get("/api/receptions?limit=8").get_json()
        rest = client.get(f"/api/receptions?limit=8&after={first['next']}").get_json()
    assert [len(first["receptions"]), len(rest["receptions"]), rest["next"]] == [8, 5, None]


def test_pages_show_the_record_the_connection_and_records_in_the_story(tmp_path: Path) -> None:
    with platform_app(tmp_path, [Fault("capture", 503, skip=5)], app_keys=[KEY]) as client:
        send(client, commissioned())
        upload(client, record(componentCode="YB-3F-07", responsible=[{"role": "inspector", "name": "王敏"}]))
        upload(client, record("r-2", componentCode="WQ-1", step="melted"))
        upload(client, record("r-4", componentCode=ELEMENT, step="demoulded", concreteBatch="by-its-key"))
        upload(client, record("r-5", componentCode="https://id.gs1.org/01/06901234000016/21/77"))
        upload(client, record("r-3", componentCode="WQ-1"))
        both = client.get("/story?epc=YB-3F-07").get_data(as_text=True)
        only_signed = client.get("/story?epc=WQ-1&lang=en").get_data(as_text=True)
        by_serial = client.get("/story?epc=77").get_data(as_text=True)
        listed = client.get("/receptions").get_data(as_text=True)
        connect = client.get("/connect").get_data(as_text=True)
    assert ("赋码建档" in both, "混凝土浇筑" in both, "王敏" in both) == (True, True, True)
    assert "by-its-key" in both
    assert "<h1>77</h1>" in by_serial
    assert "<h1>WQ-1</h1>" in only_signed
    assert "Concrete cast" in only_signed
    assert "step: 应为其中之一" in listed
    assert "<code>503</code>" in connect
    assert KEY.secret not in connect


def test_a_database_of_the_first_edition_keeps_its_events(tmp_path: Path) -> None:
    file = tmp_path / "sandbox-platform.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            """
            CREATE TABLE capture_job (id INTEGER PRIMARY KEY AUTOINCREMENT, capture_id TEXT NOT NULL UNIQUE,
                created_at TEXT NOT NULL, finished_at TEXT, error_behaviour TEXT NOT NULL, document TEXT NOT NULL,
                success INTEGER NOT NULL DEFAULT 1, errors TEXT NOT NULL DEFAULT '[]');
            CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL,
                declared_at TEXT NOT NULL DEFAULT '', event_time TEXT NOT NULL, local_day TEXT NOT NULL,
                record_time TEXT NOT NULL, event_type TEXT NOT NULL, action TEXT, biz_step TEXT, step TEXT NOT NULL,
                disposition TEXT, context TEXT NOT NULL, body TEXT NOT NULL, received_times INTEGER NOT NULL DEFAULT 1,
                differing_receptions INTEGER NOT NULL DEFAULT 0, UNIQUE (event_id, declared_at));
            CREATE TABLE event_epc (event INTEGER NOT NULL REFERENCES event (id), epc TEXT NOT NULL,
                part TEXT NOT NULL, instance INTEGER NOT NULL, PRIMARY KEY (event, epc, part)) WITHOUT ROWID;
            CREATE INDEX event_by_time ON event (event_time);
            """
        )
        body = json.dumps(inspected().to_json())
        connection.execute(
            "INSERT INTO event VALUES (1, ?, '', 't', 'd', 't', 'ObjectEvent', 'OBSERVE', 'inspecting', 'inspecting',"
            " 'conformant', '[]', ?, 3, 0)",
            (inspected().event_id, body),
        )
        connection.execute("INSERT INTO event_epc VALUES (1, ?, 'object', 1)", (ELEMENT,))
        connection.commit()
    store = Store(file)
    store.close()
    with platform_app(tmp_path) as client:
        send(client, inspected(), commissioned())
        summary = client.get("/api/summary").get_json()
        assert (summary["distinct_events"], summary["total_receptions"]) == (2, 5)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, max_size=4), st.dictionaries(TEXTS, VALUES, max_size=3), st.booleans(), st.booleans())
def test_events_are_read_with_their_very_bytes(
    events: list[Any], beside: dict[str, Any], ascii_only: bool, wide: bool
) -> None:
    document = beside | {"epcisBody": beside | {"eventList": events}, "last": 1}
    text = json.dumps(document, ensure_ascii=ascii_only, indent=1 if wide else None)
    read, received = read_document(text)
    assert read == document
    assert [event.body for event in received] == events
    assert [json.loads(event.text) for event in received] == events
    assert all(event.text in text for event in received)


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"a"', '{"epcisBody": {"eventList": [1', '{"epcisBody": {"eventList": [1 2]}}', '{"a": 1} x', "[1]",
     '{"epcisBody": {"eventList": [1,]}}', '{"epcisBody": {1: 2}}', '{"a": NaN}', '{"a": "\\ud800"}', "[" * 100_000,
     '{"epcisBody": {"eventList": [' + "[" * 100_000],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        read_document(text)
