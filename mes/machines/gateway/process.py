"""`mes gateway` and `mes simulate` as processes: started, stopped by a signal, safe against being killed."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lines import Device, DeviceState, DeviceStatus, Gateway, Line, Store, StoreWriter
from lines.metrics import metrics_registry, serve_metrics
from mes.config import Settings, SettingsError
from mes.machines.broker import broker_access
from mes.machines.gateway.announcing import announcement
from mes.machines.gateway.commanding import Commander
from mes.machines.gateway.files import WatchedFiles
from mes.machines.gateway.forwarding import STATUS, Forwarder
from mes.machines.gateway.house import House, HouseLink
from mes.machines.gateway.mqtt_link import MqttHouse
from mes.machines.gateway.results import Results
from mes.machines.gateway.simulating import serve_simulator

STORE_CAPACITY = 500_000
ALIVE_SECONDS = 1.0
UNHEARD_SECONDS = 5.0  # a pause of the gateway that is shorter is not told
NOT_RUNNING = "the gateway was not running"


def run_gateway(settings: Settings) -> None:
    """Poll, keep, forward and write commands until a signal ends it."""
    asyncio.run(_until_signal(serve_gateway(settings)))


def run_simulator(settings: Settings) -> None:
    """Serve the simulated lines until a signal ends it; a restart goes on where it was."""
    asyncio.run(_until_signal(serve_simulator(settings)))


def token_file(settings: Settings) -> Path:
    """Where the gateway's token lies: as set, else `gateway-token` in the data folder."""
    return Path(settings.gateway_token_file) if settings.gateway_token_file else settings.data / "gateway-token"


def house_link(settings: Settings) -> HouseLink:
    """The way to the house, by HTTP or MQTT as `server_url` begins.

    Raises:
        SettingsError: `server_url` is no address of a broker.
    """
    url, token = settings.effective_server_url, token_file(settings)
    if not url.startswith(("mqtt:", "mqtts:")):
        return House(url, token, _ca_file(settings))
    try:
        return MqttHouse(url, settings.effective_gateway_name, token, broker_access(settings))
    except ValueError as error:
        raise SettingsError(f"setting server_url: {error}") from error


@dataclass(frozen=True)
class Stores:
    """What the gateway keeps on disk."""

    readings: Store
    refused: Store  # readings that the house does not take for what they are
    journal: Store  # commands that are being written
    outcomes: Store  # of commands, until the house has them


async def serve_gateway(settings: Settings) -> None:
    """Be the gateway of the settings until cancelled.

    Raises:
        LineFilesError: a line's file cannot be used.
    """
    files = WatchedFiles(settings)
    folder = settings.data / "gateway"
    folder.mkdir(parents=True, exist_ok=True)
    house = house_link(settings)
    with closing(house), _stores(folder) as stores:
        tell_pause(stores.readings, devices_of(files.lines), folder / "alive")
        # The writer takes a poll whole and writes it whole, in its order: so it is forwarded.
        with StoreWriter(stores.readings) as writer:
            await _serve(settings, files, house, stores, writer, folder / "alive")


async def _serve(
    settings: Settings, files: WatchedFiles, house: HouseLink, stores: Stores, writer: StoreWriter, alive: Path
) -> None:
    name = settings.effective_gateway_name
    async with Gateway(
        devices_of(files.lines),
        writer.keep,
        on_status=lambda status: writer.keep([{STATUS: status.as_json()}]),
    ) as gateway:
        results = Results(stores.outcomes, house)
        commander = Commander(files.lines, gateway, stores.journal, results)
        forwarder = Forwarder(
            name,
            house,
            stores.readings,
            stores.refused,
            results,
            commander.take,
            announcement=lambda: announcement(name, devices_of(files.lines), files.faults),
            statuses=gateway.statuses,
        )

        def taken_over() -> None:
            commander.serve(files.lines)
            forwarder.announce_again()

        with _metrics(settings, gateway, stores.readings):
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(forwarder.run())
                    tasks.create_task(files.watch(gateway, taken_over))
                    tasks.create_task(_stay_alive(alive))
            finally:
                await commander.close()


def devices_of(lines: Iterable[Line]) -> list[Device]:
    """Every device of the lines."""
    return [device for line in lines for device in line.devices()]


def tell_pause(readings: Store, devices: Iterable[Device], alive: Path) -> None:
    """After a longer pause of the gateway: put into the store that nobody heard the devices since then."""
    try:
        since = datetime.fromtimestamp(alive.stat().st_mtime, UTC)
    except FileNotFoundError:
        return
    if (datetime.now(UTC) - since).total_seconds() > UNHEARD_SECONDS:
        unheard = [DeviceStatus(device.name, DeviceState.FAILED, since, NOT_RUNNING) for device in devices]
        readings.append_many([{STATUS: status.as_json()} for status in unheard])


async def _stay_alive(alive: Path) -> None:
    """Leave a mark of the time at which the gateway still ran."""
    while True:
        with suppress(OSError):  # A disk that takes nothing ends no polling: what is read waits in memory.
            alive.touch()
        await asyncio.sleep(ALIVE_SECONDS)


@contextmanager
def _stores(folder: Path) -> Iterator[Stores]:
    with ExitStack() as stack:

        def opened(name: str, capacity: int = 100_000) -> Store:
            return stack.enter_context(closing(Store(folder / name, capacity)))

        yield Stores(
            opened("readings.sqlite", STORE_CAPACITY),
            opened("refused.sqlite"),
            opened("commands.sqlite"),
            opened("outcomes.sqlite"),
        )


@contextmanager
def _metrics(settings: Settings, gateway: Gateway, store: Store) -> Iterator[None]:
    if not settings.gateway_metrics_port:
        yield
        return
    registry = metrics_registry(gateway, store)
    with serve_metrics(registry, settings.gateway_metrics_host, settings.gateway_metrics_port):
        yield


def _ca_file(settings: Settings) -> Path | None:
    return Path(settings.gateway_ca_file) if settings.gateway_ca_file else None


async def _until_signal(work: object) -> None:
    task = asyncio.ensure_future(work)  # type: ignore[call-overload]
    if sys.platform != "win32":
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
