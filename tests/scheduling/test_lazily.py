"""The engine's names: all are there, and what compiles is loaded only by those who solve."""

from __future__ import annotations

import subprocess
import sys

import pytest

import scheduling


@pytest.mark.parametrize("name", scheduling.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(scheduling, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'guess'"):
        _ = scheduling.guess  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", ["scheduling", "mes.planning.views"])
def test_to_read_a_plan_takes_no_compiler(module: str) -> None:
    program = f"import sys, {module}; print(*{{'numba', 'ortools', 'pandas'}} & sys.modules.keys())"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
