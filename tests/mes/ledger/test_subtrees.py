"""Kept subtrees give the very tree of all events; altered ones cost time and change no proof."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import text

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.ledger import subtrees
from mes.ledger.checkpoints import LedgerAltered, MakeCheckpoint, checkpoint_of, make_all
from mes.ledger.keys import LedgerKeys
from mes.ledger.offline_verifier import check
from mes.ledger.proofs import prove_consistency, prove_story
from mes.ledger.subtrees import StoredTree, leaf_of
from tests.conftest import actor, create_plant
from tests.factories import SLAB, advance, create_order, elements_of
from tests.mes.ledger.attacks import switch_triggers_off
from tests.mes.ledger.whole_tree import Tree


@pytest.fixture
def keys(tmp_path: Path) -> LedgerKeys:
    return LedgerKeys(tmp_path)


@pytest.fixture
def checkpoints(
    any_database: Database, clock: SetClock, keys: LedgerKeys, monkeypatch: pytest.MonkeyPatch
) -> list[int]:
    """Tiles of four leaves, so that a small ledger has four heights of them; a checkpoint now and then."""
    monkeypatch.setattr(subtrees, "TILE_HEIGHT", 2)
    monkeypatch.setattr(subtrees, "TILE", 4)
    monkeypatch.setattr(subtrees, "MOST_TILES", 3)
    create_plant(any_database, clock)
    elements = elements_of(any_database, create_order(any_database, clock, [(SLAB, 11)]))
    made = []
    for element in elements:
        advance(any_database, clock, [element.id], "stored")
        answer = make_all(any_database, actor("admin"), clock, keys, MakeCheckpoint())
        with any_database.reading() as session:
            made.append(checkpoint_of(session, answer.checkpoint_id).events)  # type: ignore[arg-type]
    return made


def test_every_path_is_that_of_the_whole_tree(any_database: Database, checkpoints: list[int]) -> None:
    with any_database.reading() as session:
        rows = session.execute(text("SELECT sequence, hash FROM ledger_event ORDER BY sequence")).all()
        heights = session.scalars(text("SELECT DISTINCT height FROM ledger_subtree ORDER BY height")).all()
        whole = Tree(bytes.fromhex(row.hash) for row in rows)
        assert heights == [2, 4, 6]
        assert [leaf_of(session, row.sequence) for row in rows] == list(range(len(rows)))
        for size in checkpoints:
            tree = StoredTree(session, size)
            for leaf in range(size):
                assert tree.inclusion(leaf) == whole.inclusion(leaf, size)
            for older in checkpoints:
                if older <= size:
                    assert tree.consistency(older) == whole.consistency(older, size)
            assert len(tree._tiles) <= 3


ALTERED = [
    f"UPDATE ledger_subtree SET root = '{hashlib.sha256().hexdigest()}' WHERE height = 2 AND place = 1",
    "UPDATE ledger_subtree SET last_sequence = last_sequence + 1 WHERE height = 2",
    "UPDATE ledger_subtree SET last_sequence = last_sequence + 100 WHERE height = 2",
    "DELETE FROM ledger_subtree WHERE height = 4",
    "DELETE FROM ledger_subtree",
]


def test_proofs_do_not_believe_what_is_kept(any_database: Database, keys: LedgerKeys, checkpoints: list[int]) -> None:
    told = []
    for statement in ("", *ALTERED):
        with any_database.session() as session:
            session.connection(execution_options={"mes_write": True})
            if statement:
                session.execute(text(statement))
            first, last = checkpoint_of(session, checkpoints[2]), checkpoint_of(session, checkpoints[-1])
            told.append([prove_story(session, "element:2", last, keys), prove_consistency(session, first, last, keys)])
            session.rollback()
        assert told[-1] == told[0], statement
    for proof in told[0]:
        check(proof)


def test_no_proof_is_given_of_what_was_altered(
    any_database: Database, keys: LedgerKeys, checkpoints: list[int]
) -> None:
    with any_database.writing() as session:
        switch_triggers_off(session)
        session.execute(text("UPDATE ledger_event SET content = content || ' ' WHERE sequence = 4"))
    with any_database.reading() as session:
        last = checkpoint_of(session, checkpoints[-1])
        altered = session.scalar(text("SELECT min(subject) FROM ledger_subject WHERE event_sequence = 4"))
        with pytest.raises(LedgerAltered):
            prove_story(session, str(altered), last, keys)


def test_an_old_ledger_gets_its_subtrees_later(
    any_database: Database, clock: SetClock, keys: LedgerKeys, checkpoints: list[int]
) -> None:
    kept = text("SELECT height, place, root, last_sequence FROM ledger_subtree ORDER BY height, place")
    with any_database.writing() as session:
        before = session.execute(kept).all()
        session.execute(text("DELETE FROM ledger_subtree"))
        subtrees.grow(session, checkpoints[-1])
        assert session.execute(kept).all() == before
