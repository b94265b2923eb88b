"""The shop floor's numbers, read from `rules.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import yaml

RULES_FILE = Path(__file__).with_name("rules.yaml")


@dataclass(frozen=True)
class Rules:
    """Limits of the shop floor; their sources stand in the data file."""

    batch_age: timedelta  # from mixing to pouring
    batch_clock_tolerance: timedelta  # how far a mixing time may lie ahead
    automatic_entry_ahead: timedelta
    claim_grace: timedelta


@cache
def rules() -> Rules:
    """The rules in force."""
    data = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    return Rules(
        batch_age=timedelta(minutes=data["batch_age"]["limit_minutes"]),
        batch_clock_tolerance=timedelta(minutes=data["batch_clock_tolerance"]["limit_minutes"]),
        automatic_entry_ahead=timedelta(hours=data["automatic_entry"]["ahead_hours"]),
        claim_grace=timedelta(seconds=data["claim_grace"]["seconds"]),
    )
