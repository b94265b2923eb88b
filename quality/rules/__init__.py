"""Tolerance rules as data: which deviation a standard, or a plant's own stricter set, allows for an item."""

from quality.rules.model import (
    Face,
    ItemRules,
    LengthRange,
    NoToleranceError,
    RuleSet,
    Sampling,
    Source,
    Tolerance,
    ToleranceRow,
)
from quality.rules.reading import (
    RULE_SETS,
    SOURCE_KEYS,
    UnknownRulesError,
    available_rules,
    load_rules,
    parse_rules,
    read_source,
)
from quality.rules.sharpening import LooserFigureError
from quality.rules.text import canonical_text, digest_of

__all__ = [
    "RULE_SETS",
    "SOURCE_KEYS",
    "Face",
    "ItemRules",
    "LengthRange",
    "LooserFigureError",
    "NoToleranceError",
    "RuleSet",
    "Sampling",
    "Source",
    "Tolerance",
    "ToleranceRow",
    "UnknownRulesError",
    "available_rules",
    "canonical_text",
    "digest_of",
    "load_rules",
    "parse_rules",
    "read_source",
]
