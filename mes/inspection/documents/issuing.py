"""Issuing papers: numbered without gaps, kept with their content, told to the ledger – all in one transaction.

A paper names its own number, and printing takes seconds. So it is printed before that transaction, with the number it
hopes for (`compose`, `print_sheet`; `ahead` does all of it), and the transaction takes what was printed if number and
content are still the same. A number is taken with its paper or not at all: what was printed in vain, or by a process
that was killed, is a file that no paper names.
"""

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

from mes.accounts.models import Plant, SerialCounter
from mes.accounts.service import lock_numbers, next_number
from mes.core.commands import Work
from mes.core.errors import Conflict
from mes.core.files import note_file
from mes.core.ids import new_id
from mes.core.text import N_, Text
from mes.inspection.documents.photos import Print
from mes.inspection.documents.press import CertificatePress
from mes.inspection.documents.signatures import signature_of
from mes.inspection.documents.templates import Kind, require_extras, templates
from mes.inspection.models import QualityDocument
from mes.inspection.policy import policy_in_force
from mes.ledger.service import record

FORM = 2  # of the content; papers of an earlier form are kept as they were issued
PREFIXES = {"hidden_works": "YBJL", "strength": "QDBG", "delivery": "ZLWJ", "recall": "ZHQD"}
"""隐蔽记录, 强度报告, 质量文件, 召回清单, as certificates are HGZ (合格证)."""
Content = dict[str, Any]


class PressedInVain(Conflict):
    """What was printed is not what would be issued now: facts changed, or somebody else took the number."""


@dataclass(frozen=True)
class Draft:
    """A paper that is to be issued. `content` is all of it but number, times, template and the issuer's signature.

    `shown` makes of the whole content what is drawn, where that is more (the papers within a paper); `prints` are the
    smaller photos that it names.
    """

    kind: Kind
    subject_kind: str
    subject_id: UUID
    plant: Plant
    project_code: str
    content: Mapping[str, Any]
    ledger_subjects: Sequence[str]
    elements: Sequence[Mapping[str, Any]] = field(default=())
    signers: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    shown: Callable[[Content], Mapping[str, Any]] = dict
    prints: Sequence[Print] = ()


@dataclass(frozen=True)
class Sheet:
    """A paper as it would be issued now: its content with the number it hopes for, and all that is drawn."""

    draft: Draft
    at: datetime
    content: Content
    shown: Mapping[str, Any] | None  # None: the paper that says the same is issued already


@dataclass(frozen=True)
class Pressed:
    """A sheet that was printed and kept as a file, before it is issued."""

    draft: Draft
    at: datetime
    content: Content
    pdf: Print | None  # None: there was nothing to print


def compose(work: Work, press: CertificatePress, draft: Draft, at: datetime) -> Sheet:
    """What would be issued now; changes nothing.

    Raises:
        PaperIncomplete: the city's template asks for something that is not known.
    """
    content = _content(work, press, draft, at)
    before = valid_document(work.session, draft.kind, draft.subject_kind, draft.subject_id)
    is_said = before is not None and before.content.get("basis") == content["basis"]
    return Sheet(draft, at, content, None if is_said else draft.shown(content))


def print_sheet(press: CertificatePress, sheet: Sheet) -> Pressed:
    """Print a sheet and keep the file; needs no database.

    Raises:
        FontsMissing: the PDF cannot be made here.
    """
    pdf = _print(press, sheet.draft.kind, sheet.shown) if sheet.shown is not None else None
    return Pressed(sheet.draft, sheet.at, sheet.content, pdf)


def issue_document(
    work: Work, press: CertificatePress, draft: Draft, at: datetime, ahead: Pressed | None = None
) -> QualityDocument:
    """Issue a paper in the caller's transaction; the one that says the same already is returned instead of a copy.

    A paper about the same subject that says something else is replaced: it stays, and says which one took its place.
    Without `ahead` it is printed here, while everybody else who writes waits.

    Raises:
        PressedInVain: `ahead` is not what would be issued now.
        PaperIncomplete: the city's template asks for something that is not known.
        FontsMissing: the PDF cannot be made here.
    """
    at = ahead.at if ahead is not None else at
    lock_numbers(work, draft.plant, _counter(work, draft, at))
    content = _content(work, press, draft, at)
    before = valid_document(work.session, draft.kind, draft.subject_kind, draft.subject_id)
    if before is not None and before.content.get("basis") == content["basis"]:
        return before
    pdf = _printed(press, draft, content, ahead)
    next_number(work, draft.plant, _counter(work, draft, at))
    for kept, media_type in ((pdf, "application/pdf"), *((one, "image/jpeg") for one in draft.prints)):
        note_file(work.session, kept.sha256, media_type, kept.size_bytes, work.now())
    document = _row(work, draft, content, pdf, at)
    if before is not None:
        before.withdrawn_at, before.replaced_by = at, document.number
    work.session.add(document)
    work.session.flush()
    _tell(work, draft, document, before)
    return document


def _printed(press: CertificatePress, draft: Draft, content: Content, ahead: Pressed | None) -> Print:
    if ahead is None:
        return _print(press, draft.kind, draft.shown(content))
    if ahead.pdf is None or ahead.content != content:
        raise PressedInVain(Text(N_("What this paper says changed while it was being made; make it again")))
    return ahead.pdf


def _print(press: CertificatePress, kind: str, shown: Mapping[str, Any]) -> Print:
    pdf = press.render(kind, shown)
    return Print(press.store.write(pdf), len(pdf))


def _row(work: Work, draft: Draft, content: Content, pdf: Print, at: datetime) -> QualityDocument:
    return QualityDocument(
        id=new_id(),
        number=content["number"],
        kind=draft.kind,
        subject_kind=draft.subject_kind,
        subject_id=draft.subject_id,
        template=content["template"]["id"],
        issued_at=at,
        issued_by=work.actor.name,
        content=content,
        pdf_sha256=pdf.sha256,
    )


def _tell(work: Work, draft: Draft, document: QualityDocument, before: QualityDocument | None) -> None:
    record(
        work,
        "document.issued",
        draft.ledger_subjects,
        event_time=document.issued_at,
        elements=draft.elements,
        data={"document": {"number": document.number, "kind": draft.kind, "pdf_sha256": document.pdf_sha256}}
        | ({"replaces": before.number} if before is not None else {}),
    )


def _content(work: Work, press: CertificatePress, draft: Draft, at: datetime) -> Content:
    """All that the paper says, with the number that is next; its basis is what it says apart from number and time."""
    template = templates()[policy_in_force(work.session).papers.of(draft.project_code)].content(draft.kind)
    said = {**draft.content, "template": template, "signers": {**draft.signers}}
    content = {**said, "basis": digest_of(said), **head_of(work, press, draft.plant, _number(work, draft, at), at)}
    issuer = signer(work.session, work.actor.id, work.actor.name, day(work, at))
    content["signers"] = {**draft.signers, "issuer": issuer}
    require_extras(content)
    return content


def _number(work: Work, draft: Draft, at: datetime) -> str:
    """The number that the next paper gets; it is its own only where the counter is locked."""
    counter = work.session.get(SerialCounter, (draft.plant.id, _counter(work, draft, at)), populate_existing=True)
    running = counter.next_number if counter is not None else 1
    return f"{PREFIXES[draft.kind]}-{draft.plant.code}-{_year(work, at)}-{running:06d}"


def _counter(work: Work, draft: Draft, at: datetime) -> str:
    return f"document-{draft.kind}-{_year(work, at)}"


def _year(work: Work, at: datetime) -> int:
    return at.astimezone(work.clock.zone).year


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
