"""What belongs into the quality file of a delivery: its elements, and the papers about them in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from labels.keys.naming import address
from mes.accounts.models import Plant
from mes.core.commands import Work
from mes.inspection.documents.issuing import Draft, day, minute, valid_document
from mes.inspection.documents.press import CertificatePress
from mes.inspection.documents.strength_report import covering_evaluation
from mes.inspection.documents.templates import templates
from mes.inspection.models import Certificate, QualityDocument
from mes.inspection.queries import valid_certificate
from mes.inspection.strength import batches_of_load, load_of
from mes.logistics.models import Delivery, DeliveryItem
from mes.logistics.service.consignment import delivery_key, delivery_subject
from mes.orders.models import Element
from mes.shopfloor.models import CastingBatch

KINDS = ("certificate", "strength", "hidden_works")
"""The papers in the order of the file."""


def delivery_draft(work: Work, press: CertificatePress, delivery: Delivery, items: Sequence[DeliveryItem]) -> Draft:
    """The quality file as it would be now, of the papers that are issued; what is missing is named."""
    project = delivery.project
    elements = [item.element for item in items]
    papers, missing = papers_of(work.session, items)
    return Draft(
        kind="delivery",
        subject_kind="delivery",
        subject_id=delivery.id,
        plant=work.session.get_one(Plant, project.plant_id),
        project_code=project.code,
        content={
            "delivery_number": delivery.number,
            "delivery": {
                "planned_on": delivery.planned_on.isoformat(),
                "departed_at": minute(work, delivery.departed_at),
                "vehicle_plate": delivery.vehicle_plate,
                "url": address(delivery_key(delivery), press.public_url),
            },
            "project": {
                "code": project.code,
                "name": project.name,
                "address": project.address,
                "contract_number": project.contract_number,
                "permit_number": project.permit_number,
                "parties": {party.role: party.name for party in project.parties},
            },
            "items": [_item(number, item) for number, item in enumerate(items, start=1)],
            "weight_kg": sum(element.component_type.weight_kg for element in elements),
            "volume_m3": sum(element.component_type.concrete_volume_m3 for element in elements),
            "papers": papers,
            "missing": missing,
            **_rejected(work, items),
        },
        ledger_subjects=[delivery_subject(delivery)],
        shown=lambda content: with_papers(work.session, content),
    )


def _item(number: int, item: DeliveryItem) -> dict[str, Any]:
    element, kind = item.element, item.element.component_type
    return {
        "number": number,
        "serial": element.serial,
        "type_code": kind.type_code,
        "size": f"{kind.length_mm} × {kind.width_mm} × {kind.thickness_mm}",
        "place": " ".join((element.floor.building.name, element.floor.name, element.position)),
        "weight_kg": kind.weight_kg,
        "certificate": item.certificate_number,
    }


def _rejected(work: Work, items: Sequence[DeliveryItem]) -> dict[str, list[dict[str, Any]]]:
    """What the site rejected of the load, and when; nothing where it rejected nothing."""
    found = [
        {
            "about": f"构件 {item.element.serial}",
            "on": day(work, item.outcome_at),
            "certificate": item.certificate_number,
        }
        for item in items
        if item.outcome == "rejected" and item.outcome_at is not None
    ]
    return {"rejected": found} if found else {}


def papers_of(session: Session, items: Sequence[DeliveryItem]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The valid papers of a load's elements, and those that should be there but are not.

    What the site rejected has no certificate here: it is named as rejected.
    """
    papers: list[dict[str, Any]] = []
    missing: list[dict[str, Any]] = []
    for item in items:
        if item.outcome == "rejected":  # its certificate is not valid; a later one belongs to a later delivery
            continue
        found = valid_certificate(session, item.element_id)
        _take(papers, missing, "certificate", found, f"构件 {item.element.serial}")
    for batch in batches_of(session, [item.element for item in items]):
        evaluation = covering_evaluation(session, batch)
        known = valid_document(session, "strength", "casting_batch", batch.id)
        if evaluation is not None:
            known = valid_document(session, "strength", "strength_evaluation", evaluation.id) or known
        _take(papers, missing, "strength", known, f"批次 {batch.batch_number}")
    for item in items:
        record = valid_document(session, "hidden_works", "element", item.element_id)
        _take(papers, missing, "hidden_works", record, f"构件 {item.element.serial}")
    return papers, missing


def batches_of(session: Session, elements: Sequence[Element]) -> list[CastingBatch]:
    """The batches that elements were cast from, each once, by their numbers."""
    loads = {load.id for load in (load_of(session, element.id) for element in elements) if load is not None}
    found = {batch.id: batch for load_id in loads for batch in batches_of_load(session, load_id)}
    return sorted(found.values(), key=lambda batch: batch.batch_number)


def _take(
    papers: list[dict[str, Any]],
    missing: list[dict[str, Any]],
    kind: str,
    found: Certificate | QualityDocument | None,
    about: str,
) -> None:
    if found is None:
        missing.append({"kind": kind, "about": about})
    elif found.number not in {paper["number"] for paper in papers}:
        facts = {"kind": kind, "number": found.number, "about": about, "pdf_sha256": found.pdf_sha256}
        papers.append({**facts, "id": str(found.id)})


def with_papers(session: Session, content: dict[str, Any]) -> dict[str, Any]:
    """The content of a quality file with that of each paper in it, as its drawing needs it."""
    return {
        **content,
        "papers": [{**paper, "content": _content(session, content, paper)} for paper in content["papers"]],
    }


def _content(session: Session, file: dict[str, Any], paper: dict[str, Any]) -> dict[str, Any]:
    paper_id = UUID(paper["id"])
    if paper["kind"] != "certificate":
        return session.get_one(QualityDocument, paper_id).content
    found = session.get_one(Certificate, paper_id).content
    return found if found.get("form") else _of_an_earlier_form(found, file)


def _of_an_earlier_form(content: dict[str, Any], file: dict[str, Any]) -> dict[str, Any]:
    """A certificate from before there were templates, with what its drawing needs since."""
    quality = content["quality"]
    signer = {"name": quality["inspector"], "on": quality["inspected_on"], "organisation": "", "signature": None}
    verify_url = file["verify_url"].replace(file["number"], content["number"])
    return {
        **content,
        "verify_url": verify_url,
        "template": templates()["standard"].content("certificate"),
        "signers": {"inspector": signer},
    }


def strength_subjects(session: Session, elements: Sequence[Element]) -> list[tuple[str, UUID]]:
    """What strength is reported of for elements: the evaluations that cover their batches, else the batches."""
    subjects = []
    for batch in batches_of(session, elements):
        evaluation = covering_evaluation(session, batch)
        found = ("evaluation_id", evaluation.id) if evaluation is not None else ("batch_id", batch.id)
        if found not in subjects:
            subjects.append(found)
    return subjects


def latest_file(session: Session, delivery_id: UUID) -> QualityDocument | None:
    """A delivery's quality file that none has replaced."""
    query = select(QualityDocument).where(
        QualityDocument.kind == "delivery",
        QualityDocument.subject_id == delivery_id,
        QualityDocument.withdrawn_at.is_(None),
    )
    return session.scalars(query.order_by(QualityDocument.issued_at.desc()).limit(1)).first()
