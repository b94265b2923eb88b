"""Publishing a proposal: the former plan's waiting loads go, the new loads, items and operations come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload

from mes.accounts.models import Plant
from mes.accounts.service import next_number, the_plant
from mes.core.commands import Work
from mes.core.errors import Conflict, Fault
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.orders.elements import change_state, load_elements
from mes.orders.lifecycle import STATE_NAMES
from mes.orders.models import Element
from mes.planning.models import Line, Operation, PalletLoad, PalletLoadItem, PlanVersion
from mes.planning.plan_content import LoadEntry, PlanContent
from mes.planning.queries import OPEN_STATES
from mes.planning.working_time import moment_of
from scheduling import Plan, PlannedJob


def lock_plant(work: Work) -> Plant:
    """The plant's row, locked: whoever plans or publishes waits here for whoever does so at the same time."""
    return work.session.get_one(Plant, the_plant(work.session).id, with_for_update=True, populate_existing=True)


def waiting_loads(work: Work) -> Sequence[PalletLoad]:
    """Loads that have not entered their line, locked."""
    query = (
        select(PalletLoad)
        .where(PalletLoad.state == "waiting")
        .options(selectinload(PalletLoad.items))
        .order_by(PalletLoad.number)
        .with_for_update()
    )
    return work.session.scalars(query.execution_options(populate_existing=True)).all()


def elements_of_plan(work: Work, content: PlanContent, plan: Plan) -> dict[int, Element]:
    """The elements that the plan puts on new loads, locked, by serial.

    Raises:
        Conflict: one of them is not open any more; every such element is named with its present state.
    """
    new_loads = [content.load_by_job[job.id] for job in plan.jobs if not content.load_by_job[job.id].running]
    serials = [serial for load in new_loads for serial in load.serials]
    ids = work.session.execute(select(Element.serial, Element.id).where(Element.serial.in_(serials)))
    elements = {element.serial: element for element in load_elements(work.session, dict(ids.all()).values())}
    changed = [Fault(_name(serial), _what_changed(elements.get(serial))) for serial in sorted(serials)]
    faults = [fault for fault, serial in zip(changed, sorted(serials), strict=True) if not _is_open(elements, serial)]
    if faults:
        raise Conflict(
            Text(
                N_(
                    "%(count)s elements have changed since this plan was made (element %(serial)s: %(what)s); "
                    "propose a new plan"
                ),
                {"count": len(faults), "serial": faults[0].where.split()[-1], "what": faults[0].reason},
            ),
            faults,
        )
    return elements


def _name(serial: int) -> str:
    return f"element {serial}"


def _is_open(elements: dict[int, Element], serial: int) -> bool:
    return serial in elements and elements[serial].state in OPEN_STATES


def _what_changed(element: Element | None) -> Text:
    if element is None:
        return Text(N_("it does not exist any more"))
    return Text(N_("it is now: %(state)s"), {"state": Text(STATE_NAMES[element.state])})


def withdraw(work: Work, loads: Sequence[PalletLoad], successor: int) -> None:
    """Withdraw loads that wait: their operations go, and their elements that are still scheduled become planned."""
    for load in loads:
        load.state = "withdrawn"
        work.session.execute(delete(Operation).where(Operation.load_id == load.id))
        elements = load_elements(work.session, [item.element_id for item in load.items])
        scheduled = [element for element in elements if element.state == "scheduled"]
        if scheduled:
            unschedule(work, scheduled, {"superseded_by_plan": successor}, load.number)
    work.session.flush()


def unschedule(work: Work, elements: Sequence[Element], data: dict[str, Any], load_number: int | None) -> None:
    """Take elements off the plan."""
    how = {"load": load_number} if load_number is not None else None
    change_state(work, elements, "unschedule", event_time=work.now(), how=how, data=data)


def create_loads(
    work: Work, version: PlanVersion, content: PlanContent, plan: Plan, elements: dict[int, Element]
) -> dict[str, int]:
    """The plan's new loads with items and operations; their elements are scheduled. Returns job id → load number."""
    plant = the_plant(work.session)
    lines = {line.code: line for line in work.session.scalars(select(Line).options(selectinload(Line.stations)))}
    numbers: dict[str, int] = {}
    sequence: dict[str, int] = {}
    for job in sorted(plan.jobs, key=lambda entry: (entry.enter, entry.operations[0].leave, entry.id)):
        entry = content.load_by_job[job.id]
        if entry.running:
            continue
        sequence[job.line] = sequence.get(job.line, 0) + 1
        load = _new_load(version, job, entry, lines[job.line])
        load.number, load.sequence = next_number(work, plant, "pallet_load"), sequence[job.line]
        load.items = _items(content, entry, elements)
        load.operations = _operations(version, job, lines[job.line])
        work.session.add(load)
        numbers[job.id] = load.number
        work.session.flush()
        _schedule(work, version, load, lines[job.line], [elements[serial] for serial in entry.serials])
    return numbers


def _new_load(version: PlanVersion, job: PlannedJob, entry: LoadEntry, line: Line) -> PalletLoad:
    return PalletLoad(
        id=new_id(),
        plan_version_id=version.id,
        line_id=line.id,
        state="waiting",
        concrete_grade=entry.concrete_grade,
        planned_enter=moment_of(version.epoch, job.enter),
        planned_leave=moment_of(version.epoch, job.done),
    )


def _items(content: PlanContent, entry: LoadEntry, elements: dict[int, Element]) -> list[PalletLoadItem]:
    drawing = content.drawing(entry)
    placements = drawing[1] if drawing else ()
    return [
        PalletLoadItem(
            element_id=elements[int(placement.item)].id,
            x_mm=placement.x_mm,
            y_mm=placement.y_mm,
            rotated=placement.rotated,
        )
        for placement in placements
    ]


def _operations(version: PlanVersion, job: PlannedJob, line: Line) -> list[Operation]:
    stations = {station.kind: station for station in line.stations}
    return [
        Operation(
            id=new_id(),
            station_id=stations[operation.station].id,
            ordinal=stations[operation.station].ordinal,
            state="waiting",
            planned_start=moment_of(version.epoch, operation.start),
            planned_end=moment_of(version.epoch, operation.end),
        )
        for operation in job.operations
    ]


def _schedule(work: Work, version: PlanVersion, load: PalletLoad, line: Line, elements: Sequence[Element]) -> None:
    change_state(
        work,
        elements,
        "schedule",
        event_time=work.now(),
        where={"line": line.code, "line_name": line.name},
        how={"load": load.number},
        data={
            "plan": version.number,
            "sequence": load.sequence,
            "planned_enter": load.planned_enter.isoformat(),
            "planned_leave": load.planned_leave.isoformat(),
        },
    )


def other_proposals(work: Work, version_id: UUID) -> Sequence[PlanVersion]:
    """Proposals beside this one."""
    query = select(PlanVersion).where(PlanVersion.state == "proposed", PlanVersion.id != version_id)
    return work.session.scalars(query).all()
