"""``python -m lines`` as a person types it."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import lines
from lines.__main__ import main

PLANTS = Path(lines.__file__).parent / "plants"
PROFILES = Path(lines.__file__).parent / "profiles"


@contextmanager
def simulate(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run the simulator on a free port; gives the process and its address."""
    command = [sys.executable, "-m", "lines", "simulate", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            found = re.search(r"on (\S+:\d+), speed", first)
            assert found, first
            yield process, found[1]
        finally:
            process.kill()


def test_check_tells_what_a_profile_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(PROFILES / "concrete-spreader.yaml")]) == 0
    assert "profile concrete-spreader/simulated, 14 points, 3 commands" in capsys.readouterr().out


def test_check_takes_a_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(PLANTS / "WL.yaml")]) == 0
    assert "line WL, 12 stations, 24 pallets" in capsys.readouterr().out


def test_check_takes_a_line_of_real_machines_that_cannot_be_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.yaml").write_text(
        "profile: own\nprotocol: modbus-tcp\npoints:\n  - {name: glue_kg, address: 'input:0', type: u16}\n"
    )
    file = tmp_path / "line.yaml"
    file.write_text("line: X\npallets: [1]\nstations:\n  - {id: glue, profile: own.yaml, minutes: 3}\n")
    assert main(["check", str(file)]) == 0
    output = capsys.readouterr().out
    assert "line X, 1 stations, 1 pallets" in output
    assert "cannot be simulated" in output
    assert "glue_kg" in output


def test_read_refuses_access_entries_that_the_protocol_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "station-basic", "--address", "127.0.0.1:1", "--access", "user=mes"]) == 1
    assert "Modbus knows no access entries, such as 'user'" in capsys.readouterr().err


def test_check_shows_the_faults_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("profile: a\nprotocol: modbus-tcp\npoints:\n  - {name: a, address: 'input:0', type: u17}\n")
    assert main(["check", str(file)]) == 1
    assert capsys.readouterr().err.startswith(f"{file}:4: unknown type 'u17'")


def test_wrong_use_is_exit_2() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["read", "station-basic"])
    assert caught.value.code == 2


def test_a_device_that_cannot_be_read_is_a_failure(free_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", "station-basic", "--address", f"127.0.0.1:{free_port}", "--seconds", "0.2"]) == 1
    output = capsys.readouterr()
    assert {json.loads(line)["quality"] for line in output.out.splitlines()} == {"bad"}
    assert "no value could be read" in output.err


def test_read_prints_a_json_line_per_change(capsys: pytest.CaptureFixture[str]) -> None:
    with simulate("SL", "--address", "127.0.0.1:0") as (_, address):
        assert main(["read", "curing-chamber", "--address", address, "--unit", "11", "--seconds", "0.5"]) == 0
    changes = {change["point"]: change for change in map(json.loads, capsys.readouterr().out.splitlines())}
    assert len(changes) == 62
    assert changes["temperature_c"] | {"time": ""} == {
        "device": "curing-chamber/simulated",
        "point": "temperature_c",
        "value": 25.0,
        "unit": "°C",
        "quality": "good",
        "time": "",
        "error": None,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", changes["state"]["time"])


def test_a_simulator_killed_with_kill_9_goes_on_where_it_was(tmp_path: Path) -> None:
    state = ["SL", "--address", "127.0.0.1:0", "--speed", "1", "--state", str(tmp_path / "SL.json")]
    cleaning = lines.packaged_line("SL").devices()[0]

    async def release_and_look(address: str, pallet: int | None) -> dict[str, object]:
        device = replace(cleaning, address=address)
        async with lines.Gateway([device], lambda readings: None) as gateway, asyncio.timeout(10):
            while len(gateway.readings(device)) < len(device.profile.points):
                await asyncio.sleep(0.01)
            if pallet:
                await gateway.command(device, "release", pallet)
            return {name: reading.value for name, reading in gateway.readings(device).items()}

    with simulate(*state) as (process, address):
        asyncio.run(release_and_look(address, 17))
        os.kill(process.pid, signal.SIGKILL)
    with simulate(*state) as (_, address):
        values = asyncio.run(release_and_look(address, None))
    assert (values["state"], values["pallet"]) == ("execute", 17)


def test_the_simulator_ends_well_when_it_is_told_to() -> None:
    with simulate("WL", "--address", "127.0.0.1:0") as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_faults_are_made_in_a_running_simulator(capsys: pytest.CaptureFixture[str]) -> None:
    with simulate("WL", "--address", "127.0.0.1:0", "--control", "0", "--stops", "0.1") as (process, address):
        assert process.stdout is not None
        page = re.search(r"http://(\S+)/", process.stdout.readline())
        assert page
        assert main(["fault", "device-failure", "WL/energy", "--seconds", "60", "--at", page[1]]) == 0
        assert main(["read", "energy-meter", "--address", address, "--unit", "15", "--seconds", "0.5"]) == 1
        assert main(["fault", "none", "WL/energy", "--at", page[1]]) == 0
        assert main(["read", "energy-meter", "--address", address, "--unit", "15", "--seconds", "0.5"]) == 0
    assert "device failure" in capsys.readouterr().out
