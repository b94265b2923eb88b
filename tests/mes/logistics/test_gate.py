"""At the gate: what is read of a lorry against its note; by a reader over a socket, and by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from labels.llrp.emulated_tag import EmulatedTag
from mes.core.clock import SetClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.errors import Forbidden, InvalidInput
from mes.core.ids import new_id
from mes.identity.models import TagReader
from mes.identity.service import LookAfresh, ReplaceTag, look_afresh, replace_tag
from mes.identity.service.sightings import forget_old_sightings
from mes.ledger.queries import events_of
from mes.logistics import service
from mes.logistics.gate.checks import last_check
from mes.logistics.gate.service import FinishCheck, NothingRead, finish_check
from mes.logistics.gate.typing_in import read_lines
from tests.conftest import NOW, actor
from tests.mes.logistics.gate_stage import GateStage, build_gate, emulator_of, listening, tid_of, until


@pytest.fixture(scope="module")
def lorry(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, GateStage]:
    """The lorry at the gate, made once; each test works on a copy."""
    file = tmp_path_factory.mktemp("gate") / "mes.sqlite"
    shutil.copy(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    made = build_gate(database, SetClock(NOW))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return file, made


@pytest.fixture
def gate(lorry: tuple[Path, GateStage], clock: SetClock, tmp_path: Path) -> Iterator[GateStage]:
    file, made = lorry
    database = Database(f"sqlite:///{shutil.copy(file, tmp_path / 'gate.sqlite')}")
    yield replace(made, stage=replace(made.stage, database=database, clock=clock))
    database.dispose()


def serials(found: object) -> list[int]:
    return [one.element.serial for one in found]  # type: ignore[attr-defined]


def test_a_lorry_of_eight_with_one_missing_one_extra_and_one_of_another_project(
    gate: GateStage, clock: SetClock
) -> None:
    gate.bind(*gate.on_note)
    read, missing, extra = gate.on_note[:7], gate.on_note[7], gate.in_yard[0]
    emulator = emulator_of(*read, extra, gate.foreign)
    emulator.put(EmulatedTag("E28011606000FFFFFFFFFFFF", "E28011606000020000000001"))  # nobody's
    with emulator.serve() as port:
        reader_id = gate.add_gate(port)
        with listening(gate.database, clock):
            until(lambda: len(gate.sightings(reader_id)) == 10)
            view = gate.view(reader_id)
    stands = view.comparison
    assert stands is not None
    assert (stands.delivery.id, view.chosen) == (gate.delivery_id, False)
    assert (stands.read, len(stands.on_note)) == (7, 8)
    assert [one.item.element.serial for one in stands.missing] == [missing.serial]
    assert serials(stands.extra) == [extra.serial]
    assert stands.extra[0].slot_code == "A-01"
    assert serials(stands.other_project) == [gate.foreign.serial]
    assert [one.epc_hex for one in stands.unknown] == ["E28011606000020000000001"]
    assert stands.differences == 3


def test_a_lost_reader_is_told_and_found_again_and_stops_no_other(gate: GateStage, clock: SetClock) -> None:
    dead, alive = emulator_of(), emulator_of(*gate.on_note[:2])
    with dead.serve() as port:
        pass
    lost_port = port
    with alive.serve() as alive_port:
        lost_id, alive_id = gate.add_gate(lost_port, "GATE-1"), gate.add_gate(alive_port, "GATE-2")
        with listening(gate.database, clock):
            until(lambda: gate.reader(lost_id).fault is not None and len(gate.sightings(alive_id)) == 2)
            with emulator_of(gate.in_yard[0]).serve(lost_port):
                until(lambda: len(gate.sightings(lost_id)) == 1)
                assert gate.reader(lost_id).fault is None
            alive.cut()
            alive.put(EmulatedTag(tid_of(gate.on_note[2]), gate.on_note[2].epc_hex))
            until(lambda: len(gate.sightings(alive_id)) == 3)
    assert gate.reader(alive_id).lease_owner is None


def test_a_reader_that_is_switched_off_is_let_go(gate: GateStage, clock: SetClock) -> None:
    with emulator_of(gate.on_note[0]).serve() as port:
        reader_id = gate.add_gate(port)
        with listening(gate.database, clock):
            until(lambda: len(gate.sightings(reader_id)) == 1)
            with gate.database.writing() as session:
                session.get_one(TagReader, reader_id).active = False
            until(lambda: gate.reader(reader_id).lease_owner is None)


def test_a_tag_is_one_passage_until_it_was_away(gate: GateStage, clock: SetClock) -> None:
    with emulator_of(gate.on_note[0]).serve() as port:
        reader_id = gate.add_gate(port)
        with listening(gate.database, clock):
            until(lambda: any(one.count > 1 for one in gate.sightings(reader_id)))
            assert len(gate.sightings(reader_id)) == 1
            clock.advance(seconds=11)
            until(lambda: len(gate.sightings(reader_id)) == 2)


def test_what_was_put_aside_is_not_of_the_next_lorry(gate: GateStage, clock: SetClock) -> None:
    with emulator_of(gate.on_note[0]).serve() as port:
        reader_id = gate.add_gate(port)
        with listening(gate.database, clock):
            until(lambda: len(gate.sightings(reader_id)) == 1)
    clock.advance(seconds=1)
    perform(gate.database, actor("operator"), clock, look_afresh, LookAfresh(reader_id=reader_id))
    assert gate.view(reader_id).tag_count == 0


def test_without_a_reader_a_handhelds_list_tells_the_same(gate: GateStage) -> None:
    kept = gate.read_by_hand(*(element.epc_hex for element in gate.on_note))
    assert (kept.taken, kept.read, kept.differences) == (8, 8, 0)
    again = gate.read_by_hand(*(element.epc_hex for element in gate.on_note))
    assert (again.taken, again.repeated) == (0, 8)
    stands = gate.view(chosen=True).comparison
    assert stands is not None
    assert stands.is_complete


def test_a_replaced_tag_counts_for_nothing_but_is_shown(gate: GateStage, clock: SetClock) -> None:
    element = gate.on_note[0]
    gate.bind(element)
    command = ReplaceTag(
        subject=f"element:{element.serial}", tid="E280116060000000000000AA", epc_hex=element.epc_hex, reason="broken"
    )
    perform(gate.database, actor("operator"), clock, replace_tag, command)
    with emulator_of(element).serve() as port:
        reader_id = gate.add_gate(port)
        with listening(gate.database, clock):
            until(lambda: len(gate.sightings(reader_id)) == 1)
    stands = gate.view(reader_id, chosen=True).comparison
    assert stands is not None
    assert stands.read == 0
    assert [(tag.tid, found and found.serial) for _, tag, found in stands.ended] == [(tid_of(element), element.serial)]
    assert [one.old_tag for one in stands.on_note] == [True] + [False] * 7


def test_a_finished_check_is_in_the_ledger_and_on_the_delivery(gate: GateStage) -> None:
    missing, extra = gate.on_note[7], gate.in_yard[1]
    gate.read_by_hand(*(element.epc_hex for element in (*gate.on_note[:7], extra, gate.foreign)))
    done = gate.finish()
    assert (done.read, done.on_note, done.differences) == (7, 8, 3)
    with gate.database.reading() as session:
        delivery = gate.stage.delivery(gate.delivery_id)
        event = events_of(session, f"delivery:{delivery.sscc}")[-1]
        check = last_check(session, delivery)
    assert event.kind == "delivery.gate_checked"
    facts = event.content["data"]
    assert (facts["missing"], facts["extra"], facts["other_project"]) == (
        [missing.serial],
        [extra.serial],
        [gate.foreign.serial],
    )
    assert check is not None
    assert (check.differences, check.is_complete, check.by) == (3, False, "operator")


def test_nothing_read_is_no_check(gate: GateStage) -> None:
    with pytest.raises(NothingRead):
        gate.finish()


def test_a_change_of_the_load_ends_what_a_check_says(gate: GateStage) -> None:
    gate.read_by_hand(*(element.epc_hex for element in gate.on_note))
    gate.finish()
    gate.stage.load(gate.delivery_id, 8)
    with gate.database.reading() as session:
        check = last_check(session, gate.stage.delivery(gate.delivery_id))
    assert check is not None
    assert (check.still_holds, check.is_complete) == (False, False)


def depart(gate: GateStage, reason: str = "") -> None:
    command = service.Depart(delivery_id=gate.delivery_id, gate_reason=reason)
    perform(gate.database, gate.stage.operator, gate.stage.clock, service.depart, command)


def departure(gate: GateStage) -> dict[str, object]:
    with gate.database.reading() as session:
        facts = events_of(session, f"element:{gate.on_note[0].serial}")[-1].content["data"]
    return {name: value for name, value in facts.items() if name.startswith("gate")}


def test_a_lorry_leaves_unchecked_only_with_a_reason_where_a_gate_is_used(gate: GateStage) -> None:
    gate.add_gate(1)
    with pytest.raises(service.GateReasonNeeded, match="not checked"):
        depart(gate)
    assert gate.stage.delivery(gate.delivery_id).state == "loading"
    depart(gate, "断电")
    assert departure(gate) == {"gate_check": None, "gate_reason": "断电"}


def test_differences_ask_for_a_reason_and_are_kept_with_it(gate: GateStage) -> None:
    gate.read_by_hand(*(element.epc_hex for element in gate.on_note[:7]))
    gate.finish()
    with pytest.raises(service.GateReasonNeeded, match="1 differences"):
        depart(gate)
    depart(gate, "标签被遮挡")
    kept = departure(gate)
    assert kept["gate_reason"] == "标签被遮挡"
    assert kept["gate_check"]["missing"] == [gate.on_note[7].serial]  # type: ignore[index]


def test_a_lorry_that_was_in_order_leaves_without_a_word(gate: GateStage) -> None:
    gate.add_gate(1)
    gate.read_by_hand(*(element.epc_hex for element in gate.on_note))
    gate.finish()
    depart(gate)
    assert "gate_reason" not in departure(gate)


def test_where_no_gate_is_used_nothing_is_asked(gate: GateStage) -> None:
    depart(gate)
    assert departure(gate) == {}


def test_a_list_is_read_with_heading_tids_serials_and_links(gate: GateStage) -> None:
    one, two, three, four = gate.on_note[:4]
    text = (
        f"EPC;TID;time\n{one.epc_hex};{tid_of(one)};10:02\n{two.epc_hex.lower()}\n{three.serial}\n{four.digital_link}\n"
    )
    with gate.database.reading() as session:
        lines = read_lines(session, gate.stage.operator, text)
    assert [(line.epc_hex, line.tid) for line in lines] == [
        (one.epc_hex, tid_of(one)),
        (two.epc_hex, ""),
        (three.epc_hex, ""),
        (four.epc_hex, ""),
    ]


def test_a_bad_line_is_named_and_nothing_of_the_list_is_taken(gate: GateStage) -> None:
    with gate.database.reading() as session, pytest.raises(InvalidInput) as refused:
        read_lines(session, gate.stage.operator, f"{gate.on_note[0].epc_hex}\nhello\n999999\n")
    assert [fault.where for fault in refused.value.faults] == ["2", "3"]


@pytest.mark.parametrize("role", ["inspector", "receiver", "supervisor"])
def test_others_do_not_finish_checks(gate: GateStage, role: str) -> None:
    gate.read_by_hand(gate.on_note[0].epc_hex)
    with pytest.raises(Forbidden):
        perform(gate.database, actor(role), gate.stage.clock, finish_check, FinishCheck(delivery_id=gate.delivery_id))
    assert gate.stage.count_events("delivery.gate_checked") == 0


def test_a_handheld_sends_its_reads_and_hears_how_the_note_stands(
    client_as: Callable[..., FlaskClient], database: Database, clock: SetClock, plant: None
) -> None:
    gate = build_gate(database, clock, with_plant=False)
    number = gate.stage.delivery(gate.delivery_id).number
    reads = [{"id": str(new_id()), "epc_hex": element.epc_hex} for element in gate.on_note[:6]]
    client = client_as("operator")
    sent = {"command_id": str(new_id()), "delivery": number, "reads": reads}
    answer = client.post("/api/v1/gate-reads", json=sent)
    assert answer.json == {
        "delivery": number, "taken": 6, "repeated": 0, "on_note": 8, "read": 6, "differences": 2
    }  # fmt: skip
    again = client.post("/api/v1/gate-reads", json={**sent, "command_id": str(new_id())})
    assert again.json is not None
    assert (again.json["taken"], again.json["repeated"]) == (0, 6)
    never = {"command_id": str(new_id()), "occurred_at": "0001-01-01T00:00:00+14:00"}
    assert client.post("/api/v1/gate-reads", json={**sent, **never}).status_code == 422
    foreign = client_as("receiver", (gate.foreign.project_id,))
    assert foreign.post("/api/v1/gate-reads", json=sent).status_code == 403


def test_sightings_are_forgotten_after_seven_days(gate: GateStage, clock: SetClock) -> None:
    gate.read_by_hand(gate.on_note[0].epc_hex)
    clock.advance(days=7)
    assert forgotten(gate) == 0
    clock.advance(seconds=1)
    assert forgotten(gate) == 1


def forgotten(gate: GateStage) -> int:
    """How many sightings the worker's next look forgets."""
    with gate.database.writing() as session:
        return forget_old_sightings(Work(session, actor("operator"), gate.stage.clock))
