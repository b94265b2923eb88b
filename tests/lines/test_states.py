"""PackML states."""

import pytest

from lines import MachineState


@pytest.mark.parametrize(
    ("name", "number"),
    [("stopped", 2), ("idle", 4), ("suspended", 5), ("execute", 6), ("aborted", 9), ("held", 11), ("complete", 17)],
)
def test_states_carry_their_packml_numbers(name: str, number: int) -> None:
    assert MachineState(name).number == number


def test_packml_has_17_states() -> None:
    assert sorted(state.number for state in MachineState) == list(range(1, 18))
