"""Strength proofs: which batches an element was cast from, and what their cube tests say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.errors import Conflict
from mes.core.text import N_, Text
from mes.inspection.models import CubeTest
from mes.orders.models import Element
from mes.planning.models import PalletLoad, PalletLoadItem
from mes.shopfloor.models import Casting, CastingBatch
from quality import release_rules, release_strength

DEMOULDING, DELIVERY = "demoulding", "delivery"


class StrengthNotProven(Conflict):
    """No cube test proves the strength that the step needs."""


@dataclass(frozen=True)
class StrengthProof:
    """A batch with the test that speaks for it: the latest valid one."""

    batch: CastingBatch
    test: CubeTest | None

    def reaches(self, required_mpa: float) -> bool:
        """Whether the batch's latest valid set is at least so strong."""
        return self.test is not None and self.test.set_value_mpa is not None and self.test.set_value_mpa >= required_mpa


def was_cast(element: Element) -> bool:
    """Whether concrete was ever poured for this element."""
    return "curing" in element.facts


def load_of(session: Session, element_id: UUID) -> PalletLoad | None:
    """The load an element is or was made with: the last one that was not withdrawn."""
    query = (
        select(PalletLoad)
        .join(PalletLoadItem, PalletLoadItem.load_id == PalletLoad.id)
        .where(PalletLoadItem.element_id == element_id, PalletLoad.state != "withdrawn")
        .order_by(PalletLoad.number.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def batches_of_load(session: Session, load_id: UUID) -> Sequence[CastingBatch]:
    """The batches poured into a load, by their number."""
    query = (
        select(CastingBatch)
        .join(Casting, Casting.batch_id == CastingBatch.id)
        .where(Casting.load_id == load_id)
        .order_by(CastingBatch.batch_number)
    )
    return session.scalars(query).unique().all()


def loads_of_batch(session: Session, batch_id: UUID) -> Sequence[PalletLoad]:
    """The loads a batch was poured into, by their number."""
    query = (
        select(PalletLoad)
        .join(Casting, Casting.load_id == PalletLoad.id)
        .where(Casting.batch_id == batch_id)
        .order_by(PalletLoad.number)
    )
    return session.scalars(query).unique().all()


def latest_tests(session: Session, batch_ids: Sequence[UUID], stage: str) -> dict[UUID, CubeTest]:
    """The latest valid cube test of each batch that may prove the strength of a stage of `release_rules`.

    Cubes under standard curing say nothing of a load that was steamed for a night: for demoulding only those count
    that were cured with the elements.
    """
    query = select(CubeTest).where(CubeTest.batch_id.in_(batch_ids), CubeTest.set_value_mpa.is_not(None))
    wanted = release_rules()[stage].cubes
    if wanted is not None:
        query = query.where(CubeTest.condition == wanted)
    return {test.batch_id: test for test in session.scalars(query.order_by(CubeTest.tested_at, CubeTest.id))}


def proofs_of_load(session: Session, load_id: UUID, stage: str = DELIVERY) -> list[StrengthProof]:
    """Each batch of a load with the test that speaks for it at a stage."""
    batches = batches_of_load(session, load_id)
    tests = latest_tests(session, [batch.id for batch in batches], stage)
    return [StrengthProof(batch, tests.get(batch.id)) for batch in batches]


def proofs_of_element(session: Session, element: Element) -> list[StrengthProof]:
    """Each batch an element was cast from with the test that speaks for it."""
    load = load_of(session, element.id)
    return proofs_of_load(session, load.id) if load is not None and was_cast(element) else []


def delivery_strength_mpa(element: Element) -> float:
    """The strength an element must have before it leaves: 75 % of its grade (GB 50666), no design value being known."""
    return release_strength(DELIVERY, element.component_type.concrete_grade)


def prove_delivery_strength(session: Session, element: Element) -> list[StrengthProof]:
    """The proofs that an element may leave.

    Raises:
        StrengthNotProven: a batch has no valid cube test that reaches the strength; says which.
    """
    required, proofs = delivery_strength_mpa(element), proofs_of_element(session, element)
    if not proofs:
        raise StrengthNotProven(
            Text(
                N_("No concrete batch is known for element %(serial)s, so its strength is not proven"),
                {"serial": element.serial},
            )
        )
    for proof in proofs:
        if not proof.reaches(required):
            raise StrengthNotProven(_shortfall(proof, required))
    return proofs


def _shortfall(proof: StrengthProof, required: float) -> Text:
    values = {"batch": proof.batch.batch_number, "required": f"{required:g}"}
    if proof.test is None:
        return Text(N_("Batch %(batch)s has no valid cube test yet; %(required)s MPa must be proven"), values)
    values["value"] = f"{proof.test.set_value_mpa:g}"
    return Text(N_("Batch %(batch)s reached %(value)s MPa; %(required)s MPa are needed"), values)


def demoulding_strength_mpa(load: PalletLoad) -> float:
    """The strength at which a load may be demoulded (JGJ 1-2014 clause 11.3.6)."""
    return release_strength(DEMOULDING, load.concrete_grade)


def proof_document(proof: StrengthProof) -> dict[str, object]:
    """A proof as the ledger and the certificate keep it."""
    test = proof.test
    return {
        "batch_number": proof.batch.batch_number,
        "concrete_grade": proof.batch.concrete_grade,
        "mixed_at": proof.batch.mixed_at.isoformat(),
        "strengths_mpa": list(test.strengths_mpa) if test else [],
        "set_value_mpa": test.set_value_mpa if test else None,
        "condition": test.condition if test else None,
        "age_hours": test.age_hours if test else None,
        "tested_at": test.tested_at.isoformat() if test else None,
    }
