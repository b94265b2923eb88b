"""How the platform behaves for as long as it is told so: a wrong clock, and liberties that real servers take.

The liberties were seen at open-source EPCIS repositories (`docs/contracts/sandbox-platform.md` names them).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from mes.traceability.sandbox.clock import PlatformClock

LOCATIONS = ("absolute", "relative", "bare")


class BehaviourError(ValueError):
    """Such a behaviour is not known; says which."""


@dataclass
class Behaviour:
    """Switches, all off at first."""

    created: bool = False
    """POST /capture answers 201 when the events are stored, and knows no jobs."""
    location: str = "absolute"
    """The form of Location: absolute, relative, or a bare id."""
    misspelt_limit: bool = False
    """The limit of bytes is told as GS1-EPCIS-Capture-File-SizeLimit."""
    refuse_at_limit: bool = False
    """A document with exactly as many events as the limit is refused too."""
    store_duplicates: bool = False
    """A repeated event is stored a second time."""
    clock: PlatformClock = field(default_factory=PlatformClock, repr=False)

    def told(self) -> dict[str, Any]:
        """The switches, and how far the clock is ahead."""
        return {name: getattr(self, name) for name in _SWITCHES} | {"minutes_off": self.clock.minutes_off}

    def change(self, wanted: Any) -> None:
        """Set switches and the clock; all or none.

        Raises:
            BehaviourError: a name or value is not known.
        """
        if not isinstance(wanted, Mapping):
            raise BehaviourError("names and values are expected")
        for name, value in wanted.items():
            _require_known(name, value)
        for name, value in wanted.items():
            if name == "minutes_off":
                self.clock.minutes_off = float(value)
            else:
                setattr(self, name, value)

    def reset(self) -> None:
        """Behave again."""
        self.change(Behaviour().told())


_SWITCHES = tuple(entry.name for entry in fields(Behaviour) if entry.name != "clock")


def _require_known(name: Any, value: Any) -> None:
    if name == "minutes_off":
        fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 100_000
    elif name == "location":
        fits = value in LOCATIONS
    elif name in _SWITCHES:
        fits = isinstance(value, bool)
    else:
        raise BehaviourError(f"{name} is not known; there are minutes_off, {', '.join(_SWITCHES)}")
    if not fits:
        raise BehaviourError(f"{name} cannot be {value!r}")
