"""The bench: write, check and put on in one sequence over a socket, and an honest word for every way it may end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

import mes.kinds  # noqa: F401 - every kind of thing
from labels.llrp.emulated_tag import EmulatedTag
from labels.llrp.emulator import ReaderEmulator
from labels.llrp.faults import Fault
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.ids import new_id
from mes.identity.service import AddReader, add_reader
from mes.traceability.mapping.forms import epcis_events
from mes.traceability.settings import MappingSettings
from tests.conftest import actor
from tests.mes.identity.tagged import NOBODYS_EPC, OTHER_TID, TID, Tagging, build_tagging

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def tagging(database: Database, clock: SetClock, plant: None) -> Tagging:
    return build_tagging(database, clock)


@pytest.fixture
def bench(tagging: Tagging, database: Database, clock: SetClock) -> Iterator[ReaderEmulator]:
    """A bench reader on which one fresh tag lies."""
    emulator = ReaderEmulator([EmulatedTag(TID, NOBODYS_EPC)])
    with emulator.serve() as port:
        command = AddReader(code="BENCH-1", name="Bench", use="bench", host="127.0.0.1", port=port)
        perform(database, actor("planner"), clock, add_reader, command)
        yield emulator


def form(tagging: Tagging, tid: str = TID, index: int = 0, **further: str) -> dict[str, str]:
    return {"command_id": str(new_id()), "subject": tagging.subject(index), "tid": tid, "reader": "BENCH-1", **further}


def test_one_button_writes_checks_and_puts_on(client_as: SignIn, tagging: Tagging, bench: ReaderEmulator) -> None:
    client = client_as("operator")
    lying = client.get(f"/tags/bench/lying?reader=BENCH-1&subject={tagging.subject()}").text
    assert TID in lying
    assert "Write, check and put on" in lying
    done = client.post("/tags/bench/write", data=form(tagging))
    assert done.status_code == 200
    assert "Written and read back as written" in done.text
    assert bench.tag(TID).epc_hex == tagging.elements[0].epc_hex
    [tag] = tagging.tags()
    assert (tag.tid, tag.epc_hex, tag.verified) == (TID, tagging.elements[0].epc_hex, True)


def test_a_tag_that_reads_back_otherwise_is_put_on_nothing(
    client_as: SignIn, tagging: Tagging, bench: ReaderEmulator
) -> None:
    bench.fault(Fault("reads-wrong", TID))
    done = client_as("operator").post("/tags/bench/write", data=form(tagging))
    assert done.status_code == 409
    assert "does not read back as written" in done.text
    assert bench.tag(TID).epc_hex in done.text
    assert not tagging.tags()


def test_a_tag_that_leaves_on_the_way_is_told_as_it_is(
    client_as: SignIn, tagging: Tagging, bench: ReaderEmulator
) -> None:
    bench.fault(Fault("tag-leaves", TID, after_words=2))
    done = client_as("operator").post("/tags/bench/write", data=form(tagging))
    assert done.status_code == 409
    assert "could not be read any more" in done.text
    assert "Not put on" in done.text
    assert not tagging.tags()


def test_nothing_is_written_to_a_tag_that_could_not_be_put_on(
    client_as: SignIn, tagging: Tagging, bench: ReaderEmulator
) -> None:
    tagging.bind(1, TID, NOBODYS_EPC)
    done = client_as("operator").post("/tags/bench/write", data=form(tagging))
    assert done.status_code == 409
    assert "Nothing was written" in done.text
    assert f"is on Element {tagging.elements[1].serial}" in done.text
    assert bench.tag(TID).epc_hex == NOBODYS_EPC


def test_a_reader_that_is_away_is_told_and_nothing_changes(client_as: SignIn, tagging: Tagging) -> None:
    command = AddReader(code="BENCH-1", name="Bench", use="bench", host="127.0.0.1", port=1)
    perform(tagging.database, actor("planner"), tagging.clock, add_reader, command)
    client = client_as("operator")
    lying = client.get(f"/tags/bench/lying?reader=BENCH-1&subject={tagging.subject()}")
    assert (lying.status_code, "No connection to the reader" in lying.text) == (200, True)
    done = client.post("/tags/bench/write", data=form(tagging))
    assert (done.status_code, "Nothing was written" in done.text) == (503, True)
    assert not tagging.tags()


def test_a_broken_tag_is_replaced_with_its_reason_and_the_platform_hears_of_the_new_tid(
    client_as: SignIn, tagging: Tagging, bench: ReaderEmulator
) -> None:
    tagging.bind(0, OTHER_TID)
    done = client_as("inspector").post("/tags/bench/write", data=form(tagging, replace="1", reason="misread"))
    assert done.status_code == 200
    assert [(tag.tid, tag.end_reason) for tag in tagging.tags()] == [(OTHER_TID, "misread"), (TID, None)]
    with tagging.database.writing() as session:
        session.get_one(type(tagging.elements[0]), tagging.elements[0].id).state = "curing"
    tagging.end(0, "lost")
    [told] = epcis_events(tagging.events()[-1].content, MappingSettings())
    document = told.to_json()
    assert document["epcList"] == [tagging.elements[0].digital_link]
    assert (document["pc:processStep"], document["pc:tagId"]) == ("pc:tag_ended", f"TID-{TID}")


def test_what_was_typed_is_put_on_but_not_verified(client_as: SignIn, tagging: Tagging) -> None:
    done = client_as("operator").post("/tags/bench/typed", data=form(tagging, epc_hex="", reader=""))
    assert "no reader has read its EPC yet" in done.text
    assert [(tag.epc_hex, tag.verified) for tag in tagging.tags()] == [(tagging.elements[0].epc_hex, False)]
    refused = client_as("operator").post("/tags/bench/typed", data=form(tagging, "hello", 1, reader=""))
    assert (refused.status_code, "only the digits" in refused.text) == (422, True)


def test_the_bench_finds_a_thing_by_number_or_label(client_as: SignIn, tagging: Tagging) -> None:
    client = client_as("operator")
    for code in (str(tagging.elements[1].serial), tagging.elements[1].digital_link):
        found = client.get("/tags/bench", query_string={"code": code})
        assert tagging.subject(1).replace(":", "%3A") in found.location or tagging.subject(1) in found.location
    assert client.get("/tags/bench", query_string={"code": "nothing"}).status_code == 404


def test_readers_are_added_changed_and_looked_through_by_planners(
    client_as: SignIn, tagging: Tagging, bench: ReaderEmulator
) -> None:
    planner = client_as("planner")
    facts = {"code": "gate-1", "name": "East", "use": "gate", "host": "10.0.0.8", "port": "5084", "antennas": "1, 2"}
    added = planner.post("/readers", data={"command_id": str(new_id()), **facts}, follow_redirects=True)
    assert "GATE-1" in added.text
    refused = planner.post(
        "/readers", data={"command_id": str(new_id()), **facts, "code": "gate-2", "host": "http://x"}
    )
    assert refused.status_code == 422
    row = next(row for row in planner.get("/readers").text.split("/look") if "BENCH-1" in row)
    look = row.rsplit('hx-get="', 1)[1] + "/look"
    assert TID in planner.get(look).text
    assert client_as("operator").get("/readers").status_code == 403


def test_names_are_given_and_tags_taken_off_on_the_things_page(client_as: SignIn, tagging: Tagging) -> None:
    tagging.bind(0, TID)
    planner = client_as("planner")
    given = {"command_id": str(new_id()), "subject": tagging.subject(), "scheme": "plant", "value": "YB-3F-07"}
    assert "YB-3F-07" in planner.post("/tags/names", data=given, follow_redirects=True).text
    off = {"command_id": str(new_id()), "subject": tagging.subject(), "reason": "lost"}
    page = planner.post("/tags/end", data=off, follow_redirects=True).text
    assert "Wears no RFID tag" not in page
    assert "Lost" in page
    assert tagging.tags()[0].end_reason == "lost"
