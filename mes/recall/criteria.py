"""What a recall asks for: lots, batches, moulds, pallets, crews, stations, lines, a period; and what they are here.

Several values of one kind widen the question (any of them); several kinds narrow it (all of them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mes.core.commands import Moment
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.library.materials import MATERIAL_KINDS
from mes.library.models import Mould
from mes.planning.models import Line, Pallet, Station
from mes.shopfloor.models import CastingBatch, MaterialLot

Codes = tuple[str, ...]
MOST_CODES = 50

KINDS: dict[str, str] = {
    "lot": N_("Material lot"),
    "batch": N_("Concrete batch"),
    "mould": N_("Mould"),
    "pallet": N_("Pallet"),
    "crew": N_("Crew"),
    "station": N_("Station or machine"),
    "line": N_("Line"),
}


class Criteria(BaseModel):
    """A question. A lot is `kind/number`, or its number alone; a station is its code, or its machine's name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lot: Codes = Field(default=(), max_length=MOST_CODES)
    batch: Codes = Field(default=(), max_length=MOST_CODES)
    mould: Codes = Field(default=(), max_length=MOST_CODES)
    pallet: Codes = Field(default=(), max_length=MOST_CODES)
    crew: Codes = Field(default=(), max_length=MOST_CODES)
    station: Codes = Field(default=(), max_length=MOST_CODES)
    line: Codes = Field(default=(), max_length=MOST_CODES)
    begins_at: Moment | None = None
    ends_at: Moment | None = None

    @model_validator(mode="after")
    def _forwards(self) -> Criteria:
        if self.begins_at and self.ends_at and self.ends_at <= self.begins_at:
            raise ValueError("the period ends before it begins")
        return self

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked."""
        return not any(self.codes(kind) for kind in KINDS) and self.begins_at is None and self.ends_at is None

    @property
    def has_period(self) -> bool:
        """Whether a time narrows it."""
        return self.begins_at is not None or self.ends_at is not None

    def codes(self, kind: str) -> Codes:
        """What is asked of a kind."""
        found: Codes = getattr(self, kind)
        return found

    def kept(self) -> dict[str, Any]:
        """As JSON, without what is not asked."""
        return {name: value for name, value in self.model_dump(mode="json").items() if value}


@dataclass(frozen=True)
class Named:
    """One thing that is asked for. `title` is what it is in words."""

    kind: str
    code: str
    title: Text | str


@dataclass(frozen=True)
class Question:
    """Criteria whose codes are known here: the rows they stand for."""

    criteria: Criteria
    lots: Sequence[MaterialLot] = ()
    batches: Sequence[CastingBatch] = ()
    moulds: Sequence[Mould] = ()
    pallets: Sequence[Pallet] = ()
    crews: Codes = ()
    stations: Sequence[Station] = ()
    lines: Sequence[Line] = ()
    named: Sequence[Named] = field(default=())

    @property
    def begins_at(self) -> datetime | None:
        """When the period begins, if one is asked."""
        return self.criteria.begins_at

    @property
    def ends_at(self) -> datetime | None:
        """When the period ends, if one is asked."""
        return self.criteria.ends_at


def ids(rows: Iterable[Any]) -> list[UUID]:
    """The rows' ids."""
    return [row.id for row in rows]


def understand(session: Session, criteria: Criteria) -> Question:
    """The question with its codes looked up.

    Raises:
        InvalidInput: nothing is asked, or a code is nobody's; each fault names the kind.
    """
    if criteria.is_empty:
        raise InvalidInput(Text(N_("Say what to search for: a lot, a batch, a mould, a crew, a station or a period")))
    faults: list[Fault] = []

    def each(kind: str, find: Callable[[Session, str], Sequence[Any]]) -> list[Any]:
        rows: list[Any] = []
        for code in criteria.codes(kind):
            found = find(session, code.strip())
            if not found:
                words = {"kind": Text(KINDS[kind]), "code": code[:80]}
                faults.append(Fault(kind, Text(N_("%(kind)s %(code)s is not known here"), words)))
            rows += [row for row in found if row not in rows]
        return rows

    lots, batches, moulds = each("lot", lots_named), each("batch", _batches), each("mould", _moulds)
    pallets, stations, lines = each("pallet", _pallets), each("station", _stations), each("line", _lines)
    if faults:
        raise InvalidInput(faults[0].reason, faults)
    named = [
        *(Named("lot", lot_code(lot), lot_title(lot)) for lot in lots),
        *(Named("batch", batch.batch_number, batch.batch_number) for batch in batches),
        *(Named("mould", mould.code, mould.code) for mould in moulds),
        *(Named("pallet", str(pallet.number), str(pallet.number)) for pallet in pallets),
        *(Named("crew", crew, crew) for crew in criteria.crew),
        *(Named("station", station.code, f"{station.code} {station.name}") for station in stations),
        *(Named("line", line.code, f"{line.code} {line.name}") for line in lines),
    ]
    return Question(criteria, lots, batches, moulds, pallets, criteria.crew, stations, lines, named)


def lot_code(lot: MaterialLot) -> str:
    """A lot as a criterion names it."""
    return f"{lot.kind}/{lot.lot_number}"


def lot_title(lot: MaterialLot) -> Text:
    """A lot in words."""
    return Text(N_("%(kind)s %(lot)s"), {"kind": Text(MATERIAL_KINDS.get(lot.kind, lot.kind)), "lot": lot.lot_number})


def lots_named(session: Session, code: str) -> Sequence[MaterialLot]:
    """Lots of `kind/number`, or of any kind with this number, however its letters are written."""
    kind, slash, number = code.partition("/")
    query = select(MaterialLot).order_by(MaterialLot.kind)
    if slash and kind in MATERIAL_KINDS:
        return session.scalars(query.where(MaterialLot.kind == kind, MaterialLot.lot_number == number)).all()
    spellings = {code, code.upper(), code.lower()}
    return session.scalars(query.where(MaterialLot.lot_number.in_(spellings))).all()


def _batches(session: Session, code: str) -> Sequence[CastingBatch]:
    return session.scalars(select(CastingBatch).where(CastingBatch.batch_number.in_({code, code.upper()}))).all()


def _moulds(session: Session, code: str) -> Sequence[Mould]:
    return session.scalars(select(Mould).where(Mould.code.in_({code, code.upper()}))).all()


def _pallets(session: Session, code: str) -> Sequence[Pallet]:
    if not (code.isascii() and code.isdecimal() and len(code) <= 9):
        return ()
    return session.scalars(select(Pallet).where(Pallet.number == int(code))).all()


def _stations(session: Session, code: str) -> Sequence[Station]:
    return session.scalars(select(Station).where(or_(Station.code == code, Station.device == code))).all()


def _lines(session: Session, code: str) -> Sequence[Line]:
    return session.scalars(select(Line).where(Line.code.in_({code, code.upper()}))).all()
