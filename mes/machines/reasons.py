"""Why machines stand still: the reasons that people choose from, read from `reasons.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import yaml

REASONS_FILE = Path(__file__).with_name("reasons.yaml")


@dataclass(frozen=True)
class Named:
    """A code with its Chinese and English words."""

    code: str
    zh: str
    en: str

    def word(self, locale: str) -> str:
        """Its word in a language."""
        return self.en if locale == "en" else self.zh


@dataclass(frozen=True)
class Reason(Named):
    """A reason for a stop; `group` says whose matter it is."""

    group: str
    icon: str


@dataclass(frozen=True)
class StopReasons:
    """The reasons in the order of their tiles, their groups, and how long a stop may stay unexplained."""

    reasons: dict[str, Reason]
    groups: dict[str, Named]
    unexplained_after: timedelta

    @property
    def planned(self) -> frozenset[str]:
        """The reasons of stops that were meant."""
        return frozenset(code for code, reason in self.reasons.items() if reason.group == "planned")

    def word(self, code: str, locale: str) -> str:
        """A reason's word; the code itself for one that is no longer in the file."""
        return self.reasons[code].word(locale) if code in self.reasons else code


@cache
def stop_reasons() -> StopReasons:
    """The reasons in force.

    Raises:
        ValueError: a reason of an unknown group, or a code used twice.
    """
    data = yaml.safe_load(REASONS_FILE.read_text(encoding="utf-8"))
    groups = {group["code"]: Named(**group) for group in data["groups"]}
    reasons = {reason["code"]: Reason(**reason) for reason in data["reasons"]}
    if len(reasons) < len(data["reasons"]):
        raise ValueError(f"{REASONS_FILE.name} uses a code twice")
    for reason in reasons.values():
        if reason.group not in groups:
            raise ValueError(f"{REASONS_FILE.name}: reason {reason.code} is of the unknown group {reason.group}")
    return StopReasons(reasons, groups, timedelta(minutes=data["unexplained_after_minutes"]))
