"""The gateway's mark of the time at which it still ran."""

import asyncio
from pathlib import Path

import pytest

from mes.machines.gateway import process


def test_a_disk_that_takes_no_mark_does_not_end_the_gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "ALIVE_SECONDS", 0.01)
    folder = tmp_path / "gone"

    async def scenario() -> None:
        alive = asyncio.create_task(process._stay_alive(folder / "alive"))
        await asyncio.sleep(0.1)
        assert not alive.done()
        folder.mkdir()
        await asyncio.sleep(0.3)
        assert (folder / "alive").exists()
        alive.cancel()

    asyncio.run(scenario())
