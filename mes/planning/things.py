"""Pallets and stations in the register of things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from labels.layout.content import LabelContent
from labels.layout.contents import pallet_content
from labels.layout.records import PalletLabel
from mes.accounts.models import Plant
from mes.core.actor import Actor
from mes.core.text import N_, Text
from mes.identity import own_names, things
from mes.identity.naming import naming_of
from mes.identity.things import LabelWords, PublicFact, PublicThing, Thing
from mes.planning.models import Line, Pallet, Station
from mes.planning.queries import running_load_on

MOST_DIGITS = 9  # of a pallet's number


def pallet_thing(session: Session, pallet: Pallet) -> Thing:
    """A pallet as the register of things knows it; a scan of it leads to what it carries now."""
    line = pallet.line
    naming, load = naming_of(session.get_one(Plant, line.plant_id)), running_load_on(session, pallet.number)
    return own_names.thing(
        naming,
        lambda: naming.pallet(pallet.number),
        kind="pallet",
        subject=f"pallet:{pallet.number}",
        number=str(pallet.number),
        title=Text(N_("Pallet %(number)s, line %(line)s"), {"number": pallet.number, "line": line.code}),
        address=f"/planning/loads/{load.number}" if load else f"/pallets/{pallet.number}",
    )


def _pallet_of_key(session: Session, key: Mapping[str, str]) -> Thing | None:
    number = own_names.reference_in(session, key, "pallet", "P")
    return _pallet_of_number(session, number) if number else None


def _pallet_of_number(session: Session, number: str) -> Thing | None:
    found = _pallet_and_line(session, number)
    return pallet_thing(session, found[0]) if found else None


def _pallet_and_line(session: Session, number: str) -> tuple[Pallet, Line] | None:
    if not (number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS):
        return None
    query = select(Pallet, Line).join(Line, Line.id == Pallet.line_id).where(Pallet.number == int(number))
    row = session.execute(query).first()
    return (row[0], row[1]) if row is not None else None


def _pallets(session: Session, _actor: Actor, text: str, limit: int) -> Sequence[Thing]:
    query = select(Pallet, Line).join(Line, Line.id == Pallet.line_id).order_by(Pallet.number)
    rows = [(pallet, line) for pallet, line in session.execute(query) if text.strip() in f"{pallet.number} {line.code}"]
    return [pallet_thing(session, pallet) for pallet, _ in rows[:limit]]


def _pallet_label(session: Session, thing: Thing, words: LabelWords) -> LabelContent:
    found = _pallet_and_line(session, thing.number)
    if found is None:
        raise LookupError(f"the pallet {thing.number} is gone")
    pallet, line = found
    record = PalletLabel(
        number=str(pallet.number),
        line=line.name,
        length_mm=line.pallet_length_mm,
        width_mm=line.pallet_width_mm,
        capacity_kg=line.pallet_max_load_kg,
        plant=words.plant_name,
        identity_url=own_names.scanned_url(thing.key, words.public_url, f"P:{pallet.number}"),
        epc_hex=thing.epc_hex,
    )
    return pallet_content(record, words.language)


def _public_pallet(_session: Session, thing: Thing) -> PublicThing:
    return PublicThing(thing.title, (PublicFact(N_("Pallet"), thing.number),), "schema:Product")


def _station_thing(session: Session, station: Station) -> Thing:
    naming = naming_of(session.get_one(Plant, station.line.plant_id))
    return own_names.thing(
        naming,
        lambda: naming.place(station.code),
        kind="station",
        subject=f"station:{station.code}",
        number=station.code,
        title=Text(N_("Station %(name)s, line %(line)s"), {"name": station.name, "line": station.line.code}),
        address=f"/shopfloor/stations/{station.code}",
    )


def _station_of_key(session: Session, key: Mapping[str, str]) -> Thing | None:
    code = own_names.reference_in(session, key, "place", "S")
    return _station_of_number(session, code) if code else None


def _station_of_number(session: Session, number: str) -> Thing | None:
    station = session.scalars(select(Station).where(Station.code == number)).first()
    return _station_thing(session, station) if station is not None else None


def _public_station(_session: Session, thing: Thing) -> PublicThing:
    return PublicThing(thing.title, (PublicFact(N_("Station"), thing.number),), "schema:Place")


things.register(
    things.ThingKind(
        kind="pallet",
        name=N_("Pallet"),
        icon="layout-grid",
        permission="line:read",
        of_key=_pallet_of_key,
        of_number=_pallet_of_number,
        label=_pallet_label,
        public=_public_pallet,
        listed=_pallets,
    )
)
things.register(
    things.ThingKind(
        kind="station",
        name=N_("Station"),
        icon="tool",
        permission="line:read",
        of_key=_station_of_key,
        of_number=_station_of_number,
        public=_public_station,
    )
)
