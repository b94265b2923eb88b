"""The plant and its company in the register of things."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.accounts.models import Plant
from mes.core.text import N_
from mes.identity import own_names, things
from mes.identity.naming import naming_of
from mes.identity.things import PublicFact, PublicThing, Thing


def _plant_thing(plant: Plant) -> Thing:
    naming = naming_of(plant)
    return own_names.thing(
        naming,
        naming.place,
        kind="plant",
        subject=f"plant:{plant.code}",
        number=plant.code,
        title=plant.name,
        address="/",
    )


def _plant_of_key(session: Session, key: Mapping[str, str]) -> Thing | None:
    found = own_names.plant_named(session, key, "place")
    return _plant_thing(found[0]) if found and not found[1] else None


def _party_thing(plant: Plant) -> Thing:
    naming = naming_of(plant)
    return own_names.thing(
        naming,
        naming.party,
        kind="party",
        subject=f"party:{plant.credit_code}",
        number=plant.credit_code,
        title=plant.organisation_name,
        address="/",
    )


def _party_of_key(session: Session, key: Mapping[str, str]) -> Thing | None:
    """The company; its name is the same for all its sites, so any of its plants may answer."""
    for plant in own_names.plants(session):
        thing = _party_thing(plant)
        if thing.key == dict(key):
            return thing
    return None


def _plant(session: Session, code: str) -> Plant | None:
    return session.scalars(select(Plant).where(Plant.code == code)).first()


def _plant_of_number(session: Session, number: str) -> Thing | None:
    plant = _plant(session, number)
    return _plant_thing(plant) if plant else None


def _party_of_number(session: Session, number: str) -> Thing | None:
    plant = session.scalars(select(Plant).where(Plant.credit_code == number).order_by(Plant.code)).first()
    return _party_thing(plant) if plant else None


def _public_plant(session: Session, thing: Thing) -> PublicThing:
    plant = session.scalars(select(Plant).where(Plant.code == thing.number)).one()
    told = {"schema:name": plant.name, "schema:address": plant.address}
    return PublicThing(thing.title, _facts(plant), "gs1:Place", {name: text for name, text in told.items() if text})


def _public_party(session: Session, thing: Thing) -> PublicThing:
    plants = session.scalars(select(Plant).where(Plant.credit_code == thing.number).order_by(Plant.code)).all()
    told = {"schema:name": plants[0].organisation_name, "schema:taxID": plants[0].credit_code}
    return PublicThing(thing.title, _facts(plants[0]), "gs1:Organization", told)


def _facts(plant: Plant) -> tuple[PublicFact, ...]:
    facts = (
        PublicFact(N_("Producer"), plant.organisation_name),
        PublicFact(N_("Credit code"), plant.credit_code),
        PublicFact(N_("Plant"), plant.name),
        PublicFact(N_("Address"), plant.address),
    )
    return tuple(fact for fact in facts if fact.value)


things.register(
    things.ThingKind(
        kind="plant",
        name=N_("Plant"),
        icon="building-factory-2",
        permission="account:self",
        of_key=_plant_of_key,
        of_number=_plant_of_number,
        public=_public_plant,
    )
)
things.register(
    things.ThingKind(
        kind="party",
        name=N_("Producer"),
        icon="building",
        permission="account:self",
        of_key=_party_of_key,
        of_number=_party_of_number,
        public=_public_party,
    )
)
