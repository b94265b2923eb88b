"""Progress of a solve on standard error."""

from __future__ import annotations

import sys

from scheduling.solver import Progress

_BAR_WIDTH = 30


class ProgressLine:
    """A bar on a terminal, otherwise one line per improvement."""

    def __init__(self) -> None:
        self.last = ""

    def __call__(self, progress: Progress) -> None:
        """Show how far the solve has come."""
        bound = "–" if progress.bound is None else str(progress.bound)
        words = f"best {progress.total} bound {bound} unscheduled {progress.unscheduled}"
        self.show(progress.seconds, progress.limit, f"{words} {progress.trials_per_second:,.0f} moves/s")

    def show(self, seconds: float, limit: float, words: str) -> None:
        """Show some words on how good the best is, and the share of the time that is spent."""
        if sys.stderr.isatty():
            filled = min(_BAR_WIDTH, round(_BAR_WIDTH * seconds / limit))
            bar = "█" * filled + "·" * (_BAR_WIDTH - filled)
            print(f"\r[{bar}] {seconds:6.1f} s  {words}   ", end="", file=sys.stderr, flush=True)
        elif words != self.last:
            print(f"{seconds:8.2f} s  {words}", file=sys.stderr)
        self.last = words

    def finish(self) -> None:
        """End the line of the bar."""
        if self.last and sys.stderr.isatty():
            print(file=sys.stderr)
