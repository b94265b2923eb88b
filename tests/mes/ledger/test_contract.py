"""docs/contracts/ledger.md is enough: what is written after it alone makes the same bytes, chains and roots."""

from __future__ import annotations

import base64
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.ledger.canonical import canonical_text
from mes.ledger.checkpoints import MakeCheckpoint, latest, make_all
from mes.ledger.keys import LedgerKeys
from tests.conftest import actor, create_plant
from tests.factories import create_order, elements_of
from tests.mes.ledger.contract_reader import faults, tree_root, written
from tests.mes.traceability import plant_life

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(VALUES)
def test_the_contract_makes_the_same_text(value: object) -> None:
    assert written(value) == canonical_text(value)


def test_a_plants_whole_ledger_is_as_the_contract_says(any_database: Database, clock: SetClock, tmp_path: Path) -> None:
    create_plant(any_database, clock)
    made = elements_of(any_database, create_order(any_database, clock, [("DBS1-67-3620-31", 2)]))
    plant_life.live(any_database, clock, [element.id for element in made])
    make_all(any_database, actor("admin"), clock, LedgerKeys(tmp_path), MakeCheckpoint())
    with any_database.reading() as session:
        query = text("SELECT sequence, content, hash FROM ledger_event ORDER BY sequence")
        rows = [tuple(row) for row in session.execute(query)]
        newest = latest(session)
    assert len(rows) > 20
    assert faults(rows) == []
    assert newest is not None
    lines = newest.note.split("\n")
    root = tree_root([bytes.fromhex(digest) for _, _, digest in rows])
    assert (int(lines[1]), lines[2]) == (len(rows), base64.b64encode(root).decode())
    forged = [(at, content.replace("C30", "C50"), digest) for at, content, digest in rows]
    assert {kind for _, kind in faults(forged)} == {"hash"}
