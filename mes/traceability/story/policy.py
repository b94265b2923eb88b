"""Who may read what: the declarative table beside this module. Denied unless listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mes.core.text import N_

TABLE = Path(__file__).with_name("audiences.yaml")
PUBLIC = "public"
AUDIENCE_NAMES: Mapping[str, str] = {
    "public": N_("the public"),
    "contractor": N_("the contractor"),
    "supervisor": N_("the supervisor"),
    "authority": N_("the authority"),
}


@dataclass(frozen=True)
class Fact:
    """A row of the table: who is told the fact, and the text that asks for it."""

    audiences: frozenset[str]
    source: str


@dataclass(frozen=True)
class LifeStep:
    """How a kind of event is told in an element's life: part of which fact, with which icon and tone."""

    fact: str
    icon: str
    tone: str


INSIDE = LifeStep("life.inside", "circle-dashed", "neutral")
"""Every kind that the table does not name."""


@dataclass(frozen=True)
class Policy:
    """The whole table."""

    audiences: tuple[str, ...]
    roles: Mapping[str, str]
    facts: Mapping[str, Fact]
    life: Mapping[str, LifeStep]

    def tells(self, fact: str, audience: str) -> bool:
        """Whether an audience is told a fact; neither is, unless it is listed."""
        row = self.facts.get(fact)
        return row is not None and audience in self.audiences and audience in row.audiences

    def step(self, kind: str) -> LifeStep:
        """How a kind of event is told."""
        return self.life.get(kind, INSIDE)

    def wider(self, one: str, other: str) -> str:
        """Of two audiences, the one that is told more."""
        return max(one, other, key=self.audiences.index)


@cache
def policy() -> Policy:
    """The table as it ships."""
    return read_policy(yaml.safe_load(TABLE.read_text(encoding="utf-8")))


def read_policy(given: Mapping[str, Any]) -> Policy:
    """The table.

    Raises:
        ValueError: a row names an audience or a fact that is not there, or gives no source.
    """
    audiences = tuple(given["audiences"])
    facts = {name: Fact(frozenset(row["for"]), row["source"]) for name, row in given["facts"].items()}
    life = {kind: LifeStep(*row) for kind, row in given["life"].items()}
    for name, fact in facts.items():
        if not fact.audiences <= set(audiences) or not fact.source:
            raise ValueError(f"{name}: an audience that is not there, or no source")
    unknown = {step.fact for step in life.values()} - facts.keys()
    if unknown or not set(given["roles"].values()) <= set(audiences):
        raise ValueError(f"what is not there is named: {sorted(unknown)}")
    return Policy(audiences, dict(given["roles"]), facts, life)
