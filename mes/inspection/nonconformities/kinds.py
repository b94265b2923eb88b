"""What can be wrong with an element, and the causes a plant counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from mes.core.text import N_
from quality import inspection_plan
from quality.words import Words

OTHER_KINDS: dict[str, str] = {
    "dimension": N_("Dimensions"),
    "damage": N_("Damage"),
    "reinforcement": N_("Reinforcement or embeds"),
    "material": N_("Material or strength"),
    "transport": N_("Damaged in transport"),
    "other": N_("Something else"),
}
"""Kinds of nonconformity beside the visible defects of the inspection plan."""

CAUSES_FILE = Path(__file__).with_name("causes.yaml")


@dataclass(frozen=True)
class Cause:
    """A cause that nonconformities are counted by."""

    id: str
    title: Words
    examples: Words


def known_kinds(family: str) -> frozenset[str]:
    """The kinds of nonconformity of a family: visible defects of its plan, and the others."""
    return frozenset({*OTHER_KINDS, *(defect.id for defect in inspection_plan("final", family).defects)})


@cache
def causes() -> dict[str, Cause]:
    """The cause table by id, in the order of the file."""
    entries = yaml.safe_load(CAUSES_FILE.read_text(encoding="utf-8"))["causes"]
    read = [Cause(one["id"], Words(**one["title"]), Words(**one["examples"])) for one in entries]
    return {cause.id: cause for cause in read}
