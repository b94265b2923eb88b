"""The numbers that bound history and commands, read from `rules.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import yaml

RULES_FILE = Path(__file__).with_name("rules.yaml")


@dataclass(frozen=True)
class Rules:
    """How long things are kept, and how long a command may take."""

    signal_memory: timedelta
    minutes_kept: timedelta
    intervals_kept: timedelta
    fetched_within: timedelta
    answered_within: timedelta
    silent_after: timedelta
    forget_every: timedelta
    portion_rows: int
    portion_pause_seconds: float


@cache
def rules() -> Rules:
    """The rules in force."""
    data = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    return Rules(
        signal_memory=timedelta(days=data["signal_memory"]["days"]),
        minutes_kept=timedelta(days=data["minutes"]["days"]),
        intervals_kept=timedelta(days=data["intervals"]["days"]),
        fetched_within=timedelta(seconds=data["commands"]["fetch_seconds"]),
        answered_within=timedelta(seconds=data["commands"]["answer_seconds"]),
        silent_after=timedelta(seconds=data["gateway"]["silent_seconds"]),
        forget_every=timedelta(hours=data["forgetting"]["every_hours"]),
        portion_rows=int(data["forgetting"]["portion_rows"]),
        portion_pause_seconds=float(data["forgetting"]["pause_seconds"]),
    )
