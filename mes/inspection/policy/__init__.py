"""What the plant inspects, by which rules, and what waits for it."""

from mes.inspection.policy.content import Demand, Policy, Sampling
from mes.inspection.policy.reading import policy_in_force

__all__ = ["Demand", "Policy", "Sampling", "policy_in_force"]
