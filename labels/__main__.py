"""``python -m labels epc``: JSON lines in, JSON lines out; the contract is docs/contracts/labels.md."""

from __future__ import annotations

import argparse
import sys

from labels.json_lines import answer_line


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m labels", description="GS1 identities, EPC tags, scans")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("epc", help="answer encode, decode and parse requests, one JSON object a line")
    parser.parse_args(arguments)
    for line in sys.stdin.buffer:
        if line.strip():
            sys.stdout.buffer.write(answer_line(line).encode() + b"\n")
            sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
