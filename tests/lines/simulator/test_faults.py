"""Faults on command: the board, the control page and the command that talks to it."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from http.client import HTTPConnection
from pathlib import Path

import pytest

from lines import parse_line
from lines.__main__ import main
from lines.simulator import FAULTS, FaultBoard, FaultKind, FaultRefusedError, SimulatedLine, faults_of
from lines.simulator.control import ControlPage

LINE = parse_line("""
line: T
address: 127.0.0.1:0
pallets: [7]
stations:
  - {id: embeds, profile: station-basic, minutes: 1}
  - {id: casting, profile: concrete-spreader, minutes: 2, address: "127.0.0.1:0"}
""")


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def board() -> tuple[FaultBoard, Clock]:
    clock = Clock()
    made = FaultBoard(clock)
    made.add("T/casting", "modbus-tcp")
    return made, clock


def test_there_are_twenty_kinds_of_fault_and_each_protocol_has_its_own() -> None:
    assert len(FAULTS) >= 20
    assert len(faults_of("modbus-tcp")) >= 20
    assert len(faults_of("modbus-rtu")) >= 20
    assert FaultKind.CLOCK_WRONG in faults_of("opcua")
    assert FaultKind.WRONG_TRANSACTION not in faults_of("mqtt")
    assert all(words.zh and words.en for words in FAULTS.values())


def test_the_documented_faults_are_those_that_there_are() -> None:
    columns = ("modbus-tcp", "modbus-rtu", "opcua", "mqtt", "sparkplug")
    text = (Path(__file__).parents[3] / "docs" / "lines.md").read_text(encoding="utf-8")
    documented = {
        kind: (words, {protocol for protocol, mark in zip(columns, marks.split("|"), strict=True) if "✓" in mark})
        for kind, words, marks in re.findall(r"^\| `([a-z-]+)` \| (.+?) \|(.*)\|$", text, re.MULTILINE)
    }
    assert documented == {kind: (f"{words.zh}: {words.en}", set(words.protocols)) for kind, words in FAULTS.items()}
    combinations = sum(len(words.protocols) for words in FAULTS.values())
    assert f"({combinations} in all)" in text


def test_a_fault_lasts_as_long_as_it_was_asked_for() -> None:
    faults, clock = board()
    told: list[FaultKind | None] = []
    faults.watch(lambda _machine, kind: told.append(kind))
    faults.begin("T/casting", FaultKind.HANGING, 3)
    clock.seconds = 2.9
    assert dict(faults.now()) == {"T/casting": FaultKind.HANGING}
    clock.seconds = 3.0
    assert faults.of("T/casting") is None
    assert told == [FaultKind.HANGING, None]


def test_a_fault_without_an_end_lasts_until_it_is_ended_or_another_takes_its_place() -> None:
    faults, clock = board()
    faults.begin("T/casting", FaultKind.SLOW)
    clock.seconds = 1e6
    assert faults.of("T/casting") is FaultKind.SLOW
    faults.begin("T/casting", FaultKind.BUSY)
    assert faults.of("T/casting") is FaultKind.BUSY
    faults.end("T/casting")
    assert faults.of("T/casting") is None


@pytest.mark.parametrize(
    ("machine", "kind", "reason"),
    [
        ("T/oven", FaultKind.SLOW, "no machine 'T/oven'"),
        ("T/casting", FaultKind.CLOCK_WRONG, "modbus-tcp, which cannot have"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(machine: str, kind: FaultKind, reason: str) -> None:
    faults, _ = board()
    with pytest.raises(FaultRefusedError, match=reason):
        faults.begin(machine, kind)
    assert list(faults.now()) == []


Answer = tuple[int, str]


def ask(port: int, method: str, path: str, body: str = "", **headers: str) -> Answer:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, named)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def with_page(action: Callable[[SimulatedLine, int], Awaitable[None]]) -> None:
    async def scenario() -> None:
        async with SimulatedLine(LINE) as simulated, ControlPage([simulated.faults], 0) as page:
            await action(simulated, page.port)

    asyncio.run(scenario())


def test_the_page_shows_every_machine_in_both_languages() -> None:
    async def look(_simulated: SimulatedLine, port: int) -> None:
        status, page = await asyncio.to_thread(ask, port, "GET", "/")
        assert status == 200
        assert {"T/embeds", "T/casting"} <= set(page.replace("<", " ").replace(">", " ").split())
        assert "接受连接但从不应答 · accepts, and never answers" in page

    with_page(look)


def test_a_fault_is_made_and_ended_by_a_program() -> None:
    async def make(simulated: SimulatedLine, port: int) -> None:
        body = json.dumps({"device": "T/casting", "kind": "hanging", "seconds": 60})
        assert (await asyncio.to_thread(ask, port, "POST", "/faults", body))[0] == 200
        assert simulated.faults.of("T/casting") is FaultKind.HANGING
        _, told = await asyncio.to_thread(ask, port, "GET", "/faults")
        rows = {row["device"]: row["fault"] for row in json.loads(told)["devices"]}
        assert rows == {"T/embeds": None, "T/casting": "hanging"}
        ended = json.dumps({"device": "T/casting", "kind": None})
        assert (await asyncio.to_thread(ask, port, "POST", "/faults", ended))[0] == 200
        assert simulated.faults.of("T/casting") is None

    with_page(make)


def test_a_fault_is_made_by_the_form_of_the_page() -> None:
    async def send(simulated: SimulatedLine, port: int) -> None:
        form = {"Content_Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{port}"}
        status, _ = await asyncio.to_thread(
            ask, port, "POST", "/faults", "device=T%2Fcasting&kind=slow&seconds=9", **form
        )
        assert status == 303
        assert simulated.faults.of("T/casting") is FaultKind.SLOW

    with_page(send)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ('{"device": "T/oven", "kind": "slow"}', {}, 404),
        ('{"device": "T/casting", "kind": "on-fire"}', {}, 422),
        ('{"device": "T/casting", "kind": "clock-wrong"}', {}, 422),
        ('{"device": "T/casting", "kind": "slow", "seconds": -1}', {}, 422),
        ("[]", {}, 422),
        ("nonsense", {}, 422),
        ("[" * 10_000, {}, 422),
        ("", {"Content-Length": "9" * 5000}, 422),
        ('{"device": "T/casting", "kind": "slow"}', {"Origin": "http://evil.example"}, 403),
        ('{"device": "T/casting", "kind": "slow"}', {"Host": "evil.example"}, 403),
    ],
)
def test_what_cannot_be_meant_or_comes_from_elsewhere_is_refused(
    body: str, headers: dict[str, str], status: int
) -> None:
    async def send(simulated: SimulatedLine, port: int) -> None:
        assert (await asyncio.to_thread(ask, port, "POST", "/faults", body, **headers))[0] == status
        assert list(simulated.faults.now()) == []

    with_page(send)


def test_nonsense_does_not_stop_the_page() -> None:
    async def send(_simulated: SimulatedLine, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x00\xff\r\n\r\n")
        assert b"403" in await reader.readline()
        writer.close()
        assert (await asyncio.to_thread(ask, port, "GET", "/"))[0] == 200

    with_page(send)


def test_the_command_lists_makes_and_ends_faults(capsys: pytest.CaptureFixture[str]) -> None:
    async def use(simulated: SimulatedLine, port: int) -> None:
        at = ["--at", f"127.0.0.1:{port}"]
        assert await asyncio.to_thread(main, ["fault", "refused", "T/casting", "T/embeds", *at]) == 0
        assert dict(simulated.faults.now()) == dict.fromkeys(["T/embeds", "T/casting"], FaultKind.REFUSED)
        assert await asyncio.to_thread(main, ["fault", "none", "T/embeds", *at]) == 0
        assert await asyncio.to_thread(main, ["fault", "list", *at]) == 0
        assert await asyncio.to_thread(main, ["fault", "clock-wrong", "T/casting", *at]) == 1
        assert await asyncio.to_thread(main, ["fault", "slow", *at]) == 2

    with_page(use)
    output = capsys.readouterr()
    assert [line.split() for line in output.out.splitlines()] == [
        ["T/embeds", "modbus-tcp", "-"],
        ["T/casting", "modbus-tcp", "refused"],
    ]
    assert "cannot have the fault clock-wrong" in output.err


def test_the_command_says_when_no_simulator_is_there(free_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fault", "list", "--at", f"127.0.0.1:{free_port}"]) == 1
    assert "no simulator's control page" in capsys.readouterr().err
