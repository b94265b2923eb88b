"""`mes gateway` as a process on an edge machine: without a database, killed in the middle of a command, reloaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.mes.machines.house_server import HouseServer, house_server
from tests.mes.machines.modbus_device import ModbusDevice, modbus_device

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
PROFILE = """
profile: mixer/test-1
protocol: modbus-tcp
machine: batching-plant
poll: {fast: 0.1, slow: 0.5}
points:
  - {name: state, address: "holding:0", type: u16, poll: fast, map: {0: idle, 1: execute, 2: held}}
  - {name: weight_kg, address: "holding:1", type: u16, unit: kg}
commands:
  - {name: mix, address: "holding:10", type: u16, low: 1, high: 9}
"""
LINE = """
line: T1
address: ADDRESS
pallets: {first: 1, last: 3}
stations:
  - {id: mixer, profile: mixer.yaml, minutes: 5, commands: [mix]}
"""


class EdgeMachine:
    """A folder with a line's file, and the gateway's process."""

    def __init__(self, folder: Path, house: HouseServer, device: ModbusDevice) -> None:
        self.folder, self.house, self.device = folder, house, device
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "mixer.yaml").write_text(PROFILE)
        (folder / "token").write_text("t")
        self.write_line()

    def write_line(self, text: str = LINE) -> None:
        (self.folder / "T1.yaml").write_text(text.replace("ADDRESS", self.device.address))

    def start(self, *options: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MES_")}
        environment |= {"MES_DATA": str(self.folder / "data"), "MES_LINES": str(self.folder / "T1.yaml")}
        where = ["--server", self.house.url, "--token-file", str(self.folder / "token"), "--name", "edge-7"]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mes.cli", "gateway", *where, *options], env=environment, stdout=log, stderr=log
            )
        self.until(lambda: bool(self.readings("state")), "the first reading")

    def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None
        self.house.signals.clear()

    def readings(self, point: str) -> list[Any]:
        """The values of a point that the house was told."""
        told = [reading for signals in list(self.house.signals) for reading in signals["readings"]]
        return [reading["value"] for reading in told if reading["point"] == point]

    def states(self) -> list[tuple[str, str | None]]:
        """State and reason of each report on the mixer."""
        told = [report for signals in list(self.house.signals) for report in signals["devices"]]
        return [(report["state"], report["reason"]) for report in told]

    def command(self, value: int = 5) -> str:
        """The house hands out a command of a person."""
        made = {"id": str(uuid4()), "device": "T1/mixer", "point": "mix", "value": value, "once": True}
        self.house.commands = [made]
        return made["id"]  # type: ignore[return-value]

    def outcomes(self) -> list[tuple[str, str]]:
        return [(result["machine_command_id"], result["outcome"]) for result in self.house.results]

    def until(self, condition: Callable[[], bool], what: str, limit_seconds: float = 40) -> None:
        end = time.monotonic() + limit_seconds
        while not condition():
            log = (self.folder / "log").read_text()
            assert time.monotonic() < end, f"waited in vain for: {what}\n{log}"
            time.sleep(0.02)


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[EdgeMachine]:
    with house_server() as house, modbus_device() as device:
        made = EdgeMachine(tmp_path, house, device)
        yield made
        made.end()


def test_a_gateway_needs_neither_a_database_nor_a_house_of_its_own(edge: EdgeMachine) -> None:
    edge.start()
    (announced,) = edge.house.announced
    assert (announced["gateway"], [d["device"] for d in announced["devices"]]) == ("edge-7", ["T1/mixer"])
    (command,) = announced["devices"][0]["commands"]
    assert (command["name"], command["low"], command["high"], command["is_on"]) == ("mix", 1, 9, True)
    edge.device.registers[0] = 1
    edge.until(lambda: edge.readings("state")[-1:] == ["execute"], "the new state")
    assert ("connected", None) in edge.states()
    assert not list(edge.folder.rglob("mes.sqlite*"))
    edge.end(signal.SIGTERM)
    assert "Traceback" not in (edge.folder / "log").read_text()


def test_a_command_is_written_and_reported(edge: EdgeMachine) -> None:
    edge.start()
    asked = edge.command()
    edge.until(lambda: bool(edge.house.results), "the outcome")
    assert edge.outcomes() == [(asked, "done")]
    assert edge.device.writes == [(10, 5)]


def test_killed_while_it_writes_a_command_is_unknown_and_never_written_again(edge: EdgeMachine) -> None:
    edge.device.answers_writes = False
    edge.start()
    asked = edge.command()
    assert edge.device.written.wait(20)
    edge.end()
    edge.device.answers_writes = True
    edge.start()
    edge.until(lambda: bool(edge.house.results), "the outcome")
    edge.until(lambda: len(edge.house.signals) > 3, "the gateway to go on")
    assert edge.outcomes() == [(asked, "unknown")]
    assert edge.device.writes == [(10, 5)]


def test_killed_after_writing_before_the_house_heard_of_it_the_outcome_is_still_told(edge: EdgeMachine) -> None:
    edge.house.takes_results = False
    edge.start()
    asked = edge.command()
    outcomes = edge.folder / "data" / "gateway" / "outcomes.sqlite"
    assert edge.device.written.wait(20)
    edge.until(lambda: asked.encode() in outcomes.with_name("outcomes.sqlite-wal").read_bytes(), "the outcome on disk")
    edge.end()
    edge.house.takes_results = True
    edge.start()
    edge.until(lambda: bool(edge.house.results), "the outcome")
    assert edge.outcomes() == [(asked, "done")]
    assert edge.device.writes == [(10, 5)]


def test_a_machine_that_never_answers_a_command_holds_up_no_reading(edge: EdgeMachine) -> None:
    edge.device.answers_writes = False
    edge.start()
    asked = edge.command()
    edge.until(lambda: bool(edge.house.results), "the outcome")
    assert edge.outcomes() == [(asked, "unknown")]
    assert edge.device.writes == [(10, 5)]
    edge.device.registers[0] = 2
    edge.until(lambda: edge.readings("state")[-1:] == ["held"], "the next state")


def test_a_changed_file_is_taken_over_without_a_restart(edge: EdgeMachine) -> None:
    edge.start()
    edge.write_line(LINE.replace(", commands: [mix]", ""))
    edge.until(lambda: len(edge.house.announced) > 1, "another announcement")
    (device,) = edge.house.announced[-1]["devices"]
    assert [command["is_on"] for command in device["commands"]] == [False]
    edge.command()
    edge.until(lambda: bool(edge.house.results), "the outcome")
    assert [outcome for _, outcome in edge.outcomes()] == ["refused"]
    assert edge.device.writes == []


def test_a_changed_profile_is_taken_over_too(edge: EdgeMachine) -> None:
    edge.start()
    (edge.folder / "mixer.yaml").write_text(PROFILE.replace("weight_kg", "hopper_kg"))
    edge.until(lambda: bool(edge.readings("hopper_kg")), "a reading of the new point")


def test_a_faulty_file_is_refused_whole_told_once_and_what_ran_goes_on(edge: EdgeMachine) -> None:
    edge.start()
    edge.write_line(LINE.replace("minutes: 5", "minutes: soon"))
    edge.until(lambda: len(edge.house.announced) > 1, "the fault at the house")
    announced = edge.house.announced[-1]
    assert [device["device"] for device in announced["devices"]] == ["T1/mixer"]
    assert any("minutes" in fault for fault in announced["faults"])
    edge.device.registers[0] = 2
    edge.until(lambda: edge.readings("state")[-1:] == ["held"], "readings that go on")
    (edge.folder / "other.yaml").write_text("changed: too")
    time.sleep(2.5)
    assert (edge.folder / "log").read_text().count("the changed files are not used") == 1
    edge.write_line()
    edge.until(lambda: edge.house.announced[-1]["faults"] == [], "the fault to be gone")


def test_the_time_in_which_the_gateway_did_not_run_is_told(edge: EdgeMachine) -> None:
    edge.start()
    edge.end()
    alive = edge.folder / "data" / "gateway" / "alive"
    an_hour_ago = time.time() - 3600
    os.utime(alive, (an_hour_ago, an_hour_ago))
    edge.start()
    told = ("failed", "the gateway was not running")
    edge.until(lambda: told in edge.states(), "the pause")
    reports = [report for signals in edge.house.signals for report in signals["devices"]]
    since = datetime.fromisoformat(reports[edge.states().index(told)]["since"])
    assert abs(since - datetime.fromtimestamp(an_hour_ago, since.tzinfo)) < timedelta(seconds=1)


def test_metrics_are_served_where_a_port_is_given(edge: EdgeMachine) -> None:
    with modbus_device() as free:
        port = free.address.rpartition(":")[2]
    edge.start("--metrics-port", port)
    text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    assert 'precast_gateway_device_state{device="T1/mixer",state="connected"} 1.0' in text
