"""`python -m scheduling solve` as a process of its own: when its first plan is told, and its most memory."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from scheduling import Plan, Problem, problem_json, read_plan

SAMPLE_SECONDS = 0.02


@dataclass(frozen=True)
class CommandRun:
    """The plan; seconds from the start of the process to its first line of progress; the most memory, in MB."""

    plan: Plan
    first_seconds: float | None
    seconds: float
    peak_mb: float | None


def solve_by_command(problem: Problem, seconds: float, workers: int = 2, seed: int = 1) -> CommandRun:
    """Solve by the command line; raises `subprocess.CalledProcessError` if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "problem.json", Path(folder) / "plan.json"
        source.write_text(problem_json(problem), encoding="utf-8")
        command = [sys.executable, "-m", "scheduling", "solve", str(source), "-o", str(target)]
        command += ["--seconds", str(seconds), "--workers", str(workers), "--seed", str(seed)]
        began = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            memory = _PeakMemory(process.pid)
            memory.start()
            first, said = _first_progress(process, began)
            code = process.wait()
        took = time.perf_counter() - began
        memory.join()
        if code:
            raise subprocess.CalledProcessError(code, command, stderr=said)
        return CommandRun(read_plan(target.read_bytes()), first, took, memory.peak_mb)


def _first_progress(process: subprocess.Popen[str], began: float) -> tuple[float | None, str]:
    """When the first line with a figure in it came; and all that was said."""
    first: float | None = None
    said: list[str] = []
    assert process.stderr is not None
    for line in process.stderr:
        if first is None and any(character.isdigit() for character in line):
            first = time.perf_counter() - began
        said.append(line)
    return first, "".join(said)


class _PeakMemory(threading.Thread):
    """The most resident memory of a process and its children together, sampled; and its own peak as Linux counts it."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak_mb: float | None = None

    def run(self) -> None:
        """Sample until the process is gone; nothing where there is no /proc."""
        while (now := _tree_mb(self.pid)) is not None:
            self.peak_mb = max(now, self.peak_mb or 0.0)
            time.sleep(SAMPLE_SECONDS)


def _tree_mb(pid: int) -> float | None:
    """Resident memory of a process (its peak so far) and of its children (now), in MB; None: it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        threads = Path(f"/proc/{pid}/task").glob("*/children")
        children = [child for thread in threads for child in thread.read_text(encoding="ascii").split()]
    except OSError:
        return None
    values = dict(line.split(":", 1) for line in status.splitlines())
    if "VmHWM" not in values:
        return None
    own = int(values["VmHWM"].split()[0]) / 1024
    return own + sum(_tree_mb(int(child)) or 0.0 for child in children)
