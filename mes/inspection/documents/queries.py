"""Reading papers: those of an element, one for download, and what anybody may ask of a number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.actor import Actor
from mes.core.errors import NotFound
from mes.core.files import knows_projects
from mes.core.text import N_, Text
from mes.inspection.models import Certificate, QualityDocument, StrengthEvaluation
from mes.inspection.queries import certificates_of
from mes.inspection.strength import batches_of_load, load_of, loads_of_batch
from mes.orders.models import Element
from mes.shopfloor.models import CastingBatch

MOST_IDS = 500
ProjectsOfSubject = Callable[[Session, UUID], set[UUID]]
_projects_of_subject: dict[str, ProjectsOfSubject] = {}


def knows_subject(subject_kind: str) -> Callable[[ProjectsOfSubject], ProjectsOfSubject]:
    """Register how a room tells to which projects the subject of a paper belongs."""

    def register(lookup: ProjectsOfSubject) -> ProjectsOfSubject:
        _projects_of_subject[subject_kind] = lookup
        return lookup

    return register


@knows_subject("element")
def _projects_of_element(session: Session, element_id: UUID) -> set[UUID]:
    element = session.get(Element, element_id)
    return {element.project_id} if element else set()


@knows_subject("casting_batch")
def _projects_of_batch(session: Session, batch_id: UUID) -> set[UUID]:
    return {item.element.project_id for load in loads_of_batch(session, batch_id) for item in load.items}


@knows_subject("strength_evaluation")
def _projects_of_evaluation(session: Session, evaluation_id: UUID) -> set[UUID]:
    evaluation = session.get(StrengthEvaluation, evaluation_id)
    serials = evaluation.content.get("elements", []) if evaluation else []
    return set(session.scalars(select(Element.project_id).where(Element.serial.in_(serials)).distinct()))


def projects_of_document(session: Session, document: QualityDocument) -> set[UUID]:
    """The projects a paper is about."""
    lookup = _projects_of_subject.get(document.subject_kind)
    return lookup(session, document.subject_id) if lookup else set()


def document_for(session: Session, document_id: UUID, actor: Actor) -> QualityDocument:
    """A paper for looking at it.

    Raises:
        NotFound: there is none, or it is about projects this actor may not see.
    """
    found = session.get(QualityDocument, document_id)
    if found is None or not _may_see(session, actor, found):
        raise NotFound(Text(N_("There is no such paper")))
    return found


def _may_see(session: Session, actor: Actor, document: QualityDocument) -> bool:
    return actor.project_ids is None or bool(projects_of_document(session, document) & actor.project_ids)


def paper_numbered(session: Session, number: str, actor: Actor) -> Certificate | QualityDocument:
    """A certificate or another paper by its number.

    Raises:
        NotFound: there is none, or it is about projects this actor may not see.
    """
    certificate = session.scalars(select(Certificate).where(Certificate.number == number)).first()
    if certificate is not None and actor.may_see_project(certificate.element.project_id):
        return certificate
    document = session.scalars(select(QualityDocument).where(QualityDocument.number == number)).first()
    if document is None or not _may_see(session, actor, document):
        raise NotFound(Text(N_("There is no such paper")))
    return document


def number_of_file(session: Session, sha256: str) -> str | None:
    """The number of the paper whose PDF has a digest; None where no paper has."""
    for table in (Certificate, QualityDocument):
        number = session.scalar(select(table.number).where(table.pdf_sha256 == sha256.lower()).limit(1))
        if number is not None:
            return number
    return None


def batch_numbered(session: Session, number: str, actor: Actor) -> CastingBatch:
    """A casting batch by its number.

    Raises:
        NotFound: there is none, or no element of it is of a project this actor may see.
    """
    batch = session.scalars(select(CastingBatch).where(CastingBatch.batch_number == number)).first()
    if batch is None or not may_see_subject(session, actor, "casting_batch", batch.id):
        raise NotFound(Text(N_("There is no such batch")))
    return batch


def may_see_subject(session: Session, actor: Actor, subject_kind: str, subject_id: UUID) -> bool:
    """Whether what a paper is about belongs to a project this actor may see."""
    if actor.project_ids is None:
        return True
    return bool(_projects_of_subject[subject_kind](session, subject_id) & actor.project_ids)


def documents_of(session: Session, subject_kind: str, subject_ids: Sequence[UUID]) -> Sequence[QualityDocument]:
    """The papers about subjects, the newest first."""
    query = select(QualityDocument).where(
        QualityDocument.subject_kind == subject_kind, QualityDocument.subject_id.in_(subject_ids)
    )
    return session.scalars(query.order_by(QualityDocument.issued_at.desc(), QualityDocument.number.desc())).all()


def papers_of_element(session: Session, element: Element) -> list[QualityDocument]:
    """The records of an element's hidden works and the strength reports of its batches, the newest first."""
    load = load_of(session, element.id)
    batches = batches_of_load(session, load.id) if load else []
    evaluations = _evaluations_of(session, element) if batches else []
    papers = [
        *documents_of(session, "element", [element.id]),
        *documents_of(session, "strength_evaluation", evaluations),
        *documents_of(session, "casting_batch", [batch.id for batch in batches]),
    ]
    return sorted(papers, key=lambda one: (one.issued_at, one.number), reverse=True)


def every_paper_of_element(session: Session, element: Element) -> list[Certificate | QualityDocument]:
    """The certificates of an element and its other papers, the newest first."""
    papers: list[Certificate | QualityDocument] = [*certificates_of(session, element.id)]
    papers += papers_of_element(session, element)
    return sorted(papers, key=lambda one: (one.issued_at, one.number), reverse=True)


def papers_of_batch(session: Session, batch: CastingBatch) -> list[QualityDocument]:
    """The strength reports of a batch: of its own cubes, and of the evaluations that cover it; the newest first."""
    same_grade = StrengthEvaluation.concrete_grade == batch.concrete_grade
    around = (StrengthEvaluation.begins_at <= batch.mixed_at, StrengthEvaluation.ends_at > batch.mixed_at)
    evaluations = [
        one.id
        for one in session.scalars(select(StrengthEvaluation).where(same_grade, *around))
        if batch.batch_number in one.content.get("batches", ())
    ]
    papers = [
        *documents_of(session, "casting_batch", [batch.id]),
        *documents_of(session, "strength_evaluation", evaluations),
    ]
    return sorted(papers, key=lambda one: (one.issued_at, one.number), reverse=True)


def _evaluations_of(session: Session, element: Element) -> list[UUID]:
    grade = element.component_type.concrete_grade
    query = select(StrengthEvaluation).where(StrengthEvaluation.concrete_grade == grade)
    found = session.scalars(query.order_by(StrengthEvaluation.evaluated_at.desc()).limit(200))
    return [one.id for one in found if element.serial in one.content.get("elements", ())]


@dataclass(frozen=True)
class NotValidWithin:
    """A paper in a quality file that does not hold any more, or not until somebody has decided."""

    number: str
    about: str
    since: datetime
    is_suspended: bool


@dataclass(frozen=True)
class Verification:
    """What anybody may know of a paper: no more than what stands on it, and no person's name."""

    number: str
    kind: str
    issued_at: datetime
    producer: str
    subject: str  # the element's number, the evaluation, the delivery
    project: str
    pdf_sha256: str
    withdrawn_at: datetime | None
    replaced_by: str | None
    element_url: str | None
    suspended_at: datetime | None = None  # rejected on site, and nobody has decided yet
    not_valid_within: tuple[NotValidWithin, ...] = ()  # of a quality file

    @property
    def is_valid(self) -> bool:
        """Whether it was neither withdrawn nor replaced, and is not suspended."""
        return self.withdrawn_at is None and self.suspended_at is None


def verification_of(session: Session, number: str) -> Verification | None:
    """What is known of a number; None where no paper has it."""
    if len(number) > 40:
        return None
    certificate = session.scalars(select(Certificate).where(Certificate.number == number)).first()
    if certificate is not None:
        return _of_certificate(session, certificate)
    document = session.scalars(select(QualityDocument).where(QualityDocument.number == number)).first()
    return _of_document(session, document) if document is not None else None


def _of_certificate(session: Session, certificate: Certificate) -> Verification:
    content, element = certificate.content, certificate.element
    later = select(Certificate.number).where(Certificate.element_id == element.id, Certificate.withdrawn_at.is_(None))
    return Verification(
        number=certificate.number,
        kind="certificate",
        issued_at=certificate.issued_at,
        producer=content.get("producer", {}).get("name", ""),
        subject=about(certificate),
        project=element.project.name,
        pdf_sha256=certificate.pdf_sha256,
        withdrawn_at=certificate.withdrawn_at,
        replaced_by=session.scalar(later) if certificate.withdrawn_at else None,
        element_url=content.get("url"),
        suspended_at=None if certificate.withdrawn_at else certificate.suspended_at,
    )


def _of_document(session: Session, document: QualityDocument) -> Verification:
    content = document.content
    return Verification(
        number=document.number,
        kind=document.kind,
        issued_at=document.issued_at,
        producer=content.get("producer", {}).get("name", ""),
        subject=about(document),
        project=content.get("project", {}).get("name", ""),
        pdf_sha256=document.pdf_sha256,
        withdrawn_at=document.withdrawn_at,
        replaced_by=document.replaced_by,
        element_url=None,
        not_valid_within=tuple(_not_valid(session, content.get("papers", ()))),
    )


def _not_valid(session: Session, papers: Sequence[Mapping[str, str]]) -> Iterator[NotValidWithin]:
    """Those papers of a file that were withdrawn, replaced or suspended since, in the order of the file."""
    ids = [UUID(paper["id"]) for paper in papers]
    rows: dict[UUID, Certificate | QualityDocument] = {}
    for start in range(0, len(ids), MOST_IDS):
        some = ids[start : start + MOST_IDS]
        rows |= {row.id: row for row in session.scalars(select(Certificate).where(Certificate.id.in_(some)))}
        rows |= {row.id: row for row in session.scalars(select(QualityDocument).where(QualityDocument.id.in_(some)))}
    for row in (rows[one] for one in ids):
        suspended_at = row.suspended_at if isinstance(row, Certificate) else None
        since = row.withdrawn_at or suspended_at
        if since is not None:
            yield NotValidWithin(row.number, about(row), since, row.withdrawn_at is None)


def about(paper: Certificate | QualityDocument) -> str:
    """What a paper is about: the element, the evaluation or the batches, the delivery, the recall."""
    if isinstance(paper, Certificate):
        return f"{paper.element.serial} · {paper.element.component_type.type_code}"
    content = paper.content
    element, report, recall = (content.get(name) for name in ("element", "report", "recall"))
    if element:
        return f"{element['serial']} · {element['type_code']}"
    if report:
        return str(report["evaluation"] or "、".join(report["batches"]))
    return str(recall["number"] if recall else content.get("delivery_number", ""))


@knows_projects
def _projects_of_file(session: Session, sha256: str) -> set[UUID]:
    """The projects whose papers a file is."""
    found = session.scalars(select(QualityDocument).where(QualityDocument.pdf_sha256 == sha256))
    return {project for document in found for project in projects_of_document(session, document)}
