"""What the plant inspects, by which rules, and what waits for it."""

from mes.inspection.policy.content import Demand, Policy, Sampling
from mes.inspection.policy.reading import policy_in_force
from mes.inspection.policy.rule_sets import (
    judged_by,
    keep_rules,
    known_rule_sets,
    rule_set_named,
    rules_for,
    rules_of_things,
)

__all__ = [
    "Demand",
    "Policy",
    "Sampling",
    "judged_by",
    "keep_rules",
    "known_rule_sets",
    "policy_in_force",
    "rule_set_named",
    "rules_for",
    "rules_of_things",
]
