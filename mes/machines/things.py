"""Machines and sensors in the register of things."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from sqlalchemy.orm import Session

from mes.accounts.service import the_plant
from mes.core.text import N_, Text
from mes.identity import own_names, things
from mes.identity.naming import naming_of
from mes.identity.things import PublicFact, PublicThing, Thing
from mes.machines.models import Machine


def _of_key(session: Session, key: Mapping[str, str]) -> Thing | None:
    device = own_names.reference_in(session, key, "asset")
    return _of_number(session, device) if device else None


def _of_number(session: Session, number: str) -> Thing | None:
    machine = session.get(Machine, number)
    if machine is None:
        return None
    naming = naming_of(the_plant(session))
    return own_names.thing(
        naming,
        lambda: naming.asset(machine.device),
        kind="machine",
        subject=f"machine:{machine.device}",
        number=machine.device,
        title=Text(N_("Machine %(device)s"), {"device": machine.device}),
        address=f"/machines/device/{quote(machine.device)}",
    )


def _public(session: Session, thing: Thing) -> PublicThing:
    machine = session.get_one(Machine, thing.number)
    made = " ".join(filter(None, (machine.manufacturer, machine.model)))
    facts = (PublicFact(N_("Machine"), machine.device), PublicFact(N_("Maker and model"), made or "–"))
    return PublicThing(thing.title, facts, "schema:Product")


things.register(
    things.ThingKind(
        kind="machine",
        name=N_("Machine"),
        icon="cpu",
        permission="line:read",
        of_key=_of_key,
        of_number=_of_number,
        public=_public,
    )
)
