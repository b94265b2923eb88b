"""The table of commands, and that a command loads only what it needs."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from mes.cli import MODULES


@pytest.mark.parametrize("module", MODULES)
def test_the_table_names_the_commands_of_each_module(module: str) -> None:
    commands = import_module(f"mes.cli.{module}").COMMANDS
    assert tuple(command.name for command in commands) == MODULES[module]


@pytest.mark.parametrize("command", ["gateway", "simulate"])
def test_a_machines_command_loads_nothing_of_the_house(command: str) -> None:
    program = (
        "import sys; from mes.cli import mes; "
        f"mes.get_command(None, {command!r}); "
        "print(*{'flask', 'scheduling', 'reportlab', 'dbos', 'mes.kinds'} & sys.modules.keys())"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []
