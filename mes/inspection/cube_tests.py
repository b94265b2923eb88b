"""Cube tests: strength of a batch, and the loads that may be demoulded because of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mes.core.commands import Work, use_case
from mes.core.errors import Fault, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.inspection.concrete.mixes import age_after_mix
from mes.inspection.models import CubeTest
from mes.inspection.schemas import CubeTestRecorded, RecordCubeTest
from mes.inspection.strength import DEMOULDING, demoulding_strength_mpa, loads_of_batch, proofs_of_load, was_cast
from mes.orders.elements import note
from mes.orders.models import Element
from mes.planning.models import PalletLoad
from mes.shopfloor.models import CastingBatch
from mes.shopfloor.service import release_for_demoulding
from quality import CubeSetValue, RefusedInputError, cube_set_value


@use_case("strength:write")
def record_cube_test(work: Work, command: RecordCubeTest) -> CubeTestRecorded:
    """Record a set of three cubes of a batch; its value follows GB/T 50081-2019, its equivalent age the load's curve.

    Where every batch of a load has reached the demoulding strength, by cubes that were cured with it, the load is
    released for demoulding.

    Raises:
        NotFound: no such batch.
        InvalidInput: not three strengths, one that cannot be true, or a test before the batch was mixed.
    """
    batch = work.session.get(CastingBatch, command.batch_id, with_for_update=True)
    if batch is None:
        raise NotFound(Text(N_("There is no such batch")))
    value, tested_at = _set_value(command), _tested_at(work, command, batch)
    test = CubeTest(
        id=new_id(),
        batch_id=batch.id,
        condition=command.condition,
        strengths_mpa=list(command.strengths_mpa),
        set_value_mpa=value.value_mpa,
        rule=value.rule.value,
        age_hours=int((tested_at - batch.mixed_at) / timedelta(hours=1)),
        equivalent_age_hours=age_after_mix(work.session, batch, command.condition, tested_at),
        tested_at=tested_at,
        tested_by=work.actor.name,
    )
    work.session.add(test)
    work.session.flush()
    loads = loads_of_batch(work.session, batch.id)
    _note(work, batch, test, loads)
    released = _release(work, loads, tested_at)
    return CubeTestRecorded.model_validate(
        {
            "cube_test_id": test.id,
            "set_value_mpa": value.value_mpa,
            "rule": value.rule.value,
            "released_loads": released,
        }
    )


def _set_value(command: RecordCubeTest) -> CubeSetValue:
    try:
        return cube_set_value(command.strengths_mpa)
    except RefusedInputError as error:
        faults = [
            Fault(f"strengths_mpa{fault.path.removeprefix('$.strengths')}", _strength_fault(fault.path))
            for fault in error.faults
        ]
        raise InvalidInput(Text(N_("These strengths cannot be right; nothing was recorded")), faults) from error


def _strength_fault(path: str) -> Text:
    if "[" in path:
        return Text(N_("A strength above 0 and up to 250 MPa is expected; please read again"))
    return Text(N_("A set has three cubes"))


def _tested_at(work: Work, command: RecordCubeTest, batch: CastingBatch) -> datetime:
    at = command.tested_at or work.event_time(command)
    fault = None
    if at.tzinfo is None:
        fault = Text(N_("The time of the test lacks its zone"))
    elif at < batch.mixed_at:
        fault = Text(N_("The test cannot be before the batch was mixed"))
    elif at > work.now():
        fault = Text(N_("The test cannot be in the future"))
    if fault is not None:
        raise InvalidInput(fault, [Fault("tested_at", fault)])
    return at


def _note(work: Work, batch: CastingBatch, test: CubeTest, loads: Sequence[PalletLoad]) -> None:
    elements = _cast_elements(loads)
    if not elements:
        return
    note(
        work,
        "element.strength_tested",
        elements,
        event_time=test.tested_at,
        how={"batch": {"number": batch.batch_number, "concrete_grade": batch.concrete_grade}},
        data={
            "cube_test": {
                "id": str(test.id),
                "condition": test.condition,
                "strengths_mpa": test.strengths_mpa,
                "set_value_mpa": test.set_value_mpa,
                "rule": test.rule,
                "age_hours": test.age_hours,
                "equivalent_age_hours": test.equivalent_age_hours,
            }
        },
        further_subjects=[f"batch:{batch.batch_number}"],
    )


def _cast_elements(loads: Sequence[PalletLoad]) -> list[Element]:
    found = {item.element_id: item.element for load in loads for item in load.items if was_cast(item.element)}
    return sorted(found.values(), key=lambda element: element.serial)


def _release(work: Work, loads: Sequence[PalletLoad], at: datetime) -> list[int]:
    """Release the loads whose batches have all reached the demoulding strength; returns their numbers."""
    released = []
    for load in loads:
        waits = load.demould_released_at is None and any(item.element.state == "curing" for item in load.items)
        required = demoulding_strength_mpa(load)
        if waits and all(proof.reaches(required) for proof in proofs_of_load(work.session, load.id, DEMOULDING)):
            release_for_demoulding(work, load, at)
            released.append(load.number)
    return released
