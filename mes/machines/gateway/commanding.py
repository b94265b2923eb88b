"""Writing commands to the machines, so that each takes effect once whatever dies in between.

Before a command is written its id goes to the journal on disk. If it is found there after a restart, nobody knows
whether it was written. A release is then read back, and written again only where the machines do not show it. What a
person asked for (`once`) is reported as unknown and left alone.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable, Sequence
from functools import partial

from lines import (
    CommandNotVerifiedError,
    CommandRefusedError,
    CommandUnknownError,
    DeviceUnavailableError,
    Gateway,
    Line,
    Quality,
    Store,
)
from mes.machines.gateway.house import WantedCommand
from mes.machines.gateway.results import Results

log = logging.getLogger(__name__)

BEGUN_STATES = frozenset({"execute", "completing", "complete"})
SLOT = re.compile(r"slot_\d{2,3}_pallet")
STOPPED_BETWEEN = "the gateway was stopped before it knew whether the command took effect"

Outcome = tuple[str, str]
"""`done`, `refused` or `unknown`, and what is to be said about it."""


class Commander:
    """Carries out the house's commands, each in a task of its own, so that a machine that hangs holds up no other."""

    def __init__(self, lines: Iterable[Line], gateway: Gateway, journal: Store, results: Results) -> None:
        self._gateway, self._journal, self._results = gateway, journal, results
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._complained: set[str] = set()
        self._written: set[str] = set()  # releases whose outcome is not known
        self._begun: set[str] = set()  # what persons asked for
        self.serve(lines)
        for message in journal.pending(journal.capacity):
            if message.body.get("once"):
                self._end(message.id, ("unknown", STOPPED_BETWEEN))
            else:
                self._written.add(message.id)

    def serve(self, lines: Iterable[Line]) -> None:
        """Know these lines from now on."""
        self._devices = {d.name: [other.name for other in line.devices()] for line in lines for d in line.devices()}

    def take(self, commands: Sequence[WantedCommand]) -> None:
        """Begin to carry out commands; one that is being carried out is not begun again."""
        for command in commands:
            if command.id not in self._tasks:
                task = asyncio.create_task(self._carry_out(command), name=f"command {command.id}")
                self._tasks[command.id] = task
                task.add_done_callback(partial(self._forget_task, command.id))

    async def settled(self) -> None:
        """Wait until nothing is being carried out."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def close(self) -> None:
        """Stop; a command that is being written is unknown from then on."""
        for task in self._tasks.values():
            task.cancel()
        await self.settled()

    def _forget_task(self, command_id: str, _task: asyncio.Task[None]) -> None:
        del self._tasks[command_id]

    async def _carry_out(self, command: WantedCommand) -> None:
        try:
            outcome = await (self._once(command) if command.once else self._release(command))
        except Exception:
            log.exception("%s of %s failed by a fault of the gateway", command.point, command.device)
            outcome = ("unknown", "a fault of the gateway") if command.once else None
        if outcome is not None:
            self._end(command.id, outcome)

    def _end(self, command_id: str, outcome: Outcome) -> None:
        self._results.keep(command_id, *outcome)
        self._journal.acknowledge([command_id])
        self._written.discard(command_id)
        self._complained.discard(command_id)

    async def _once(self, command: WantedCommand) -> Outcome | None:
        """Write what a person asked for, a single time."""
        if command.id in self._begun:
            return None
        self._begun.add(command.id)
        self._journal.append({"device": command.device, "point": command.point, "once": True}, command.id)
        try:
            await self._gateway.command(command.device, command.point, command.value)
        except (CommandRefusedError, DeviceUnavailableError) as error:
            return "refused", str(error)
        except (CommandUnknownError, CommandNotVerifiedError) as error:
            return "unknown", str(error)
        return "done", ""

    async def _release(self, command: WantedCommand) -> Outcome | None:
        """The outcome of a release, or None while it cannot be known or done."""
        if command.device not in self._devices:
            return "refused", f"the gateway does not know {command.device}"
        if command.id in self._written:
            if not self._is_read(command.device):
                return None
            if self._is_shown(command):
                return "done", "read back"
        return await self._write_release(command)

    async def _write_release(self, command: WantedCommand) -> Outcome | None:
        if command.id not in self._written:
            self._journal.append({"device": command.device, "value": command.value}, command.id)
            self._written.add(command.id)
        try:
            await self._gateway.command(command.device, command.point, command.value)
        except CommandRefusedError as error:
            return ("done", "read back") if self._is_shown(command) else ("refused", str(error))
        except (CommandNotVerifiedError, CommandUnknownError, DeviceUnavailableError) as error:
            if command.id not in self._complained:
                log.warning("%s of pallet %s waits: %s", command.point, command.value, error)
            self._complained.add(command.id)
            return None
        return "done", ""

    def _is_read(self, device: str) -> bool:
        """Whether every machine of the device's line was read since this process began."""
        names = self._devices[device]
        return all(any(r.quality is Quality.GOOD for r in self._gateway.readings(name).values()) for name in names)

    def _is_shown(self, command: WantedCommand) -> bool:
        """Whether the machines show that the pallet was released: it is noted, worked on, or further down the line."""
        names = self._devices[command.device]
        own = self._values(command.device)
        if own.get("released_pallet") == command.value:
            return True
        if own.get("pallet") == command.value and own.get("state") in BEGUN_STATES:
            return True
        return any(command.value in self._pallets(name) for name in names[names.index(command.device) + 1 :])

    def _pallets(self, device: str) -> set[object]:
        values = self._values(device)
        return {value for name, value in values.items() if name == "pallet" or SLOT.fullmatch(name)}

    def _values(self, device: str) -> dict[str, object]:
        return {name: reading.value for name, reading in self._gateway.readings(device).items()}
