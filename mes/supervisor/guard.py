"""Ends what is left of the children when the parent itself was killed.

The kernel's promise to a child (see `process.py`) covers neither the processes which that child started nor other
systems than Linux. The guard does: a small process which knows the children's groups, waits for the end of a pipe
that only the parent holds open, and then kills these groups. After an orderly stop it has none to kill.
"""

import subprocess
import sys
from collections.abc import Iterable

GUARD = """
import os, signal, sys
groups = []
for line in sys.stdin:
    groups = line.split()
for group in groups:
    try:
        os.killpg(int(group), signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        continue
"""


class Guard:
    """The parent's end of the pipe; the process starts with the first groups, and again if somebody ended it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def watch(self, groups: Iterable[int]) -> None:
        """From now on these process groups, and no others, end with the parent."""
        line = " ".join(str(group) for group in groups) + "\n"
        if not self.is_alive() or not self._tell(line):
            self.close()
            self._process = self._start()
            self._tell(line)

    def is_alive(self) -> bool:
        """Whether there is a guard at this moment."""
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """Ends the guard; it kills the groups that it still watches."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def _tell(self, line: str) -> bool:
        if self._process is None or self._process.stdin is None:
            return False
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except BrokenPipeError:
            return False
        return True

    @staticmethod
    def _start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", GUARD],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
