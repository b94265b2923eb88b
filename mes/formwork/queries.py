"""The register: moulds and pallets with their state, inspections, uses, and what was made in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from mes.core.errors import NotFound
from mes.core.text import N_, Text
from mes.inspection.things.standing import Standing, standings_of
from mes.library.models import ComponentType, Mould, ServiceLife
from mes.library.mould_codes import mould_named
from mes.orders.models import Element
from mes.planning.models import Line, Pallet, PalletLoad, PalletLoadItem
from mes.shopfloor.models import MouldUse

PAGE_SIZE = 50
NOT_MADE_YET = ("planned", "scheduled")

P = TypeVar("P", Mould, Pallet)


@dataclass(frozen=True)
class Wanted:
    """Which pieces: `state` is in_service | withdrawn | retired, empty for all; `due`: those to be inspected."""

    text: str = ""
    state: str = ""
    family: str = ""
    line: str = ""
    due: bool = False


@dataclass(frozen=True)
class Uses:
    """How often a piece was used, and how many elements were made in it or on it."""

    loads: int = 0
    elements: int = 0


@dataclass(frozen=True)
class MouldRow:
    """A mould in the register; `newest` is its type's newest revision."""

    mould: Mould
    made: ComponentType | None
    standing: Standing
    uses: Uses
    newest: int | None = None

    @property
    def casts(self) -> int:
        """Casts of its whole life: before it was registered, and since."""
        return self.mould.casts + self.uses.loads

    @property
    def outdated(self) -> bool:
        """Whether its type has a newer revision than the one that it was made for."""
        return self.made is not None and self.newest is not None and self.made.revision < self.newest


@dataclass(frozen=True)
class PalletRow:
    """A pallet in the register, and the load that it carries now."""

    pallet: Pallet
    standing: Standing
    uses: Uses
    carries: int | None = None


def standing_word(standing: Standing) -> str:
    """Where an inspection stands: accepted | refused | due | never."""
    if standing.latest is None:
        return "never"
    return "refused" if standing.is_refused else "due" if standing.is_worn else "accepted"


def moulds(session: Session, wanted: Wanted, page: int = 1) -> tuple[list[MouldRow], int]:
    """A page of the register of moulds by code, and how many fit what is wanted."""
    query = in_state(select(Mould), Mould, wanted.state)
    if wanted.text:
        made = select(ComponentType.id).where(ComponentType.type_code.icontains(wanted.text, autoescape=True))
        fields = (Mould.code, Mould.drawing_number, Mould.maker, Mould.remark)
        told = (field.icontains(wanted.text, autoescape=True) for field in fields)
        query = query.where(or_(*told, Mould.component_type_id.in_(made)))
    if wanted.family:
        query = query.where(Mould.family == wanted.family)
    found = session.scalars(query.order_by(Mould.code)).all()
    rows, total = _page(session, "mould", found, wanted, page)
    return mould_rows(session, rows), total


def mould_rows(session: Session, found: Sequence[Mould]) -> list[MouldRow]:
    """Moulds as the register shows them, by a few statements for all."""
    ids = [mould.id for mould in found]
    standings, uses = standings_of(session, "mould", ids), _mould_uses(session, ids)
    query = select(ComponentType).where(ComponentType.id.in_({mould.component_type_id for mould in found} - {None}))
    made = {kind.id: kind for kind in session.scalars(query)}
    newest = _newest_revisions(session, {kind.type_code for kind in made.values()})
    rows = []
    for mould in found:
        kind = made.get(mould.component_type_id) if mould.component_type_id else None
        latest = newest.get(kind.type_code) if kind else None
        rows.append(MouldRow(mould, kind, standings[mould.id], uses.get(mould.id, Uses()), latest))
    return rows


def mould(session: Session, code: str) -> MouldRow:
    """A mould by its code.

    Raises:
        UnknownMould: there is none.
    """
    return mould_rows(session, [mould_named(session, code)])[0]


def pallets(session: Session, wanted: Wanted, page: int = 1) -> tuple[list[PalletRow], int]:
    """A page of the register of pallets by number, and how many fit what is wanted."""
    query = in_state(select(Pallet).options(joinedload(Pallet.line)), Pallet, wanted.state)
    if wanted.text:
        number = Pallet.number == int(wanted.text) if _is_number(wanted.text) else false()
        query = query.where(or_(number, Pallet.remark.icontains(wanted.text, autoescape=True)))
    if wanted.line:
        query = query.where(Pallet.line_id.in_(select(Line.id).where(Line.code == wanted.line)))
    found = session.scalars(query.order_by(Pallet.number)).all()
    rows, total = _page(session, "pallet", found, wanted, page)
    return pallet_rows(session, rows), total


def pallet_rows(session: Session, found: Sequence[Pallet]) -> list[PalletRow]:
    """Pallets as the register shows them, by a few statements for all."""
    ids = [pallet.id for pallet in found]
    standings = standings_of(session, "pallet", ids)
    uses, carried = _pallet_uses(session, ids), _carried(session, ids)
    return [PalletRow(one, standings[one.id], uses.get(one.id, Uses()), carried.get(one.id)) for one in found]


def pallet(session: Session, number: int) -> PalletRow:
    """A pallet by its number.

    Raises:
        NotFound: there is none.
    """
    found = session.scalars(select(Pallet).where(Pallet.number == number).options(joinedload(Pallet.line))).first()
    if found is None:
        raise NotFound(Text(N_("There is no pallet %(number)s"), {"number": number}))
    return pallet_rows(session, [found])[0]


def state_counts(session: Session, piece: type[Mould] | type[Pallet]) -> dict[str, int]:
    """How many pieces there are in each state of service."""
    counts = select(piece.in_service, piece.retired_at.is_(None), func.count()).group_by(
        piece.in_service, piece.retired_at.is_(None)
    )
    named = {(True, True): "in_service", (False, True): "withdrawn", (False, False): "retired"}
    return {named[bool(row[0]), bool(row[1])]: row[2] for row in session.execute(counts)}


def untold(session: Session) -> tuple[int, int]:
    """How many moulds and pallets platforms have not heard of: those that were there before the register."""
    moulds_left = select(func.count()).select_from(Mould).where(Mould.registered_at.is_(None))
    pallets_left = select(func.count()).select_from(Pallet).where(Pallet.registered_at.is_(None))
    return session.scalar(moulds_left) or 0, session.scalar(pallets_left) or 0


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 9


def in_state(query: Select[Any], piece: type[ServiceLife], state: str) -> Select[Any]:
    """The query for pieces of a state; of every state for an empty one."""
    if state == "in_service":
        return query.where(piece.in_service.is_(True))
    if state in ("withdrawn", "retired"):
        gone = piece.retired_at.is_not(None) if state == "retired" else piece.retired_at.is_(None)
        return query.where(and_(piece.in_service.is_(False), gone))
    return query


def _page(session: Session, kind: str, found: Sequence[P], wanted: Wanted, page: int) -> tuple[Sequence[P], int]:
    """The page's pieces, and how many there are. What is due is known only once each is looked at."""
    if wanted.due:
        standings = standings_of(session, kind, [piece.id for piece in found])
        found = [piece for piece in found if piece.in_service and not standings[piece.id].is_accepted]
    return found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], len(found)


def _mould_uses(session: Session, mould_ids: Sequence[UUID]) -> dict[UUID, Uses]:
    """Loads that a mould was noted for, and their elements of its family."""
    made_in_it = and_(ComponentType.family == Mould.family, Element.state.not_in(NOT_MADE_YET))
    query = (
        select(
            MouldUse.mould_id,
            func.count(func.distinct(MouldUse.load_id)),
            func.count(func.distinct(case((made_in_it, Element.id)))),
        )
        .join(Mould, Mould.id == MouldUse.mould_id)
        .outerjoin(PalletLoadItem, PalletLoadItem.load_id == MouldUse.load_id)
        .outerjoin(Element, Element.id == PalletLoadItem.element_id)
        .outerjoin(ComponentType, ComponentType.id == Element.component_type_id)
        .where(MouldUse.mould_id.in_(mould_ids))
        .group_by(MouldUse.mould_id)
    )
    return {row[0]: Uses(row[1], row[2]) for row in session.execute(query)}


def _pallet_uses(session: Session, pallet_ids: Sequence[UUID]) -> dict[UUID, Uses]:
    query = (
        select(PalletLoad.pallet_id, func.count(func.distinct(PalletLoad.id)), func.count(func.distinct(Element.id)))
        .outerjoin(PalletLoadItem, PalletLoadItem.load_id == PalletLoad.id)
        .outerjoin(Element, and_(Element.id == PalletLoadItem.element_id, Element.state.not_in(NOT_MADE_YET)))
        .where(PalletLoad.pallet_id.in_(pallet_ids))
        .group_by(PalletLoad.pallet_id)
    )
    return {row[0]: Uses(row[1], row[2]) for row in session.execute(query) if row[0]}


def _carried(session: Session, pallet_ids: Sequence[UUID]) -> dict[UUID, int]:
    query = select(PalletLoad.pallet_id, PalletLoad.number)
    running = query.where(PalletLoad.pallet_id.in_(pallet_ids), PalletLoad.state == "running")
    return {row[0]: row[1] for row in session.execute(running) if row[0]}


def _newest_revisions(session: Session, codes: set[str]) -> dict[str, int]:
    query = select(ComponentType.type_code, func.max(ComponentType.revision))
    newest = query.where(ComponentType.type_code.in_(codes)).group_by(ComponentType.type_code)
    return {row[0]: row[1] for row in session.execute(newest)}
