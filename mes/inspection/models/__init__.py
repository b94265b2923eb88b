"""The room's tables."""

from mes.inspection.models.concrete import ConcreteMix, CubeTest, CuringRecord, StrengthEvaluation
from mes.inspection.models.documents import Certificate, QualityDocument, Signature
from mes.inspection.models.inspections import Inspection, InspectionPhoto, ThingInspection, Witnessing
from mes.inspection.models.nonconformities import Nonconformity
from mes.inspection.models.policy import QualityPolicy, RuleSetFile, SamplingLot, SamplingLotItem

__all__ = [
    "Certificate",
    "ConcreteMix",
    "CubeTest",
    "CuringRecord",
    "Inspection",
    "InspectionPhoto",
    "Nonconformity",
    "QualityDocument",
    "QualityPolicy",
    "RuleSetFile",
    "SamplingLot",
    "SamplingLotItem",
    "Signature",
    "StrengthEvaluation",
    "ThingInspection",
    "Witnessing",
]
