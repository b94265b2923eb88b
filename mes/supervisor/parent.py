"""The parent that keeps the children running."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TextIO

from mes.supervisor.child import Child, ChildStatus
from mes.supervisor.errors import SupervisorError
from mes.supervisor.folder import hold_data_folder
from mes.supervisor.guard import Guard
from mes.supervisor.process import Log, Output, Process

TICK_SECONDS = 0.1
PROCESSES_FILE = "processes.json"


class Supervisor:
    """Keeps a set of children running until it is told to stop, and leaves nothing running behind.

    `data_folder` holds `mes.pid` (locked while this runs), `processes.json` (the present process ids, for
    operators and tests) and `logs/NAME.log`. `stream` is the terminal, standard output by default.
    """

    def __init__(
        self,
        children: Sequence[Child],
        data_folder: Path,
        *,
        stream: TextIO | None = None,
        grace_seconds: float = 10.0,
    ) -> None:
        names = [child.name for child in children]
        if len(set(names)) != len(names):
            raise SupervisorError(f"Two children have the same name: {', '.join(sorted(names))}")
        self._children = tuple(children)
        self._data_folder = data_folder
        self._output = Output(stream or sys.stdout, names)
        self._grace_seconds = grace_seconds
        self._processes: list[Process] = []
        self._guard = Guard()
        self._stop_requests = 0
        self._wake = threading.Event()

    def run(self, when_ready: Callable[[], None] | None = None) -> None:
        """Starts all children, calls `when_ready` once all are ready, and returns after an orderly stop.

        SIGINT, SIGTERM and SIGHUP (in the main thread) and `request_stop` end it; a second signal kills at
        once. Raises AlreadyRunningError, or ChildNotReadyError after everything else was stopped again.
        """
        with hold_data_folder(self._data_folder), self._signals():
            try:
                self._start()
                self._watch(when_ready)
            finally:
                self._stop()

    def request_stop(self) -> None:
        """Asks `run` to stop; asked twice, it kills without waiting. Any thread may call it."""
        self._stop_requests += 1
        self._wake.set()

    def status(self) -> tuple[ChildStatus, ...]:
        """The present state of each child, in the order given."""
        return tuple(ChildStatus(p.child.name, p.pid, p.ready, p.restarts) for p in self._processes)

    def _start(self) -> None:
        logs = self._data_folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        for child in self._children:
            self._processes.append(Process(child, Log(child.name, logs / f"{child.name}.log", self._output)))
            self._processes[-1].start()
            self._publish()

    def _watch(self, when_ready: Callable[[], None] | None) -> None:
        announced = False
        while not self._stop_requests:
            changed = [process for process in self._processes if self._tend(process)]
            if changed or not self._guard.is_alive():
                self._publish()
            if not announced and all(process.was_ready for process in self._processes):
                announced = True
                if when_ready:
                    when_ready()
            self._wake.wait(TICK_SECONDS)

    def _tend(self, process: Process) -> bool:
        """One look at one child; True when its state has changed."""
        if how := process.has_died():
            process.plan_restart(how)
            return True
        if process.start_at is not None and time.monotonic() >= process.start_at:
            process.start()
            return True
        if process.check_ready():
            return True
        if not process.was_ready and time.monotonic() >= process.ready_by:
            raise process.not_ready(f"was not ready after {process.child.ready_seconds:g} s")
        return False

    def _stop(self) -> None:
        give_up_at = time.monotonic() + self._grace_seconds
        for process in self._processes:
            process.ask_to_stop()
        running = list(self._processes)
        while running and time.monotonic() < give_up_at and self._stop_requests < 2:
            running = [process for process in running if process.pid is not None and process.has_died() is None]
            time.sleep(TICK_SECONDS / 5 if running else 0)
        for process in running:
            process.log.line("— did not stop in time and is killed")
            process.kill()
            process.has_died()
        self._guard.watch([])
        self._guard.close()
        for process in self._processes:
            process.log.close()
        (self._data_folder / PROCESSES_FILE).unlink(missing_ok=True)

    def _publish(self) -> None:
        """Tells the guard and the processes file which processes there are now."""
        self._guard.watch(process.pid for process in self._processes if process.pid is not None)
        found = {
            "supervisor": os.getpid(),
            "children": {s.name: {"pid": s.pid, "ready": s.ready, "restarts": s.restarts} for s in self.status()},
        }
        fresh = self._data_folder / f"{PROCESSES_FILE}.new"
        fresh.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        fresh.replace(self._data_folder / PROCESSES_FILE)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(_number: int, _frame: FrameType | None) -> None:
            self.request_stop()

        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asked to outlive the terminal
            numbers.append(signal.SIGHUP)
        earlier = {number: signal.signal(number, stop) for number in numbers}
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)
