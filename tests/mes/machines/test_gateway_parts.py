"""The gateway's parts: polls are sent whole, a bad reading stops nobody, a release is never written twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lines import Gateway, Message, Store, packaged_line
from lines.simulator import SimulatedLine
from mes.config import Settings
from mes.machines.gateway import House, HouseAway, LineFilesError, lines_of
from mes.machines.gateway.commanding import Commander
from mes.machines.gateway.forwarding import STATUS, Forwarder, whole_polls
from mes.machines.gateway.house import WantedCommand
from mes.machines.gateway.results import Results
from tests.mes.machines.house_server import HouseServer
from tests.mes.machines.house_server import house_server as serving_house


@pytest.fixture
def house_server() -> Iterator[HouseServer]:
    with serving_house() as server:
        yield server


@pytest.fixture
def house(house_server: HouseServer, tmp_path: Path) -> Iterator[House]:
    (tmp_path / "token").write_text("t")
    made = House(house_server.url, tmp_path / "token")
    yield made
    made.close()


def message(device: str, time: int) -> Message:
    return Message(str(uuid4()), {"device": device, "time": time})


def test_a_poll_that_may_be_cut_off_waits_for_its_rest() -> None:
    messages = [message("a", 1), message("a", 1), message("b", 1), message("a", 2)]
    assert whole_polls(messages, limit=4) == messages[:3]
    assert whole_polls(messages, limit=5) == messages
    assert whole_polls(messages[:2], limit=2) == messages[:2]


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[dict[str, Store]]:
    made = {name: Store(tmp_path / f"{name}.sqlite") for name in ("readings", "refused", "journal", "outcomes")}
    yield made
    for store in made.values():
        store.close()


def forwarder(house: House, stores: dict[str, Store], **further: Any) -> Forwarder:
    results = Results(stores["outcomes"], house)
    return Forwarder("edge-1", house, stores["readings"], stores["refused"], results, no_commands, **further)


def no_commands(commands: object) -> None:
    assert not commands


def test_a_refused_reading_is_put_aside_and_stops_nobody(
    house: House, house_server: HouseServer, stores: dict[str, Store]
) -> None:
    async def forward() -> None:
        sender = forwarder(house, stores)
        for _ in range(12):
            assert await sender.step()

    devices = ["a", "b", "poison", "c", "d"]
    ids = [stores["readings"].append({"device": device, "time": number}) for number, device in enumerate(devices)]
    asyncio.run(forward())
    assert house_server.taken == [ids[0], ids[1], ids[3], ids[4]]
    assert [item.id for item in stores["refused"].pending()] == [ids[2]]
    assert len(stores["readings"]) == 0


def test_a_conflict_with_somebody_at_the_house_costs_no_reading_and_no_outcome(
    house: House, house_server: HouseServer, stores: dict[str, Store]
) -> None:
    async def forward() -> None:
        sender = forwarder(house, stores)
        while len(stores["readings"]):
            await sender.step()

    command, reading = str(uuid4()), stores["readings"].append({"device": "a", "time": 1})
    Results(stores["outcomes"], house).keep(command, "done", "")
    house_server.conflicts = 3
    asyncio.run(forward())
    assert house_server.taken == [reading]
    assert [result["machine_command_id"] for result in house_server.results] == [command]
    assert len(stores["refused"]) == 0


def test_states_of_devices_travel_in_order_with_the_readings(
    house: House, house_server: HouseServer, stores: dict[str, Store]
) -> None:
    stores["readings"].append({"device": "a", "time": 1})
    stores["readings"].append({STATUS: {"device": "a", "state": "failed"}})
    assert asyncio.run(forwarder(house, stores).step())
    (signals,) = house_server.signals
    assert (signals["gateway"], signals["waiting"], signals["dropped"]) == ("edge-1", 0, 0)
    assert [reading["device"] for reading in signals["readings"]] == ["a"]
    assert signals["devices"] == [{"device": "a", "state": "failed"}]
    assert len(stores["readings"]) == 0


def test_the_house_hears_first_who_the_gateway_is_and_again_after_a_change(
    house: House, house_server: HouseServer, stores: dict[str, Store]
) -> None:
    async def forward() -> None:
        sender = forwarder(house, stores, announcement=lambda: {"gateway": "edge-1", "devices": []})
        for _ in range(3):
            assert await sender.step()
        assert len(house_server.announced) == 1
        sender.announce_again()
        assert await sender.step()

    asyncio.run(forward())
    assert house_server.announced == [{"gateway": "edge-1", "devices": []}] * 2


def test_without_a_token_the_house_is_away_and_readings_wait(house_server: HouseServer, tmp_path: Path) -> None:
    house = House(house_server.url, tmp_path / "missing")
    with pytest.raises(HouseAway, match="mes token make"):
        house.send({"readings": []})
    house.close()


async def all_read(commander: Commander, device: str) -> None:
    async with asyncio.timeout(20):
        while not commander._is_read(device):
            await asyncio.sleep(0.02)


def test_a_release_of_unknown_outcome_is_read_back_and_not_written_again(
    house: House, house_server: HouseServer, stores: dict[str, Store]
) -> None:
    command = WantedCommand(str(uuid4()), "SL/cleaning", "release", 7)
    results = Results(stores["outcomes"], house)

    async def killed_after_writing() -> None:
        async with SimulatedLine(packaged_line("SL").at("127.0.0.1:0")) as simulated:
            async with Gateway(simulated.line.devices(), ignore) as gateway:
                before = Commander([simulated.line], gateway, stores["journal"], results)
                await all_read(before, "SL/cleaning")
                # and then the process is killed: nobody hears of it
                assert await before._write_release(command) == ("done", "")
            async with Gateway(simulated.line.devices(), ignore) as gateway:
                after = Commander([simulated.line], gateway, stores["journal"], results)
                after.take([command])  # the machines were not read yet: it waits
                await after.settled()
                await results.report()
                assert house_server.results == []
                await all_read(after, "SL/cleaning")
                after.take([command])
                await after.settled()
                assert len(stores["journal"]) == 0
                await results.report()

    asyncio.run(killed_after_writing())
    (result,) = house_server.results
    assert (result["outcome"], result["message"]) == ("done", "read back")


def ignore(_readings: object) -> None:
    """A sink that keeps nothing."""


def test_a_refused_release_is_reported_with_the_machines_reason(
    house: House, house_server: HouseServer, stores: dict[str, Store]
) -> None:
    async def refuse() -> None:
        async with (
            SimulatedLine(packaged_line("SL").at("127.0.0.1:0")) as simulated,
            Gateway(simulated.line.devices(), ignore) as gateway,
        ):
            results = Results(stores["outcomes"], house)
            commander = Commander([simulated.line], gateway, stores["journal"], results)
            await all_read(commander, "SL/casting")
            commander.take([WantedCommand(str(uuid4()), "SL/casting", "release", 7)])
            await commander.settled()
            await results.report()

    asyncio.run(refuse())
    (result,) = house_server.results
    assert result["outcome"] == "refused"
    assert "illegal value" in result["message"]


def test_lines_are_packaged_ones_or_files(tmp_path: Path) -> None:
    assert [(line.code, line.address) for line in lines_of(Settings(modbus_port=6000))] == [
        ("SL", "127.0.0.1:6000"),
        ("WL", "127.0.0.1:6001"),
    ]
    with pytest.raises(LineFilesError, match="two lines have the code SL"):
        lines_of(Settings(lines="SL, SL"))
    with pytest.raises(LineFilesError, match="setting lines"):
        lines_of(Settings(lines=str(tmp_path / "none.yaml")))
