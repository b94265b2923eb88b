"""`mes gateway` and `mes simulate` as processes: started, stopped by a signal, safe against being killed."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path

from lines import Gateway, Line, Reading, Store
from lines.simulator import SimulatedLine
from mes.config import Settings
from mes.machines.gateway.commanding import Commander
from mes.machines.gateway.forwarding import Forwarder
from mes.machines.gateway.house import House
from mes.machines.gateway.line_files import lines_of

STORE_CAPACITY = 500_000


def run_gateway(settings: Settings) -> None:
    """Poll, keep, forward and write releases until a signal ends it."""
    asyncio.run(_until_signal(_gateway(settings, lines_of(settings))))


def run_simulator(settings: Settings) -> None:
    """Serve the simulated lines until a signal ends it; a restart goes on where it was."""
    asyncio.run(_until_signal(_simulator(settings, lines_of(settings))))


def token_file(settings: Settings) -> Path:
    """Where the gateway's token lies: as set, else `gateway-token` in the data folder."""
    return Path(settings.gateway_token_file) if settings.gateway_token_file else settings.data / "gateway-token"


async def _gateway(settings: Settings, lines: list[Line]) -> None:
    folder = settings.data / "gateway"
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder / "readings.sqlite", STORE_CAPACITY)
    refused, journal = Store(folder / "refused.sqlite"), Store(folder / "commands.sqlite")
    house = House(settings.effective_server_url, token_file(settings))
    devices = [device for line in lines for device in line.devices()]
    # The sink is plain, so that all points of a poll are on disk before anything else runs: they are forwarded whole.
    async with Gateway(devices, lambda readings: _keep(store, readings)) as gateway:
        commander = Commander(lines, gateway, house, journal)
        await Forwarder(store, refused, house, commander.carry_out).run()


def _keep(store: Store, readings: Sequence[Reading]) -> None:
    store.append_many([reading.as_json() for reading in readings])


async def _simulator(settings: Settings, lines: list[Line]) -> None:
    folder = settings.data / "simulator"
    folder.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        served = [
            await stack.enter_async_context(
                SimulatedLine(replace(line, speed=settings.simulator_speed), state_file=folder / f"{line.code}.json")
            )
            for line in lines
        ]
        await asyncio.gather(*(line.serve() for line in served))


async def _until_signal(work: object) -> None:
    task = asyncio.ensure_future(work)  # type: ignore[call-overload]
    if sys.platform != "win32":
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
