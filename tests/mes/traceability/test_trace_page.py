"""The page behind an element's QR code: who is told what, and how it is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from mes.config import Settings
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.files import StoredFile
from mes.identity.service.aliases import GiveAlias, TakeAlias, give_alias, take_alias
from mes.ledger.checkpoints import MakeCheckpoint, make_all
from mes.ledger.keys import LedgerKeys
from mes.orders.models import Element
from mes.traceability.story import policy, records_of_serial, tell
from mes.traceability.story.policy import read_policy
from mes.traceability.story.telling import tellers
from tests.conftest import actor
from tests.factories import create_order, elements_of
from tests.mes.traceability.plant_life import CAST_DATA, PHOTO, live, take_step

ClientAs = Callable[..., FlaskClient]
AUDIENCES = {"p": "public", "c": "contractor", "s": "supervisor", "a": "authority"}
EXPECTED = {  # written out a second time on purpose: nobody widens an audience in one place alone
    "element.code": "pcsa",
    "element.type": "pcsa",
    "element.number": "pcsa",
    "element.project": "pcsa",
    "element.other_codes": "pcsa",
    "element.permit": "pcsa",
    "element.place": "pcsa",
    "element.size": "pcsa",
    "element.volume": "pcsa",
    "element.mass": "pcsa",
    "element.strength_class": "pcsa",
    "element.drawing": "pcsa",
    "element.kinship": "pcsa",
    "element.state": "pcsa",
    "element.state_in_doubt": "pcsa",
    "element.tag": "a",
    "producer": "pcsa",
    "production.day": "pcsa",
    "verdict": "pcsa",
    "certificate": "pcsa",
    "certificate.file": "csa",
    "wrong": "pcsa",
    "wrong.details": "csa",
    "materials.makers": "pcsa",
    "materials.papers": "sa",
    "parties": "pcsa",
    "people.roles": "pcsa",
    "people.on_the_way": "csa",
    "people.responsible": "sa",
    "people.everyone": "a",
    "hidden_works": "sa",
    "measurements": "sa",
    "strength": "sa",
    "witness": "sa",
    "deliveries": "csa",
    "deliveries.driver": "a",
    "site": "csa",
    "installation": "csa",
    "life.course": "pcsa",
    "life.making": "pcsa",
    "life.testing": "sa",
    "life.transport": "csa",
    "life.site": "csa",
    "life.arrival": "p",
    "life.remarks": "sa",
    "life.inside": "a",
    "proof": "pcsa",
    "proof.file": "a",
}
ON_THE_PAGE = {  # words that stand on the page of the life below → who may read them
    "HGZ-260112-0001": "pcsa",
    "闽南钢材": "pcsa",
    "C260112-07": "pcsa",
    "certificate.pdf": "csa",
    "闽D·12345": "csa",
    "P30-2": "sa",
    "24.3": "sa",
    f"photos/{PHOTO}": "csa",
    "Strength tested": "sa",
    "Responsible-Person": "sa",
    "Head of production": "pcsa",  # by role for all
    "Head-By-Name": "sa",
    "Received on site": "pcsa",
    "Moved in the yard": "a",
    "3014257BF4": "a",
    "proof.json": "a",
}


@pytest.fixture
def element(database: Database, clock: SetClock, plant: None, monkeypatch: pytest.MonkeyPatch) -> Element:
    """An element with a whole life, done by a person whose name would be noticed."""
    monkeypatch.setattr("tests.mes.traceability.plant_life.actor", lambda role: actor(role, "Responsible-Person"))
    head = {"name": "Head-By-Name", "organisation": "示范构件有限公司"}
    monkeypatch.setitem(CAST_DATA, "production_head", head)
    made = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)]))[0]
    live(database, clock, [made.id])
    return made


@pytest.fixture
def sealed(element: Element, database: Database, clock: SetClock, settings: Settings) -> Element:
    """The same, its ledger sealed by a checkpoint."""
    make_all(database, actor("admin"), clock, LedgerKeys(settings.data), MakeCheckpoint())
    return element


def address(element: Element, words: str = "?lang=en") -> str:
    """The page of an element."""
    return f"/01/{element.gtin}/21/{element.serial}{words}"


@pytest.fixture
def readers(app: Flask, client_as: ClientAs, element: Element) -> dict[str, FlaskClient]:
    """Somebody of each audience."""
    return {
        "p": app.test_client(),
        "c": client_as("receiver", (element.project_id,)),
        "s": client_as("supervisor"),
        "a": client_as("authority"),
    }


def test_the_table_is_as_agreed_and_every_row_has_one_who_tells_it() -> None:
    table = policy()
    assert {fact: {AUDIENCES[one] for one in who} for fact, who in EXPECTED.items()} == {
        fact: set(row.audiences) for fact, row in table.facts.items()
    }
    assert set(tellers()) == set(table.facts)
    assert not table.tells("people.names", "authority")
    assert not table.tells("people.everyone", "everybody")


def test_a_table_that_names_what_is_not_there_is_refused() -> None:
    good = {"audiences": ["public"], "roles": {}, "facts": {"x": {"for": ["public"], "source": "y"}}, "life": {}}
    assert read_policy(good).tells("x", "public")
    for wrong in (
        {"facts": {"x": {"for": ["stranger"], "source": "y"}}},
        {"facts": {"x": {"for": ["public"], "source": ""}}},
        {"life": {"element.cast": ["life.nowhere", "x", "info"]}},
        {"roles": {"receiver": "stranger"}},
    ):
        with pytest.raises(ValueError, match=r"not there|no source"):
            read_policy(good | wrong)


def test_each_audience_is_told_its_facts_and_no_other(sealed: Element, database: Database, clock: SetClock) -> None:
    with database.reading() as session:
        records = records_of_serial(session, sealed.serial, clock.now())
        known = {fact for fact, teller in tellers().items() if teller(records) is not None}
        for letter, audience in AUDIENCES.items():
            assert set(tell(records, audience)) == {fact for fact in known if letter in EXPECTED[fact]}
        assert tell(records, "everybody") == {}
    assert {"people.everyone", "deliveries", "strength", "hidden_works", "proof.file", "life.inside"} <= known


def test_no_page_holds_a_word_that_its_audience_may_not_read(sealed: Element, readers: dict[str, FlaskClient]) -> None:
    for letter, client in readers.items():
        page = client.get(address(sealed)).text
        told = {word: word in page for word in ON_THE_PAGE}
        assert told == {word: letter in who for word, who in ON_THE_PAGE.items()}, AUDIENCES[letter]


def test_a_receiver_of_another_project_reads_as_the_public(
    element: Element, client_as: ClientAs, database: Database, clock: SetClock
) -> None:
    other = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 1)], project="XM-02"))[0]
    stranger = client_as("receiver", (other.project_id,))
    assert "闽D·12345" not in stranger.get(address(element)).text
    assert stranger.get(f"/trace/{element.serial}/certificate.pdf").status_code == 404


def test_only_who_may_reads_as_others(element: Element, client_as: ClientAs) -> None:
    as_authority = address(element, "?lang=en&as=authority")
    assert "Moved in the yard" in client_as("quality_manager").get(as_authority).text
    assert "Moved in the yard" not in client_as("quality_manager").get(address(element)).text
    assert "Moved in the yard" not in client_as("supervisor").get(as_authority).text


def test_what_hangs_on_the_page_is_given_only_to_whom_it_is_told(
    sealed: Element, readers: dict[str, FlaskClient], app: Flask, database: Database, clock: SetClock
) -> None:
    with database.writing() as session:
        session.add(StoredFile(sha256=PHOTO, media_type="image/jpeg", size_bytes=3, stored_at=clock.now()))
    target = app.extensions["mes_files"].path(PHOTO)
    target.parent.mkdir(parents=True)
    target.write_bytes(b"jpg")
    base = f"/trace/{sealed.serial}"
    for letter, client in readers.items():
        assert client.get(f"{base}/photos/{PHOTO}").status_code == (404 if letter == "p" else 200)
        assert client.get(f"{base}/photos/{'0' * 64}").status_code == 404
        assert client.get(f"{base}/certificate.pdf").status_code == (404 if letter == "p" else 200)
        assert client.get(f"{base}/proof.json").status_code == (200 if letter == "a" else 404)
    proof = json.loads(readers["a"].get(f"{base}/proof.json").data)
    assert (proof["subject"], proof["later_events"]) == (f"element:{sealed.serial}", 0)
    assert readers["p"].get("/trace/999999/certificate.pdf").status_code == 404


def test_the_page_says_how_far_it_is_sealed(
    element: Element, app: Flask, database: Database, clock: SetClock, settings: Settings
) -> None:
    client = app.test_client()
    assert "none of them is sealed" in client.get(address(element)).text
    make_all(database, actor("admin"), clock, LedgerKeys(settings.data), MakeCheckpoint())
    assert "records are sealed by the signed checkpoint" in client.get(address(element)).text
    take_step(database, clock, [element.id], "element.moved")
    assert "the others follow with the next one" in client.get(address(element)).text


def test_the_public_page_is_small_kept_by_caches_and_leaves_no_cookie(element: Element, app: Flask) -> None:
    client = app.test_client()
    answer = client.get(address(element))
    assert len(answer.data) < 60_000
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"].startswith("public, max-age=60")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    again = client.get(address(element), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for heavy in ("<script", "<iframe", 'style="', "https://fonts"):
        assert heavy not in answer.text


def test_the_code_that_the_city_asks_for_stands_on_the_page(
    element: Element, app: Flask, database: Database, clock: SetClock
) -> None:
    subject = f"element:{element.serial}"
    for scheme, value in (("fujian", "35020A0001161123001K"), ("plant", "A-17"), ("handle", "88.118.8/JX1")):
        named = GiveAlias(subject=subject, scheme=scheme, value=value)
        given = perform(database, actor("planner"), clock, give_alias, named)
    perform(database, actor("planner"), clock, take_alias, TakeAlias(alias_id=given.id))
    page = app.test_client().get(address(element)).text
    assert "<dt>Code of building parts, Fujian province</dt><dd>35020A0001161123001K</dd>" in page
    assert "A-17" not in page
    assert "88.118.8/JX1" not in page


def test_the_drawing_is_lines_without_a_stylesheet(element: Element, app: Flask) -> None:
    page = app.test_client().get(address(element)).text
    assert re.search(r'<svg class="drawing"[^>]* fill="none" stroke="#54564f"', page)


def test_search_engines_keep_nothing(element: Element, app: Flask) -> None:
    answer = app.test_client().get(address(element))
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<meta name="robots" content="noindex, nofollow">' in answer.text


def test_anybody_may_keep_the_checkpoint_and_no_name_is_in_it(sealed: Element, app: Flask) -> None:
    client = app.test_client()
    assert "/trace/checkpoint.json" in client.get(address(sealed)).text
    kept = client.get("/trace/checkpoint.json")
    assert json.loads(kept.data)["format"] == "precast-mes/checkpoint"
    assert "Responsible-Person" not in kept.text


def test_what_others_read_is_kept_by_no_cache(readers: dict[str, FlaskClient], element: Element) -> None:
    for letter in "csa":
        assert readers[letter].get(address(element)).headers["Cache-Control"] == "private, no-cache"


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


def test_the_statements_of_a_page_do_not_grow_with_its_story(
    element: Element, readers: dict[str, FlaskClient], database: Database, clock: SetClock
) -> None:
    def counted(client: FlaskClient) -> int:
        with statements(database) as sent:
            assert client.get(address(element)).status_code == 200
        return len([one for one in sent if not one.startswith("BEGIN")])

    before = {letter: counted(client) for letter, client in readers.items()}
    assert max(before.values()) <= 12
    for _ in range(12):
        take_step(database, clock, [element.id], "element.moved")
    assert {letter: counted(client) for letter, client in readers.items()} == before


def test_no_statement_of_a_page_reads_a_table_whole(
    element: Element, readers: dict[str, FlaskClient], database: Database
) -> None:
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads small tables whole, and is right")
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, given: Any, *_rest: object) -> None:
        sent.append((statement, given))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        assert readers["a"].get(address(element)).status_code == 200
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    with database.engine.connect() as connection:
        cursor = connection.connection.cursor()
        plans = [
            row[3]
            for statement, given in sent
            if statement.startswith("SELECT")
            for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", given).fetchall()
        ]
    whole = {plan for plan in plans if plan.startswith("SCAN") and " plant" not in plan and "checkpoint" not in plan}
    assert whole == set()
    assert len(plans) > 5


def test_a_replaced_element_names_its_successor_and_tells_what_was_wrong(
    app: Flask, database: Database, clock: SetClock
) -> None:
    old, new = elements_of(database, create_order(database, clock, [("DBS1-67-3620-31", 2)]))
    live(database, clock, [old.id], until="set_up")
    take_step(database, clock, [old.id], "report_nonconformity", "NC-1")
    take_step(database, clock, [old.id], "scrap")
    with database.writing() as session:
        row = session.get(Element, new.id)
        assert row is not None
        row.replaces_id = old.id
    client = app.test_client()
    page = client.get(address(old)).text
    assert "must not be installed" in page
    assert "Not qualified: scrapped" in page
    assert address(new, "") in page
    assert address(old, "") in client.get(address(new)).text


def test_a_record_declared_to_be_wrong_stands_but_proves_nothing(
    element: Element, app: Flask, database: Database, clock: SetClock
) -> None:
    with database.reading() as session:
        records = records_of_serial(session, element.serial, clock.now())
    installed = records.of_kind("element.installed")[0]
    about = {"event": {"id": installed.id, "kind": installed.kind}}
    declaration = replace(
        installed,
        sequence=installed.sequence + 1,
        id="another",
        kind="event.declared_wrong",
        content={**installed.content, "kind": "event.declared_wrong", "data": about},
    )
    wrong = replace(records, events=(*records.events, declaration))
    told = tell(wrong, "contractor")
    assert "installation" in tell(records, "contractor")
    assert "installation" not in told
    assert [bool(step.wrong) for step in told["life.site"]] == [False, True, False]


def test_the_table_of_cities_says_what_the_page_does() -> None:
    text = (Path(__file__).parents[3] / "docs/contracts/trace-page.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| [^|]+ \| `([a-z._]+)`[^|]*((?:\| (?:yes|–) ){4})\|$", text, re.MULTILINE)
    assert len(rows) > 15
    for fact, marks in rows:
        marked = zip("pcsa", re.findall(r"yes|–", marks), strict=True)
        told = "".join(letter for letter, mark in marked if mark == "yes")
        expected = EXPECTED[fact] if fact != "life.arrival" else EXPECTED[fact] + EXPECTED["life.site"]
        assert told == expected, fact
