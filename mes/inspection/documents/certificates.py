"""Certificates of conformity (合格证): what stands on one, issuing, suspending and withdrawing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import mes.inspection.documents.certificate_pdf  # noqa: F401 - says how certificates are drawn
from mes.accounts.models import Plant
from mes.accounts.service import next_number
from mes.core.commands import Work
from mes.core.files import keep_file
from mes.core.ids import new_id
from mes.inspection.documents.issuing import day, digest_of, head_of, signer
from mes.inspection.documents.press import CertificatePress
from mes.inspection.documents.templates import require_extras, templates
from mes.inspection.judgement import dimensions_of
from mes.inspection.models import Certificate, Inspection
from mes.inspection.policy import judged_by, policy_in_force
from mes.inspection.production_head import head_at_casting
from mes.inspection.queries import latest_inspection, standing_certificate, valid_certificate
from mes.inspection.strength import StrengthProof, delivery_strength_mpa, proof_document
from mes.orders.elements import element_facts, note
from mes.orders.models import Element
from quality import catalogue

QUALIFIED, CONCEDED = "qualified", "concession"


def issue_certificate(
    work: Work,
    press: CertificatePress,
    element: Element,
    final: Inspection,
    proofs: Sequence[StrengthProof],
    at: datetime,
    concession: dict[str, str] | None = None,
) -> Certificate:
    """Issue the certificate of an element in the caller's transaction: number, content, PDF, event.

    Args:
        final: the final inspection it certifies.
        concession: number of the nonconformity and reference of the designer's consent, where it was conceded.

    Raises:
        FontsMissing: the PDF cannot be made here.
        PaperIncomplete: the city's template asks for something that is not known.
    """
    plant = work.session.get_one(Plant, element.project.plant_id)
    year = at.astimezone(work.clock.zone).year
    number = f"HGZ-{plant.code}-{year}-{next_number(work, plant, f'certificate-{year}'):06d}"
    content = _content(work, press, plant, element, final, proofs, at, number, concession)
    require_extras(content)
    digest = keep_file(work.session, press.store, press.render("certificate", content), "application/pdf", work.now())
    certificate = Certificate(
        id=new_id(),
        number=number,
        element_id=element.id,
        issued_at=at,
        issued_by=work.actor.name,
        template=content["template"]["id"],
        content=content,
        pdf_sha256=digest,
    )
    work.session.add(certificate)
    note(
        work,
        "element.certified",
        [element],
        event_time=at,
        data={"certificate": {"number": number, "pdf_sha256": digest, "status": content["quality"]["status"]}},
    )
    return certificate


def withdraw_certificate(work: Work, element: Element, reason: str, at: datetime) -> Certificate | None:
    """Withdraw the element's certificate for good, if it has one that is not withdrawn."""
    certificate = standing_certificate(work.session, element.id)
    if certificate is None:
        return None
    certificate.withdrawn_at, certificate.withdrawal_reason = at, reason[:200]
    _note(work, "element.certificate_withdrawn", element, certificate, reason, at)
    return certificate


def suspend_certificate(work: Work, element: Element, reason: str, at: datetime) -> Certificate | None:
    """Suspend the element's valid certificate, if it has one: it says nothing until somebody has decided.

    What is decided then either withdraws it (a nonconformity) or makes it valid again (`reinstate_certificate`).
    """
    certificate = valid_certificate(work.session, element.id)
    if certificate is None:
        return None
    certificate.suspended_at, certificate.suspension_reason = at, reason[:200]
    _note(work, "element.certificate_suspended", element, certificate, reason, at)
    return certificate


def reinstate_certificate(work: Work, element: Element, reason: str, at: datetime) -> Certificate | None:
    """Make the element's suspended certificate valid again; returns the one that is valid then, None where none is."""
    certificate = standing_certificate(work.session, element.id)
    if certificate is not None and certificate.suspended_at is not None:
        certificate.suspended_at, certificate.suspension_reason = None, None
        _note(work, "element.certificate_reinstated", element, certificate, reason, at)
    return certificate


def _note(work: Work, kind: str, element: Element, certificate: Certificate, reason: str, at: datetime) -> None:
    data = {"certificate": {"number": certificate.number}, "reason": reason}
    note(work, kind, [element], event_time=at, data=data)


def _content(
    work: Work,
    press: CertificatePress,
    plant: Plant,
    element: Element,
    final: Inspection,
    proofs: Sequence[StrengthProof],
    at: datetime,
    number: str,
    concession: dict[str, str] | None,
) -> dict[str, Any]:
    """Everything on the paper; the PDF is a pure function of it, the fonts and the pictures of signatures."""
    inspected_on, project = day(work, final.inspected_at), project_content(element)
    content = {
        **head_of(work, press, plant, number, at),
        "template": templates()[policy_in_force(work.session).papers.of(project["code"])].content("certificate"),
        "url": press.element_url(element.digital_link),
        "quantity": 1,
        "element": element_content(element),
        "project": project,
        "produced_on": day(work, datetime.fromisoformat(element.facts["curing"])),
        "delivered_on": None,  # written by hand, or by the delivery note, when it leaves
        "strength": _strength(work, element, proofs),
        "quality": _quality(work, element, final, concession),
        "signers": {"inspector": signer(work.session, final.inspector_id, final.inspector_name, inspected_on)},
        **head_at_casting(work.session, element),
    }
    return {**content, "basis": digest_of(content)}


def element_content(element: Element) -> dict[str, Any]:
    """An element as papers describe it."""
    facts = element_facts(element)
    family = catalogue().family(element.component_type.family)
    return {**{name: facts[name] for name in ELEMENT_FACTS}, "family_name": _words(family.title)}


def project_content(element: Element) -> dict[str, Any]:
    """Where an element belongs, as papers say it."""
    facts, project = element_facts(element), element.project
    return {
        "code": facts["project_code"],
        "name": facts["project_name"],
        "address": project.address,
        "permit_number": project.permit_number,
        "contract_number": project.contract_number,
        "building": facts["building"],
        "floor": facts["floor"],
        "position": facts["position"],
        "mark": facts["mark"],
        "parties": {party.role: party.name for party in project.parties},
    }


def _strength(work: Work, element: Element, proofs: Sequence[StrengthProof]) -> dict[str, Any]:
    return {
        "grade": element.component_type.concrete_grade,
        "required_mpa": delivery_strength_mpa(element),
        "reached_mpa": min(proof.test.set_value_mpa for proof in proofs if proof.test and proof.test.set_value_mpa),
        "batches": [{**proof_document(proof), "mixed_on": day(work, proof.batch.mixed_at)} for proof in proofs],
    }


def _quality(work: Work, element: Element, final: Inspection, concession: dict[str, str] | None) -> dict[str, Any]:
    return {
        "status": CONCEDED if concession else QUALIFIED,
        "concession": concession,
        "standard": judged_by(work.session, final).source.standard,
        "items": inspected_items(element, final),
        "inspector": final.inspector_name,
        "inspected_on": day(work, final.inspected_at),
        "witnessed_by": final.witnessed_by,
        "hidden_works": _hidden_works(work, latest_inspection(work.session, element.id, "hidden_works")),
    }


ELEMENT_FACTS = (
    "serial",
    "gtin",
    "epc_hex",
    "digital_link",
    "type_code",
    "type_revision",
    "family",
    "type_name",
    "length_mm",
    "width_mm",
    "thickness_mm",
    "volume_m3",
    "weight_kg",
)


def inspected_items(element: Element, final: Inspection) -> list[dict[str, Any]]:
    """Each measured item with its readings and judgement, worst reading first decides."""
    items = catalogue().items
    sizes = dimensions_of(element)
    own = {"length": sizes.length_mm, "width": sizes.width_mm, "thickness": sizes.thickness_mm}
    rows = []
    for reading, result in zip(final.answers["measurements"], final.evaluation["items"], strict=False):
        item = result["item"]
        nominal = reading["nominal"] if reading["nominal"] is not None else own.get(item)
        rows.append({**result, "title": _words(items[item].title), "nominal": nominal, "values": reading["values"]})
    return rows


def _hidden_works(work: Work, hidden: Inspection | None) -> dict[str, Any] | None:
    if hidden is None:
        return None
    return {
        "inspector": hidden.inspector_name,
        "inspected_on": day(work, hidden.inspected_at),
        "witnessed_by": hidden.witnessed_by,
    }


def _words(words: Any) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
