"""``python -m labels``: JSON lines in, JSON lines out (docs/contracts/labels.md), and emulators of devices."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from labels.json_lines import Request, answer_epc, answer_line
from labels.llrp import command as reader_command
from labels.output import preview_command
from labels.printers import command as printer_command
from labels.tags.json_lines import answer_tag


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m labels", description="GS1 identities, EPC tags, scans")
    commands = parser.add_subparsers(dest="command", required=True)
    epc = commands.add_parser("epc", help="answer encode, decode and parse requests, one JSON object a line")
    epc.set_defaults(run=lambda _: _answer_lines(answer_epc))
    tag = commands.add_parser("tag", help="answer user-memory requests, one JSON object a line")
    tag.set_defaults(run=lambda _: _answer_lines(answer_tag))
    printer_command.add_to(commands)
    reader_command.add_to(commands)
    preview_command.add_to(commands)
    chosen = parser.parse_args(arguments)
    status: int = chosen.run(chosen)
    return status


def _answer_lines(answer: Callable[[Request], dict[str, Any]]) -> int:
    for line in sys.stdin.buffer:
        if line.strip():
            sys.stdout.buffer.write(answer_line(line, answer).encode() + b"\n")
            sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
