"""Our simulated OPC UA machine, read and written by a client of node-opcua."""

import asyncio
import json
from typing import Any

import pytest

from lines import packaged_profile
from lines.simulator.opcua import OpcUaServer
from tests.lines.opcua.scene import Machine, run
from tests.peers.packages import PeersMissingError, peer_command


def test_the_simulated_robot_is_an_opc_ua_server_to_others() -> None:
    try:
        command = peer_command("opcua_client.js")
    except PeersMissingError as error:
        pytest.skip(f"no independent OPC UA client: {error}")

    async def scenario() -> None:
        machine = Machine(packaged_profile("shuttering-robot-opcua"))
        machine.says |= {"state": 6, "pallet": 17, "progress_percent": 12.5, "program": "WL-12 外墙"}
        server = OpcUaServer(machine)
        questions = {
            "url": await server.listen("opc.tcp://127.0.0.1:0/robot"),
            "namespace": "urn:precast-mes:shuttering-robot",
            "read": ["Status.StateCurrent", "Status.Pallet", "Status.Progress", "Command.Program", "Alarm.FenceOpen"],
            "watch": "Command.Release",
            "count": 2,
            "write": {
                "Command.Release": ["UInt16", 21],
                "Command.Hold": ["String", "yes"],
                "Status.Pallet": ["UInt16", 3],
            },
        }
        try:
            answers = await _ask([*command, json.dumps(questions)])
        finally:
            await server.close()
        assert answers["values"] == {
            "Status.StateCurrent": [6, "Int32"],
            "Status.Pallet": [17, "UInt16"],
            "Status.Progress": [12.5, "Float"],
            "Command.Program": ["WL-12 外墙", "String"],
            "Alarm.FenceOpen": [False, "Boolean"],
        }
        assert answers["statuses"]["Command.Release"] == "Good"
        assert answers["statuses"]["Command.Hold"] == "BadTypeMismatch"
        assert answers["statuses"]["Status.Pallet"].startswith("Bad")
        assert answers["told"] == [0, 21]
        assert (machine.says["release"], machine.says["hold"], machine.says["pallet"]) == (21, 0, 17)

    run(scenario())


async def _ask(command: list[str]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, errors.decode()
    return dict(json.loads(output.decode().splitlines()[-1]))
