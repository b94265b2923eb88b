"""The story of an element, as each audience may read it: one table says who is told what."""

from mes.traceability.story import about, journey, life, materials, people, proof, quality  # noqa: F401 - the tellers
from mes.traceability.story.policy import AUDIENCE_NAMES, PUBLIC, Policy, policy
from mes.traceability.story.records import Records, records_of, records_of_serial
from mes.traceability.story.telling import Told, tell

__all__ = ["AUDIENCE_NAMES", "PUBLIC", "Policy", "Records", "Told", "policy", "records_of", "records_of_serial", "tell"]
