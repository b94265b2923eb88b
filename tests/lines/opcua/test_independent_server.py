"""Our OPC UA adapter against node-opcua, which shares no code with it."""

import asyncio
import os
import re
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lines import (
    CommandRefusedError,
    Device,
    DeviceState,
    DeviceUnavailableError,
    Quality,
    parse_profile,
)
from lines.opcua import OpcUaAdapter
from tests.lines.opcua.conftest import Certificate
from tests.lines.opcua.scene import run, until, watching
from tests.peers.opcua_peer import Peer

Serve = Callable[..., Peer]

NODES: dict[str, Any] = {
    "State": {"type": "Int32", "value": 4},
    "Mode": {"type": "String", "value": "Execute"},
    "Door": {"type": "Boolean", "value": True},
    "Small": {"type": "Byte", "value": 200},
    "Cold": {"type": "Int16", "value": -125},
    "Count": {"type": "UInt32", "value": 4_000_000_000},
    "Weight": {"type": "Float", "value": 412.1},
    "Volume": {"type": "Double", "value": 1.5801},
    "Name": {"type": "LocalizedText", "value": {"text": "叠合板", "locale": "zh"}},
    "Broken": {"type": "Double", "value": 20.5},
    "Pallet": {"type": "UInt16", "value": 0, "writable": True},
    "Speed": {"type": "Float", "value": 0.0, "writable": True},
    "Program": {"type": "String", "value": "", "writable": True},
    "Go": {"type": "Boolean", "value": False, "writable": True},
}
PROFILE = parse_profile("""
profile: robot
protocol: opcua
poll: {fast: 0.1, slow: 0.3}
points:
  - {name: state, address: "nsu=urn:acme;s=State", type: s32, poll: fast, map: {4: idle, 6: execute, 17: complete}}
  - {name: mode, address: "nsu=urn:acme;s=Mode", type: "string:20", role: state}
  - {name: door, address: "nsu=urn:acme;s=Door", type: bool}
  - {name: small, address: "nsu=urn:acme;s=Small", type: u16}
  - {name: cold, address: "nsu=urn:acme;s=Cold", type: s16, scale: 0.1, unit: "°C"}
  - {name: count, address: "nsu=urn:acme;s=Count", type: u32}
  - {name: weight, address: "nsu=urn:acme;s=Weight", type: f32, unit: kg, low: 0, high: 8000}
  - {name: volume, address: "nsu=urn:acme;s=Volume", type: f64, unit: m3}
  - {name: label, address: "nsu=urn:acme;s=Name", type: "string:20"}
  - {name: broken, address: "nsu=urn:acme;s=Broken", type: f64}
  - {name: nowhere, address: "nsu=urn:acme;s=Nowhere", type: u16, poll: fast}
  - {name: abroad, address: "nsu=urn:nobody;s=State", type: u16}
  - {name: text_for_number, address: "nsu=urn:acme;s=Mode", type: u16}
  - {name: pallet, address: "nsu=urn:acme;s=Pallet", type: u16, poll: fast}
commands:
  - {name: pallet, address: "nsu=urn:acme;s=Pallet", type: u32, verify: true}
  - {name: speed, address: "nsu=urn:acme;s=Speed", type: f32, verify: true}
  - {name: program, address: "nsu=urn:acme;s=Program", type: "string:20", verify: true}
  - {name: go, address: "nsu=urn:acme;s=Go", type: bool, verify: true}
  - {name: state, address: "nsu=urn:acme;s=State", type: s32, map: {4: idle, 6: execute}}
  - {name: nowhere, address: "nsu=urn:acme;s=Nowhere", type: u16}
  - {name: abroad, address: "nsu=urn:nobody;s=State", type: u16}
""")
ALL = frozenset(command.name for command in PROFILE.commands)
GOOD = [point.name for point in PROFILE.points if point.name not in {"nowhere", "abroad", "text_for_number"}]


def device(peer: Peer, **access: str) -> Device:
    return Device("SL/robot", PROFILE, peer.address, commands=ALL, access=access)


@pytest.fixture(scope="module")
def peer(serve_peer: Serve) -> Peer:
    return serve_peer(NODES, security="none")


@pytest.fixture(scope="module")
def certificates(make_certificate: Callable[[str], Certificate]) -> dict[str, Certificate]:
    return {name: make_certificate(name) for name in ("gateway", "robot", "stranger")}


@pytest.fixture(scope="module")
def secure_peer(serve_peer: Serve, certificates: dict[str, Certificate]) -> Peer:
    robot = certificates["robot"]
    files = {"certificate": str(robot.certificate), "key": str(robot.key)}
    return serve_peer(NODES, users={"mes": "secret-17"}, anonymous=False, **files)


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "robot.secret"
    file.write_text("secret-17\n", encoding="utf-8")
    return file


def test_values_of_every_type_are_read_and_what_is_not_there_is_bad_alone(peer: Peer) -> None:
    async def scenario() -> None:
        async with watching(device(peer)) as (_, watched):
            robot = watched["SL/robot"]
            await until(lambda: all(robot.has(point.name) for point in PROFILE.points))
            good = {name: robot.last(name).value for name in GOOD}
            assert good == {
                "state": "idle",
                "mode": "execute",
                "door": True,
                "small": 200,
                "cold": -12.5,
                "count": 4_000_000_000,
                "weight": 412.1,
                "volume": 1.5801,
                "label": "叠合板",
                "broken": 20.5,
                "pallet": 0,
            }
            assert robot.last("nowhere").error == "the server says BadNodeIdUnknown"
            assert robot.last("abroad").error == "the server has no namespace urn:nobody"
            assert robot.last("text_for_number").error == "the device gives 'Execute', which is no u16"
            assert robot.state is DeviceState.CONNECTED

    run(scenario())


def test_states_that_last_a_moment_are_told_in_order_with_the_machines_own_time(peer: Peer) -> None:
    async def scenario() -> None:
        async with watching(device(peer)) as (_, watched):
            robot = watched["SL/robot"]
            await until(lambda: robot.of("state"))
            began = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
            own_times = [began + timedelta(milliseconds=40 * beat) for beat in range(6)]
            for state, own_time in zip((6, 17, 4, 6, 17, 4), own_times, strict=True):
                peer.order(time=own_time.timestamp() * 1000)
                peer.order(set={"State": state})
                await asyncio.sleep(0.04)
            peer.order(time=None)
            await until(lambda: len(robot.of("state")) >= 7)
            assert robot.of("state") == ["idle", *["execute", "complete", "idle"] * 2]
            assert [reading.time for reading in robot.readings if reading.point == "state"][1:] == own_times

    run(scenario())


@pytest.mark.parametrize("code", ["BadSensorFailure", "UncertainLastUsableValue"])
def test_a_value_that_the_server_does_not_stand_behind_is_bad_and_says_why(peer: Peer, code: str) -> None:
    async def scenario() -> None:
        async with watching(device(peer)) as (_, watched):
            robot = watched["SL/robot"]
            await until(lambda: robot.of("broken"))
            peer.order(status={"Broken": code})
            await until(lambda: robot.last("broken").quality is Quality.BAD)
            assert robot.last("broken").error == f"the server says {code}"
            peer.order(set={"Broken": 21.0})
            await until(lambda: robot.of("broken")[-1] == 21.0)
            peer.order(set={"Broken": 20.5})

    run(scenario())


def test_a_value_outside_what_is_possible_is_bad(peer: Peer) -> None:
    async def scenario() -> None:
        async with watching(device(peer)) as (_, watched):
            robot = watched["SL/robot"]
            await until(lambda: robot.of("weight"))
            peer.order(set={"Weight": 9000.0})
            await until(lambda: robot.last("weight").quality is Quality.BAD)
            assert robot.last("weight").error == "weight = 9000 lies outside 0 to 8000 kg, which is not possible"
            peer.order(set={"Weight": 412.1})
            await until(lambda: robot.last("weight").quality is Quality.GOOD)

    run(scenario())


def test_a_clock_that_runs_wrong_is_seen_and_not_believed(peer: Peer) -> None:
    async def scenario() -> None:
        async with watching(device(peer)) as (gateway, watched):
            robot = watched["SL/robot"]
            await until(lambda: robot.of("state"))
            now = datetime.now(UTC)
            peer.order(time=(now + timedelta(hours=2)).timestamp() * 1000)
            peer.order(set={"State": 6})
            await until(lambda: robot.of("state")[-1] == "execute")
            assert abs(robot.last("state").time - now) < timedelta(seconds=5)
            (status,) = gateway.statuses()
            assert status.clock_offset_seconds == pytest.approx(7200, abs=5)
            peer.order(time=None)
            peer.order(set={"State": 4})

    run(scenario())


@pytest.mark.parametrize(
    ("command", "value", "node", "shown"),
    [
        ("pallet", 17, "Pallet", 17),
        ("speed", 0.1, "Speed", pytest.approx(0.1)),
        ("program", "WL-12 外墙", "Program", "WL-12 外墙"),
        ("go", True, "Go", True),
    ],
)
def test_a_command_is_written_as_the_nodes_own_type_and_read_back(
    peer: Peer, command: str, value: Any, node: str, shown: Any
) -> None:
    async def scenario() -> None:
        async with watching(device(peer)) as (gateway, watched):
            await until(lambda: watched["SL/robot"].state is DeviceState.CONNECTED)
            await gateway.command("SL/robot", command, value)
            assert peer.order(get=node) == shown

    run(scenario())


@pytest.mark.parametrize(
    ("command", "value", "reason"),
    [
        ("pallet", 70_000, "the node holds UInt16, which 70000 does not fit"),
        ("pallet", "seventeen", "seventeen"),
        ("speed", "fast", "fast"),
        ("program", "x" * 21, "is no string:20"),
        ("state", "idle", "BadNotWritable|BadUserAccessDenied"),
        ("state", "dancing", "takes one of idle, execute"),
        ("nowhere", 1, "the server says BadNodeIdUnknown"),
        ("abroad", 1, "the server has no namespace urn:nobody"),
    ],
)
def test_a_command_that_cannot_be_written_is_refused_and_changes_nothing(
    peer: Peer, command: str, value: Any, reason: str
) -> None:
    before = {node: peer.order(get=node) for node in NODES if node != "Count"}

    async def scenario() -> None:
        async with watching(device(peer)) as (gateway, watched):
            await until(lambda: watched["SL/robot"].state is DeviceState.CONNECTED)
            with pytest.raises(CommandRefusedError, match=reason):
                await gateway.command("SL/robot", command, value)

    run(scenario())
    assert before == {node: peer.order(get=node) for node in before}


@pytest.mark.parametrize("security", ["sign", "sign-and-encrypt"])
@pytest.mark.parametrize("pinned", [False, True])
def test_a_signed_channel_with_user_and_password_is_let_in(
    secure_peer: Peer, certificates: dict[str, Certificate], password_file: Path, security: str, pinned: bool
) -> None:
    own = certificates["gateway"]
    access = {"security": security, "certificate_file": str(own.certificate), "key_file": str(own.key)}
    access |= {"user": "mes", "password_file": str(password_file)}
    if pinned:
        access["server_certificate_file"] = str(certificates["robot"].certificate)

    async def scenario() -> None:
        async with watching(device(secure_peer, **access), read_seconds=2.5) as (gateway, watched):
            await until(lambda: "idle" in watched["SL/robot"].of("state"))
            await gateway.command("SL/robot", "pallet", 3)
        assert secure_peer.order(get="Pallet") == 3

    run(scenario())


def connect_error(to: Device) -> str:
    """Why the adapter does not get in."""

    async def attempt() -> str:
        adapter = OpcUaAdapter(to)
        with pytest.raises(DeviceUnavailableError) as caught:
            await adapter.connect()
        await adapter.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return str(caught.value)

    return asyncio.run(attempt())


def test_a_wrong_password_and_nobody_are_not_let_in(secure_peer: Peer, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.secret"
    wrong.write_text("guessed", encoding="utf-8")
    reason = "refuses the connection: Bad(UserAccessDenied|IdentityTokenRejected|IdentityTokenInvalid)"
    assert re.search(reason, connect_error(device(secure_peer, user="mes", password_file=str(wrong))))
    assert re.search(reason, connect_error(device(secure_peer)))


def test_a_file_that_is_missing_is_named(secure_peer: Peer, certificates: dict[str, Certificate]) -> None:
    own = certificates["gateway"]
    access = {"security": "sign", "certificate_file": str(own.certificate), "key_file": "/nowhere/key.pem"}
    assert connect_error(device(secure_peer, **access)) == "/nowhere/key.pem: No such file or directory"
    access = {"security": "sign", "certificate_file": str(own.key), "key_file": str(own.key)}
    assert "holds no certificate" in connect_error(device(secure_peer, **access))
    access = {"user": "mes", "password_file": "/nowhere/secret"}
    assert connect_error(device(secure_peer, **access)) == "/nowhere/secret: No such file or directory"


def test_a_server_with_another_certificate_than_expected_is_not_spoken_to(
    secure_peer: Peer, certificates: dict[str, Certificate], password_file: Path
) -> None:
    own = certificates["gateway"]
    access = {"security": "sign-and-encrypt", "certificate_file": str(own.certificate), "key_file": str(own.key)}
    access |= {"user": "mes", "password_file": str(password_file)}
    access |= {"server_certificate_file": str(certificates["stranger"].certificate)}
    reason = connect_error(device(secure_peer, **access))
    assert "opens no secure channel" in reason
    assert reason.endswith("and is server_certificate_file its own?")


def test_a_server_without_the_asked_security_says_what_it_offers(
    peer: Peer, certificates: dict[str, Certificate]
) -> None:
    own = certificates["gateway"]
    access = {"security": "sign", "certificate_file": str(own.certificate), "key_file": str(own.key)}
    assert "does not offer Basic256Sha256 with sign; it offers: None" in connect_error(device(peer, **access))


def test_a_server_that_was_killed_is_found_again_with_its_namespaces_in_another_order(serve_peer: Serve) -> None:
    peer = serve_peer(NODES, security="none")

    async def scenario() -> None:
        async with watching(device(peer)) as (gateway, watched):
            robot = watched["SL/robot"]
            await until(lambda: robot.of("state"))
            peer.kill()
            await until(lambda: robot.state is DeviceState.FAILED)
            assert robot.last("state").quality is Quality.STALE
            assert robot.last("state").value == "idle"
            peer.config |= {"namespaces": ["urn:new:one", "urn:new:two"]}
            peer.config["nodes"] = NODES | {"State": {"type": "Int32", "value": 17}}
            peer.start()
            await until(lambda: robot.state is DeviceState.CONNECTED)
            await until(lambda: robot.of("state")[-1] == "complete")
            peer.order(set={"State": 6})
            await until(lambda: robot.of("state")[-1] == "execute")
            await gateway.command("SL/robot", "pallet", 5)
            assert peer.order(get="Pallet") == 5

    run(scenario())


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes cannot be stopped here")
def test_a_server_that_hangs_is_noticed_and_found_again(serve_peer: Serve) -> None:
    peer = serve_peer(NODES, security="none")

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        async with watching(device(peer), read_seconds=0.5) as (gateway, watched):
            robot = watched["SL/robot"]
            await until(lambda: robot.of("state"))
            os.kill(peer.process.pid, signal.SIGSTOP)
            began = loop.time()
            with pytest.raises(DeviceUnavailableError, match=r"no answer|closed"):
                await gateway.command("SL/robot", "pallet", 9)
            await until(lambda: robot.state is DeviceState.FAILED)
            assert loop.time() - began < 2.5
            assert "within 0.5 s" in robot.reason
            os.kill(peer.process.pid, signal.SIGCONT)
            await until(lambda: robot.state is DeviceState.CONNECTED)
            peer.order(set={"State": 6})
            await until(lambda: robot.of("state")[-1] == "execute")
        assert peer.order(get="Pallet") == 0

    run(scenario())


def test_a_server_is_asked_little_while_nothing_happens(peer: Peer) -> None:
    async def scenario() -> None:
        fast = parse_profile(
            "profile: a\nprotocol: opcua\npoll: {fast: 0.05}\n"
            "points: [{name: state, address: 'nsu=urn:acme;s=State', type: s32, poll: fast}]"
        )
        async with watching(Device("SL/robot", fast, peer.address)) as (gateway, _):
            await asyncio.sleep(1.0)
            (before,) = gateway.statuses()
            await asyncio.sleep(3.0)
            (after,) = gateway.statuses()
        assert after.polls - before.polls > 30
        assert after.requests - before.requests <= 6

    run(scenario())


def test_the_keys_of_a_channel_are_renewed_also_while_there_is_always_news(peer: Peer) -> None:
    async def scenario() -> None:
        adapter = OpcUaAdapter(device(peer), channel_seconds=2.0)
        await adapter.connect()
        for beat in range(25):
            peer.order(set={"State": 6 if beat % 2 else 4})
            await asyncio.sleep(0.2)
            adapter.heard()
            samples = await adapter.read(PROFILE.points)
            assert samples["state"].error is None
        assert peer.order(keys=None) >= 3
        await adapter.close()
        peer.order(set={"State": 4})

    run(scenario())
