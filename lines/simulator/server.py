"""A simulated line, served over real protocols, one model behind all of its machines."""

import asyncio
import json
import logging
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from lines.plant import Line
from lines.simulator.faults import FaultBoard
from lines.simulator.machine import SimulatedMachine
from lines.simulator.placement import Placement
from lines.simulator.plant_model import PlantModel
from lines.simulator.servers import MachineServer, make_server

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.05
_SAVE_SECONDS = 1.0
_OPEN_PORT = re.compile(r":0(?=[/?]|$)")


class SimulatorError(Exception):
    """The simulator cannot start: its port is taken, or its state file cannot be used."""


class SimulatedLine:
    """Serves a line's machines for as long as it is entered::

        async with SimulatedLine(packaged_line("SL"), state_file=path) as simulated:
            gateway = Gateway(simulated.line.devices(), sink)

    Stations and machines without an address of their own are the units of one Modbus TCP server (1, 2, 3, … in order),
    the others are served where they are said to be, in the protocol of their profile. Port 0 takes a free port;
    ``line`` then names it. With a ``state_file`` the line goes on where it was, also after ``kill -9``; while nobody
    runs it, its time stands still. What is wrong with which machine stands on ``faults``.

    Raises :class:`SimulatorError` on entering, and :class:`lines.simulator.NotSimulatedError` for a profile that cannot
    be simulated.
    """

    def __init__(
        self,
        line: Line,
        *,
        state_file: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        faults: FaultBoard | None = None,
    ) -> None:
        self.line = line
        self.plant = PlantModel(line)
        self.model = self.plant.line
        self.faults = faults or FaultBoard()
        self._state_file = state_file
        self._clock = clock
        self._started_at = 0.0
        self._started_ms = 0
        self._saved_at = 0.0
        self._places = self._placements()
        self._servers = [make_server(place, self._advance, self._save) for place in self._places]
        self._ticking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._restore()
        self._started_at, self._started_ms = self._clock(), self.plant.clock_ms
        try:
            for server, place in zip(self._servers, self._places, strict=True):
                await self._open(server, place)
        except BaseException:
            await self._close()
            raise
        self._ticking = asyncio.create_task(self._tick(), name=f"simulated line {self.line.code}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ticking:
            self._ticking.cancel()
        await self._close()
        self._advance()
        self._save()
        with suppress(asyncio.CancelledError):
            await self.serve()

    async def serve(self) -> None:
        """Serve until cancelled. Raises ``OSError`` when the state can no longer be saved."""
        if self._ticking:
            await self._ticking

    def _placements(self) -> list[Placement]:
        """The machines by where they are served; each that leaves its port open has one of its own."""
        places: dict[str, Placement] = {}
        for member, device in zip(self.line.members, self.line.devices(), strict=True):
            machine = SimulatedMachine(device, self.plant, self.faults)
            machine.check_slots(member)
            is_alone = _OPEN_PORT.search(member.reach.address) is not None
            key = device.name if is_alone else device.address
            place = places.setdefault(key, Placement(device.profile.protocol, device.address, []))
            place.machines.append((device.unit, machine))
        return list(places.values())

    async def _open(self, server: MachineServer, place: Placement) -> None:
        try:
            address = await server.open()
        except OSError as error:
            raise SimulatorError(f"cannot listen on {place.address}: is the port taken?") from error
        if address != place.address:
            self._move(place, address)

    def _move(self, place: Placement, address: str) -> None:
        """The machines of a place are served at another address than asked for."""
        ids = {machine.id for _, machine in place.machines}
        if place.address == self.line.address and any(m.id in ids and not m.reach.address for m in self.line.members):
            self.line = self.line.at(address)
            return
        self.line = replace(
            self.line,
            stations=tuple(
                replace(one, reach=replace(one.reach, address=address)) if one.id in ids else one
                for one in self.line.stations
            ),
            machines=tuple(
                replace(one, reach=replace(one.reach, address=address)) if one.id in ids else one
                for one in self.line.machines
            ),
        )

    async def _close(self) -> None:
        for server in self._servers:
            await server.close()

    def _advance(self) -> None:
        """Bring the model to the present."""
        elapsed_ms = int((self._clock() - self._started_at) * 1000 * self.line.speed)
        self.plant.advance(self._started_ms + elapsed_ms - self.plant.clock_ms)

    async def _tick(self) -> None:
        try:
            while True:
                self._advance()
                for server in self._servers:
                    server.tick()
                if self._clock() - self._saved_at >= _SAVE_SECONDS:
                    self._save()
                await asyncio.sleep(_TICK_SECONDS)
        except OSError:
            log.exception("the state of line %s cannot be saved", self.line.code)
            raise

    def _restore(self) -> None:
        if self._state_file is None or not self._state_file.exists():
            return
        try:
            self.plant.restore(json.loads(self._state_file.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise SimulatorError(f"{self._state_file}: {error}") from error

    def _save(self) -> None:
        """Write the state beside the file and then put it in its place, so that there is always a whole
        one.
        """
        self._saved_at = self._clock()
        if self._state_file is None:
            return
        draft = self._state_file.with_name(self._state_file.name + ".new")
        draft.write_text(json.dumps(self.plant.snapshot()), encoding="utf-8")
        os.replace(draft, self._state_file)
