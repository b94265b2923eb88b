"""Keys that the plants of this house have given: what they say, and how they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from labels.errors import LabelError
from labels.keys.gs1 import Key
from labels.keys.naming import Naming, ThingName, address, identity
from labels.scanning.memory import LOCAL_TAG
from labels.scanning.scan import with_owner
from mes.accounts.models import Plant
from mes.identity.naming import naming_of
from mes.identity.things import Thing


def plants(session: Session) -> list[Plant]:
    """Every plant of this house, by code."""
    return list(session.scalars(select(Plant).order_by(Plant.code)))


def plant_named(session: Session, key: Mapping[str, str], kind: ThingName) -> tuple[Plant, str] | None:
    """The plant that gave a key to a thing of this kind, and the reference in it; None for the names of others."""
    for plant in plants(session):
        named = _read(naming_of(plant), key)
        if named is not None and named[0] == kind and named[2] == plant.site_number:
            return plant, named[1]
    return None


def reference_in(session: Session, key: Mapping[str, str], kind: ThingName, letter: str = "") -> str | None:
    """The number or code in a key of this kind, or behind the letter of a company code such as `P:12`."""
    if letter and letter in key:
        return key[letter]
    found = plant_named(session, key, kind)
    return found[1] if found else None


def owned_key(session: Session, key: Mapping[str, str]) -> Mapping[str, str]:
    """The key of a local tag where one of this house's plants wrote it; any other key as it is."""
    if LOCAL_TAG not in key:
        return key
    for plant in plants(session):
        try:
            return with_owner(key, plant.credit_code)
        except LabelError:
            continue
    return key


def key_where_possible(name: Callable[[], Key]) -> Key:
    """The key a naming gives, empty where a number or code cannot be in one (too long, or other characters)."""
    try:
        return name()
    except LabelError:
        return {}


def thing(naming: Naming, name: Callable[[], Key], **told: Any) -> Thing:
    """A thing with the key that its plant's naming gives it, and the EPC of that key where a tag can hold it."""
    key = key_where_possible(name)
    return Thing(**told, key=key, identity=identity(key) if key else "", epc_hex=_epc_hex(naming, key))


def _epc_hex(naming: Naming, key: Key) -> str:
    try:
        return naming.epc_hex(key) if key else ""
    except LabelError:
        return ""


def scanned_url(key: Mapping[str, str], public_url: str, otherwise: str) -> str:
    """What a thing's QR code says: its address in the plant, or a company code where it has no key."""
    return address(key, public_url) if key else otherwise


def _read(naming: Naming, key: Mapping[str, str]) -> tuple[str, str, int] | None:
    try:
        named = naming.read(key)
    except LabelError:
        return None
    return (named.kind, named.reference, named.site_number) if named else None
