"""The Sparkplug adapter against an edge node on MQTT.js and sparkplug-payload, by way of Mosquitto."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lines import CommandNotVerifiedError, CommandRefusedError, Device, DeviceUnavailableError, Sample, parse_profile
from lines.adapter import CommandUnknownError
from lines.mqtt.endpoint import BrokerAccess, parse_endpoint
from lines.sparkplug import presence
from lines.sparkplug.adapter import SparkplugAdapter
from tests.brokers import OwnBroker, Peer, machine_broker, own_broker, peer, publish, subscriber
from tests.lines.adapters import use as use_adapter

PROFILE = parse_profile("""
profile: spreader/sparkplug
protocol: sparkplug
points:
  - {name: state, address: State, type: u16, map: {1: idle, 2: execute}}
  - {name: hopper_kg, address: Kilograms, type: f32, unit: kg}
  - {name: pieces, address: Pieces, type: u32, role: counter}
  - {name: program, address: Program, type: "string:16"}
  - {name: missing, address: Nothing, type: u16}
commands:
  - {name: recipe, address: Recipe, type: u32, verify: true}
  - {name: program, address: Program, type: "string:16", verify: true}
  - {name: unknown, address: Nothing, type: u16}
  - {name: speed, address: Kilograms, type: f32}
""")
NODE_PROFILE = parse_profile("""
profile: node/sparkplug
protocol: sparkplug
points:
  - {name: uptime, address: Node/Uptime, type: u64}
""")


class EdgeNode:
    """An edge node with one device, and how it is addressed."""

    def __init__(self, process: Peer, broker: str, group: str) -> None:
        self.process = process
        self.broker = broker
        self.group = group
        self.device = Device("SL/spreader", PROFILE, f"{broker}/{group}/Line/Spreader")

    def says(self, **what: object) -> None:
        self.process.tell(what)


@pytest.fixture(params=["4", "5"])
def node(request: pytest.FixtureRequest) -> Iterator[EdgeNode]:
    with edge_node(machine_broker(), request.param) as made:
        yield made


@contextmanager
def edge_node(broker: str, version: str) -> Iterator[EdgeNode]:
    """An edge node that has given birth."""
    group = f"test-{uuid4().hex[:12]}"
    with peer("sparkplug_node.js", broker, version, group, "Line", "Spreader") as process:
        assert process.says() == {"ready": True}
        yield EdgeNode(process, broker, group)


def use(device: Device, action: Callable[[SparkplugAdapter], Awaitable[Any]], **options: float) -> Any:
    """Run an action with a connected adapter."""
    return use_adapter(SparkplugAdapter(device, **options), action)


async def until(adapter: SparkplugAdapter, name: str, value: object) -> list[tuple[str, Sample]]:
    """Poll until a point shows a value; everything heard until then."""
    found: list[tuple[str, Sample]] = []
    async with asyncio.timeout(10):
        while (await adapter.read(PROFILE.points))[name].value != value:
            await asyncio.sleep(0.01)
            found.extend(adapter.heard())
    return [*found, *adapter.heard()]


async def fails(adapter: SparkplugAdapter) -> None:
    async with asyncio.timeout(10):
        while True:
            await adapter.read(PROFILE.points)
            await asyncio.sleep(0.01)


def test_who_joins_late_asks_for_births_and_knows_every_value(node: EdgeNode) -> None:
    async def look(adapter: SparkplugAdapter) -> dict[str, Sample]:
        return await adapter.read(PROFILE.points)

    samples = use(node.device, look)
    assert node.process.says() == {"rebirth": 1}
    assert {name: sample.value for name, sample in samples.items()} == {
        "state": "execute",
        "hopper_kg": 412.5,
        "pieces": 7,
        "program": "P-1",
        "missing": None,
    }
    assert samples["missing"].error == f"the birth of {node.group}/Line/Spreader has no metric 'Nothing'"
    told_at = samples["state"].time
    assert told_at is not None
    assert abs((datetime.now(UTC) - told_at).total_seconds()) < 60


def test_data_is_told_in_its_order(node: EdgeNode) -> None:
    async def listen(adapter: SparkplugAdapter) -> list[tuple[str, Sample]]:
        adapter.heard()
        for pieces in range(8, 28):
            node.says(ddata={"Pieces": pieces, "Kilograms": pieces / 4})
        return await until(adapter, "pieces", 27)

    told = use(node.device, listen)
    assert [sample.value for name, sample in told if name == "pieces"] == list(range(8, 28))
    assert [sample.value for name, sample in told if name == "hopper_kg"] == [n / 4 for n in range(8, 28)]


def test_one_rebirth_is_asked_for_when_messages_are_missing(node: EdgeNode) -> None:
    async def listen(adapter: SparkplugAdapter) -> None:
        assert await asyncio.to_thread(node.process.says) == {"rebirth": 1}
        await asyncio.sleep(1.0)  # the pause after the first request
        for pieces in (100, 200, 300):
            node.says(lose=3)
            node.says(ddata={"Pieces": pieces})
        await until(adapter, "pieces", 300)
        assert await asyncio.to_thread(node.process.says) == {"rebirth": 2}
        for _ in range(150):
            await adapter.read(PROFILE.points)
            await asyncio.sleep(0.01)

    use(node.device, listen, rebirth_pause_seconds=1.0)
    assert node.process.pending() == []


def test_many_devices_that_follow_one_node_do_not_each_ask_for_its_births(node: EdgeNode) -> None:
    async def live() -> None:
        adapters = [SparkplugAdapter(node.device) for _ in range(12)]
        try:
            await asyncio.gather(*(adapter.connect() for adapter in adapters))
        finally:
            for adapter in adapters:
                await adapter.close()

    asyncio.run(live())
    assert 1 <= len(node.process.pending()) <= 4


def test_a_device_that_dies_is_unavailable_until_it_is_born(node: EdgeNode) -> None:
    async def live(adapter: SparkplugAdapter) -> object:
        node.says(ddeath=True)
        with pytest.raises(DeviceUnavailableError, match="DDEATH"):
            await fails(adapter)
        node.says(dbirth=True)
        await adapter.connect()
        return (await adapter.read(PROFILE.points))["pieces"].value

    assert use(node.device, live) == 7


def test_a_node_whose_connection_breaks_is_dead_and_comes_back_with_a_new_session(node: EdgeNode) -> None:
    async def live(adapter: SparkplugAdapter) -> object:
        node.says(cut=True)
        with pytest.raises(DeviceUnavailableError, match="NDEATH"):
            await fails(adapter)
        with pytest.raises(DeviceUnavailableError, match="no birth"):
            await adapter.connect()
        node.says(restart=True)
        while "ready" not in await asyncio.to_thread(node.process.says):
            pass
        await adapter.connect()
        return (await adapter.read(PROFILE.points))["pieces"].value

    assert use(node.device, live, birth_seconds=1.0) == 0


def test_a_node_that_is_not_there_is_unavailable() -> None:
    device = Device("SL/x", PROFILE, f"{machine_broker()}/test-{uuid4().hex[:12]}/Line/Spreader")
    with pytest.raises(DeviceUnavailableError, match="no birth"):
        use(device, until, birth_seconds=0.2)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "metric"), [("recipe", 4_000_000_000, "Recipe"), ("program", "预制-2", "Program")]
)
def test_a_command_is_done_when_its_metric_shows_it(node: EdgeNode, name: str, value: Any, metric: str) -> None:
    command = PROFILE.command(name)
    assert command is not None
    use(node.device, lambda adapter: adapter.write(command, value))
    assert node.process.says() == {"rebirth": 1}
    assert node.process.says() == {"command": {metric: value}}


@pytest.mark.parametrize(("name", "value"), [("unknown", 1), ("recipe", -1), ("recipe", "x"), ("speed", 1e39)])
def test_a_command_that_no_birth_defines_or_that_does_not_fit_is_refused(node: EdgeNode, name: str, value: Any) -> None:
    command = PROFILE.command(name)
    assert command is not None
    with pytest.raises(CommandRefusedError):
        use(node.device, lambda adapter: adapter.write(command, value))
    assert node.process.pending() in ([], [{"rebirth": 1}])


def test_a_command_that_nobody_answers_has_an_unknown_outcome(node: EdgeNode) -> None:
    command = PROFILE.command("recipe")
    assert command is not None

    async def order(adapter: SparkplugAdapter) -> None:
        node.process.freeze()
        await adapter.write(command, 5)

    with pytest.raises(CommandUnknownError):
        use(node.device, order, verify_seconds=0.5)


def test_a_command_that_the_device_answers_otherwise_is_not_verified(node: EdgeNode) -> None:
    command = PROFILE.command("recipe")
    assert command is not None
    node.says(limit=4)
    with pytest.raises(CommandNotVerifiedError, match="shows 4"):
        use(node.device, lambda adapter: adapter.write(command, 5), verify_seconds=1.0)


def test_the_node_itself_can_be_read(node: EdgeNode) -> None:
    device = Device("SL/node", NODE_PROFILE, f"{node.broker}/{node.group}/Line")

    async def look(adapter: SparkplugAdapter) -> object:
        return (await adapter.read(NODE_PROFILE.points))["uptime"].value

    assert use(device, look) == 12


def test_payloads_that_cannot_be_read_become_garbage_and_end_with_the_next_birth(node: EdgeNode) -> None:
    topic = f"spBv1.0/{node.group}/DDATA/Line/Spreader"

    async def listen(adapter: SparkplugAdapter) -> tuple[Sample, Sample]:
        async with asyncio.timeout(20):  # a birth that was asked for may come between them on a busy machine
            while not (bad := (await adapter.read(PROFILE.points))["state"]).is_garbage:
                await asyncio.to_thread(publish, node.broker, topic, b"\xff\xff")
        node.says(dbirth=True)
        await until(adapter, "state", "execute")
        return bad, (await adapter.read(PROFILE.points))["state"]

    bad, sane = use(node.device, listen)
    assert "the payload is not Sparkplug B" in str(bad.error)
    assert sane.value == "execute"


def test_the_host_says_that_it_is_online_for_as_long_as_a_device_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "_RETRY_SECONDS", 0.0)
    with own_broker(tmp_path) as broker, edge_node(broker.url, "5") as node:
        device = Device("SL/spreader", PROFILE, node.device.address, access={"host_id": "mes"})
        with subscriber(broker.url, "-t", "spBv1.0/STATE/mes") as states:

            async def live() -> None:
                first, second = SparkplugAdapter(device), SparkplugAdapter(device)
                await first.connect()
                await second.connect()
                assert json.loads(await asyncio.to_thread(states.line))["online"] is True
                await first.close()
                await asyncio.sleep(0.2)
                assert states.pending() == []
                await asyncio.to_thread(
                    publish, broker.url, "spBv1.0/STATE/mes", '{"online": false, "timestamp": 1}', "-r"
                )
                assert json.loads(await asyncio.to_thread(states.line))["online"] is False
                await second.read(PROFILE.points)
                assert json.loads(await asyncio.to_thread(states.line))["online"] is True
                await second.close()
                assert json.loads(await asyncio.to_thread(states.line))["online"] is False

            asyncio.run(live())


def test_a_host_that_may_not_say_it_is_online_says_so_when_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "_RETRY_SECONDS", 0.0)
    rights = tmp_path / "rights"
    rights.write_text("topic read #\n")

    async def live(broker: OwnBroker, said: Peer) -> None:
        host = await presence.be_present(parse_endpoint(broker.url), BrokerAccess(), "mes")
        try:
            rights.write_text("topic readwrite #\n")
            broker.reload()
            async with asyncio.timeout(10):
                while not said.pending():
                    await host.ensure()
                    await asyncio.sleep(0.05)
        finally:
            await host.leave()

    settings = ("allow_anonymous true", f"acl_file {rights}")
    with own_broker(tmp_path, *settings) as broker, subscriber(broker.url, "-t", "spBv1.0/STATE/mes") as said:
        asyncio.run(live(broker, said))


def test_a_host_whose_connecting_was_broken_off_is_not_kept_online(tmp_path: Path) -> None:
    async def live(broker: OwnBroker) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await presence.be_present(parse_endpoint(broker.url), BrokerAccess(), "mes")
        broker.stop()
        host = await presence.be_present(parse_endpoint(broker.url), BrokerAccess(), "mes")
        assert host.users == 1
        await host.leave()

    with own_broker(tmp_path) as broker:
        broker.freeze()
        asyncio.run(live(broker))
