"""The command line of the scheduling engine: problems, plans and pallet loads as JSON files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from scheduling.commands import COMMANDS
from scheduling.commands.exit_codes import REFUSED
from scheduling.documents.issues import DocumentError


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scheduling", description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.register(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit codes are those of `commands.exit_codes`."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except DocumentError as error:
        for issue in error.issues:
            print(issue, file=sys.stderr)
    except OSError as error:
        print(error if error.filename is None else f"{error.filename}: {error.strerror}", file=sys.stderr)
    return REFUSED


if __name__ == "__main__":
    if isinstance(sys.stdout, TextIOWrapper):  # an id in Chinese on a terminal that cannot show it
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main())
