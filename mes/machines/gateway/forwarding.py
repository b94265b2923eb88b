"""From the store on disk to the house: whole polls, in order, until the house has confirmed them."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby

from lines import Backoff, Message, Store
from mes.machines.gateway.house import House, HouseAway, HouseRefused, WantedCommand

log = logging.getLogger(__name__)

BATCH = 400
PAUSE_SECONDS = 0.1  # between looking for new readings
HEARTBEAT_SECONDS = 1.0  # how often the house is asked for commands when the machines are silent


class Forwarder:
    """Sends what waits in the store; hands the commands of each answer to `carry_out`.

    A reading that the house refuses for what it is goes to `refused`, so that it cannot stop those behind it.
    """

    def __init__(
        self,
        store: Store,
        refused: Store,
        house: House,
        carry_out: Callable[[Sequence[WantedCommand]], Awaitable[None]],
        backoff: Backoff | None = None,
    ) -> None:
        self.store, self.refused, self.house = store, refused, house
        self._carry_out = carry_out
        self._backoff = backoff or Backoff(0.2, 5.0)
        self._failures = 0
        self._limit = BATCH
        self._random = random.SystemRandom()
        self._last_contact = 0.0

    async def run(self) -> None:
        """Forward for ever; ends only when cancelled."""
        while True:
            if not await self.step():
                await asyncio.sleep(self._backoff.pause_seconds(self._failures, self._random.random()))
            elif len(self.store) == 0:
                await asyncio.sleep(PAUSE_SECONDS)

    async def step(self) -> bool:
        """Send one batch (or a heartbeat); whether the house answered."""
        batch = whole_polls(self.store.pending(self._limit), self._limit)
        loop = asyncio.get_running_loop()
        if not batch and loop.time() - self._last_contact < HEARTBEAT_SECONDS:
            return True
        try:
            readings = [{**message.body, "id": message.id} for message in batch]
            answer = await asyncio.to_thread(self.house.send_readings, readings)
            self._last_contact = loop.time()
            self.store.acknowledge(answer.taken)
            self._limit = BATCH
            await self._carry_out(answer.commands)
        except HouseAway as error:
            self._failed(str(error))
            return False
        except HouseRefused as error:
            self._narrow(batch, str(error))
            return True
        self._recovered()
        return True

    def _failed(self, reason: str) -> None:
        if self._failures == 0:
            log.warning("the house is away, readings wait on disk: %s", reason)
        self._failures += 1

    def _recovered(self) -> None:
        if self._failures:
            log.warning("the house is back; %d readings wait", len(self.store))
        self._failures = 0

    def _narrow(self, batch: Sequence[Message], reason: str) -> None:
        """Find the reading that is refused by sending less and less; put it aside."""
        if len(batch) > 1:
            self._limit = max(1, len(batch) // 2)
            return
        for message in batch:
            log.error("the house refuses a reading of %s: %s", message.body.get("device"), reason)
            self.refused.append(message.body, message.id)
        self.store.acknowledge([message.id for message in batch])
        self._limit = BATCH


def whole_polls(messages: Sequence[Message], limit: int) -> list[Message]:
    """Messages without the last poll where it may be cut off: a machine's state and pallet belong together."""
    polls = [list(poll) for _, poll in groupby(messages, key=lambda m: (m.body.get("device"), m.body.get("time")))]
    if len(messages) == limit and len(polls) > 1:
        polls.pop()
    return [message for poll in polls for message in poll]
