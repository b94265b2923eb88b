"""The engine's own command line: ``python -m lines check | read | simulate | fault``."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from lines.device import Device, Quality, Reading
from lines.gateway import Gateway
from lines.plant import load_line
from lines.profile import Profile
from lines.profile_reading import load_profile, packaged_profile, packaged_profiles
from lines.protocols import protocol_support
from lines.simulator import NotSimulatedError, SimulatedLine, SimulatorError
from lines.simulator.command_line import add_fault, add_simulate
from lines.yaml_source import FileFaultError, read_source


def main(arguments: list[str] | None = None) -> int:
    """Run a command: 0 on success, 1 on a refused or failed one, 2 on wrong use."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (FileFaultError, NotSimulatedError, SimulatorError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lines", description="Machines of the production line.")
    commands = parser.add_subparsers(required=True, metavar="check | read | simulate | fault")
    check = commands.add_parser("check", help="validate a device profile or a line")
    check.add_argument("file", help="PROFILE.yaml or LINE.yaml")
    check.set_defaults(run=_check)
    read = commands.add_parser("read", help="read a device; one JSON line per change")
    read.add_argument("profile", help=f"PROFILE.yaml, or one of {', '.join(packaged_profiles())}")
    read.add_argument(
        "--address", required=True, help="as its protocol has it, such as host:port or opc.tcp://host:4840"
    )
    read.add_argument("--unit", type=_unit, default=1, help="Modbus unit id (default 1)")
    read.add_argument("--seconds", type=float, default=5.0, help="how long (default 5; 0: until interrupted)")
    read.add_argument("--device", help="the device's name in the output (default: the profile's name)")
    read.add_argument(
        "--access", type=_entry, action="append", default=[], help="such as user=mes; more than one may follow"
    )
    read.set_defaults(run=_read)
    add_simulate(commands)
    add_fault(commands)
    return parser


def _unit(text: str) -> int:
    if not text.isdecimal() or int(text) > 255:
        raise argparse.ArgumentTypeError("a unit id is a number from 0 to 255")
    return int(text)


def _entry(text: str) -> tuple[str, str]:
    name, is_given, value = text.partition("=")
    if not is_given or not name:
        raise argparse.ArgumentTypeError("an access entry is NAME=VALUE, such as user=mes")
    return name, value


def _check(options: argparse.Namespace) -> int:
    content = read_source(Path(options.file)).content
    if isinstance(content, dict) and "line" in content:
        line = load_line(options.file)
        print(f"{options.file}: line {line.code}, {len(line.stations)} stations, {len(line.pallets)} pallets")
        try:
            SimulatedLine(line)
        except NotSimulatedError as error:  # A real line need not be one that can be simulated.
            print(f"{options.file}: it cannot be simulated: {error}")
    else:
        profile = load_profile(options.file)
        points, commands = len(profile.points), len(profile.commands)
        print(f"{options.file}: profile {profile.name}, {points} points, {commands} commands")
    return 0


def _profile(name: str) -> Profile:
    return packaged_profile(name) if name in packaged_profiles() else load_profile(name)


def _read(options: argparse.Namespace) -> int:
    profile = _profile(options.profile)
    access = dict(options.access)
    protocol_support(profile.protocol).check_access(access)
    device = Device(options.device or profile.name, profile, options.address, options.unit, access=access)
    return asyncio.run(_print_changes(device, options.seconds))


async def _print_changes(device: Device, seconds: float) -> int:
    qualities: set[Quality] = set()

    done = asyncio.Event()

    def print_changes(readings: Sequence[Reading]) -> None:
        qualities.update(reading.quality for reading in readings)
        try:
            for reading in readings:
                print(json.dumps(reading.as_json(), ensure_ascii=False), flush=True)
        except BrokenPipeError:  # Whoever read our output has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            done.set()

    async with Gateway([device], print_changes):
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds or None):
                await done.wait()
    if Quality.GOOD not in qualities:
        print(f"no value could be read from {device.address} unit {device.unit}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
