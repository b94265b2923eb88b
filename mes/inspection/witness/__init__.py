"""The resident supervisor's (监理) own verdict about an inspection, on their own sign-in."""

from mes.inspection.witness.gate import witness_missing
from mes.inspection.witness.verdicts import AlreadyWitnessed, SupersededInspection, witness_inspection

__all__ = ["AlreadyWitnessed", "SupersededInspection", "witness_inspection", "witness_missing"]
