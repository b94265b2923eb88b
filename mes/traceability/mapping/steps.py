"""The tables of `steps.yaml`: how each kind of the ledger's events is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from mes.traceability.epcis import Action


@dataclass(frozen=True)
class Step:
    """How events of one kind are written.

    `stays`: the things are at the place afterwards, not only seen there. `transfer`: the goods go `out` from the
    plant to whom they are for, or come `back`; both ends are named then.
    """

    form: str
    biz_step: str
    disposition: str | None = None
    process_step: str | None = None
    action: Action = "OBSERVE"
    document: str | None = None
    stays: bool = False
    transfer: Literal["out", "back"] | None = None


@cache
def tables() -> dict[str, Any]:
    """The whole of `steps.yaml`; not to be changed by the caller."""
    text = resources.files(__package__).joinpath("steps.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@cache
def steps() -> dict[str, Step]:
    """Kind of event → how it is written."""
    return {kind: Step(**entry) for kind, entry in tables()["kinds"].items()}


@cache
def before_identity() -> frozenset[str]:
    """States in which a platform does not know the element yet."""
    return frozenset(tables()["before_identity"])


@cache
def kinds_poured_in() -> frozenset[str]:
    """Kinds of material that become part of an element when it is cast."""
    return frozenset(tables()["poured_in"])


@cache
def counted_in() -> frozenset[str]:
    """Units that are no physical measure: EPCIS writes so many pieces without one."""
    return frozenset(tables()["counted_in"])


def kinds_with_form() -> frozenset[str]:
    """Kinds that a platform hears of."""
    return frozenset(steps())


WITHOUT_FORM: Mapping[str, str] = tables()["without_form"]
"""Kinds that no platform hears of, and why."""
