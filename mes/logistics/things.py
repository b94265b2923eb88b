"""Loads and yard slots in the register of things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from labels.errors import LabelError
from labels.keys.naming import load_code
from labels.layout.content import LabelContent
from labels.layout.contents import load_content, rack_content, slot_content
from labels.layout.records import LoadLabel, RackLabel, SlotLabel
from mes.accounts.models import Plant
from mes.core.actor import Actor
from mes.core.text import N_, Text
from mes.identity import own_names, things
from mes.identity.naming import naming_of
from mes.identity.things import LabelWords, PublicFact, PublicThing, Thing
from mes.logistics import queries
from mes.logistics.models import Delivery, YardSlot
from mes.logistics.service.consignment import delivery_subject

MOST_CONTENTS = 6  # kinds of element named on a load's label
STORAGE = {"flat": N_("Lying"), "rack": N_("Standing")}


def thing_of_delivery(session: Session, delivery: Delivery) -> Thing:
    """A delivery's load as a thing."""
    naming = naming_of(session.get_one(Plant, delivery.project.plant_id))
    names = {"number": delivery.number, "project": delivery.project.name}
    return own_names.thing(
        naming,
        lambda: naming.load_of_code(delivery.sscc),
        kind="delivery",
        subject=delivery_subject(delivery),
        number=delivery.number,
        title=Text(N_("Load %(number)s to %(project)s"), names),
        address=f"/deliveries/{delivery.number}",
        project_id=delivery.project_id,
    )


def _load_of_key(session: Session, key: Mapping[str, str]) -> Thing | None:
    try:
        return _load_of_code(session, load_code(key))
    except LabelError:
        return None


def _load_of_code(session: Session, code: str) -> Thing | None:
    delivery = session.scalars(select(Delivery).where(Delivery.sscc == code)).first()
    return thing_of_delivery(session, delivery) if delivery is not None else None


def _loads(session: Session, actor: Actor, text: str, limit: int) -> Sequence[Thing]:
    query = queries.delivery_query(actor).where(Delivery.number.icontains(text, autoescape=True)).limit(limit)
    return [thing_of_delivery(session, delivery) for delivery in session.scalars(query).unique()]


def _load_label(session: Session, thing: Thing, words: LabelWords) -> LabelContent:
    delivery = session.scalars(select(Delivery).where(Delivery.number == thing.number)).one()
    items = queries.items_of(session, delivery.id)
    counts = Counter(item.element.component_type.type_code for item in items)
    record = LoadLabel(
        sscc=delivery.sscc,
        project=delivery.project.name,
        site_address=delivery.project.address,
        delivery_note=delivery.number,
        vehicle_plate=delivery.vehicle_plate,
        driver=delivery.driver_name,
        loaded_on=delivery.planned_on,
        element_count=len(items),
        weight_kg=round(sum(item.element.component_type.weight_kg for item in items)),
        contents=tuple(f"{code} × {count}" for code, count in counts.most_common(MOST_CONTENTS)),
        plant=words.plant_name,
        identity_url=own_names.scanned_url(thing.key, words.public_url, delivery.number),
        epc_hex=thing.epc_hex,
    )
    return load_content(record, words.language)


def _public_load(session: Session, thing: Thing) -> PublicThing:
    """What stands on the lorry, each piece with its own public page; no plate and no driver."""
    delivery = session.scalars(select(Delivery).where(Delivery.number == thing.number)).one()
    items = queries.items_of(session, delivery.id)
    weight_kg = sum(item.element.component_type.weight_kg for item in items)
    facts = (
        PublicFact(N_("Delivery"), delivery.number),
        PublicFact(N_("Project"), delivery.project.name),
        PublicFact(N_("Elements"), str(len(items))),
        PublicFact(N_("Weight"), f"{weight_kg:,.0f} kg"),
    )
    elements = [item.element for item in items]
    return PublicThing(
        title=thing.title,
        facts=facts,
        json_ld_type="schema:ParcelDelivery",
        json_ld={"schema:itemShipped": [{"@id": element.digital_link} for element in elements]},
        links=tuple(
            (f"{element.component_type.type_code} · {element.serial}", element.digital_link) for element in elements
        ),
    )


def _slot_thing(session: Session, slot: YardSlot) -> Thing:
    naming = naming_of(session.get_one(Plant, slot.plant_id))
    return own_names.thing(
        naming,
        lambda: naming.place(slot.code),
        kind="slot",
        subject=f"slot:{slot.code}",
        number=slot.code,
        title=Text(N_("Yard slot %(code)s"), {"code": slot.code}),
        address=f"/yard?slot={slot.code}#slot",
    )


def _slot_of_key(session: Session, key: Mapping[str, str]) -> Thing | None:
    code = own_names.reference_in(session, key, "place", "S")
    return _slot_of_number(session, code) if code else None


def _slot_of_number(session: Session, number: str) -> Thing | None:
    slot = session.scalars(select(YardSlot).where(YardSlot.code == number.upper())).first()
    return _slot_thing(session, slot) if slot is not None else None


def _slots(session: Session, _actor: Actor, text: str, limit: int) -> Sequence[Thing]:
    query = select(YardSlot).where(YardSlot.code.icontains(text, autoescape=True)).order_by(YardSlot.code)
    return [_slot_thing(session, slot) for slot in session.scalars(query.limit(limit))]


def _slot_label(session: Session, thing: Thing, words: LabelWords) -> LabelContent:
    """The QR symbol says the slot's own short code: it is for the yard's scanners, on a sign seen from afar."""
    slot = session.scalars(select(YardSlot).where(YardSlot.code == thing.number)).one()
    storage = words.translate(STORAGE[slot.kind])
    if slot.kind == "rack":
        rack = RackLabel(
            code=slot.code, storage=storage, capacity=slot.capacity, plant=words.plant_name, epc_hex=thing.epc_hex
        )
        return rack_content(rack, words.language)
    sign = SlotLabel(
        code=slot.code, storage=storage, capacity=slot.capacity, plant=words.plant_name, epc_hex=thing.epc_hex
    )
    return slot_content(sign, words.language)


def _slot_label_kind(session: Session, thing: Thing) -> str:
    kind = session.scalars(select(YardSlot.kind).where(YardSlot.code == thing.number)).one()
    return "rack" if kind == "rack" else "slot"


def _public_slot(_session: Session, thing: Thing) -> PublicThing:
    return PublicThing(thing.title, (PublicFact(N_("Yard slot"), thing.number),), "schema:Place")


things.register(
    things.ThingKind(
        kind="delivery",
        name=N_("Lorry load"),
        icon="truck",
        permission="delivery:read",
        of_key=_load_of_key,
        of_number=_load_of_code,
        label=_load_label,
        label_kind=lambda _session, _thing: "load",
        public=_public_load,
        listed=_loads,
    )
)
things.register(
    things.ThingKind(
        kind="slot",
        name=N_("Yard slot"),
        icon="map-pin",
        permission="yard:read",
        of_key=_slot_of_key,
        of_number=_slot_of_number,
        label=_slot_label,
        label_kind=_slot_label_kind,
        public=_public_slot,
        listed=_slots,
    )
)
