"""``python -m labels reader``: an RFID reader in software, to try things without tags."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

import yaml

from labels.errors import TagDataError
from labels.llrp.control import control_port, tag_from
from labels.llrp.emulated_tag import EmulatedTag
from labels.llrp.emulator import ReaderEmulator
from labels.serving import say, wait_for_the_end


def add_to(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``reader``; its namespace has ``run``, which takes it and returns the exit status."""
    reader = subparsers.add_parser("reader", help="an RFID reader in software that speaks LLRP, on a real socket")
    reader.add_argument("--host", default="127.0.0.1", help="the address to listen on (default %(default)s)")
    reader.add_argument("--port", type=int, default=5084, help="0 takes a free one (default %(default)s)")
    reader.add_argument("--tags", type=Path, help="a YAML file: tags: [{tid: …, epc: …, user: …, antenna: …}, …]")
    reader.add_argument("--antennas", type=int, default=4, help="how many there are (default %(default)s)")
    reader.add_argument("--control-port", type=int, help="takes tags and faults as JSON lines; 0: a free one")
    reader.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted; returns the exit status."""
    try:
        reader = ReaderEmulator(load_tags(options.tags) if options.tags else (), antennas=options.antennas)
        with ExitStack() as stack:
            port = stack.enter_context(reader.serve(options.port, options.host))
            say(f"The reader listens on {options.host}:{port}")
            if options.control_port is not None:
                control = stack.enter_context(control_port(reader, options.control_port))
                say(f"Tags and faults: 127.0.0.1:{control}")
            wait_for_the_end()
    except (TagDataError, OSError, OverflowError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def load_tags(path: Path) -> tuple[EmulatedTag, ...]:
    """The tags in a YAML file; raises TagDataError that says which one is wrong."""
    try:
        told = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise TagDataError(f"{path} cannot be read: {error}") from error
    if not isinstance(told, dict) or not isinstance(told.get("tags"), list):
        raise TagDataError(f"{path} has no list of tags")
    tags = []
    for number, one in enumerate(told["tags"], 1):
        try:
            tags.append(tag_from(one))
        except TagDataError as error:
            raise TagDataError(f"{path}, tag {number}: {error}") from error
    return tuple(tags)
