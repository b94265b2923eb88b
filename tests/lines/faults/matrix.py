"""What must hold for every fault of a protocol; a test class of each protocol takes it over."""

from itertools import pairwise
from typing import ClassVar

from lines import DeviceState
from lines.simulator import FaultKind
from lines.simulator.mangling import TOO_SLOW_SECONDS
from tests.lines.faults.scene import BACKOFF, FAULTY_SECONDS, ROUNDS_BEFORE, SOUND_SECONDS, Matrix, Story
from tests.lines.faults.ways import Way

BUSY_SECONDS = 1.0  # what a busy test machine may add
HEARD = {
    *(FaultKind.SLOW, FaultKind.TRICKLING, FaultKind.DOUBLED, FaultKind.FROZEN, FaultKind.CHATTERING),
    *(FaultKind.COUNTING_BACK, FaultKind.CLOCK_WRONG, FaultKind.CLOCK_AHEAD),
}
PARTLY = {FaultKind.UNKNOWN_STATE: {"state"}, FaultKind.ALL_ZERO: {"state", "dust_percent"}}
NOT_BELIEVED = {FaultKind.IMPOSSIBLE_VALUES, FaultKind.ALL_ONES, FaultKind.WRONG_TYPES}
COMES_AND_GOES = {FaultKind.FLAPPING, FaultKind.RESTARTED}
ROUNDS = {
    "done": {ROUNDS_BEFORE + 1},
    "DeviceUnavailableError": {ROUNDS_BEFORE},
    "CommandRefusedError": {ROUNDS_BEFORE},
    "CommandUnknownError": {ROUNDS_BEFORE, ROUNDS_BEFORE + 1},
    "CommandNotVerifiedError": {ROUNDS_BEFORE, ROUNDS_BEFORE + 1},
}


class FaultMatrix:
    """All faults of ``protocol``. ``silent`` are those that show only when the machine's heartbeat is overdue."""

    protocol: ClassVar[str]
    silent: ClassVar[frozenset[FaultKind]] = frozenset()

    def test_it_is_shown_as_it_is_within_one_backoff_of_the_end(
        self, matrix: Matrix, way: Way, kind: FaultKind
    ) -> None:
        story = matrix.faulty[kind]
        late = TOO_SLOW_SECONDS if kind is FaultKind.TOO_SLOW else 0.0  # what it is still about to say
        longest = BACKOFF.max_seconds + way.wait_seconds + late + BUSY_SECONDS
        assert story.recovered_seconds is not None, story.readings[-1]
        assert story.recovered_seconds <= longest

    def test_what_is_wrong_is_not_told_as_good(self, matrix: Matrix, kind: FaultKind) -> None:
        story = matrix.faulty[kind]
        if kind in HEARD:
            assert story.bad_at_fault == set()
            assert failures(story) == 0
        elif kind in PARTLY:
            assert story.bad_at_fault == PARTLY[kind]
            assert failures(story) == 0
        elif kind not in COMES_AND_GOES | self.silent:
            assert story.bad_at_fault == {point.name for point in story.device.profile.points}

    def test_garbage_is_told_from_absence(self, matrix: Matrix, kind: FaultKind) -> None:
        state = matrix.faulty[kind].state_at_fault
        if kind in NOT_BELIEVED:
            assert state is DeviceState.QUARANTINED
        elif kind in {FaultKind.CUT, FaultKind.REFUSED}:
            assert state is DeviceState.FAILED
        elif kind in HEARD or kind in PARTLY or kind in {FaultKind.DEVICE_FAILURE, FaultKind.BUSY}:
            assert state is DeviceState.CONNECTED
        elif kind not in COMES_AND_GOES | self.silent:
            assert state in {DeviceState.FAILED, DeviceState.QUARANTINED}

    def test_no_value_is_ever_good_that_the_machine_cannot_have(self, matrix: Matrix, kind: FaultKind) -> None:
        story = matrix.faulty[kind]
        held = {"held"} if kind is FaultKind.CHATTERING else set()
        assert set(story.good("state")) <= {"idle", "execute", "suspended"} | held
        assert set(story.good("pallet")) <= {0, 7}
        assert set(story.good("cycles")) <= {0, 1, 2}
        assert all(35 <= float(str(value)) <= 38 for value in story.good("dust_percent"))

    def test_a_command_takes_effect_once_or_not_at_all_as_it_was_told(self, matrix: Matrix, kind: FaultKind) -> None:
        story = matrix.faulty[kind]
        assert story.rounds in ROUNDS[story.command]

    def test_nothing_is_told_twice(self, matrix: Matrix, kind: FaultKind) -> None:
        story = matrix.faulty[kind]
        for point in story.device.profile.points:
            told = [(one.value, one.quality, one.error) for one in story.readings if one.point == point.name]
            assert all(earlier != later for earlier, later in pairwise(told))

    def test_the_sound_machines_miss_no_poll(self, matrix: Matrix) -> None:
        for story in matrix.sound:
            assert story.status_before is not None
            assert story.status_after is not None
            assert story.status_after.late_polls == story.status_before.late_polls
            assert failures(story) == 0
            polls = story.status_after.polls - story.status_before.polls
            assert polls >= int(matrix.faulty_seconds / SOUND_SECONDS) >= int(2 * FAULTY_SECONDS / SOUND_SECONDS)
            assert story.states[-1] is DeviceState.CONNECTED
            assert (story.command, story.rounds) == ("done", ROUNDS_BEFORE + 1)


def failures(story: Story) -> int:
    """How often a machine failed since the faults began."""
    assert story.status_before is not None
    assert story.status_after is not None
    return story.status_after.failures - story.status_before.failures
