"""From the store on disk to the house: whole polls and states of devices, in order, until the house has confirmed."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from lines import Backoff, DeviceStatus, Message, Store
from mes.machines.gateway.house import HouseAway, HouseLink, HouseRefused, SignalsAnswer, WantedCommand
from mes.machines.gateway.results import Results

log = logging.getLogger(__name__)

BATCH = 1000
PAUSE_SECONDS = 0.1  # between looking for new readings
HEARTBEAT_SECONDS = 1.0  # how often the house is asked for commands when the machines are silent
FIGURES_SECONDS = 30.0  # how often the house is told of every device's figures, when nothing waits
STATUS = "status"  # a message with this key is the state of a device, any other one is a reading

Announcement = Callable[[], Mapping[str, Any]]


class Forwarder:
    """Sends what waits in the store; hands the commands of each answer to `take_commands`.

    Before anything else the house hears who the gateway is, and again after `announce_again`. A reading that the house
    refuses for what it is goes to `refused`, so that it cannot stop those behind it.
    """

    def __init__(
        self,
        name: str,
        house: HouseLink,
        store: Store,
        refused: Store,
        results: Results,
        take_commands: Callable[[Sequence[WantedCommand]], None],
        *,
        announcement: Announcement | None = None,
        statuses: Callable[[], Sequence[DeviceStatus]] = tuple,
        backoff: Backoff | None = None,
    ) -> None:
        self.name, self.house, self.store, self.refused = name, house, store, refused
        self._results, self._take_commands = results, take_commands
        self._announcement, self._statuses = announcement, statuses
        self._is_announced = announcement is None
        self._backoff = backoff or Backoff(0.2, 5.0)
        self._failures = 0
        self._limit = BATCH
        self._random = random.SystemRandom()
        self._last_contact = self._last_figures = 0.0

    async def run(self) -> None:
        """Forward for ever; ends only when cancelled."""
        while True:
            if not await self.step():
                await asyncio.sleep(self._backoff.pause_seconds(self._failures, self._random.random()))
            elif len(self.store) == 0:
                await asyncio.sleep(PAUSE_SECONDS)

    def announce_again(self) -> None:
        """Tell the house soon what the gateway serves by now."""
        self._is_announced = self._announcement is None

    async def step(self) -> bool:
        """Announce, or send one batch (or a heartbeat); whether the house answered."""
        try:
            if not self._is_announced:
                await self._announce()
            await self._results.report()
            await self._send()
        except HouseAway as error:
            self._failed(str(error))
            return False
        self._recovered()
        return True

    async def _announce(self) -> None:
        assert self._announcement is not None  # noqa: S101 - `_is_announced` says so
        self._is_announced = True
        try:
            await asyncio.to_thread(self.house.announce, self._announcement())
        except HouseRefused as error:
            log.error("the house does not take what this gateway announces: %s", error)
        except HouseAway:
            self._is_announced = False
            raise

    async def _send(self) -> None:
        # The disk is waited for in threads: no poll is late because of it.
        batch = whole_polls(await asyncio.to_thread(self.store.pending, self._limit), self._limit)
        now = asyncio.get_running_loop().time()
        if not batch and now - self._last_contact < HEARTBEAT_SECONDS:
            return
        try:
            answer: SignalsAnswer = await asyncio.to_thread(self.house.send, self._signals(batch, now))
        except HouseRefused as error:
            if not batch:
                raise HouseAway(f"it does not take an empty message: {error}") from error
            self._narrow(batch, str(error))
            return
        self._last_contact = asyncio.get_running_loop().time()
        done = [*answer.taken, *(message.id for message in batch if STATUS in message.body)]
        await asyncio.to_thread(self.store.acknowledge, done)
        self._limit = BATCH
        self._take_commands(answer.commands)

    def _signals(self, batch: Sequence[Message], now: float) -> dict[str, Any]:
        devices = [message.body[STATUS] for message in batch if STATUS in message.body]
        waiting = len(self.store) - len(batch)
        if waiting <= 0 and now - self._last_figures >= FIGURES_SECONDS:
            self._last_figures = now
            devices += [status.as_json() for status in self._statuses()]
        return {
            "gateway": self.name,
            "waiting": max(0, waiting),
            "dropped": self.store.dropped,
            "readings": [{**message.body, "id": message.id} for message in batch if STATUS not in message.body],
            "devices": devices,
        }

    def _failed(self, reason: str) -> None:
        if self._failures == 0:
            log.warning("the house is away, readings wait on disk: %s", reason)
        self._failures += 1

    def _recovered(self) -> None:
        if self._failures:
            log.warning("the house is back; %d readings wait", len(self.store))
        self._failures = 0

    def _narrow(self, batch: Sequence[Message], reason: str) -> None:
        """Find the message that is refused by sending less and less; put it aside."""
        if len(batch) > 1:
            self._limit = max(1, len(batch) // 2)
            return
        for message in batch:
            log.error("the house refuses a reading of %s: %s", _device(message), reason)
            self.refused.append(message.body, message.id)
        self.store.acknowledge([message.id for message in batch])
        self._limit = BATCH


def whole_polls(messages: Sequence[Message], limit: int) -> list[Message]:
    """Messages without the last poll where it may be cut off: a machine's state and pallet belong together."""
    polls = [list(poll) for _, poll in groupby(messages, key=lambda m: (_device(m), m.body.get("time")))]
    if len(messages) == limit and len(polls) > 1:
        polls.pop()
    return [message for poll in polls for message in poll]


def _device(message: Message) -> Any:
    status = message.body.get(STATUS)
    return message.body.get("device") if status is None else (STATUS, status.get("device"))
