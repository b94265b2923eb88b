"""What the devices in software have in common as programs: they speak at once, and serve until they are told to end."""

from __future__ import annotations

import signal
import sys
import threading


def say(text: str) -> None:
    """A line on standard output, not kept back by a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def wait_for_the_end() -> None:
    """Return when the process is interrupted or told to end."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
