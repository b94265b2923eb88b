"""The URIs by which events name things, lots, places, parties and documents.

Each follows from the plant's naming alone, so that it is worked out once and kept. None stands for what has no name:
the number or code cannot be in a key, or the connector's settings do not say how the plant names things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from labels.errors import LabelError
from labels.keys.gs1 import Key, check_key, place_key
from labels.keys.naming import Naming, identity
from mes.traceability.epcis import NAMESPACE
from mes.traceability.settings import MappingSettings

Facts = Mapping[str, Any]

_KEYS: Mapping[str, Callable[[Naming, str], Key]] = {
    "pallet": lambda naming, number: naming.pallet(int(number)),
    "mould": Naming.mould,
    "batch": Naming.batch,
    "load": Naming.load_of_code,
    "place": Naming.place,
    "asset": Naming.asset,
    "party": lambda naming, _: naming.party(),
}


@lru_cache(maxsize=64)
def _naming(company_prefix: str, owner: str, site_number: int) -> Naming | None:
    return Naming(company_prefix, owner, site_number) if company_prefix or owner else None


@lru_cache(maxsize=16384)
def _named(naming: Naming, kind: str, reference: str) -> str | None:
    try:
        return identity(_KEYS[kind](naming, reference))
    except LabelError:
        return None


def _of_plant(kind: str, reference: str, settings: MappingSettings) -> str | None:
    naming = _naming(settings.company_prefix, settings.owner, settings.site_number)
    return _named(naming, kind, reference) if naming is not None else None


def pallet_uri(content: Facts, settings: MappingSettings) -> str | None:
    """The pallet's GRAI or local name."""
    number = content["how"].get("pallet")
    return None if number is None else _of_plant("pallet", str(number), settings)


def mould_uri(code: str, settings: MappingSettings) -> str | None:
    """The GRAI or local name of a mould by its code."""
    return _of_plant("mould", code, settings) if code else None


def thing_uri(thing: Facts, settings: MappingSettings) -> str | None:
    """The GRAI or local name of a mould or pallet that an event of its own is about."""
    number = str(thing.get("number") or "")
    return _of_plant(str(thing["kind"]), number, settings) if number and thing.get("kind") in _KEYS else None


def batch_uri(batch: Facts, settings: MappingSettings) -> str | None:
    """The LGTIN or local name of a concrete batch, where its number can be one."""
    number = str(batch.get("batch_number") or batch.get("number") or "")
    return _of_plant("batch", number, settings) if number else None


def lot_uri(lot: Facts, settings: MappingSettings) -> str | None:
    """The class URI of a lot that came in: its LGTIN, where the event holds a GTIN and the number can be in a key.

    The GTIN is the maker's or, for mill certificates seldom carry one, that by which the plant knows such material.
    Else the lot is named in our namespace under the plant that keeps it, once by kind and number.
    """
    named = _lgtin(str(lot.get("gtin") or ""), str(lot.get("lot_number") or "").strip())
    if named is not None:
        return named
    kind, number = str(lot.get("kind") or ""), str(lot.get("lot_number") or "").strip()
    owner = settings.owner or settings.plant_gln
    if not (kind and number and owner):
        return None
    return f"{NAMESPACE}lot/{owner}/{_segment(kind)}/{_segment(number)}"


@lru_cache(maxsize=4096)
def _lgtin(gtin: str, number: str) -> str | None:
    try:
        return identity(check_key({"01": gtin, "10": number})) if gtin else None
    except LabelError:
        return None


def load_uri(content: Facts, settings: MappingSettings) -> str | None:
    """The load that the event belongs to: its SSCC, or its local name where the plant's owner is known."""
    found = min((name for name in content["previous"] if name.startswith("delivery:")), default=None)
    if found is None:
        return None
    code = found.removeprefix("delivery:")
    if code.isdigit():
        return f"https://id.gs1.org/00/{code}"
    return None if settings.company_prefix else _of_plant("load", code, settings)


def asset_uri(code: str, settings: MappingSettings) -> str | None:
    """The GIAI or local name of a machine, chamber or sensor, as its own label has it."""
    return _of_plant("asset", code, settings) if code else None


def place_uri(content: Facts, settings: MappingSettings) -> str | None:
    """Where it happened: a yard slot or station (SGLN or local name), the plant as a whole, or the building site."""
    where = content["where"]
    code = str(where.get("yard_slot") or _station_code(where))
    if code:
        return _place(code, settings)
    if where.get("plant"):
        return plant_uri(settings)
    return site_uri(str(where.get("project_code") or ""), settings) if where.get("site") else None


def plant_uri(settings: MappingSettings) -> str | None:
    """The plant itself: its GLN, or its local name."""
    if settings.company_prefix:
        return f"https://id.gs1.org/414/{settings.plant_gln}" if settings.plant_gln else None
    return _of_plant("place", "", settings)


def site_uri(project_code: str, settings: MappingSettings) -> str | None:
    """A building site, which has no GLN of ours: the maker's project code in our namespace, under the plant."""
    owner = settings.owner or settings.plant_gln
    return f"{NAMESPACE}site/{owner}/{_segment(project_code)}" if project_code and owner else None


def plant_party_uri(settings: MappingSettings) -> str | None:
    """The company that makes the elements: its PGLN, or its local name."""
    return _of_plant("party", "", settings)


@lru_cache(maxsize=1024)
def party_uri(credit_code: str) -> str | None:
    """Another company by its unified social credit code; its PGLN is nowhere written here."""
    try:
        return identity(Naming("", credit_code).party())
    except LabelError:
        return None


def document_uri(kind: str, number: str, settings: MappingSettings) -> str:
    """A business document as CBV 8.5 names one by its owner's GLN; under our own namespace without a GLN.

    There the owner's credit code, where it is known, keeps it apart from the documents of others.
    """
    name = _segment(number)
    if settings.plant_gln:
        return f"urn:epcglobal:cbv:bt:{settings.plant_gln}:{name}"
    return f"{NAMESPACE}{kind}/{settings.owner}/{name}" if settings.owner else f"{NAMESPACE}{kind}/{name}"


def procedure_uri(rule_set: str) -> str:
    """What was tested by: a standard or the plant's own rules, by its code."""
    return f"{NAMESPACE}testprd/{_segment(rule_set)}"


def _place(code: str, settings: MappingSettings) -> str | None:
    if not settings.company_prefix:
        return _of_plant("place", code, settings)
    # The plant's location number may be set otherwise than its naming has it.
    return _gs1_place(settings.company_prefix, settings.plant_gln, code) if settings.plant_gln else None


@lru_cache(maxsize=4096)
def _gs1_place(prefix: str, gln: str, code: str) -> str | None:
    try:
        return identity(place_key(prefix, gln[len(prefix) : 12], code))
    except LabelError:
        return None


def _station_code(where: Facts) -> str:
    line, station = str(where.get("line") or ""), str(where.get("station") or "")
    return station if station.startswith(line) else f"{line}-{station}".strip("-")


@lru_cache(maxsize=4096)
def _segment(text: str) -> str:
    return quote(text, safe="-._~")
