"""The use case: a thing is inspected, and its verdict kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mes.core.commands import Work, use_case
from mes.core.errors import Conflict
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.inspection.authors import inspector_columns
from mes.inspection.filled_plans import judge_filled
from mes.inspection.models import ThingInspection
from mes.inspection.places import place_code, require_kept
from mes.inspection.policy import Demand, keep_rules, policy_in_force
from mes.inspection.releasing import release_of_mould
from mes.inspection.strength import loads_of_batch
from mes.inspection.things.schemas import InspectThing, ThingInspected
from mes.inspection.things.subjects import ThingSubject, subject_of, thing_plan
from mes.ledger.service import record
from mes.orders.elements import note
from mes.planning.models import PalletLoad
from mes.shopfloor.loads import load_for_change
from mes.shopfloor.service import hidden_works_changed
from quality import InspectionPlan


class InspectionNotOffered(Conflict):
    """The plant's policy has switched this kind of inspection off."""


@use_case("thing:inspect")
def inspect_thing(work: Work, command: InspectThing) -> ThingInspected:
    """Record what was found on a lot, mould, pallet, load or batch; the verdict is computed.

    A refused thing cannot be used until an inspection accepts it again. An accepted one opens the gates that waited.

    Raises:
        NotFound: there is no such thing.
        InspectionNotOffered: the policy does not inspect this kind of thing.
        InspectionIncomplete: an answer, a photo or a figure is missing for acceptance.
        InvalidInput: unknown items, figures that cannot be true, photos never uploaded.
    """
    subject = subject_of(work.session, command.subject_kind, command.subject_id)
    if getattr(policy_in_force(work.session), subject.inspection_kind) is Demand.OFF:
        raise InspectionNotOffered(Text(N_("This inspection is switched off in the quality policy")))
    require_kept(work.session, [photo.sha256 for photo in command.photos])
    load = load_for_change(work.session, subject.id) if subject.kind == "pallet_load" else None
    plan = thing_plan(subject)
    judged = judge_filled(plan, command.answers, command.measurements, command.photos, subject.dimensions)
    row = _keep(work, command, subject, plan, judged, work.event_time(command))
    _record(work, subject, row)
    _open_gates(work, subject, load, row)
    return ThingInspected.model_validate({"inspection_id": row.id, "kind": row.kind, "verdict": row.verdict})


def _keep(
    work: Work,
    command: InspectThing,
    subject: ThingSubject,
    plan: InspectionPlan,
    judged: tuple[bool, dict[str, Any]],
    at: datetime,
) -> ThingInspection:
    accepted, evaluation = judged
    if plan.rule_set is not None:
        evaluation = {**evaluation, "tolerances": keep_rules(work, plan.rule_set)}
    row = ThingInspection(
        id=new_id(),
        kind=subject.inspection_kind,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_code=subject.code[:80],
        verdict="accepted" if accepted else "refused",
        answers=command.model_dump(mode="json", include={"answers", "measurements"}),
        evaluation=evaluation,
        remark=command.remark,
        photos=list(dict.fromkeys(photo.sha256 for photo in command.photos)),
        inspected_at=at,
        place=place_code(subject.where),
        **keep_rules(work, plan),
        **inspector_columns(work.actor),
    )
    work.session.add(row)
    work.session.flush()
    return row


def _record(work: Work, subject: ThingSubject, row: ThingInspection) -> None:
    """The event: of the thing, and of a load's elements where it is their rebar."""
    facts: dict[str, Any] = {
        "event_time": row.inspected_at,
        "where": dict(subject.where),
        "how": {"photos": row.photos, "measurements": row.answers["measurements"]},
        "data": {"inspection": _facts(row)},
    }
    if subject.elements:
        note(work, "element.rebar_inspected", subject.elements, further_subjects=[subject.ledger_subject], **facts)
    else:
        record(work, "thing.inspected", [subject.ledger_subject], **facts)


def _facts(row: ThingInspection) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "kind": row.kind,
        "subject_kind": row.subject_kind,
        "subject": row.subject_code,
        "verdict": row.verdict,
        "rule_set": row.rule_set,
        "inspector": row.inspector_name,
        "place": row.place,
        "evaluation": row.evaluation,
        "answers": row.answers["answers"],
        "remark": row.remark,
    }


def _open_gates(work: Work, subject: ThingSubject, load: PalletLoad | None, row: ThingInspection) -> None:
    """An accepted thing may have been the last that a load waited for."""
    if row.verdict != "accepted":
        return
    if subject.kind == "mould":
        release_of_mould(work, subject.id, row.inspected_at)
    waiting = [load] if load is not None else []
    if subject.kind == "casting_batch":
        waiting = [load_for_change(work.session, one.id) for one in loads_of_batch(work.session, subject.id)]
    for one in waiting:
        hidden_works_changed(work, one, row.inspected_at)
