"""A plant of earlier days: its pallets and moulds are there after the upgrade, in service, and not told of yet."""

from __future__ import annotations

from sqlalchemy import text

from mes import migrating
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.library.models import Mould
from mes.planning.models import Pallet, PalletLoad
from mes.shopfloor.models import MouldUse
from mes.shopfloor.service import NoteMould, note_mould
from tests.mes.shopfloor.plant import create_floor
from tests.mes.shopfloor.test_genealogy import add_mould

BEFORE, AFTER = "0018", "0019"


def test_pieces_in_use_survive_the_way_down_and_up_and_wait_to_be_told_of(
    any_database: Database, clock: SetClock
) -> None:
    floor = create_floor(any_database, clock)
    floor.start("cleaning")
    add_mould(floor)
    floor.do(note_mould, NoteMould(load_id=floor.load_ids[0], code="DBS-M1"))
    migrating.downgrade(any_database, BEFORE)
    with any_database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM pallet_load WHERE pallet_id IS NOT NULL")).scalar_one()
    migrating.upgrade(any_database, AFTER)
    (mould,) = floor.rows(Mould)
    assert (mould.service_state, mould.version, mould.registered_at) == ("in_service", 1, None)
    assert {(one.service_state, one.by_hand, one.registered_at) for one in floor.rows(Pallet)} == {
        ("in_service", False, None)
    }
    assert (len(floor.rows(MouldUse)), floor.rows(PalletLoad)[0].pallet_id is not None) == (1, True)
