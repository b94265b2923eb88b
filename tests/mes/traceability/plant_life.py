"""The life of elements in the ledger, made with the facts that the rooms put into events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from mes.core.clock import SetClock
from mes.core.commands import Work
from mes.core.database import Database
from mes.ledger.models import LedgerEvent
from mes.ledger.service import record
from mes.orders import lifecycle
from mes.orders.elements import change_state, load_elements, note
from tests.conftest import actor

SSCC = "106141410000000019"
PHOTO = "9f" * 32
BATCH = {
    "batch_number": "C260112-07",
    "concrete_grade": "C30",
    "mix_code": "P30-2",
    "volume_m3": 1.8,
    "poured_m3": 1.62,
    "mixed_at": "2026-11-23T01:00:00+00:00",
    "slump_mm": 180,
    "temperature_c": 21.5,
}
MESH = {
    "kind": "mesh",
    "lot_number": "20261102",
    "supplier": "闽南钢材",
    "description": "CRB550 Φ8@200",
    "certificate_number": "",
}
INSPECTION = {
    "id": "0199d1a2-0000-7000-8000-000000000001",
    "kind": "hidden_works",
    "verdict": "accepted",
    "rule_set": "GB 50204-2015",
    "inspector": "王敏",
    "evaluation": {},
    "answers": {},
    "remark": "007",
}
CUBES = {"id": "0199d1a2-0000-7000-8000-000000000002", "condition": "same_condition", "set_value_mpa": 24.3}
DELIVERY = {"delivery": "FH-260112-0001", "vehicle_plate": "闽D·12345", "project_code": "XM-01"}


def station(kind: str) -> dict[str, Any]:
    """A place on the slab line."""
    return {"line": "SL", "line_name": "1号线", "station": f"SL-{kind}", "station_name": kind, "station_kind": kind}


CAST_DATA: dict[str, Any] = {}  # what a test adds to the event of casting
ON_PALLET = {"load": "MT-0001", "machine": "SL/x", "pallet": 12}

# step, or kind of event → where, how, data
MADE: Sequence[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = (
    ("schedule", {}, {}, {"plan": "P-1"}),
    ("set_up", station("cleaning"), ON_PALLET, {}),
    ("element.material_used", station("rebar"), {**ON_PALLET, "materials": [MESH]}, {}),
    ("accept_hidden_works", station("hidden-works"), {**ON_PALLET, "photos": [PHOTO]}, {"inspection": INSPECTION}),
    (
        "cast",
        station("casting"),
        {**ON_PALLET, "batch": BATCH, "batches": [BATCH], "materials": [MESH]},
        CAST_DATA,
    ),
    ("element.curing_started", station("curing"), ON_PALLET, {}),
    ("element.strength_tested", {}, {"batch": {"number": "C260112-07", "concrete_grade": "C30"}}, {"cube_test": CUBES}),
    ("demould", station("demoulding"), ON_PALLET, {}),
    ("finish", {"line": "SL", "line_name": "1号线"}, {}, {}),
    ("accept_final", {}, {"measurements": []}, {"inspection": {**INSPECTION, "kind": "final"}}),
    ("element.certified", {}, {}, {"certificate": {"number": "HGZ-260112-0001", "pdf_sha256": PHOTO}}),
    ("store", {"yard_slot": "A-03"}, {}, {}),
    ("element.moved", {"yard_slot": "A-04"}, {}, {"from": "A-03"}),
)
SHIPPED = (
    ("load", {"site": "湖里安置房一期", "project_code": "XM-01"}, {}, DELIVERY),
    ("ship", {"site": "湖里安置房一期", "project_code": "XM-01"}, {}, DELIVERY),
    ("receive", {"site": "湖里安置房一期", "project_code": "XM-01"}, {"photos": [PHOTO]}, DELIVERY),
    ("install", {"site": "湖里安置房一期", "project_code": "XM-01"}, {}, {}),
)


def live(
    database: Database,
    clock: SetClock,
    element_ids: Sequence[UUID],
    *,
    until: str = "install",
    sscc: str | None = SSCC,
) -> None:
    """Take elements through their life, up to and including a step or kind of event."""
    subjects = [f"delivery:{sscc}"] if sscc else []
    for step, where, how, data in MADE:
        _do(database, clock, element_ids, step, where, how, data, ())
        if step == until:
            return
    if sscc:
        deliver_event(database, clock, "delivery.opened", sscc)
    for step, where, how, data in SHIPPED:
        _do(database, clock, element_ids, step, where, how, data, subjects if step != "install" else ())
        if step == "ship" and sscc:
            deliver_event(database, clock, "delivery.arrived", sscc)
        if step == until:
            return


def deliver_event(database: Database, clock: SetClock, kind: str, sscc: str) -> None:
    """Something about a load as a whole."""
    clock.advance(minutes=7)
    with database.writing() as session:
        work = Work(session, actor("planner"), clock)
        record(work, kind, [f"delivery:{sscc}"], event_time=clock.now(), data=DELIVERY)


def take_step(
    database: Database, clock: SetClock, element_ids: Sequence[UUID], step: str, reason: str | None = None
) -> None:
    """One step aside from the normal life, or one kind of event without a change of state."""
    _do(database, clock, element_ids, step, {}, {}, {}, (), reason)


def _do(
    database: Database,
    clock: SetClock,
    element_ids: Sequence[UUID],
    step: str,
    where: dict[str, Any],
    how: dict[str, Any],
    data: dict[str, Any],
    subjects: Sequence[str],
    reason: str | None = None,
) -> None:
    clock.advance(minutes=7)
    with database.writing() as session:
        work = Work(session, actor("admin"), clock)
        elements = load_elements(session, element_ids)
        given: dict[str, Any] = {"where": where, "how": how, "data": data, "further_subjects": subjects}
        if step not in lifecycle.STEPS:
            note(work, step, elements, event_time=clock.now(), **given)
            return
        proofs = lifecycle.STEPS[step].needs
        change_state(work, elements, step, event_time=clock.now(), proofs=proofs, reason=reason, **given)


def contents(database: Database) -> list[dict[str, Any]]:
    """The content of every event of the ledger, in its order."""
    with database.reading() as session:
        return [event.content for event in session.scalars(select(LedgerEvent).order_by(LedgerEvent.sequence))]
