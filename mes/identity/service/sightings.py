"""Tags that were seen: passages through gates, and what people read by hand. Old ones are forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from mes.core.commands import Work
from mes.core.ids import new_id
from mes.identity.models import TagSighting
from mes.identity.rules import rules

FORGET_AT_ONCE = 5000


@dataclass
class Passage:
    """A tag in a gate's field, from when it came until it was last seen."""

    epc_hex: str
    tid: str
    first_seen_at: datetime
    last_seen_at: datetime
    count: int = 1
    peak_rssi_dbm: int | None = None
    id: UUID = field(default_factory=new_id)
    written: bool = False


class Passages:
    """Puts single sights of one reader together to passages: seen without a pause of `rules().passage_pause`."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Passage] = {}
        self._changed: dict[UUID, Passage] = {}

    def see(self, epc_hex: str, tid: str, at: datetime, rssi_dbm: int | None, count: int = 1) -> None:
        """A reader reported a tag, perhaps several sights of it at once."""
        name = (epc_hex, tid)
        passage = self._open.get(name)
        if passage is None or at - passage.last_seen_at > rules().passage_pause:
            passage = self._open[name] = Passage(epc_hex, tid, at, at, count, rssi_dbm)
        else:
            passage.last_seen_at = max(passage.last_seen_at, at)
            passage.count += count
            strengths = [one for one in (passage.peak_rssi_dbm, rssi_dbm) if one is not None]
            passage.peak_rssi_dbm = max(strengths) if strengths else None
        self._changed[passage.id] = passage

    def take_changed(self, now: datetime) -> list[Passage]:
        """Passages that changed since the last call; those that are over are let go."""
        changed = list(self._changed.values())
        self._changed.clear()
        over = [name for name, one in self._open.items() if now - one.last_seen_at > rules().passage_pause]
        for name in over:
            del self._open[name]
        return changed

    def put_back(self, passages: Iterable[Passage]) -> None:
        """Passages that could not be written are changed still."""
        self._changed.update({one.id: one for one in passages})


def write_passages(work: Work, reader_id: UUID, passages: Sequence[Passage]) -> None:
    """A row for each new passage, and how those that are `written` grew; the caller marks them once it is committed.

    A passage whose row is there though it is not marked was committed when the connection broke.
    """
    unmarked = [one.id for one in passages if not one.written]
    there = set(work.session.scalars(select(TagSighting.id).where(TagSighting.id.in_(unmarked)))) if unmarked else set()
    for one in passages:
        if not one.written and one.id not in there:
            work.session.add(_row(one, reader_id))
            continue
        grown = {"last_seen_at": one.last_seen_at, "count": one.count, "peak_rssi_dbm": one.peak_rssi_dbm}
        work.session.execute(update(TagSighting).where(TagSighting.id == one.id).values(**grown))
    work.session.flush()


def _row(one: Passage, reader_id: UUID) -> TagSighting:
    return TagSighting(
        id=one.id,
        reader_id=reader_id,
        epc_hex=one.epc_hex,
        tid=one.tid,
        first_seen_at=one.first_seen_at,
        last_seen_at=one.last_seen_at,
        count=one.count,
        peak_rssi_dbm=one.peak_rssi_dbm,
    )


@dataclass(frozen=True)
class HandRead:
    """A tag that somebody read with a handheld, typed or pasted; `id` is the one their device gave the read."""

    id: UUID
    epc_hex: str
    tid: str
    read_at: datetime
    rssi_dbm: int | None = None


def keep_hand_reads(work: Work, read_for: str, reads: Sequence[HandRead]) -> int:
    """Keep reads for a subject; those that were kept before are left out. Returns how many were new."""
    unique = {one.id: one for one in reads}
    known = set(work.session.scalars(select(TagSighting.id).where(TagSighting.id.in_(unique))))
    for one in unique.values():
        if one.id not in known:
            work.session.add(_hand_row(one, read_for))
    work.session.flush()
    return len(unique) - len(known)


def _hand_row(one: HandRead, read_for: str) -> TagSighting:
    return TagSighting(
        id=one.id,
        read_for=read_for,
        epc_hex=one.epc_hex,
        tid=one.tid,
        first_seen_at=one.read_at,
        last_seen_at=one.read_at,
        count=1,
        peak_rssi_dbm=one.rssi_dbm,
    )


def drop_hand_reads(work: Work, read_for: str) -> None:
    """Forget what was read by hand for a subject: it is read anew."""
    work.session.execute(delete(TagSighting).where(TagSighting.read_for == read_for, TagSighting.reader_id.is_(None)))


def forget_old_sightings(work: Work) -> int:
    """Delete a portion of the sightings that are older than `rules().keep`; returns how many."""
    old = (
        select(TagSighting.id).where(TagSighting.last_seen_at < work.now() - rules().keep).limit(FORGET_AT_ONCE)
    ).scalar_subquery()
    done = work.session.execute(delete(TagSighting).where(TagSighting.id.in_(old)))
    return int(getattr(done, "rowcount", 0))
