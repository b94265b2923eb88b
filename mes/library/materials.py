"""Kinds of material, the units they are kept in, and which of them become part of an element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from mes.core.text import N_, Text

MATERIAL_KINDS: dict[str, str] = {
    "rebar": N_("Reinforcing steel"),
    "mesh": N_("Reinforcement mesh"),
    "girder": N_("Lattice girder"),
    "embed": N_("Embedded part"),
    "sleeve": N_("Grouting sleeve"),
    "insulation": N_("Insulation board"),
    "tie": N_("Wall tie"),
    "release_agent": N_("Release agent"),
    "cement": N_("Cement"),
    "addition": N_("Fly ash or slag"),
    "aggregate": N_("Aggregate"),
    "admixture": N_("Admixture"),
    "other": N_("Other material"),
}
BATCH_KINDS = ("cement", "addition", "aggregate", "admixture")
"""Materials that go into a batch of concrete; the others go into the elements of a load."""
SIGNS = {"pcs": N_("pcs")}
"""Signs of units that differ between languages."""


@dataclass(frozen=True)
class Unit:
    """A unit by its common code of UN/ECE Recommendation 20; `counted`: whole pieces, not a physical measure."""

    code: str
    sign: str
    least: float
    counted: bool = False

    @property
    def words(self) -> Text:
        """The sign, to be shown."""
        return Text(SIGNS.get(self.sign, self.sign))

    def rounded(self, quantity: float) -> float:
        """A quantity in whole steps of the unit, never less than one."""
        steps = max(round(quantity / self.least), 1)
        return round(steps * self.least, 3)

    def fits(self, quantity: float) -> bool:
        """Whether there can be so much: pieces are whole."""
        return quantity > 0 and (not self.counted or quantity == int(quantity))


@cache
def units() -> Mapping[str, Unit]:
    """Every unit by its code."""
    return {code: Unit(code, **facts) for code, facts in _tables()["units"].items()}


def units_of(kind: str) -> tuple[Unit, ...]:
    """The units that a lot of this kind may be kept in, the usual one first."""
    return tuple(units()[code] for code in _tables()["kinds"][kind])


def unit_named(kind: str, code: str) -> Unit | None:
    """A unit of this kind of material by its code, the usual one without; None where it is kept in no such unit."""
    return next((unit for unit in units_of(kind) if code in ("", unit.code)), None)


@cache
def _tables() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(resources.files(__package__).joinpath("materials.yaml").read_text("utf-8"))
    return loaded
