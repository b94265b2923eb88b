"""An emulated reader with tags in its field, and our client connected to it over a socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labels.llrp.emulated_tag import EmulatedTag
from labels.llrp.emulator import ReaderEmulator
from labels.llrp.reader import Reader

TID = "E28011606000020500000A01"


@pytest.fixture
def emulator() -> Iterator[ReaderEmulator]:
    """A reader with one blank tag on antenna 1."""
    emulator = ReaderEmulator([EmulatedTag(TID)])
    with emulator.serve():
        yield emulator


@pytest.fixture
def reader(emulator: ReaderEmulator) -> Iterator[Reader]:
    """Our client, connected."""
    with Reader("127.0.0.1", emulator.port, look_seconds=0.2) as reader:
        yield reader
