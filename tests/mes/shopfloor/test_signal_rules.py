"""A plant may say itself what the signals of its stations mean."""

from __future__ import annotations

from importlib import resources

import pytest

from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.errors import Forbidden, InvalidInput
from mes.shopfloor import service
from mes.shopfloor.models import SignalRules
from tests.conftest import actor
from tests.mes.shopfloor.plant import Floor, create_floor, reading

LAMPS_ONLY = """
rules: plant with lamps
kinds:
  default:
    - {do: start, when: {lamp_green: [true]}}
    - {do: finish, when: {lamp_green: [false]}}
"""


@pytest.fixture
def floor(any_database: Database, clock: SetClock) -> Floor:
    """One load that has entered on pallet 1."""
    floor = create_floor(any_database, clock)
    floor.do(service.enter_next_load, service.EnterNextLoad(line_id=floor.load().line_id))
    return floor


def set_rules(floor: Floor, text: str, role: str = "planner") -> None:
    floor.do(service.set_signal_rules, service.SetSignalRules(text=text), actor(role))


def test_rules_of_the_plant_take_the_place_of_the_standard_ones(floor: Floor) -> None:
    set_rules(floor, LAMPS_ONLY)
    floor.signal("cleaning", "execute", 1)
    assert floor.operation("cleaning").state == "waiting"
    floor.signal("cleaning", "idle", 1, lamp_green=True)
    assert floor.operation("cleaning").state == "running"
    floor.clock.advance(seconds=1)
    floor.take([reading(floor.clock, "cleaning", "lamp_green", False)])
    assert floor.operation("cleaning").state == "done"


def test_every_version_is_kept_and_the_newest_holds(floor: Floor) -> None:
    set_rules(floor, LAMPS_ONLY)
    standard = (resources.files("lines.signals") / "standard.yaml").read_text(encoding="utf-8")
    set_rules(floor, standard)
    floor.signal("cleaning", "execute", 1)
    assert floor.operation("cleaning").state == "running"
    with floor.database.reading() as session:
        kept = session.query(SignalRules).order_by(SignalRules.version).all()
        assert [(row.version, row.text) for row in kept] == [(1, LAMPS_ONLY), (2, standard)]


def test_rules_with_a_fault_are_refused_with_its_line_and_change_nothing(floor: Floor) -> None:
    with pytest.raises(InvalidInput) as caught:
        set_rules(floor, LAMPS_ONLY.replace("do: start", "do: begin"))
    (fault,) = caught.value.faults
    assert fault.where == "line 5"
    assert "'begin' is not one of" in str(fault.reason)
    floor.signal("cleaning", "execute", 1)
    assert floor.operation("cleaning").state == "running"


def test_an_operator_does_not_change_what_signals_mean(floor: Floor) -> None:
    with pytest.raises(Forbidden):
        set_rules(floor, LAMPS_ONLY, "operator")
