"""Nonconformities (不合格): reported from a phone, disposed of by rework, repair, concession or scrap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from mes.accounts.models import Plant
from mes.accounts.service import next_number
from mes.core.commands import Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.inspection.documents.certificates import issue_certificate, withdraw_certificate
from mes.inspection.models import Certificate, Nonconformity
from mes.inspection.places import how_of_load, require_kept, where_of_load
from mes.inspection.queries import latest_inspection
from mes.inspection.schemas import Dispose, Disposed, NonconformityReport, NonconformityReported
from mes.inspection.strength import load_of, proof_document, prove_delivery_strength, was_cast
from mes.orders.elements import change_state, load_element, note
from mes.orders.models import Element
from mes.orders.service import order_replacement
from mes.shopfloor.service import hidden_works_changed
from quality import inspection_plan

OTHER_KINDS: dict[str, str] = {
    "dimension": N_("Dimensions"),
    "damage": N_("Damage"),
    "reinforcement": N_("Reinforcement or embeds"),
    "material": N_("Material or strength"),
    "transport": N_("Damaged in transport"),
    "other": N_("Something else"),
}
"""Kinds of nonconformity beside the visible defects of the inspection plan."""

ALREADY_ASIDE = frozenset({"nonconforming", "rejected_at_site"})


class AlreadyDisposed(Conflict):
    """A decision about this nonconformity was taken before."""


class DispositionRefused(Conflict):
    """The element does not allow this disposition; says why."""


def known_kinds(family: str) -> frozenset[str]:
    """The kinds of nonconformity of a family: visible defects of its plan, and the others."""
    return frozenset({*OTHER_KINDS, *(defect.id for defect in inspection_plan("final", family).defects)})


@use_case("nonconformity:report")
def report_nonconformity(work: Work, command: NonconformityReport) -> NonconformityReported:
    """Report something wrong: the element is put aside, its certificate withdrawn.

    An element that is put aside already, or was rejected on site, gets a further nonconformity and stays there.

    Raises:
        TransitionRefused: the element has left the plant, or is not begun yet.
        InvalidInput: an unknown kind, or a photo never uploaded.
    """
    element = load_element(work.session, command.element_id, command.expected_version)
    work.actor.require_project(element.project_id)
    if command.kind not in known_kinds(element.component_type.family):
        reason = Text(N_("This defect is not of the list"))
        raise InvalidInput(reason, [Fault("kind", reason)])
    require_kept(work.session, command.photos)
    at, load = work.event_time(command), load_of(work.session, element.id)
    row = open_nonconformity(work, element, command.kind, command.severity, command.description, command.photos, at)
    facts = {"number": row.number, "kind": row.kind, "severity": row.severity, "description": row.description}
    how = {**how_of_load(load), "photos": row.photos}
    if element.state in ALREADY_ASIDE:
        note(work, EVENT, [element], event_time=at, how=how, data={"nonconformity": facts})
    else:
        before = element.state
        change_state(
            work,
            [element],
            "report_nonconformity",
            event_time=at,
            where=where_of_load(load) if before in ("in_setup", "ready_to_cast") else {},
            how=how,
            data={"nonconformity": facts},
            reason=row.number,
        )
        _tell_shopfloor(work, element, before, at)
    return NonconformityReported(nonconformity_id=row.id, number=row.number, element_state=element.state)


EVENT = "element.nonconformity_reported"


def open_nonconformity(
    work: Work,
    element: Element,
    kind: str,
    severity: str,
    description: str,
    photos: Sequence[str],
    at: datetime,
    inspection_id: UUID | None = None,
) -> Nonconformity:
    """The row of a nonconformity with its number, in the caller's transaction; withdraws a valid certificate.

    Changes no state: the caller does (a refused inspection, a return from the site).
    """
    plant = work.session.get_one(Plant, element.project.plant_id)
    row = Nonconformity(
        id=new_id(),
        number=f"NC-{work.today():%y%m%d}-{next_number(work, plant, 'nonconformity'):04d}",
        element_id=element.id,
        inspection_id=inspection_id,
        kind=kind,
        severity=severity,
        description=description,
        photos=list(dict.fromkeys(photos)),
        reported_at=at,
        reported_by=work.actor.name,
    )
    work.session.add(row)
    work.session.flush()
    withdraw_certificate(work, element, row.number, at)
    return row


@use_case("nonconformity:dispose")
def dispose(work: Work, command: Dispose) -> Disposed:
    """Decide what becomes of a nonconforming element; the decision counts for all its open nonconformities.

    Rework: back to set-up, before casting only. Repair: back to demoulded, to be finished and inspected again.
    Concession: accepted as it is with the designer's consent, the strength proven, and a certificate that says so.
    Scrap: never used; a replacement can be ordered for its place.

    Raises:
        AlreadyDisposed: somebody has decided before.
        DispositionRefused: the element does not allow it.
        InvalidInput: a concession without the reference of the designer's consent.
        StrengthNotProven: a concession without proof of the delivery strength.
    """
    found = work.session.get(Nonconformity, command.nonconformity_id)
    if found is None:
        raise NotFound(Text(N_("There is no such nonconformity")))
    element = load_element(work.session, found.element_id, command.expected_version)
    work.actor.require_project(element.project_id)
    work.session.refresh(found)
    if found.disposition is not None:
        raise AlreadyDisposed(
            Text(
                N_("%(name)s has decided about %(number)s already"), {"name": found.disposed_by, "number": found.number}
            )
        )
    at, certificate = work.event_time(command), None
    if command.disposition == "concession":
        certificate = _concede(work, command, element, found, at)
    else:
        _change(work, command, element, found, at)
    replacement = None
    if command.disposition == "scrap" and command.order_replacement:
        replacement = order_replacement(work, command, element)
    _close(work, command, element, at, replacement)
    return Disposed(
        nonconformity_id=found.id,
        element_state=element.state,
        replacement_id=replacement.id if replacement else None,
        certificate_id=certificate.id if certificate else None,
    )


def _change(work: Work, command: Dispose, element: Element, found: Nonconformity, at: datetime) -> None:
    change_state(
        work,
        [element],
        command.disposition,
        event_time=at,
        proofs={"already_cast"} if was_cast(element) else {"not_yet_cast"},
        data=_decision(command, found),
    )


def _concede(work: Work, command: Dispose, element: Element, found: Nonconformity, at: datetime) -> Certificate:
    if not command.designer_consent.strip():
        reason = Text(N_("A concession needs the reference of the designer's consent"))
        raise InvalidInput(reason, [Fault("designer_consent", reason)])
    final = latest_inspection(work.session, element.id, "final")
    if final is None:
        raise DispositionRefused(
            Text(
                N_("Element %(serial)s never had a final inspection; order a repair, then inspect it"),
                {"serial": element.serial},
            )
        )
    proofs = prove_delivery_strength(work.session, element)
    change_state(
        work,
        [element],
        "concede",
        event_time=at,
        proofs={"designer_consent", "delivery_strength"},
        data={
            **_decision(command, found),
            "designer_consent": command.designer_consent,
            "strength": [proof_document(proof) for proof in proofs],
        },
    )
    consent = {"nonconformity": found.number, "designer_consent": command.designer_consent, "reason": command.reason}
    return issue_certificate(work, command.press, element, final, proofs, at, concession=consent)


def _decision(command: Dispose, found: Nonconformity) -> dict[str, object]:
    return {
        "nonconformity": {"number": found.number, "kind": found.kind, "severity": found.severity},
        "disposition": command.disposition,
        "disposition_reason": command.reason,
    }


def _close(work: Work, command: Dispose, element: Element, at: datetime, replacement: Element | None) -> None:
    query = select(Nonconformity).where(Nonconformity.element_id == element.id, Nonconformity.disposition.is_(None))
    for row in work.session.scalars(query):
        row.disposition, row.disposition_reason = command.disposition, command.reason
        row.disposed_at, row.disposed_by = at, work.actor.name
        row.designer_consent = command.designer_consent.strip() or None
        row.replacement_id = replacement.id if replacement else None
    work.session.flush()


def _tell_shopfloor(work: Work, element: Element, before: str, at: datetime) -> None:
    """An element put aside before casting may have been the last one that its load waited for."""
    load = load_of(work.session, element.id) if before in ("in_setup", "ready_to_cast") else None
    if load is not None:
        hidden_works_changed(work, load, at)
