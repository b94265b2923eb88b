"""Inspections of what elements are made of and with: material lots, moulds, pallets, rebar of a load, batches."""

from mes.inspection.things.gate import thing_missing
from mes.inspection.things.inspecting import inspect_thing
from mes.inspection.things.schemas import InspectThing, ThingInspected
from mes.inspection.things.standing import Standing, standing_of
from mes.inspection.things.subjects import ThingSubject, find_subject, subject_of, thing_plan

__all__ = [
    "InspectThing",
    "Standing",
    "ThingInspected",
    "ThingSubject",
    "find_subject",
    "inspect_thing",
    "standing_of",
    "subject_of",
    "thing_missing",
    "thing_plan",
]
