"""``python -m lines simulate | fault``: simulated machines, and what is to be wrong with them."""

import argparse
import asyncio
import json
import signal
import sys
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from lines.modbus import parse_host
from lines.plant import Line, load_line, packaged_line, packaged_lines
from lines.simulator.control import ControlPage
from lines.simulator.faults import FAULTS, FaultKind
from lines.simulator.server import SimulatedLine

USUAL_CONTROL = "127.0.0.1:5100"
_LISTED, _ENDED = "list", "none"
_SECONDS = 5.0


def add_simulate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """``simulate``: serve the machines of a line."""
    simulate = commands.add_parser("simulate", help="serve the simulated machines of a line")
    simulate.add_argument("line", help=f"LINE.yaml, or one of {', '.join(packaged_lines())}")
    simulate.add_argument("--address", help="host:port instead of the file's; port 0 takes a free one")
    simulate.add_argument("--speed", type=_number(0.001, 100_000), help="simulated minutes in a minute")
    simulate.add_argument("--spread", type=_number(0, 0.3), help="how cycle times differ, as a fraction of the planned")
    simulate.add_argument("--stops", type=_number(0, 60), help="a machine's own stops in an hour of its work")
    simulate.add_argument("--seed", type=int, help="another number, other chance")
    simulate.add_argument("--state", type=Path, help="file that keeps the state, to go on after a restart")
    simulate.add_argument("--control", type=int, metavar="PORT", help="port of the control page for faults (0: free)")
    simulate.set_defaults(run=_simulate)


def add_fault(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """``fault``: make and end faults of a running simulator."""
    fault = commands.add_parser(
        "fault",
        help="make a fault in a running simulator, or end it",
        epilog="; ".join(f"{kind}: {words.en}" for kind, words in FAULTS.items()),
    )
    fault.add_argument(
        "kind", choices=[_LISTED, _ENDED, *FAULTS], metavar="KIND", help=f"{_LISTED}, {_ENDED} or a kind"
    )
    fault.add_argument("machines", nargs="*", metavar="LINE/ID", help="the machines, such as SL/casting")
    fault.add_argument("--seconds", type=_number(0.001, 86_400), help="how long; without it until it is ended")
    fault.add_argument("--at", default=USUAL_CONTROL, help=f"the simulator's control page (default {USUAL_CONTROL})")
    fault.set_defaults(run=_fault)


def line_named(name: str) -> Line:
    """A packaged line, or one from a file. Raises :class:`lines.plant.LineError`."""
    return packaged_line(name) if name in packaged_lines() else load_line(name)


def _number(low: float, high: float) -> "argparse._ActionType":
    def read(text: str) -> float:
        number = float(text)
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"is a number from {low:g} to {high:g}")
        return number

    return read


def _simulate(options: argparse.Namespace) -> int:
    line = line_named(options.line)
    if options.address:
        line = line.at(options.address)
    given = {"speed": options.speed, "spread": options.spread, "stops_per_hour": options.stops, "seed": options.seed}
    line = replace(line, **{name: value for name, value in given.items() if value is not None})
    return asyncio.run(_serve(SimulatedLine(line, state_file=options.state), options.control))


async def _serve(simulated: SimulatedLine, control: int | None) -> int:
    serving = asyncio.current_task()
    if serving and sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    with suppress(asyncio.CancelledError):
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(simulated)
            line = simulated.line
            host, port = parse_host(line.address)
            units = ", ".join(f"{unit} {member.id}" for unit, member in enumerate(line.members, start=1))
            print(f"line {line.code} on {host}:{port}, speed {line.speed:g}, units: {units}", flush=True)
            if control is not None:
                page = await stack.enter_async_context(ControlPage([simulated.faults], control))
                print(f"faults on http://127.0.0.1:{page.port}/", flush=True)
            await simulated.serve()
    return 0


def _fault(options: argparse.Namespace) -> int:
    if options.kind == _LISTED:
        for row in _ask(options.at, "GET")["devices"]:
            print(f"{row['device']:<24} {row['protocol']:<12} {row['fault'] or '-'}")
        return 0
    if not options.machines:
        print("which machine? (list shows them all)", file=sys.stderr)
        return 2
    kind = None if options.kind == _ENDED else FaultKind(options.kind)
    for machine in options.machines:
        _ask(options.at, "POST", {"device": machine, "kind": kind, "seconds": options.seconds})
    return 0


def _ask(address: str, method: str, body: dict[str, object] | None = None) -> dict[str, list[dict[str, str]]]:
    """Ask the control page. Raises ``ValueError`` with what it said, ``OSError`` where it is not there."""
    host, port = parse_host(address)
    connection = HTTPConnection(host, port, timeout=_SECONDS)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request(method, "/faults", json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        told: dict[str, list[dict[str, str]]] = json.loads(answer.read())
    except (OSError, HTTPException) as error:
        raise OSError(f"no simulator's control page on {address}: {error}") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise ValueError(told.get("error", f"the control page answers {answer.status}"))
    return told
