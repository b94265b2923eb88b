"""The gateway under the load of a large plant: devices in one process, the gateway in another, on one core.

The devices are written from the Modbus specification on plain asyncio and judge the polls: they note when each read
came. The gateway keeps readings on disk and a stand-in for the house takes them from there.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.figure import Figure, Judged, Quantity, SkippedError, Values
from bench.gateway_devices import ON_TIME_SECONDS, on_time
from lines import Device, Gateway, Reading, Store, StoreWriter, parse_profile
from lines.profile import Profile

HOUSE_SECONDS = 0.5


def gateway(
    case: int, devices: int, registers: int, seconds: float, hertz: float = 1, changing: int = 20, warm_up: float = 5
) -> Values:
    """Run devices and gateway; shares are in percent, memory in MiB."""
    if not hasattr(os, "sched_setaffinity") or not Path("/proc/self/statm").exists():
        raise SkippedError("a process is held on one core, and its memory read, on Linux only")
    wanted = {"registers": registers, "hertz": hertz, "changing": changing, "devices": devices, "seconds": seconds}
    wanted["warm_up"] = warm_up
    with _started("bench.gateway_devices", wanted) as served:
        assert served.stdin is not None
        assert served.stdout is not None
        addresses = json.loads(served.stdout.readline())
        with _started("bench.gateway", {**wanted, "addresses": addresses}) as reader:
            idle = _Idle()
            idle.start()
            said, _ = reader.communicate()
            idle.ended.set()
            if reader.returncode:
                raise subprocess.CalledProcessError(reader.returncode, "bench.gateway")
        served.send_signal(signal.SIGTERM)
        arrivals = json.loads(served.stdout.readline())
    found = json.loads(said)
    window = found["from"], found["until"]
    polled = on_time(arrivals, 1 / hertz, window)
    return {
        "late": 100 * (1 - polled),
        "own": 100 * found["late"] / (found["polls"] + found["late"]),
        "core": 100 * found["cpu"] / found["seconds"],
        "growth": found["growth"],
        "memory": found["memory"],
        "requests": 100 * found["requests"] / (found["polls"] * registers),
        "readings": found["readings"] / found["seconds"],
        "stall": 1000 * idle.longest,
    }


def _started(module: str, settings: object) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(json.dumps(settings) + "\n")
    process.stdin.flush()
    return process


def profile(registers: int, hertz: float) -> Profile:
    """A machine whose registers lie in two tables, with a hole that no request may touch; every one is a value."""
    half = registers // 2
    rows = ["{name: state, address: 'holding:0', type: u16, poll: fast, map: {4: idle, 6: execute}}"]
    rows += [f"{{name: count_{n}, address: 'holding:{n}', type: u16, poll: fast}}" for n in range(1, half)]
    for n in range(registers - half):
        address = n if n < half // 2 else n + 10
        place = f"name: value_{n}, address: 'input:{address}', poll: fast"
        rows.append(f"{{{place}, type: s16, scale: 0.1, low: -3000, high: 3000}}")
    points = "\n".join(f"  - {row}" for row in rows)
    return parse_profile(
        f"profile: bench\nprotocol: modbus-tcp\npoll: {{fast: {1 / hertz}, slow: {1 / hertz}}}\n"
        f"illegal: ['input:{half // 2}-{half // 2 + 9}']\npoints:\n{points}\n"
    )


class _Idle(threading.Thread):
    """A thread that does nothing but wake: what it misses is the machine's, not the gateway's."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.longest = 0.0
        self.ended = threading.Event()

    def run(self) -> None:
        while True:
            began = time.monotonic()
            if self.ended.wait(0.01):
                return
            self.longest = max(self.longest, time.monotonic() - began - 0.01)


class _Watch:
    """What the process has used since it was warm."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.readings = 0
        self.memory: list[float] = []

    async def run(self, warm_up: float, seconds: float) -> dict[str, Any]:
        await asyncio.sleep(warm_up)
        before, cpu, began, began_at = self._counts(), time.process_time(), time.monotonic(), time.time()
        while time.monotonic() - began < seconds:
            self.memory.append(_memory_mib())
            await asyncio.sleep(1)
        lasted = time.monotonic() - began
        after = self._counts()
        counted = {name: after[name] - before[name] for name in after}
        fifth = max(1, len(self.memory) // 5)
        return counted | {
            "cpu": time.process_time() - cpu,
            "seconds": lasted,
            "from": began_at,
            "until": began_at + lasted,
            "memory": max(self.memory),
            "growth": statistics.mean(self.memory[-fifth:]) - statistics.mean(self.memory[fifth : 2 * fifth]),
        }

    def _counts(self) -> dict[str, int]:
        statuses = self.gateway.statuses()
        return {
            "polls": sum(status.polls for status in statuses),
            "late": sum(status.late_polls for status in statuses),
            "requests": sum(status.requests for status in statuses),
            "readings": self.readings,
        }


def _memory_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def _house(store: Store) -> None:
    """Take what waits, as the house would."""
    while True:
        await asyncio.sleep(HOUSE_SECONDS)
        while batch := await asyncio.to_thread(store.pending, 400):
            await asyncio.to_thread(store.acknowledge, [message.id for message in batch])


async def _read(settings: dict[str, Any]) -> dict[str, Any]:
    described = profile(settings["registers"], settings["hertz"])
    devices = [Device(f"D{n}", described, address) for n, address in enumerate(settings["addresses"])]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "readings.sqlite")

        def keep(readings: Sequence[Reading]) -> None:
            watch.readings += len(readings)
            writer.keep(readings)

        running = Gateway(devices, keep)
        watch = _Watch(running)
        house = asyncio.create_task(_house(store))
        with StoreWriter(store) as writer:
            async with running:
                found = await watch.run(settings["warm_up"], settings["seconds"])
        house.cancel()
        with suppress(asyncio.CancelledError):
            await house
        store.close()
    return found


def main() -> None:
    """The gateway's process: settings from standard input, what it used to standard output."""
    settings = json.loads(sys.stdin.readline())
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(json.dumps(asyncio.run(_read(settings))))


FIGURES = (
    Figure(
        "gateway-100",
        "100 devices × 100 values at 1 Hz, 20 of them new each time, Modbus TCP, gateway on one core",
        gateway,
        (
            Quantity(
                "late",
                f"polls that did not come within {ON_TIME_SECONDS:g} s of their instant",
                0.1,
                digits=3,
                unit=" %",
            ),
            Quantity("own", "– polls late by the gateway's own count", digits=3, unit=" %"),
            Quantity("core", "– of the core", 60, Judged.WORST, digits=1, unit=" %"),
            Quantity(
                "growth", "– memory at the end over that at the beginning", 2, Judged.WORST, digits=1, unit=" MiB"
            ),
            Quantity("memory", "– most memory", digits=0, unit=" MiB"),
            Quantity("requests", "– requests ÷ one read for each register", 5, Judged.WORST, digits=1, unit=" %"),
            Quantity("readings", "– readings kept", digits=0, unit="/s"),
            Quantity("stall", "– longest pause of an idle process beside it", digits=0, unit=" ms"),
        ),
        {"devices": 100, "registers": 100, "hertz": 1, "changing": 20, "seconds": 60},
        (1,),
    ),
)

if __name__ == "__main__":
    main()
