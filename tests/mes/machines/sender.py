"""A forwarder as a process of its own, for tests that kill it: `python -m tests.mes.machines.sender FOLDER URL`."""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing
from pathlib import Path

from lines import Store
from mes.machines.gateway import House
from mes.machines.gateway.forwarding import Forwarder
from mes.machines.gateway.results import Results


def main(folder: Path, url: str) -> None:
    """Forward what waits in the folder's store until killed."""
    house = House(url, folder / "token")
    with closing(Store(folder / "readings.sqlite")) as readings, closing(Store(folder / "other.sqlite")) as other:
        sender = Forwarder("edge-1", house, readings, other, Results(other, house), lambda _commands: None)
        asyncio.run(sender.run())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
