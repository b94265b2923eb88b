"""``python -m labels printer``: a label printer in software, to try things without paper."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from labels.errors import LabelError
from labels.printers.control import PrinterControl
from labels.printers.emulator import PrinterEmulator
from labels.serving import say, wait_for_the_end


def add_to(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``printer``; its namespace has ``run``, which takes it and returns the exit status."""
    printer = subparsers.add_parser("printer", help="a label printer in software, on a real socket")
    printer.add_argument("--host", default="127.0.0.1", help="the address to listen on (default %(default)s)")
    printer.add_argument("--port", type=int, default=9100, help="0 takes a free one (default %(default)s)")
    printer.add_argument("--folder", type=Path, help="gets a file for each job and for each label")
    printer.add_argument("--seconds-a-label", type=float, default=1.0, help="printing speed (default %(default)s)")
    printer.add_argument("--control-port", type=int, help="takes wishes as JSON from this machine; 0: a free one")
    printer.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print until interrupted; returns the exit status."""
    try:
        with ExitStack() as stack:
            printer = stack.enter_context(
                PrinterEmulator(
                    host=options.host,
                    port=options.port,
                    folder=options.folder,
                    seconds_a_label=options.seconds_a_label,
                )
            )
            say(f"The printer listens on {printer.host}:{printer.port}")
            if options.control_port is not None:
                control = stack.enter_context(PrinterControl(printer, options.control_port))
                say(f"Wishes: http://127.0.0.1:{control.port}/")
            wait_for_the_end()
            told = printer.told()
            say(f"{told['labels_printed']} labels came out, and {told['labels_void']} void ones")
    except LabelError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0
