"""Deciding what becomes of a nonconforming element."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from mes.core.commands import Work, use_case
from mes.core.errors import Conflict, Fault, InvalidInput, NotFound
from mes.core.files import StoredFile
from mes.core.text import N_, Text
from mes.inspection.documents.certificates import issue_certificate
from mes.inspection.models import Certificate, Nonconformity
from mes.inspection.nonconformities.opening import facts_of, put_aside
from mes.inspection.nonconformities.schemas import Dispose, Disposed
from mes.inspection.queries import latest_inspection
from mes.inspection.releasing import release_of_types
from mes.inspection.strength import proof_document, prove_delivery_strength, was_cast
from mes.orders.elements import change_state, load_element
from mes.orders.lifecycle import STEPS
from mes.orders.models import Element
from mes.orders.service import order_replacement

QUALITY_STAFF_DECIDE = frozenset({"concession", "scrap"})
"""Dispositions that need `nonconformity:dispose`; rework and repair need `nonconformity:repair`."""
LETTER_TYPES = ("application/pdf", "image/")


class AlreadyDisposed(Conflict):
    """A decision about this nonconformity was taken before."""


class DispositionRefused(Conflict):
    """The element does not allow this disposition; says why."""


@use_case("nonconformity:repair")
def dispose(work: Work, command: Dispose) -> Disposed:
    """Decide what becomes of a nonconforming element; the decision counts for all its open nonconformities.

    Rework: back to set-up, before casting only. Repair: back to demoulded, to be finished and inspected again.
    Concession: accepted as it is with the designer's consent, the strength proven, and a certificate that says so.
    Scrap: never used; a replacement can be ordered for its place. Concession and scrap are for quality staff
    (`nonconformity:dispose`).

    Raises:
        Forbidden: the actor may order repairs, but neither concede nor scrap.
        AlreadyDisposed: somebody has decided before.
        DispositionRefused: the element does not allow it.
        TransitionRefused: its state does not allow it, such as on a lorry.
        InvalidInput: a concession without the reference of the designer's consent, or a letter never uploaded.
        StrengthNotProven: a concession without proof of the delivery strength.
    """
    if command.disposition in QUALITY_STAFF_DECIDE:
        work.actor.require("nonconformity:dispose")
    found = work.session.get(Nonconformity, command.nonconformity_id)
    if found is None:
        raise NotFound(Text(N_("There is no such nonconformity")))
    element = load_element(work.session, found.element_id, command.expected_version)
    work.actor.require_project(element.project_id)
    work.session.refresh(found)
    _require_undecided(found)
    at = work.event_time(command)
    if element.state in STEPS["report_nonconformity"].comes_from:  # reported while it was on hold
        put_aside(work, element, found.number, at, {"nonconformity": facts_of(found)})
    certificate = None
    if command.disposition == "concession":
        certificate = _concede(work, command, element, found, at)
    else:
        _change(work, command, element, found, at)
    replacement = None
    if command.disposition == "scrap" and command.order_replacement:
        replacement = order_replacement(work, command, element)
    _close(work, command, element, at, replacement)
    if command.disposition in QUALITY_STAFF_DECIDE:  # a first article leaves its place to the next
        release_of_types(work, [element.component_type_id], at)
    return Disposed(
        nonconformity_id=found.id,
        element_state=element.state,
        replacement_id=replacement.id if replacement else None,
        certificate_id=certificate.id if certificate else None,
    )


def _require_undecided(found: Nonconformity) -> None:
    if found.disposition is not None:
        raise AlreadyDisposed(
            Text(
                N_("%(name)s has decided about %(number)s already"), {"name": found.disposed_by, "number": found.number}
            )
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
    _require_consent(work, command)
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
            "designer_consent_sha256": command.designer_consent_sha256,
            "strength": [proof_document(proof) for proof in proofs],
        },
    )
    consent = {"nonconformity": found.number, "designer_consent": command.designer_consent, "reason": command.reason}
    return issue_certificate(work, command.press, element, final, proofs, at, concession=consent)


def _require_consent(work: Work, command: Dispose) -> None:
    if not command.designer_consent.strip():
        reason = Text(N_("A concession needs the reference of the designer's consent"))
        raise InvalidInput(reason, [Fault("designer_consent", reason)])
    if command.designer_consent_sha256 is None:
        return
    letter = work.session.get(StoredFile, command.designer_consent_sha256)
    if letter is None or not letter.media_type.startswith(LETTER_TYPES):
        reason = Text(N_("This letter was never uploaded"))
        raise InvalidInput(reason, [Fault("designer_consent_sha256", reason)])


def _decision(command: Dispose, found: Nonconformity) -> dict[str, object]:
    return {
        "nonconformity": {"number": found.number, "kind": found.kind, "severity": found.severity},
        "disposition": command.disposition,
        "disposition_reason": command.reason,
    }


def _close(work: Work, command: Dispose, element: Element, at: datetime, replacement: Element | None) -> None:
    query = select(Nonconformity).where(Nonconformity.element_id == element.id, Nonconformity.disposition.is_(None))
    conceded = command.disposition == "concession"
    for row in work.session.scalars(query):
        row.disposition, row.disposition_reason = command.disposition, command.reason
        row.disposed_at, row.disposed_by = at, work.actor.name
        row.designer_consent = command.designer_consent.strip() or None
        row.designer_consent_sha256 = command.designer_consent_sha256 if conceded else None
        row.replacement_id = replacement.id if replacement else None
    work.session.flush()
