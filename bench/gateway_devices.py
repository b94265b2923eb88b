"""Simulated Modbus devices for the gateway's figure, in a process of their own: each on a port of its own.

They are written from the specification, share no code with the gateway, and note when each read came.
"""

from __future__ import annotations

import asyncio
import json
import signal
import statistics
import struct
import sys
import time
from collections.abc import Sequence
from typing import Any

ON_TIME_SECONDS = 0.1
_HOLDING = 3


class Machine(asyncio.Protocol):
    """One device. Its registers are counters: so many of them step at each read of the first table."""

    def __init__(self, registers: int, changing: int) -> None:
        self.arrivals: list[float] = []
        self._values = [4] + [n * 7 for n in range(1, 2 * registers)]
        self._changing = changing
        self._next = 1
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= 12:
            frame, self._buffer = self._buffer[:12], self._buffer[12:]
            transaction, _, _, unit, function, address, count = struct.unpack(">HHHBBHH", frame)
            if function == _HOLDING:
                self.arrivals.append(time.time())
                self._step()
            shown = self._values[address : address + count]
            head = struct.pack(">HHHBBB", transaction, 0, 3 + 2 * count, unit, function, 2 * count)
            self._transport.write(head + struct.pack(f">{count}H", *shown))

    def _step(self) -> None:
        """The state stays; the counters that step take turns."""
        values = self._values
        for _ in range(self._changing):
            values[self._next] = (values[self._next] + 1) % 20_000
            self._next = self._next % (len(values) // 2 - 1) + 1


def on_time(arrivals: Sequence[Sequence[float]], interval: float, window: tuple[float, float]) -> float:
    """The share of the instants of the window at which a read came, near enough.

    A device's instants are the grid of its interval on which its reads lie in the middle.
    """
    wanted = reached = 0
    for times in arrivals:
        first = times[0]
        phase = first + statistics.median((t - first + interval / 2) % interval - interval / 2 for t in times)
        begin = int((window[0] - phase) // interval) + 1
        end = int((window[1] - phase) // interval)
        hit = {round((t - phase) / interval) for t in times if _offset(t - phase, interval) <= ON_TIME_SECONDS}
        wanted += end - begin
        reached += len(hit & set(range(begin, end)))
    return reached / wanted


def _offset(seconds: float, interval: float) -> float:
    return abs(seconds - round(seconds / interval) * interval)


async def _serve(settings: dict[str, Any]) -> list[list[float]]:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    machines, addresses = [], []
    for _ in range(settings["devices"]):
        machine = Machine(settings["registers"], settings["changing"])
        server = await loop.create_server(lambda machine=machine: machine, "127.0.0.1", 0)
        machines.append(machine)
        addresses.append(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    print(json.dumps(addresses), flush=True)
    await ended.wait()
    return [machine.arrivals for machine in machines]


def main() -> None:
    """The devices' process: settings from standard input, addresses and at last the times of reads to standard
    output.
    """
    print(json.dumps(asyncio.run(_serve(json.loads(sys.stdin.readline())))), flush=True)


if __name__ == "__main__":
    main()
