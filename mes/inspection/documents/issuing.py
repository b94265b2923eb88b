"""Issuing papers: numbered without gaps, kept with their content, told to the ledger – all in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.models import Plant
from mes.accounts.service import lock_numbers, next_number
from mes.core.commands import Work
from mes.core.files import keep_file
from mes.core.ids import new_id
from mes.inspection.documents.press import CertificatePress
from mes.inspection.documents.signatures import signature_of
from mes.inspection.documents.templates import Kind, require_extras, templates
from mes.inspection.models import QualityDocument
from mes.inspection.policy import policy_in_force
from mes.ledger.service import record

FORM = 2  # of the content; papers of an earlier form are kept as they were issued
PREFIXES = {"hidden_works": "YBJL", "strength": "QDBG", "delivery": "ZLWJ"}
"""隐蔽记录, 强度报告, 质量文件, as certificates are HGZ (合格证)."""


@dataclass(frozen=True)
class Draft:
    """A paper that is to be issued. `content` is all of it but number, times, template and the issuer's signature."""

    kind: Kind
    subject_kind: str
    subject_id: UUID
    plant: Plant
    project_code: str
    content: Mapping[str, Any]
    ledger_subjects: Sequence[str]
    elements: Sequence[Mapping[str, Any]] = field(default=())
    signers: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)


def issue_document(
    work: Work,
    press: CertificatePress,
    draft: Draft,
    at: datetime,
    shown: Callable[[dict[str, Any]], Mapping[str, Any]] = dict,
) -> QualityDocument:
    """Issue a paper in the caller's transaction; the one that says the same already is returned instead of a copy.

    A paper about the same subject that says something else is replaced: it stays, and says which one took its place.
    `shown` makes of the content what is drawn, where that is more than the content (the papers within a paper).

    Raises:
        PaperIncomplete: the city's template asks for something that is not known.
        FontsMissing: the PDF cannot be made here.
    """
    year = at.astimezone(work.clock.zone).year
    counter = f"document-{draft.kind}-{year}"
    lock_numbers(work, draft.plant, counter)
    template = templates()[policy_in_force(work.session).papers.of(draft.project_code)].content(draft.kind)
    content = {**draft.content, "template": template, "signers": {**draft.signers}}
    basis = digest_of(content)
    before = valid_document(work.session, draft.kind, draft.subject_kind, draft.subject_id)
    if before is not None and before.content.get("basis") == basis:
        return before
    number = f"{PREFIXES[draft.kind]}-{draft.plant.code}-{year}-{next_number(work, draft.plant, counter):06d}"
    content |= {"basis": basis, **head_of(work, press, draft.plant, number, at)}
    content["signers"]["issuer"] = signer(work.session, work.actor.id, work.actor.name, day(work, at))
    require_extras(content)
    pdf = press.render(draft.kind, shown(content))
    document = QualityDocument(
        id=new_id(),
        number=number,
        kind=draft.kind,
        subject_kind=draft.subject_kind,
        subject_id=draft.subject_id,
        template=template["id"],
        issued_at=at,
        issued_by=work.actor.name,
        content=content,
        pdf_sha256=keep_file(work.session, press.store, pdf, "application/pdf", work.now()),
    )
    if before is not None:
        before.withdrawn_at, before.replaced_by = at, number
    work.session.add(document)
    work.session.flush()
    record(
        work,
        "document.issued",
        draft.ledger_subjects,
        event_time=at,
        elements=draft.elements,
        data={"document": {"number": number, "kind": draft.kind, "pdf_sha256": document.pdf_sha256}}
        | ({"replaces": before.number} if before is not None else {}),
    )
    return document


def valid_document(session: Session, kind: str, subject_kind: str, subject_id: UUID) -> QualityDocument | None:
    """The paper of a kind about a subject that none has replaced."""
    query = select(QualityDocument).where(
        QualityDocument.kind == kind,
        QualityDocument.subject_kind == subject_kind,
        QualityDocument.subject_id == subject_id,
        QualityDocument.withdrawn_at.is_(None),
    )
    return session.scalars(query.order_by(QualityDocument.issued_at.desc()).limit(1)).first()


def head_of(work: Work, press: CertificatePress, plant: Plant, number: str, at: datetime) -> dict[str, Any]:
    """What every paper says first: its number, when and where it was issued, and where it is verified."""
    return {
        "form": FORM,
        "number": number,
        "issued_on": day(work, at),
        "issued_at": at.isoformat(),
        "verify_url": press.verify_url(number),
        "producer": producer_facts(plant),
    }


def producer_facts(plant: Plant) -> dict[str, str]:
    """The producer as papers name it."""
    return {
        "name": plant.organisation_name,
        "plant": plant.name,
        "credit_code": plant.credit_code,
        "address": plant.address,
    }


def signer(session: Session, person_id: str, name: str, on: str, organisation: str = "") -> dict[str, Any]:
    """Somebody who signed, with the picture of their signature as it is now."""
    return {"name": name, "on": on, "organisation": organisation, "signature": signature_of(session, person_id)}


def day(work: Work, moment: datetime) -> str:
    """The factory's date of a moment."""
    return moment.astimezone(work.clock.zone).date().isoformat()


def minute(work: Work, moment: datetime | None) -> str:
    """The factory's date and time of a moment."""
    return moment.astimezone(work.clock.zone).strftime("%Y-%m-%d %H:%M") if moment else ""


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of a content, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
