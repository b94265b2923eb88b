"""One child at run time: its present process, its output, its deaths."""

import logging
import logging.handlers
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TextIO

from mes.supervisor.child import Child
from mes.supervisor.errors import ChildNotReadyError
from mes.supervisor.ports import answers

KEPT_LINES = 20
LOG_BYTES = 5_000_000
COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)

# Runs between fork and the child's program, as a program of its own: code in `preexec_fn` may deadlock,
# because the parent has threads. The parent may have died before prctl was called; hence the comparison of
# the parent's id.
LAUNCHER = """
import ctypes, os, signal, sys
if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL, 0, 0, 0) != 0:
    sys.stderr.write("cannot be tied to the parent: " + os.strerror(ctypes.get_errno()) + "\\n")
if os.getppid() != int(sys.argv[1]):
    sys.exit("the parent has gone")
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    sys.exit(f"cannot run {sys.argv[2]}: {error.strerror}")
"""


class Output:
    """The terminal, shared by all children: one prefixed line at a time, coloured on a screen."""

    def __init__(self, stream: TextIO, names: Sequence[str]) -> None:
        self._stream: TextIO | None = stream
        self._lock = threading.Lock()
        self._width = max((len(name) for name in names), default=0)
        coloured = stream.isatty() and "NO_COLOR" not in os.environ
        self._colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)} if coloured else {}

    def line(self, name: str, text: str) -> None:
        """Writes one line. A terminal that was closed is forgotten; the log files have everything."""
        prefix = f"{name:<{self._width}} │"
        if name in self._colours:
            prefix = f"\x1b[{self._colours[name]}m{prefix}\x1b[0m"
        with self._lock:
            if self._stream is None:
                return
            try:
                self._stream.write(f"{prefix} {text}\n")
                self._stream.flush()
            except (OSError, ValueError):  # ValueError: the stream was closed by its owner
                self._stream = None


class Log:
    """A child's log file, rotated by size, and its last lines."""

    def __init__(self, name: str, path: Path, output: Output) -> None:
        self.path, self.last_lines = path, deque[str](maxlen=KEPT_LINES)
        self._name, self._output = name, output
        self._handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8", errors="replace"
        )
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))

    def line(self, text: str) -> None:
        """Writes one line to the file and to the terminal."""
        self.last_lines.append(text)
        self._handler.handle(logging.LogRecord(self._name, logging.INFO, "", 0, text, None, None))
        self._output.line(self._name, text)

    def follow(self, stream: IO[bytes]) -> None:
        """Copies a child's output until its end."""
        with stream:
            while line := stream.readline(65_536):
                self.line(line.decode("utf-8", "replace").rstrip("\r\n"))

    def close(self) -> None:
        self._handler.close()


class Process:
    """A child with its present process, and the memory of earlier ones."""

    def __init__(self, child: Child, log: Log) -> None:
        self.child, self.log = child, log
        self.restarts = 0
        self.ready = self.was_ready = False
        self.start_at: float | None = 0.0
        self.ready_by = time.monotonic() + child.ready_seconds
        self._failures = 0
        self._started_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._follower: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Starts the process; the calling thread must live as long as the process shall (see prctl(2))."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, str(os.getpid()), *self.child.argv],
            env={**os.environ, "PYTHONUNBUFFERED": "1", **self.child.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None  # noqa: S101 -- a pipe was asked for
        self.start_at, self._started_at = None, time.monotonic()
        self._follower = threading.Thread(target=self.log.follow, args=(self._process.stdout,), daemon=True)
        self._follower.start()

    def has_died(self) -> str | None:
        """How the process ended, once, when it did; whatever is left of its group is killed."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        _kill_group(self._process.pid)
        if self._follower:
            self._follower.join(timeout=1)
        self._process, self.ready = None, False
        return f"was ended by {_signal_name(-code)}" if code < 0 else f"ended with exit code {code}"

    def plan_restart(self, how: str) -> None:
        """Decides when to start again; raises ChildNotReadyError when no attempt is left."""
        policy = self.child.restart
        lived_seconds = time.monotonic() - self._started_at
        self._failures = 1 if lived_seconds >= policy.calm_seconds else self._failures + 1
        if not self.was_ready and (not policy.enabled or self._failures >= policy.attempts_until_ready):
            raise self.not_ready(f"{how} before it was ready ({self._failures} attempts)")
        if not policy.enabled:
            self.log.line(f"— {how}; it is not started again")
            return
        delay_seconds = policy.delay_seconds(self._failures)
        self.restarts += 1
        self.start_at = time.monotonic() + delay_seconds
        self.log.line(f"— {how}; starting again in {delay_seconds:g} s (restart {self.restarts})")

    def check_ready(self) -> bool:
        """Asks a running child whether it is ready; True when that has just become so."""
        if self.ready or self._process is None or not answers(self.child.ready):
            return False
        self.ready = self.was_ready = True
        return True

    def not_ready(self, reason: str) -> ChildNotReadyError:
        """The error that names this child and quotes it."""
        return ChildNotReadyError(self.child.name, reason, tuple(self.log.last_lines), self.log.path)

    def ask_to_stop(self) -> None:
        """Sends the stop signal to the process itself, which knows how to end its own children."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self.child.stop_signal)

    def kill(self) -> None:
        """Ends the whole group at once."""
        if self._process is not None:
            _kill_group(self._process.pid)
            self._process.wait()


def _kill_group(leader_pid: int) -> None:
    try:
        os.killpg(leader_pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # nobody is left; macOS says EPERM for a group of zombies
        return


def _signal_name(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
