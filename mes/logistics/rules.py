"""Rules of yard and deliveries: reasons a site may give, the form of a plate, limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from mes.core.text import N_

RULES_FILE = Path(__file__).with_name("rules.yaml")


@dataclass(frozen=True)
class RejectReason:
    """Why a site refuses an element, and the kind of nonconformity it becomes at the plant."""

    name: str
    nonconformity_kind: str


REJECT_REASONS: dict[str, RejectReason] = {
    "crack": RejectReason(N_("Crack"), "damage"),
    "broken_edge": RejectReason(N_("Broken edge or corner"), "damage"),
    "transport": RejectReason(N_("Damaged in transport"), "transport"),
    "dimension": RejectReason(N_("Wrong dimensions"), "dimension"),
    "embed": RejectReason(N_("Embedded part or rebar wrong"), "reinforcement"),
    "wrong_element": RejectReason(N_("Wrong element"), "other"),
    "papers": RejectReason(N_("Papers or label missing"), "other"),
    "other": RejectReason(N_("Another reason"), "other"),
}
UNDO_REASONS: dict[str, str] = {
    "wrong_lorry": N_("The wrong lorry was sent off here"),
    "breakdown": N_("The lorry broke down"),
    "called_back": N_("Called back before the site"),
    "other": N_("Another reason"),
}
"""Why a lorry that was told to have left is at the plant after all."""


@dataclass(frozen=True)
class TakeBackReason:
    """Why a site takes its rejection back. `inspected`: only with an accepted inspection since the rejection."""

    name: str
    inspected: bool = False


TAKE_BACK_REASONS: dict[str, TakeBackReason] = {
    "mistake": TakeBackReason(N_("Rejected by mistake")),
    "found_sound": TakeBackReason(N_("Looked at again together, found sound")),
    "papers_came": TakeBackReason(N_("What was missing came later")),
    "mended": TakeBackReason(N_("Repaired on site and inspected again"), inspected=True),
}
SLOT_KINDS: dict[str, str] = {"flat": N_("Flat stack"), "rack": N_("Rack, standing")}
DELIVERY_STATES: dict[str, str] = {
    "loading": N_("Being loaded"),
    "departed": N_("On its way"),
    "arrived": N_("On site"),
    "completed": N_("Completed"),
    "cancelled": N_("Cancelled"),
}
ON_THE_WAY = ("departed", "arrived")


@dataclass(frozen=True)
class Rules:
    """Limits; their sources stand in the data file."""

    plate: re.Pattern[str]
    default_limit_kg: int
    highest_limit_kg: int
    long_stay_days: int


@cache
def rules() -> Rules:
    """The rules in force."""
    data = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    return Rules(
        plate=re.compile(data["vehicle_plate"]["pattern"]),
        default_limit_kg=data["payload"]["default_limit_kg"],
        highest_limit_kg=data["payload"]["highest_limit_kg"],
        long_stay_days=data["yard"]["long_stay_days"],
    )


def tidy_plate(text: str) -> str:
    """A plate as it is written on the vehicle: capitals, without blanks, dots and dashes."""
    return re.sub(r"[\s·•.\-—]", "", text).upper()


def looks_like_a_plate(plate: str) -> bool:
    """Whether a tidied plate has a form known in China; others are allowed, but worth a second look."""
    return rules().plate.fullmatch(plate) is not None
