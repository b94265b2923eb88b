"""A job that takes a while and leaves marks in a file, for tests that kill its worker."""

from __future__ import annotations

import time
from pathlib import Path

from mes.core import jobs
from mes.core.jobs import RunningJob


@jobs.handles("test.slow")
def slow(job: RunningJob) -> dict[str, object]:
    """Marks its beginning and its end."""
    marks = Path(str(job.arguments["marks"]))
    _mark(marks, "began")
    for _ in range(int(job.arguments["seconds"]) * 10):
        job.cancelled()
        time.sleep(0.1)
    _mark(marks, "ended")
    return {}


def _mark(file: Path, text: str) -> None:
    with file.open("a") as stream:
        stream.write(text + "\n")
