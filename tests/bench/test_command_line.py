"""The command line as a process: its plan, when it first told something, and its most memory."""

import subprocess
import sys

import pytest

from bench.command_line import solve_by_command
from scheduling import check, generate


def test_a_process_gives_a_plan_and_tells_when_it_had_the_first() -> None:
    problem = generate(5, 1)
    run = solve_by_command(problem, 0.3)
    assert check(problem, run.plan).violations == ()
    assert run.first_seconds is not None
    assert 0 < run.first_seconds <= run.seconds
    if sys.platform == "linux":
        # An interpreter with its libraries, in MB; elsewhere there is no /proc to read it from.
        assert run.peak_mb is not None
        assert 20 < run.peak_mb < 2000


def test_a_failing_process_is_an_error_with_its_words() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        solve_by_command(generate(2, 1), -1)
