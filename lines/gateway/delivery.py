"""Handing readings to the sink: whole polls, in order; what it does not take is kept and offered again."""

import inspect
import logging
from collections.abc import Awaitable, Callable, Sequence

from lines.device import Reading

log = logging.getLogger(__name__)

Sink = Callable[[Sequence[Reading]], Awaitable[None] | None]
"""Takes the readings of one device that one poll gave, oldest first; plain or async. What it does not take (it raises)
is offered again with the next poll."""

MOST_KEPT = 10_000


class Delivery:
    """The way from one device to the sink. At most 10,000 readings are kept for a sink that fails; then the oldest
    give way.
    """

    def __init__(self, device: str, sink: Sink) -> None:
        self._device = device
        self._sink = sink
        self._kept: list[Reading] = []
        self._failed = False
        self.lost = 0

    async def send(self, readings: Sequence[Reading]) -> None:
        """Give readings to the sink, those kept first. A sink that fails never stops the device."""
        if self._kept:
            readings = [*self._kept, *readings]
        if not readings:
            return
        try:
            outcome = self._sink(readings)
            if inspect.isawaitable(outcome):
                await outcome
        except Exception:
            if not self._failed:
                log.exception("the sink did not take readings of %s; they are offered again", self._device)
            self._failed = True
            self.lost += max(0, len(readings) - MOST_KEPT)
            self._kept = list(readings[-MOST_KEPT:])
            return
        if self._failed:
            lost = f"; {self.lost} were lost" if self.lost else ""
            log.warning("the sink takes readings of %s again%s", self._device, lost)
        self._failed = False
        self._kept = []
