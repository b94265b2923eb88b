"""From signals to work: declarative rules that say what a station's signals mean for the pallets in it."""

from lines.signals.evaluation import Intent, concerns, evaluate, rise
from lines.signals.rules import Condition, Deed, Fact, FactKind, PalletSource, Rule, RuleSet, Test
from lines.signals.rules_reading import RulesError, load_rules, parse_rules, standard_rules

__all__ = [
    "Condition",
    "Deed",
    "Fact",
    "FactKind",
    "Intent",
    "PalletSource",
    "Rule",
    "RuleSet",
    "RulesError",
    "Test",
    "concerns",
    "evaluate",
    "load_rules",
    "parse_rules",
    "rise",
    "standard_rules",
]
