"""ZPL as a printer reads it: a stream of bytes becomes commands, commands become label formats.

Syntax: Zebra, ZPL II Programming Guide; a command is its prefix (``^`` or ``~``, until ``^CC`` or ``~CT`` choose
another), two characters, and what follows up to the next prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MOST_WAITING_BYTES = 20_000_000
_SETTING = re.compile(rb'! U1 getvar "([a-z0-9_.]{1,80})"\r?\n')


@dataclass(frozen=True)
class Command:
    """One command: ``^`` or ``~`` whatever the prefix was, its two characters, and its parameters as bytes."""

    prefix: str
    name: str
    data: bytes

    @property
    def parameters(self) -> list[str]:
        """What stands between the commas."""
        return [part.strip() for part in self.data.decode("utf-8", "replace").split(",")]


@dataclass(frozen=True)
class Format:
    """What stood between ``^XA`` and ``^XZ``."""

    commands: tuple[Command, ...]

    def fields(self) -> Iterator[tuple[Command, ...]]:
        """The commands in groups as ``^FS`` ends them."""
        group: list[Command] = []
        for command in self.commands:
            if (command.prefix, command.name) == ("^", "FS"):
                yield tuple(group)
                group = []
            else:
                group.append(command)
        yield tuple(group)

    @property
    def prints(self) -> bool:
        """A format with nothing to print or to write into a tag only sets the printer up."""
        return any(command.name in _PRINTING for command in self.commands)

    @property
    def copies(self) -> int:
        """The quantity of ``^PQ``; 1 without it."""
        wanted = [command.parameters[0] for command in self.commands if command.name == "PQ"]
        return max(1, int(wanted[-1])) if wanted and wanted[-1].isdecimal() and len(wanted[-1]) < 9 else 1


_PRINTING = {"FD", "FV", "GB", "GC", "GD", "GE", "GF", "GS", "XG", "IM", "RF"}


class ZplStream:
    """Takes bytes as they come, in pieces of any size; gives formats, immediate commands and questions for settings."""

    def __init__(self) -> None:
        self._caret, self._tilde = b"^", b"~"
        self._waiting = b""
        self._open: list[Command] | None = None

    @property
    def is_in_format(self) -> bool:
        """A format was begun and has not ended."""
        return self._open is not None

    def feed(self, data: bytes) -> Iterator[Format | Command | str]:
        """What the new bytes complete: a format, a command that holds at once (``~HS``), or a setting's name."""
        self._waiting += data
        while (command := self._next()) is not None:
            if isinstance(command, str) or command.prefix == "~":
                yield command
            elif (done := self._take(command)) is not None:
                yield done

    def _take(self, command: Command) -> Format | None:
        if command.name == "XA":
            self._open = []
        elif command.name == "XZ":
            commands, self._open = self._open, None
            return None if commands is None else Format(tuple(commands))
        elif self._open is not None:
            self._open.append(command)
        return None

    def _next(self) -> Command | str | None:
        setting = _SETTING.search(self._waiting) if self._open is None else None
        start = self._first_prefix(0)
        if setting and (start < 0 or setting.start() < start):
            self._waiting = self._waiting[setting.end() :]
            return setting[1].decode()
        if start < 0 or len(self._waiting) < start + 3:
            self._waiting = self._waiting[-_MOST_WAITING_BYTES:]
            return None
        prefix = "^" if self._waiting[start : start + 1] == self._caret else "~"
        name = self._waiting[start + 1 : start + 3].decode("latin-1").upper()
        end = start + 3 if (prefix, name) in _WITHOUT_DATA else self._end(start + 3, prefix, name)
        if end < 0:
            return None
        command = Command(prefix, name, self._waiting[start + 3 : end])
        self._waiting = self._waiting[end:]
        self._change_prefix(command)
        return command

    def _end(self, start: int, prefix: str, name: str) -> int:
        """Where the parameters end; the one character of a change of prefix may be a prefix itself."""
        if name in ("CC", "CT"):
            return start + 1 if len(self._waiting) > start else -1
        return self._first_prefix(start)

    def _first_prefix(self, start: int) -> int:
        found = [self._waiting.find(prefix, start) for prefix in (self._caret, self._tilde)]
        return min((place for place in found if place >= 0), default=-1)

    def _change_prefix(self, command: Command) -> None:
        if command.name == "CC":
            self._caret = command.data
        elif command.name == "CT":
            self._tilde = command.data


_WITHOUT_DATA = {("^", "XA"), ("^", "XZ"), ("^", "FS"), ("~", "HS"), ("~", "JA"), ("~", "PS"), ("~", "PP")}
