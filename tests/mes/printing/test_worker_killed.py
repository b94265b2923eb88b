"""A worker that is killed in mid-job: its next start prints nothing twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from labels.printers.emulator import PrinterEmulator
from mes.core.database import Database
from tests.mes.printing.shop import open_shop

PATIENCE_SECONDS = 60
LOOP = """
import sys, threading
from pathlib import Path
import mes.tables
from mes.config import Settings
from mes.core.clock import SystemClock
from mes.core.database import Database
from mes.printing.jobs import start_printing
settings = Settings(data=Path(sys.argv[1]), database_url=sys.argv[2], executor_id="press")
start_printing(Database(settings.effective_database_url), SystemClock(), settings.executor_id, threading.Event())
threading.Event().wait()
"""  # what `mes worker` does for printers, without the solver
ROOT = Path(__file__).parents[3]


@contextmanager
def worker(database: Database, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own that serves the printers."""
    url = database.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen([sys.executable, "-c", LOOP, str(folder), url], cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(what: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < give_up, "it did not happen"
        time.sleep(0.1)


def test_a_job_whose_worker_was_killed_is_unknown_and_never_printed_again(
    any_database: Database, tmp_path: Path
) -> None:
    shop = open_shop(any_database)
    with PrinterEmulator(seconds_a_label=30) as emulator:
        shop.printer(port=emulator.port)
        shop.route()
        cut, later = (shop.print(subject).jobs[0].number for subject in shop.subjects[:2])
        with worker(any_database, tmp_path) as process:
            wait_for(lambda: emulator.received.count(b"^XZ") == 1)
            assert shop.job(cut).state == "printing"
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert shop.job(cut).state == "printing"
        emulator.cancel()
        emulator.change(seconds_a_label=0)
        with worker(any_database, tmp_path):
            wait_for(lambda: shop.job(later).state == "printed")
        assert shop.job(cut).state == "unknown"
        assert emulator.received.count(b"^XZ") == 2


@pytest.fixture(autouse=True)
def _needs_processes() -> None:
    if sys.platform == "win32":
        pytest.skip("no SIGKILL on Windows")
