"""What the machines' pages ask is answered alike by SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from lines.losses import Cause, LossKind
from mes.core.clock import SetClock
from mes.core.commands import perform
from mes.core.database import Database
from mes.machines.board import Snapshots
from mes.machines.losses import day_period, line_account, standstills, unexplained
from mes.machines.models import Machine
from mes.machines.queries.charts import chart_document
from mes.machines.queries.machine_page import machines_by_line
from mes.machines.service.stops import NameStop, name_stop
from mes.planning import queries as planning
from tests.conftest import actor, create_plant
from tests.mes.machines.shift_story import curing, put_on_pallet, told_line

EIGHT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # a Monday, 08:00 in Shanghai


def test_a_days_story_is_shown_and_counted(any_database: Database, clock: SetClock) -> None:
    clock.at = EIGHT
    create_plant(any_database, clock)
    line = told_line(any_database, clock, loads=1)
    put_on_pallet(line, 0, 3)
    line.tell([(EIGHT, kind, {"state": "idle", "pallet": 0}) for kind in line.kinds])
    line.tell(
        [
            *curing(EIGHT, hours=2.0),
            (EIGHT + timedelta(minutes=10), "casting", {"state": "execute", "pallet": 3}),
            (EIGHT + timedelta(minutes=30), "casting", {"state": "held", "gate_stuck": True}),
            (EIGHT + timedelta(minutes=60), "casting", {"state": "execute", "gate_stuck": False}),
        ]
    )
    clock.at = EIGHT + timedelta(hours=2)
    period, zone = day_period(EIGHT.date(), clock.zone), clock.zone
    with any_database.reading() as session:
        found = planning.lines(session)[0]
        (stop,) = unexplained(standstills(session, found, period, clock.now(), zone))
        assert stop.planned == timedelta(minutes=30)
    command = NameStop(interval_id=stop.interval_id, reason_code="hydraulic")
    perform(any_database, actor("operator"), clock, name_stop, command)
    with any_database.reading() as session:
        found = planning.lines(session)[0]
        accounts = {one.station.kind: one for one in line_account(session, found, period, clock.now(), zone).stations}
        lost = accounts["casting"].account.losses
        assert lost[Cause(LossKind.STOP, reason="hydraulic")] == timedelta(minutes=30)
        assert [view.machine.device for view in machines_by_line(session, clock.now())["SL"]][7] == "SL/casting"
        document = json.loads(Snapshots().document(session, ("SL",), clock.now())[1])
        assert document["stations"]["SL-casting"]["pallet"] == 3
        assert document["pallets"]["3"]["pieces"] == 2
        machine = session.get_one(Machine, "SL/curing")
        week = chart_document(session, machine, clock.now() - timedelta(days=7), clock.now(), clock.now())
        assert {curve["point"] for curve in week["curves"]} >= {"temperature_c", "zone_4_temperature_c"}
        spreader = session.get_one(Machine, "SL/casting")
        shift = chart_document(session, spreader, EIGHT, clock.now(), clock.now())
        assert [alarm["to"] - alarm["from"] for alarm in shift["alarms"]] == [1_800_000]
