"""What can go wrong with a set of processes."""

from collections.abc import Sequence
from pathlib import Path


class SupervisorError(Exception):
    """A set of processes could not be started; the message says why and what to look at."""


class AlreadyRunningError(SupervisorError):
    """Another supervisor holds the data folder."""

    def __init__(self, data_folder: Path, pid: int | None) -> None:
        self.data_folder, self.pid = data_folder, pid
        who = f"process {pid}" if pid else "another process"
        super().__init__(f"It already runs in {data_folder} ({who}). Stop that one, or choose another data folder.")


class ChildNotReadyError(SupervisorError):
    """A child died again and again, or did not answer in time; holds the last lines that it wrote."""

    def __init__(self, name: str, reason: str, last_lines: Sequence[str], log_file: Path) -> None:
        self.name, self.reason, self.last_lines, self.log_file = name, reason, tuple(last_lines), log_file
        written = "\n".join(f"  {line}" for line in last_lines) or "  (it wrote nothing)"
        super().__init__(f"{name} {reason}. Its last lines, from {log_file}:\n{written}")
