"""`mes simulate`: machines for a plant that has none, and a page to make them fail."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

from lines import Line
from lines.simulator import SimulatedLine
from lines.simulator.control import ControlPage
from mes.config import Settings
from mes.machines.gateway.line_files import lines_of


async def serve_simulator(settings: Settings) -> None:
    """Serve the lines of the settings until cancelled; a restart goes on where they were.

    Raises:
        LineFilesError: a line's file cannot be used.
        SimulatorError: a port is taken, or the state of a line cannot be used.
    """
    folder = settings.data / "simulator"
    folder.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        served = [
            await stack.enter_async_context(
                SimulatedLine(_as_set(line, settings), state_file=folder / f"{line.code}.json")
            )
            for line in lines_of(settings)
        ]
        if settings.simulator_control_port:
            await stack.enter_async_context(
                ControlPage([one.faults for one in served], settings.simulator_control_port)
            )
        await asyncio.gather(*(line.serve() for line in served))


def _as_set(line: Line, settings: Settings) -> Line:
    """The line as the settings have it simulated; what its file says of chance holds where they say nothing."""
    return replace(
        line,
        speed=settings.simulator_speed,
        spread=settings.simulator_spread or line.spread,
        stops_per_hour=settings.simulator_stops_per_hour or line.stops_per_hour,
    )
