"""The PackML states of a machine, by which every station of a line speaks the same language.

Names and numbers are those of PackML (ISA-TR88.00.02, tag ``Status.StateCurrent``), the names in lower case.
A device profile maps a vendor's own numbers to these names.
"""

from enum import StrEnum


class MachineState(StrEnum):
    """A PackML machine state; the value is the state's name in lower case.

    ``suspended`` is waiting on the line (blocked, starved, not released), ``held`` is waiting on the machine
    itself or its operator: this distinction separates line losses from machine losses.
    """

    CLEARING = "clearing"
    STOPPED = "stopped"
    STARTING = "starting"
    IDLE = "idle"
    SUSPENDED = "suspended"
    EXECUTE = "execute"
    STOPPING = "stopping"
    ABORTING = "aborting"
    ABORTED = "aborted"
    HOLDING = "holding"
    HELD = "held"
    UNHOLDING = "unholding"
    SUSPENDING = "suspending"
    UNSUSPENDING = "unsuspending"
    RESETTING = "resetting"
    COMPLETING = "completing"
    COMPLETE = "complete"

    @property
    def number(self) -> int:
        """The state's PackML number, 1 (clearing) to 17 (complete)."""
        return _NUMBERS[self]


_NUMBERS: dict[MachineState, int] = {state: number for number, state in enumerate(MachineState, start=1)}
