"""One supervisor per data folder: the locked pid file."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mes.supervisor.errors import AlreadyRunningError

PID_FILE = "mes.pid"
LOCK_ATTEMPTS = 3
RETRY_SECONDS = 0.1


@contextmanager
def hold_data_folder(data_folder: Path) -> Iterator[None]:
    """Makes this process the only one in the folder; raises AlreadyRunningError when another one is.

    The pid file is locked, not only written: the lock ends with its holder however it dies, so a file that a
    crash left behind is recognised by not being locked, and is taken over.
    """
    data_folder.mkdir(parents=True, exist_ok=True)
    with (data_folder / PID_FILE).open("a+", encoding="utf-8") as file:
        for attempt in range(1, LOCK_ATTEMPTS + 1):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt == LOCK_ATTEMPTS:
                    raise AlreadyRunningError(data_folder, _written_pid(data_folder)) from None
                time.sleep(RETRY_SECONDS)  # `running_pid` may be looking at just this moment
        _rewrite(file, f"{os.getpid()}\n")
        try:
            yield
        finally:
            _rewrite(file, "")


def running_pid(data_folder: Path) -> int | None:
    """The process id of the supervisor that holds the folder now, or None; stale files do not count."""
    try:
        with (data_folder / PID_FILE).open("r", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written_pid(data_folder)
    except FileNotFoundError:
        return None
    return None


def _written_pid(data_folder: Path) -> int | None:
    text = (data_folder / PID_FILE).read_text(encoding="utf-8").strip()
    return int(text) if text.isdecimal() else None


def _rewrite(file: TextIO, text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()
