"""What the gateway says of the devices it serves, as the contract has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lines import Alarm, Command, Device, Point

MOST_FAULTS = 100
LONGEST_FAULT = 500


def announcement(gateway: str, devices: Iterable[Device], faults: Sequence[str] = ()) -> dict[str, Any]:
    """The body of `machines/announce`. `faults` are those of files that are therefore not in use."""
    return {
        "gateway": gateway,
        "devices": [_device(device) for device in devices],
        "faults": [fault[:LONGEST_FAULT] for fault in faults[:MOST_FAULTS]],
    }


def _device(device: Device) -> dict[str, Any]:
    profile = device.profile
    return {
        "device": device.name,
        "line": device.line,
        "station": device.station,
        "profile": profile.name,
        "machine": profile.machine,
        "manufacturer": profile.manufacturer,
        "model": profile.model,
        "protocol": profile.protocol,
        "points": [_point(point) for point in profile.points],
        "alarms": [_alarm(alarm) for alarm in profile.alarms],
        "commands": [_command(command, command.name in device.commands) for command in profile.commands],
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "name": point.name,
        "role": point.role.value,
        "unit": point.unit,
        "kind": str(point.type),
        "low": point.low,
        "high": point.high,
        "warn_low": point.warn_low,
        "warn_high": point.warn_high,
        "keep_days": point.keep_days,
        "choices": list(dict.fromkeys((*point.map.values(), *point.words.values()))),
    }


def _alarm(alarm: Alarm) -> dict[str, Any]:
    return {
        "code": alarm.code,
        "point": alarm.point,
        "value": alarm.value,
        "severity": alarm.severity.value,
        "text": dict(alarm.text),
    }


def _command(command: Command, is_on: bool) -> dict[str, Any]:
    return {
        "name": command.name,
        "kind": str(command.type),
        "unit": command.unit,
        "low": command.low,
        "high": command.high,
        "choices": list(dict.fromkeys((*command.map.values(), *command.words.values()))),
        "is_on": is_on,
    }
