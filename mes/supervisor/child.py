"""What shall run: one child, and when it is started again."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Restart:
    """When a dead child is started again: after a delay that doubles from the first to the longest, for ever.

    A child that ran for `calm_seconds` starts again from the first delay. Before a child was ready for the
    first time it gets `attempts_until_ready` starts; then the whole set is given up. `enabled=False` leaves a
    dead child dead.
    """

    enabled: bool = True
    first_delay_seconds: float = 0.5
    longest_delay_seconds: float = 30.0
    calm_seconds: float = 60.0
    attempts_until_ready: int = 3

    def delay_seconds(self, failures: int) -> float:
        """The pause before the next start after so many failures in a row (1 or more)."""
        return float(min(self.longest_delay_seconds, self.first_delay_seconds * 2 ** min(failures - 1, 16)))


@dataclass(frozen=True)
class Child:
    """One process to be kept running.

    `ready` is an address that answers with a status below 400, or a function that returns True; without it a
    child is ready once it has been started. `environment` is laid over the parent's own. `stop_signal` asks
    it to end.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: str | Callable[[], bool] | None = None
    ready_seconds: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    restart: Restart = Restart()


@dataclass(frozen=True)
class ChildStatus:
    """A child now. `pid` is None while it does not run; `restarts` counts since the set started."""

    name: str
    pid: int | None
    ready: bool
    restarts: int
