"""Starting the platform again after a restart that a fault has played, with the faults that were left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from mes.traceability.sandbox.behaviour import Behaviour
from mes.traceability.sandbox.faults import Fault, FaultScript, understood
from mes.traceability.sandbox.server import RESTART_STATUS

LEFT = "faults-left.json"
_PAUSE_SECONDS = 0.2
_ending = threading.Lock()  # never given back


def end_process(data_dir: Path, script: FaultScript, behaviour: Behaviour) -> None:
    """End at once, nothing of the work put away: what a power cut leaves. Only what is still to be played is noted.

    Two faults may ask for it at one instant: the second waits for the end, which the first brings.
    """
    _ending.acquire()
    told = [*script.left(), {"behave": behaviour.told()}]
    (data_dir / LEFT).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    os._exit(RESTART_STATUS)


def faults_left(data_dir: Path, behaviour: Behaviour) -> list[Fault] | None:
    """The faults that a played restart left, taken from their file; None where the last end was no such restart."""
    file = data_dir / LEFT
    if not file.exists():
        return None
    entries = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    return understood(entries, behaviour)


def keep_running(arguments: Sequence[str]) -> int:
    """Run the platform with these arguments, again and again after played restarts; returns its last exit status."""
    running: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        for child in running:
            child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    while True:
        command = [sys.executable, "-m", "mes.traceability.sandbox", *arguments]
        with subprocess.Popen(command) as child:
            running[:] = [child]
            status = child.wait()
        if status != RESTART_STATUS:
            return status if status >= 0 else 0
        time.sleep(_PAUSE_SECONDS)
