"""The engine's own command line with a machine that speaks OPC UA."""

import asyncio
import json
import sys
from importlib import resources

import pytest

from lines import packaged_profile
from lines.__main__ import main
from lines.simulator.opcua import OpcUaServer
from tests.lines.opcua.scene import Machine, run

PROFILE = "shuttering-robot-opcua"


def test_the_packaged_profile_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(resources.files("lines.profiles") / f"{PROFILE}.yaml")
    assert main(["check", file]) == 0
    assert f"profile {PROFILE}/simulated, 12 points, 3 commands" in capsys.readouterr().out


def test_a_machine_is_read() -> None:
    async def scenario() -> None:
        machine = Machine(packaged_profile(PROFILE))
        machine.says |= {"state": 6, "pallet": 17}
        server = OpcUaServer(machine)
        address = await server.listen("opc.tcp://127.0.0.1:0/robot")
        try:
            arguments = ["-m", "lines", "read", PROFILE, "--address", address, "--seconds", "4"]
            process = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            output, errors = await process.communicate()
        finally:
            await server.close()
        assert (process.returncode, errors) == (0, b"")
        lines = [json.loads(line) for line in output.decode().splitlines()]
        values = {line["point"]: (line["value"], line["quality"]) for line in lines}
        assert values["state"] == ("execute", "good")
        assert values["pallet"] == (17, "good")
        assert len(values) == len(machine.profile.points)

    run(scenario())
