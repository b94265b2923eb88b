"""`warm`: compile what is compiled, once on a machine, so that nobody waits for it later."""

from __future__ import annotations

import argparse

from scheduling.commands.argument_types import Subparsers
from scheduling.commands.exit_codes import DONE
from scheduling.warming import warm


def register(subparsers: Subparsers) -> None:
    """Add the command to the parser."""
    command = subparsers.add_parser("warm", help="compile the search once, for a minute or two on a new machine")
    command.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Compile and load everything; the code stays on disk."""
    warm()
    return DONE
