"""Certificates of conformity (合格证): what stands on one, issuing and withdrawing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mes.accounts.models import Plant
from mes.accounts.service import next_number
from mes.core.commands import Work
from mes.core.files import keep_file
from mes.core.ids import new_id
from mes.inspection.documents.certificate_pdf import certificate_pdf
from mes.inspection.documents.press import CertificatePress
from mes.inspection.judgement import dimensions_of, plan_of, rules
from mes.inspection.models import Certificate, Inspection
from mes.inspection.queries import latest_inspection, valid_certificate
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
    """
    plant = work.session.get_one(Plant, element.project.plant_id)
    year = at.astimezone(work.clock.zone).year
    number = f"HGZ-{plant.code}-{year}-{next_number(work, plant, f'certificate-{year}'):06d}"
    content = _content(work, press, plant, element, final, proofs, at, number, concession)
    digest = keep_file(
        work.session, press.store, certificate_pdf(content, press.fonts()), "application/pdf", work.now()
    )
    certificate = Certificate(
        id=new_id(),
        number=number,
        element_id=element.id,
        issued_at=at,
        issued_by=work.actor.name,
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
    """Withdraw the element's valid certificate, if it has one."""
    certificate = valid_certificate(work.session, element.id)
    if certificate is None:
        return None
    certificate.withdrawn_at, certificate.withdrawal_reason = at, reason[:200]
    note(
        work,
        "element.certificate_withdrawn",
        [element],
        event_time=at,
        data={"certificate": {"number": certificate.number}, "reason": reason},
    )
    return certificate


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
    """Everything on the paper; the PDF is a pure function of it and the fonts."""
    facts = element_facts(element)
    hidden = latest_inspection(work.session, element.id, "hidden_works")
    cast_at = datetime.fromisoformat(element.facts["curing"])
    return {
        "number": number,
        "issued_on": _day(work, at),
        "url": press.element_url(element.digital_link),
        "quantity": 1,
        "element": {
            **{name: facts[name] for name in ELEMENT_FACTS},
            "family_name": _words(catalogue().family(element.component_type.family).title),
        },
        "project": {
            "code": facts["project_code"],
            "name": facts["project_name"],
            "address": element.project.address,
            "permit_number": element.project.permit_number,
            "contract_number": element.project.contract_number,
            "building": facts["building"],
            "floor": facts["floor"],
            "position": facts["position"],
            "mark": facts["mark"],
            "parties": {party.role: party.name for party in element.project.parties},
        },
        "producer": {
            "name": plant.organisation_name,
            "plant": plant.name,
            "credit_code": plant.credit_code,
            "address": plant.address,
        },
        "produced_on": _day(work, cast_at),
        "delivered_on": None,  # written by hand, or by the delivery note, when it leaves
        "strength": {
            "grade": facts["concrete_grade"],
            "required_mpa": delivery_strength_mpa(element),
            "reached_mpa": min(proof.test.set_value_mpa for proof in proofs if proof.test and proof.test.set_value_mpa),
            "batches": [{**proof_document(proof), "mixed_on": _day(work, proof.batch.mixed_at)} for proof in proofs],
        },
        "quality": {
            "status": CONCEDED if concession else QUALIFIED,
            "concession": concession,
            "standard": rules().source.standard,
            "items": inspected_items(element, final),
            "inspector": final.inspector_name,
            "inspected_on": _day(work, final.inspected_at),
            "witnessed_by": final.witnessed_by,
            "hidden_works": _hidden_works(work, hidden),
        },
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
    titles = {item.id: item.title for item in plan_of(element, "final").items}
    sizes = dimensions_of(element)
    own = {"length": sizes.length_mm, "width": sizes.width_mm, "thickness": sizes.thickness_mm}
    rows = []
    for reading, result in zip(final.answers["measurements"], final.evaluation["items"], strict=False):
        item = result["item"]
        nominal = reading["nominal"] if reading["nominal"] is not None else own.get(item)
        rows.append({**result, "title": _words(titles[item]), "nominal": nominal, "values": reading["values"]})
    return rows


def _hidden_works(work: Work, hidden: Inspection | None) -> dict[str, Any] | None:
    if hidden is None:
        return None
    return {
        "inspector": hidden.inspector_name,
        "inspected_on": _day(work, hidden.inspected_at),
        "witnessed_by": hidden.witnessed_by,
    }


def _words(words: Any) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _day(work: Work, moment: datetime) -> str:
    return moment.astimezone(work.clock.zone).date().isoformat()
