"""The files that say what the gateway serves, watched while it runs. A faulty file changes nothing but is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from lines import Gateway, Line, packaged_lines
from lines.protocols import ProtocolNotSupportedError
from mes.config import Settings
from mes.machines.gateway.line_files import LineFilesError, line_names, lines_of

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0

Signature = frozenset[tuple[str, int, int]]


class WatchedFiles:
    """The lines of the setting `lines`, and of the profiles beside their files."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.lines: Sequence[Line] = lines_of(settings)
        self.faults: tuple[str, ...] = ()
        self._seen = self._signature()

    async def watch(self, gateway: Gateway, taken_over: Callable[[], None]) -> None:
        """Look every two seconds for changed files and serve what they say; `taken_over` is called after each change.

        Ends only when cancelled.
        """
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            found = await asyncio.to_thread(self._signature)
            if found != self._seen:
                self._seen = found
                if await self._apply(gateway):
                    taken_over()

    async def _apply(self, gateway: Gateway) -> bool:
        """Serve what the files say now; whether the lines or the faults are others than before."""
        before = self.faults
        try:
            lines = await asyncio.to_thread(lines_of, self._settings)
            await gateway.apply([device for line in lines for device in line.devices()])
        except (LineFilesError, ProtocolNotSupportedError, ValueError) as error:
            self.faults = tuple(str(error).splitlines())
            if self.faults != before:
                log.error("the changed files are not used, what ran before goes on: %s", error)
            return self.faults != before
        is_changed, self.lines, self.faults = lines != list(self.lines), lines, ()
        if is_changed or before:
            log.warning("the files are in use: %s", ", ".join(line.code for line in lines))
        return is_changed or bool(before)

    def _signature(self) -> Signature:
        """Size and time of every YAML file that may matter."""
        files: set[Path] = set()
        for name in line_names(self._settings):
            if name not in packaged_lines():
                files.add(Path(name))
                files.update(Path(name).parent.glob("*.yaml"))
        return frozenset(found for file in files if (found := _stamp(file)) is not None)


def _stamp(file: Path) -> tuple[str, int, int] | None:
    try:
        state = file.stat()
    except OSError:
        return None
    return str(file), state.st_mtime_ns, state.st_size
