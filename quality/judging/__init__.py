"""Judging readings of an element, a mould or rebar against tolerance rules, and where a defect is."""

from quality.judging.defects import DEFECT_FACES, DefectPlace, place_fault
from quality.judging.evaluation import Evaluation, evaluate, judge_indexed, judge_item
from quality.judging.measurement import Measurement, Pair
from quality.judging.results import Band, ItemResult, band_of

__all__ = [
    "DEFECT_FACES",
    "Band",
    "DefectPlace",
    "Evaluation",
    "ItemResult",
    "Measurement",
    "Pair",
    "band_of",
    "evaluate",
    "judge_indexed",
    "judge_item",
    "place_fault",
]
