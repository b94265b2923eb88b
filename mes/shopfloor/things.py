"""Batches of concrete in the register of things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from labels.layout.content import LabelContent
from labels.layout.contents import batch_content
from labels.layout.records import BatchLabel
from mes.accounts.service import the_plant
from mes.core.actor import Actor
from mes.core.text import N_, Text
from mes.identity import own_names, things
from mes.identity.naming import naming_of
from mes.identity.things import LabelWords, PublicFact, PublicThing, Thing
from mes.shopfloor.models import CastingBatch


def _thing(session: Session, batch: CastingBatch) -> Thing:
    naming = naming_of(the_plant(session))
    names = {"number": batch.batch_number, "grade": batch.concrete_grade}
    return own_names.thing(
        naming,
        lambda: naming.batch(batch.batch_number),
        kind="batch",
        subject=f"batch:{batch.batch_number}",
        number=batch.batch_number,
        title=Text(N_("Concrete batch %(number)s, %(grade)s"), names),
        address=f"/inspection/batches/{batch.batch_number}",
    )


def _of_key(session: Session, key: Mapping[str, str]) -> Thing | None:
    number = own_names.reference_in(session, key, "batch", "B")
    return _of_number(session, number) if number else None


def _of_number(session: Session, number: str) -> Thing | None:
    batch = session.scalars(select(CastingBatch).where(CastingBatch.batch_number == number)).first()
    return _thing(session, batch) if batch is not None else None


def _listed(session: Session, _actor: Actor, text: str, limit: int) -> Sequence[Thing]:
    query = select(CastingBatch).where(CastingBatch.batch_number.icontains(text, autoescape=True))
    return [_thing(session, one) for one in session.scalars(query.order_by(CastingBatch.mixed_at.desc()).limit(limit))]


def _label(session: Session, thing: Thing, words: LabelWords) -> LabelContent:
    batch = _batch(session, thing)
    record = BatchLabel(
        lot=batch.batch_number,
        material=words.translate(N_("Concrete")),
        grade=batch.concrete_grade,
        quantity=f"{batch.volume_m3:g} m³",
        produced_at=batch.mixed_at.astimezone(words.zone),
        note=batch.mix_code,
        plant=words.plant_name,
        identity_url=own_names.scanned_url(thing.key, words.public_url, f"B:{batch.batch_number}"),
    )
    return batch_content(record, words.language)


def _public(session: Session, thing: Thing) -> PublicThing:
    batch = _batch(session, thing)
    facts = (
        PublicFact(N_("Batch"), batch.batch_number),
        PublicFact(N_("Concrete grade"), batch.concrete_grade),
        PublicFact(N_("Mixed on"), f"{batch.mixed_at:%Y-%m-%d %H:%M} UTC"),
    )
    return PublicThing(thing.title, facts, "schema:Product")


def _batch(session: Session, thing: Thing) -> CastingBatch:
    return session.scalars(select(CastingBatch).where(CastingBatch.batch_number == thing.number)).one()


things.register(
    things.ThingKind(
        kind="batch",
        name=N_("Concrete batch"),
        icon="droplet",
        permission="material:read",
        of_key=_of_key,
        of_number=_of_number,
        label=_label,
        public=_public,
        listed=_listed,
    )
)
