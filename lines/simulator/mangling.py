"""Sending bytes the way a faulty machine, or a faulty way to it, would."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from lines.simulator.faults import FaultKind

SLOW_SECONDS = 0.4
TOO_SLOW_SECONDS = 6.0
_TRICKLE_SECONDS = 0.002

Send = Callable[[bytes], Awaitable[None]]


class CutError(Exception):
    """The connection is to be cut."""


async def send_faulty(send: Send, data: bytes, kind: FaultKind | None) -> None:
    """Send bytes, or not, as the fault has it. Raises :class:`CutError` where the connection has to go."""
    if kind in {FaultKind.CUT, FaultKind.REFUSED}:
        raise CutError
    if kind is FaultKind.HANGING:
        return
    if kind in {FaultKind.SLOW, FaultKind.TOO_SLOW}:
        await asyncio.sleep(SLOW_SECONDS if kind is FaultKind.SLOW else TOO_SLOW_SECONDS)
    if kind is FaultKind.TRICKLING:
        for position in range(len(data)):
            await send(data[position : position + 1])
            await asyncio.sleep(_TRICKLE_SECONDS)
        return
    if kind in {FaultKind.HALF, FaultKind.HALF_AND_CUT}:
        await send(data[: len(data) // 2])
        if kind is FaultKind.HALF_AND_CUT:
            raise CutError
        return
    await send(random.randbytes(len(data)) if kind is FaultKind.GARBAGE else data)  # noqa: S311 - any bytes will do
