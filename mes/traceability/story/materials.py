"""What it was made of: makers and lots of steel, embeds and concrete, and the papers about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mes.traceability.story.records import Event, Records, once
from mes.traceability.story.telling import tells

STEEL = ("rebar", "mesh", "girder")
ORDER = ("cement", *STEEL, "addition", "aggregate", "admixture", "embed", "sleeve", "insulation", "tie")
"""Cement and steel first: they are what cities ask for by name."""


@dataclass(frozen=True)
class Lot:
    """A lot that went in: its kind, its number and who made it; `batch` is the concrete it is part of."""

    kind: str
    number: str
    maker: str
    batch: str


@dataclass(frozen=True)
class LotPapers:
    """What stands on a lot's paper."""

    description: str
    certificate: str


@dataclass(frozen=True)
class Mix:
    """A batch of concrete: class, mix, volume in cubic metres, slump in millimetres, temperature in degrees Celsius."""

    number: str
    grade: str
    mix_code: str
    slump_mm: float | None
    temperature_c: float | None


@tells("materials.makers")
def makers(records: Records) -> list[Lot] | None:
    """Each lot once: cement and steel first."""
    found = [_lot(facts, batch) for facts, batch in _lots(records)]
    rank = {kind: place for place, kind in enumerate(ORDER)}
    return sorted(found, key=lambda lot: rank.get(lot.kind, len(rank))) or None


@tells("materials.papers")
def _papers(records: Records) -> tuple[dict[tuple[str, str], LotPapers], list[Mix]] | None:
    papers = {
        (str(facts.get("kind")), str(facts.get("lot_number"))): LotPapers(
            str(facts.get("description") or ""), str(facts.get("certificate_number") or "")
        )
        for facts, _ in _lots(records)
    }
    mixes = [_mix(number, batch) for number, batch in records.batches.items()]
    return (papers, mixes) if papers or mixes else None


def _lots(records: Records) -> list[tuple[Mapping[str, Any], str]]:
    """Facts of each lot, with the batch of concrete it is part of (empty: it is in the element itself)."""
    used = records.of_kind("element.cast", "element.material_used")
    own = [(facts, "") for event in used for facts in _named(event)]
    mixed = [(facts, _batch_of(event)) for event in records.batch_events for facts in _named(event)]
    return once([*own, *mixed], key=lambda pair: (pair[0].get("kind"), pair[0].get("lot_number"), pair[1]))


def _named(event: Event) -> Iterable[Mapping[str, Any]]:
    found: Iterable[Mapping[str, Any]] = event.how.get("materials") or ()
    return found


def _batch_of(event: Event) -> str:
    batch = event.how.get("batch") or {}
    return str(batch.get("batch_number") or batch.get("number") or "")


def _lot(facts: Mapping[str, Any], batch: str) -> Lot:
    kind, number = str(facts.get("kind") or "other"), str(facts.get("lot_number") or "?")
    return Lot(kind, number, str(facts.get("supplier") or "?"), batch)


def _mix(number: str, batch: Mapping[str, Any]) -> Mix:
    grade, mix = str(batch.get("concrete_grade") or ""), str(batch.get("mix_code") or "")
    return Mix(number, grade, mix, batch.get("slump_mm"), batch.get("temperature_c"))
