"""The verbs of the room: taking over what gateways say, and asking machines to do something."""

from mes.machines.service.commands import (
    AskCommand,
    CommandAsked,
    CommandOff,
    CommandOpen,
    ConfigureMachine,
    SettleCommand,
    ask_command,
    configure_machine,
    expire_commands,
    settle_command,
)
from mes.machines.service.gateways import (
    AnnounceMachines,
    DeviceReport,
    MachinesAnnounced,
    announce_machines,
    see_gateway,
    take_reports,
)
from mes.machines.service.keeping import GatewayReading, Keeper, Poll, hold_history, take_ids
from mes.machines.service.stops import NameStop, StopNamed, name_stop

__all__ = [
    "AnnounceMachines",
    "AskCommand",
    "CommandAsked",
    "CommandOff",
    "CommandOpen",
    "ConfigureMachine",
    "DeviceReport",
    "GatewayReading",
    "Keeper",
    "MachinesAnnounced",
    "NameStop",
    "Poll",
    "SettleCommand",
    "StopNamed",
    "announce_machines",
    "ask_command",
    "configure_machine",
    "expire_commands",
    "hold_history",
    "name_stop",
    "see_gateway",
    "settle_command",
    "take_ids",
    "take_reports",
]
