"""What stands between a command and a device: it must be switched on there, and its value possible."""

from lines.adapter import CommandRefusedError
from lines.device import Device
from lines.profile import Command, Value

_LARGEST = 1e300


def allowed_command(device: Device, name: str, value: Value) -> Command:
    """The device's command of that name, when the value may be written. Raises :class:`CommandRefusedError`."""
    command = device.profile.command(name)
    if command is None:
        known = ", ".join(c.name for c in device.profile.commands) or "none"
        raise CommandRefusedError(f"{device.name} has no command {name!r} (commands: {known})")
    if name not in device.commands:
        raise CommandRefusedError(f"the command {name!r} is not switched on for {device.name}")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not abs(value) <= _LARGEST:
            raise CommandRefusedError(f"{device.name}: {name} takes no such number")
        unit = f" {command.unit}" if command.unit else ""
        if command.low is not None and value < command.low:
            raise CommandRefusedError(f"{device.name}: {name} = {value:g}{unit} is below {command.low:g}{unit}")
        if command.high is not None and value > command.high:
            raise CommandRefusedError(f"{device.name}: {name} = {value:g}{unit} is above {command.high:g}{unit}")
    return command
