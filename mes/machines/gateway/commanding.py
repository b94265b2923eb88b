"""Writing releases to the machines, so that each takes effect once whatever dies in between."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence

from lines import (
    CommandNotVerifiedError,
    CommandRefusedError,
    DeviceUnavailableError,
    Gateway,
    Line,
    Quality,
    Store,
)
from mes.machines.gateway.house import House, HouseRefused, WantedCommand

log = logging.getLogger(__name__)

BEGUN_STATES = frozenset({"execute", "completing", "complete"})
SLOT = re.compile(r"slot_\d{2,3}_pallet")


class Commander:
    """Carries out the house's commands.

    Before a command is written its id goes to the journal on disk. If it is found there later, its outcome is
    unknown: then the machines are read first, and it is written again only where they do not show it.
    """

    def __init__(self, lines: Sequence[Line], gateway: Gateway, house: House, journal: Store) -> None:
        self._gateway, self._house, self._journal = gateway, house, journal
        self._devices = {device.name: [d.name for d in line.devices()] for line in lines for device in line.devices()}
        self._written = {message.id for message in journal.pending(journal.capacity)}
        self._complained: set[str] = set()

    async def carry_out(self, commands: Sequence[WantedCommand]) -> None:
        """Write commands and report each outcome. Raises HouseAway when an outcome cannot be reported now."""
        for command in commands:
            outcome = await self._outcome(command)
            if outcome is None:
                continue
            result, message = outcome
            try:
                await asyncio.to_thread(self._house.report_result, command.id, result, message)
            except HouseRefused as error:
                log.error("the house does not take the outcome of %s at %s: %s", command.point, command.device, error)
            self._journal.acknowledge([command.id])
            self._written.discard(command.id)
            self._complained.discard(command.id)

    async def _outcome(self, command: WantedCommand) -> tuple[str, str] | None:
        """`done` or `refused` with the reason, or None while it cannot be known or done."""
        if command.device not in self._devices:
            return "refused", f"the gateway does not know {command.device}"
        if command.id in self._written:
            if not self._is_read(command.device):
                return None
            if self._is_shown(command):
                return "done", "read back"
        return await self._write(command)

    async def _write(self, command: WantedCommand) -> tuple[str, str] | None:
        if command.id not in self._written:
            self._journal.append({"device": command.device, "value": command.value}, command.id)
            self._written.add(command.id)
        try:
            await self._gateway.command(command.device, command.point, command.value)
        except CommandRefusedError as error:
            return ("done", "read back") if self._is_shown(command) else ("refused", str(error))
        except (CommandNotVerifiedError, DeviceUnavailableError) as error:
            if command.id not in self._complained:
                log.warning("%s of pallet %d waits: %s", command.point, command.value, error)
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
