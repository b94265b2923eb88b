"""Which lines gateway and simulator serve."""

from __future__ import annotations

from pathlib import Path

from lines import Line, LineError, load_line, packaged_line, packaged_lines
from mes.config import Settings, SettingsError


class LineFilesError(SettingsError):
    """The setting `lines` names something that cannot be used."""


def lines_of(settings: Settings) -> list[Line]:
    """The lines of the setting `lines`: codes of packaged lines and paths of line files, comma separated.

    Without the setting it is every packaged line. Packaged lines are served on this machine, from the port
    `modbus_port` on, one port each; a file's line is where the file says.

    Raises:
        LineFilesError: a file cannot be used, or two lines have the same code; says why.
    """
    found: list[Line] = []
    port = settings.modbus_port
    for name in line_names(settings):
        line = _line(name, f"127.0.0.1:{port}")
        port += name in packaged_lines()
        if line.code in {known.code for known in found}:
            raise LineFilesError(f"setting lines: two lines have the code {line.code}")
        found.append(line)
    return found


def line_names(settings: Settings) -> list[str]:
    """The parts of the setting `lines`."""
    return [name.strip() for name in settings.lines.split(",") if name.strip()] or list(packaged_lines())


def _line(name: str, address: str) -> Line:
    try:
        return packaged_line(name).at(address) if name in packaged_lines() else load_line(Path(name))
    except LineError as error:
        raise LineFilesError(f"setting lines: {error}") from error
