"""Moulds in the register of things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from labels.layout.content import LabelContent
from labels.layout.contents import mould_content
from labels.layout.records import MouldLabel
from mes.accounts.service import the_plant
from mes.core.actor import Actor
from mes.core.text import N_, Text
from mes.identity import own_names, things
from mes.identity.naming import naming_of
from mes.identity.things import LabelWords, PublicFact, PublicThing, Thing
from mes.library.families import FAMILY_NAMES
from mes.library.models import ComponentType, Mould


def mould_thing(session: Session, mould: Mould) -> Thing:
    """A mould as the register of things knows it."""
    naming = naming_of(the_plant(session))
    names = {"family": Text(FAMILY_NAMES[mould.family]), "code": mould.code}
    return own_names.thing(
        naming,
        lambda: naming.mould(mould.code),
        kind="mould",
        subject=f"mould:{mould.code}",
        number=mould.code,
        title=Text(N_("Mould %(code)s, %(family)s"), names),
        address=f"/moulds/{quote(mould.code, safe='')}",
    )


def _of_key(session: Session, key: Mapping[str, str]) -> Thing | None:
    code = own_names.reference_in(session, key, "mould")
    return _of_number(session, code) if code else None


def _of_number(session: Session, number: str) -> Thing | None:
    mould = session.scalars(select(Mould).where(Mould.code == number)).first()
    return mould_thing(session, mould) if mould is not None else None


def _listed(session: Session, _actor: Actor, text: str, limit: int) -> Sequence[Thing]:
    query = select(Mould).where(Mould.code.icontains(text, autoescape=True)).order_by(Mould.code).limit(limit)
    return [mould_thing(session, mould) for mould in session.scalars(query)]


def _label(session: Session, thing: Thing, words: LabelWords) -> LabelContent:
    mould = session.scalars(select(Mould).where(Mould.code == thing.number)).one()
    made = session.get(ComponentType, mould.component_type_id) if mould.component_type_id else None
    record = MouldLabel(
        code=mould.code,
        identity_url=own_names.scanned_url(thing.key, words.public_url, mould.code),
        family=words.translate(FAMILY_NAMES[mould.family]),
        makes=(made.type_code,) if made else (),
        casts_between_maintenance=mould.casts_between_maintenance,
        plant=words.plant_name,
        epc_hex=thing.epc_hex,
    )
    return mould_content(record, words.language)


def _public(_session: Session, thing: Thing) -> PublicThing:
    return PublicThing(thing.title, (PublicFact(N_("Mould"), thing.number),), "schema:Product")


things.register(
    things.ThingKind(
        kind="mould",
        name=N_("Mould"),
        icon="box",
        permission="mould:read",
        of_key=_of_key,
        of_number=_of_number,
        label=_label,
        public=_public,
        listed=_listed,
    )
)
