"""The simulated machines' own values."""

import pytest

from lines import MachineState
from lines.simulator import StationView
from lines.simulator.behaviour import Behaviour


def view(state: MachineState, progress_percent: float, pallet: int = 7) -> StationView:
    return StationView(state, pallet, 0, progress_percent, 0, 0, 0, (pallet,))


HOPPER = Behaviour(resting=9, working=((0, 0), (10, 0), (60, 100)))


@pytest.mark.parametrize(("percent", "value"), [(0, 0), (10, 0), (35, 50), (60, 100), (100, 100)])
def test_a_value_changes_evenly_between_its_entries(percent: float, value: float) -> None:
    assert HOPPER.value(view(MachineState.EXECUTE, percent)) == value


def test_an_empty_station_shows_the_resting_value() -> None:
    assert HOPPER.value(view(MachineState.IDLE, 0, pallet=0)) == 9


def test_an_amount_stays_while_the_machine_is_held_and_a_motion_stops() -> None:
    motion = Behaviour(resting=0, working=((0, 60),), only_executing=True)
    assert HOPPER.value(view(MachineState.HELD, 35)) == 50
    assert motion.value(view(MachineState.HELD, 35)) == 0
    assert motion.value(view(MachineState.EXECUTE, 35)) == 60
