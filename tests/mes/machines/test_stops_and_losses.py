"""Stops get their reasons, and planned time finds its causes, from what machines told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from lines.losses import Cause, LossKind
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.core.errors import Forbidden, InvalidInput
from mes.core.ids import new_id
from mes.ledger.models import LedgerEvent
from mes.machines.losses import LineAccount, day_period, line_account, shift_periods, standstills, unexplained
from mes.machines.models import StateInterval
from mes.machines.reasons import stop_reasons
from mes.machines.service.stops import NameStop, NoStop, StopNamed, name_stop
from mes.planning import queries as planning
from tests.conftest import actor
from tests.mes.machines.shift_story import ToldLine, told_line

SignIn = Callable[..., FlaskClient]
EIGHT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # a Monday, 08:00 in Shanghai


def at(minute: float) -> datetime:
    return EIGHT + timedelta(minutes=minute)


@pytest.fixture
def line(database: Database, clock: SetClock, plant: None) -> ToldLine:
    """The slab line, its machines idle since 07:00."""
    clock.at = at(-60)
    found = told_line(database, clock, loads=1)
    found.tell((at(-60), kind, {"state": "idle", "pallet": 0}) for kind in found.kinds)
    return found


@pytest.fixture
def stopped(line: ToldLine) -> ToldLine:
    """Casting works from 08:00 and stands from 08:20 to 08:45: holding, held, aborted."""
    line.tell(
        [
            (at(0), "casting", {"state": "execute", "pallet": 3}),
            (at(20), "casting", {"state": "holding"}),
            (at(21), "casting", {"state": "held"}),
            (at(40), "casting", {"state": "aborted"}),
            (at(45), "casting", {"state": "execute"}),
            (at(60), "casting", {"state": "idle", "pallet": 0}),
        ]
    )
    line.clock.at = at(90)
    return line


def interval(line: ToldLine, state: str) -> StateInterval:
    with line.database.reading() as session:
        query = select(StateInterval).where(StateInterval.device == "SL/casting", StateInterval.state == state)
        return session.scalars(query.order_by(StateInterval.started_at)).all()[-1]


def name(line: ToldLine, interval_id: UUID, reason: str, role: str = "operator", **further: object) -> StopNamed:
    command = NameStop(interval_id=interval_id, reason_code=reason, **further)  # type: ignore[arg-type]
    return perform(line.database, actor(role), line.clock, name_stop, command)


def accounts(line: ToldLine) -> LineAccount:
    zone = line.clock.zone
    with line.database.reading() as session:
        found = planning.lines(session)[0]
        return line_account(session, found, day_period(EIGHT.date(), zone), line.clock.now(), zone)


def losses_of(line: ToldLine, kind: str) -> dict[Cause, float]:
    account = next(one.account for one in accounts(line).stations if one.station.kind == kind)
    return {cause: length.total_seconds() / 60 for cause, length in account.losses.items()}


def open_stops(line: ToldLine) -> list[tuple[str, float]]:
    zone = line.clock.zone
    with line.database.reading() as session:
        found = planning.lines(session)[0]
        period = day_period(EIGHT.date(), zone)
        listed = unexplained(standstills(session, found, period, line.clock.now(), zone))
        return [(one.station.kind, one.planned.total_seconds() / 60) for one in listed]


def test_stops_that_follow_one_another_are_one_standstill_with_one_reason(stopped: ToldLine) -> None:
    assert open_stops(stopped) == [("casting", 25.0)]
    name(stopped, interval(stopped, "held").id, "hydraulic")
    assert open_stops(stopped) == []
    assert losses_of(stopped, "casting")[Cause(LossKind.STOP, reason="hydraulic")] == 25.0


def test_a_stop_below_the_limit_wants_no_reason(line: ToldLine) -> None:
    limit = stop_reasons().unexplained_after.total_seconds() / 60
    line.tell([(at(0), "casting", {"state": "held"}), (at(limit), "casting", {"state": "idle"})])
    assert open_stops(line) == []
    line.tell([(at(60), "casting", {"state": "held"}), (at(61 + limit), "casting", {"state": "idle"})])
    assert open_stops(line) == [("casting", limit + 1)]


def test_a_machine_that_stands_outside_working_time_wants_no_reason(line: ToldLine) -> None:
    # People work from 13:00 on again; the machine was off from 11:40 to 12:50.
    line.tell([(at(220), "casting", {"state": "stopped"}), (at(290), "casting", {"state": "idle"})])
    line.clock.at = at(400)
    assert open_stops(line) == []


def test_a_stop_is_split_where_its_second_part_had_another_reason(stopped: ToldLine) -> None:
    name(stopped, interval(stopped, "held").id, "hydraulic")
    later = name(stopped, interval(stopped, "held").id, "concrete_missing", begins_at=at(30))
    lost = losses_of(stopped, "casting")
    # holding and the first 9 minutes of held: hydraulic; from 08:30 to the end of the standstill: concrete.
    assert lost[Cause(LossKind.STOP, reason="hydraulic")] == 10.0
    assert lost[Cause(LossKind.STOP, reason="concrete_missing")] == 15.0
    assert later.interval_id != interval(stopped, "holding").id


def test_who_names_a_stop_anew_leaves_the_first_word_in_the_ledger(stopped: ToldLine) -> None:
    held = interval(stopped, "held").id
    name(stopped, held, "hydraulic", note="hose")
    name(stopped, held, "electrical")
    with stopped.database.reading() as session:
        events = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "machine.stop_named")).all()
    told = [(event.content["data"]["stop"]["reason_code"], event.content["data"]["stop"]["before"]) for event in events]
    assert told == [
        ("hydraulic", {"reason_code": None, "note": None, "named_by": None}),
        ("electrical", {"reason_code": "hydraulic", "note": "hose", "named_by": "operator"}),
    ]


def test_naming_twice_by_the_same_tap_is_once(stopped: ToldLine) -> None:
    held, command_id = interval(stopped, "held").id, new_id()
    first = name(stopped, held, "hydraulic", command_id=command_id, begins_at=at(30))
    assert name(stopped, held, "hydraulic", command_id=command_id, begins_at=at(30)) == first
    with stopped.database.reading() as session:
        assert len(session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "machine.stop_named")).all()) == 1


def test_what_is_no_stop_cannot_be_named(stopped: ToldLine) -> None:
    held = interval(stopped, "held").id
    with pytest.raises(NoStop):
        name(stopped, interval(stopped, "execute").id, "hydraulic")
    with pytest.raises(InvalidInput):
        name(stopped, held, "the cat")
    with pytest.raises(InvalidInput):
        name(stopped, held, "hydraulic", begins_at=at(41))
    with pytest.raises(Forbidden):
        name(stopped, held, "hydraulic", role="supervisor")
    assert interval(stopped, "held").reason_code is None


def test_waiting_is_booked_on_the_station_that_caused_it(stopped: ToldLine) -> None:
    # Hidden works (before casting) has its pallet ready from 08:25 and gets rid of it at 08:45; compaction behind
    # casting has nothing to do. People begin at 07:30, and now it is 09:30.
    stopped.tell(
        [
            (at(5), "hidden-works", {"state": "execute", "pallet": 4}),
            (at(25), "hidden-works", {"state": "suspended"}),
            (at(45), "hidden-works", {"state": "idle", "pallet": 0}),
        ]
    )
    stopped.clock.at = at(90)
    blocked = losses_of(stopped, "hidden-works")
    assert blocked[Cause(LossKind.BLOCKED, station="SL-casting")] == 20.0
    starved = losses_of(stopped, "compaction")
    assert starved[Cause(LossKind.STARVED, station="SL-casting")] == 60.0
    caused = {station.kind: (own, others) for station, own, others in accounts(stopped).caused()}
    assert caused["casting"][0] >= timedelta(minutes=25)
    assert caused["casting"][1] >= timedelta(minutes=80)


def test_every_machines_parts_add_up_to_its_planned_time(stopped: ToldLine) -> None:
    for one in accounts(stopped).stations:
        assert one.account.worth + sum(one.account.losses.values(), timedelta()) == one.account.planned
        expected = timedelta(minutes=120) if one.station.work != "unattended" else timedelta(hours=9, minutes=30)
        assert one.account.planned == expected


def test_the_shifts_of_a_day_are_the_windows_of_its_calendar(line: ToldLine) -> None:
    with line.database.reading() as session:
        found = planning.lines(session)[0]
        assert [one.code for one in shift_periods(found, EIGHT.date(), line.clock.zone)] == ["0730-1130", "1300-1730"]
        assert shift_periods(found, (EIGHT - timedelta(days=1)).date(), line.clock.zone) == []  # a Sunday


def test_quality_counts_elements_that_had_no_fault_before_acceptance(line: ToldLine) -> None:
    floor = line.floor
    line.clock.at = at(0)
    floor.run_up_to("hidden-works")
    floor.start("hidden-works")
    floor.accept_hidden_works()
    floor.assign_batch()
    floor.run(["casting", "compaction", "roughening", "curing"])
    floor.release_for_demoulding()
    floor.run(["demoulding"])
    line.clock.advance(minutes=1)
    found = accounts(line)
    assert (found.good, found.total) == (2, 2)
    floor.put_aside(floor.element_ids[0][0], "report_nonconformity")
    found = accounts(line)
    assert (found.good, found.total) == (1, 2)
    demoulding = next(one for one in found.stations if one.station.kind == "demoulding")
    assert demoulding.account.quality == 0.5
    assert demoulding.account.output.cycles == 1


def test_an_operator_explains_a_stop_with_two_taps(stopped: ToldLine, client_as: SignIn) -> None:
    stopped.tell([(at(90), "casting", {"state": "held"})])
    stopped.clock.at = at(97)
    client = client_as("operator")
    page = client.get("/machines/device/SL/casting").text
    assert "Stopped since 09:30 – why?" in page
    tiles = client.get(f"/machines/stops/{interval(stopped, 'held').id}").text
    assert tiles.count('class="reason reason-') == len(stop_reasons().reasons)
    answer = client.post(
        f"/machines/stops/{interval(stopped, 'held').id}",
        data={"command_id": str(new_id()), "reason_code": "crane_busy"},
        follow_redirects=True,
    )
    assert "Reason noted: Waiting for the crane" in answer.text
    assert "– why?" not in answer.text


def test_the_shift_leader_finds_unexplained_stops_by_shift_and_line(stopped: ToldLine, client_as: SignIn) -> None:
    client = client_as("operator")
    listed = client.get("/machines/stops?day=2026-11-23&line=SL&shift=0730-1130").text
    assert "Name the reason" in listed
    assert "08:20–08:45" in listed
    assert "Every longer stop is explained" in client.get("/machines/stops?day=2026-11-23&shift=1300-1730").text
    assert client.get("/machines/stops?line=XX").status_code == 404
    assert client.get("/machines/stops?day=yesterday").status_code == 422
    assert "Name the reason" in client_as("planner").get("/machines/stops?day=2026-11-23").text
    assert "Name the reason" not in client_as("inspector").get("/machines/stops?day=2026-11-23").text


def test_a_way_back_leads_nowhere_else(stopped: ToldLine, client_as: SignIn) -> None:
    client = client_as("operator")
    form = {"command_id": str(new_id()), "reason_code": "break", "back": "https://elsewhere.example/"}
    answer = client.post(f"/machines/stops/{interval(stopped, 'held').id}", data=form)
    assert answer.headers["Location"] == "/machines/device/SL/casting"


def test_the_losses_page_leads_from_the_line_to_the_single_piece(stopped: ToldLine, client_as: SignIn) -> None:
    client = client_as("planner")
    page = client.get("/machines/losses?day=2026-11-23").text
    assert page.count('class="loss-bar"') >= 12
    assert "station=SL-casting" in page
    detail = client.get("/machines/losses?day=2026-11-23&station=SL-casting&cause=stop~~").text
    assert "08:20:00" in detail
    assert "not explained" in detail
    assert str(interval(stopped, "held").id) in detail
    assert client.get("/machines/losses?day=2026-11-22&period=week").status_code == 200


def test_a_station_asks_its_operator_why_its_machine_stands(stopped: ToldLine, client_as: SignIn) -> None:
    stopped.tell([(at(90), "casting", {"state": "held"})])
    client, url = client_as("operator"), "/shopfloor/stations/SL-casting"
    page = client.get(url).text
    assert "Stopped since 09:30 – why?" in page
    form = {"command_id": str(new_id()), "reason_code": "no_crew", "back": url}
    assert client.post(f"/machines/stops/{interval(stopped, 'held').id}", data=form).headers["Location"] == url
    assert "– why?" not in client.get(url).text
    assert "– why?" not in client_as("inspector").get(url).text


def test_a_stop_that_lasts_can_be_split_and_ends_with_what_the_machine_says_next(line: ToldLine) -> None:
    line.tell([(at(0), "casting", {"state": "held"})])
    line.clock.at = at(30)
    name(line, interval(line, "held").id, "hydraulic")
    name(line, interval(line, "held").id, "no_crew", begins_at=at(20))
    line.tell([(at(40), "casting", {"state": "execute", "pallet": 3})])
    line.clock.at = at(60)
    lost = losses_of(line, "casting")
    assert lost[Cause(LossKind.STOP, reason="hydraulic")] == 20.0
    assert lost[Cause(LossKind.STOP, reason="no_crew")] == 20.0
