"""Roots of the ledger's full subtrees, kept so that a proof costs what its own events cost, however long the ledger is.

Of the tree over all events, the roots over each 256, 65,536, 16,777,216 … events are kept in `ledger_subtree`; they
never change again. What lies between is computed from the at most 256 roots or leaves below. The table is a help and no
evidence: whoever uses it looks whether the path leads to the signed root.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from mes.ledger.merkle import HASH_BYTES, MerklePaths, leaf_hash, node_hash
from mes.ledger.models import LedgerEvent, LedgerSubtree

TILE_HEIGHT = 8
TILE = 1 << TILE_HEIGHT
MOST_TILES = 400  # kept in memory: some 30 kB each

NOT_THERE = bytes(HASH_BYTES)

Levels = list[list[bytes]]


def grow(session: Session, events: int) -> None:
    """Keep the subtrees that lie wholly within so many events of the ledger and are not kept yet."""
    after, kept = _end(session)
    wanted = ((events >> TILE_HEIGHT) - kept) << TILE_HEIGHT
    if wanted <= 0:
        return
    query = select(LedgerEvent.sequence, LedgerEvent.hash).where(LedgerEvent.sequence > after)
    rows = iter(session.execute(query.order_by(LedgerEvent.sequence).limit(wanted).execution_options(yield_per=TILE)))
    found: list[dict[str, object]] = []
    while len(tile := list(islice(rows, TILE))) == TILE:
        root = _levels(leaf_hash(bytes.fromhex(row.hash)) for row in tile)[TILE_HEIGHT][0]
        found.append(_row(TILE_HEIGHT, kept + len(found), root, tile[-1].sequence))
    _put(session, found)
    _grow_above(session, TILE_HEIGHT, kept, kept + len(found))


def leaf_of(session: Session, sequence: int, *, is_helped: bool = True) -> int:
    """How many events stand before an event."""
    kept = LedgerSubtree
    query = select(kept.place, kept.last_sequence).where(kept.height == TILE_HEIGHT, kept.last_sequence < sequence)
    before = session.execute(query.order_by(kept.place.desc()).limit(1)).first() if is_helped else None
    since = select(func.count()).select_from(LedgerEvent).where(LedgerEvent.sequence < sequence)
    if before is None:
        return session.scalar(since) or 0
    further = session.scalar(since.where(LedgerEvent.sequence > before.last_sequence)) or 0
    return (int(before.place) + 1) * TILE + further


class StoredTree(MerklePaths):
    """The tree over the ledger's first `size` events, read as far as a path needs it.

    Without `is_helped` it is computed from the events alone: the same tree, in a time that grows with the ledger.
    """

    def __init__(self, session: Session, size: int, *, is_helped: bool = True) -> None:
        self.size, self._session, self._is_helped = size, session, is_helped
        self._tiles: dict[tuple[int, int], Levels] = {}

    def reads_with(self, session: Session) -> None:
        """Go on with another session."""
        self._session = session

    def node(self, height: int, place: int) -> bytes:
        """The root of a full subtree; where events of it are gone, one that leads nowhere."""
        level, above = divmod(height, TILE_HEIGHT)
        tile = place >> (TILE_HEIGHT - above)
        nodes = self._tile(level, tile)[above]
        at = place - (tile << (TILE_HEIGHT - above))
        return nodes[at] if at < len(nodes) else NOT_THERE

    def _tile(self, level: int, tile: int) -> Levels:
        found = self._tiles.get((level, tile))
        if found is None:
            found = _levels(self._leaves(tile) if level == 0 else self._roots(level, tile))
            while len(self._tiles) >= MOST_TILES:
                del self._tiles[next(iter(self._tiles))]
            self._tiles[level, tile] = found
        return found

    def _leaves(self, tile: int) -> Iterator[bytes]:
        query = select(LedgerEvent.hash).order_by(LedgerEvent.sequence).limit(TILE)
        kept = LedgerSubtree
        end = select(kept.last_sequence).where(kept.height == TILE_HEIGHT, kept.place == tile - 1)
        after = self._session.scalar(end) if tile and self._is_helped else None
        query = query.offset(tile * TILE) if after is None else query.where(LedgerEvent.sequence > after)
        for digest in self._session.scalars(query):
            yield leaf_hash(bytes.fromhex(digest))

    def _roots(self, level: int, tile: int) -> Iterator[bytes]:
        """The roots one step below, as many as the tree has; those that are not kept from what is below them."""
        height, first = level * TILE_HEIGHT, tile * TILE
        kept = LedgerSubtree
        query = select(kept.place, kept.root).where(kept.height == height, kept.place.between(first, first + TILE - 1))
        roots = {row.place: row.root for row in self._session.execute(query)} if self._is_helped else {}
        for place in range(first, min(first + TILE, self.size >> height)):
            yield bytes.fromhex(roots[place]) if place in roots else self._tile(level - 1, place)[TILE_HEIGHT][0]


def _end(session: Session) -> tuple[int, int]:
    """Up to which event subtrees of 256 are kept, and how many."""
    kept = LedgerSubtree
    query = select(kept.last_sequence, kept.place).where(kept.height == TILE_HEIGHT).order_by(kept.place.desc())
    last = session.execute(query.limit(1)).first()
    return (last.last_sequence, last.place + 1) if last is not None else (-1, 0)


def _grow_above(session: Session, height: int, before: int, kept: int) -> None:
    """The subtrees above so many new ones."""
    above, first = height + TILE_HEIGHT, before >> TILE_HEIGHT
    found = []
    for place in range(first, kept >> TILE_HEIGHT):
        below = LedgerSubtree
        query = select(below.root, below.last_sequence).where(
            below.height == height, below.place.between(place * TILE, place * TILE + TILE - 1)
        )
        rows = session.execute(query.order_by(below.place)).all()
        root = _levels(bytes.fromhex(row.root) for row in rows)[TILE_HEIGHT][0]
        found.append(_row(above, place, root, rows[-1].last_sequence))
    if found:
        _put(session, found)
        _grow_above(session, above, first, first + len(found))


def _levels(nodes: Iterable[bytes]) -> Levels:
    """Nodes of one height, and the roots of the full subtrees above them up to a tile's."""
    levels = [list(nodes)]
    for _ in range(TILE_HEIGHT):
        below = levels[-1]
        levels.append([node_hash(below[place], below[place + 1]) for place in range(0, len(below) - 1, 2)])
    return levels


def _row(height: int, place: int, root: bytes, last_sequence: int) -> dict[str, object]:
    return {"height": height, "place": place, "root": root.hex(), "last_sequence": last_sequence}


def _put(session: Session, rows: list[dict[str, object]]) -> None:
    if rows:
        session.execute(insert(LedgerSubtree), rows)
