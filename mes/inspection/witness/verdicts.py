"""The use case: a supervisor accepts an inspection or refuses it, once, with their own name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mes.core.commands import Done, Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.inspection.authors import witness_columns
from mes.inspection.models import Inspection, Witnessing
from mes.inspection.nonconformities import open_nonconformity
from mes.inspection.nonconformities.opening import EVENT, facts_of, put_aside
from mes.inspection.nonconformities.reporting import STAYS
from mes.inspection.places import how_of_load, require_kept, where_of_element
from mes.inspection.queries import latest_inspection
from mes.inspection.schemas import WitnessInspection
from mes.inspection.strength import load_of
from mes.orders.elements import change_state, load_element, note
from mes.orders.lifecycle import IN_PLANT
from mes.orders.models import Element
from mes.planning.models import PalletLoad
from mes.shopfloor.loads import CASTING, load_for_change, operation_at
from mes.shopfloor.service import hidden_works_changed

EVENTS = {"accepted": "element.inspection_witnessed", "refused": "element.witness_refused"}
STILL_PUT_ASIDE = IN_PLANT - {"in_setup"}
"""States in which a refusal opens a nonconformity: set-up is where it is put right anyway."""


class AlreadyWitnessed(Conflict):
    """A supervisor has given a verdict about this inspection already."""


class SupersededInspection(Conflict):
    """The element was inspected again since; the supervisor looks at the later inspection."""


@use_case("inspection:witness")
def witness_inspection(work: Work, command: WitnessInspection) -> Done:
    """The supervisor accepts an inspection with their name, or refuses it with a remark; once.

    Accepted hidden works that the policy wants witnessed open the gate of casting. Refused ones put an element that
    is ready to cast back into set-up, for another inspection; what is cast or finished already, or being cast,
    becomes nonconforming. What is on hold, or on a lorry that has not left, stays there with an open nonconformity.

    Raises:
        NotFound: no such inspection, or it is of a project this supervisor may not see.
        AlreadyWitnessed: somebody has given a verdict before.
        SupersededInspection: an inspection that is refused was followed by a later one of its kind.
        InvalidInput: a refusal without a remark, or a photo that was never uploaded.
    """
    inspection = work.session.get(Inspection, command.inspection_id)
    if inspection is None or not work.actor.may_see_project(inspection.element.project_id):
        raise NotFound(Text(N_("There is no such inspection")))
    load = _lock_load(work, inspection)
    element = load_element(work.session, inspection.element_id)
    work.session.refresh(inspection)
    _require_open(work, inspection)
    _require_grounds(work, command, inspection)
    require_kept(work.session, command.photos)
    at = work.event_time(command)
    row = _keep(work, command, inspection, at)
    if command.verdict == "refused":
        _refuse(work, inspection, element, load, row)
    else:
        inspection.witnessed_by, inspection.witnessed_at = work.actor.name[:80], at
        _note(work, inspection, element, load, row)
        if load is not None and inspection.kind == "hidden_works" and element.state == "ready_to_cast":
            hidden_works_changed(work, load, at)
    return Done(id=inspection.id)


def _lock_load(work: Work, inspection: Inspection) -> PalletLoad | None:
    """The load before the element, as everybody who casts locks them."""
    load = load_of(work.session, inspection.element_id)
    return None if load is None else load_for_change(work.session, load.id)


def _require_open(work: Work, inspection: Inspection) -> None:
    if inspection.witnessed_at is not None:
        raise AlreadyWitnessed(
            Text(N_("%(name)s has witnessed this inspection already"), {"name": inspection.witnessed_by})
        )
    if inspection.witnessings:
        text = N_("%(name)s has refused this inspection already")
        raise AlreadyWitnessed(Text(text, {"name": inspection.witnessings[0].name}))


def _require_grounds(work: Work, command: WitnessInspection, inspection: Inspection) -> None:
    if command.verdict != "refused":
        return
    if not command.remark.strip():
        reason = Text(N_("Say what is wrong"))
        raise InvalidInput(reason, [Fault("remark", reason)])
    later = latest_inspection(work.session, inspection.element_id, inspection.kind)
    if later is not None and later.id != inspection.id:
        text = N_("Element %(serial)s was inspected again since; look at the later inspection")
        raise SupersededInspection(Text(text, {"serial": inspection.element.serial}))


def _keep(work: Work, command: WitnessInspection, inspection: Inspection, at: datetime) -> Witnessing:
    row = Witnessing(
        id=new_id(),
        inspection=inspection,
        verdict=command.verdict,
        remark=command.remark.strip(),
        photos=list(dict.fromkeys(command.photos)),
        at=at,
        **witness_columns(work.actor),
    )
    work.session.add(row)
    work.session.flush()
    return row


def _refuse(work: Work, inspection: Inspection, element: Element, load: PalletLoad | None, row: Witnessing) -> None:
    hidden = inspection.kind == "hidden_works"
    if hidden and element.state == "ready_to_cast" and not _casting_has_begun(load):
        change_state(work, [element], "refuse_witness", event_time=row.at, **_facts(work, inspection, load, row))
        return
    _note(work, inspection, element, load, row)
    if inspection.verdict != "accepted" or element.state not in STILL_PUT_ASIDE | STAYS:
        return
    kind = "reinforcement" if hidden else "other"
    made = open_nonconformity(work, element, kind, "general", row.remark, row.photos, row.at, inspection.id)
    data = {"nonconformity": facts_of(made)}
    if element.state in STAYS:
        note(work, EVENT, [element], event_time=row.at, how={**how_of_load(load), "photos": row.photos}, data=data)
    else:
        put_aside(work, element, made.number, row.at, data, row.photos)


def _casting_has_begun(load: PalletLoad | None) -> bool:
    casting = operation_at(load, CASTING) if load is not None else None
    return casting is not None and casting.state in ("running", "held")


def _note(work: Work, inspection: Inspection, element: Element, load: PalletLoad | None, row: Witnessing) -> None:
    note(work, EVENTS[row.verdict], [element], event_time=row.at, **_facts(work, inspection, load, row))


def _facts(work: Work, inspection: Inspection, load: PalletLoad | None, row: Witnessing) -> dict[str, Any]:
    return {
        "where": where_of_element(work.session, inspection.element, load),
        "how": {**how_of_load(load), **({"photos": row.photos} if row.photos else {})},
        "data": {
            "inspection": {"id": str(inspection.id), "kind": inspection.kind, "verdict": inspection.verdict},
            "witness_verdict": row.verdict,
            "remark": row.remark,
        },
    }
