"""What a plan version keeps beside the contract's documents: its loads, elements as they were, what was left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict

from mes.planning.models import PlanVersion
from mes.planning.pallet_forming import LEFT_OUT_REASONS, FormedLoad, LeftOut
from mes.planning.problem_building import BuiltProblem, running_job_id
from mes.planning.situation import DemandElement, Situation
from mes.planning.working_time import moment_of
from scheduling import (
    NestingProblem,
    NestingResult,
    PalletType,
    Placement,
    Plan,
    Problem,
    Station,
    nesting_problem_json,
    nesting_result_json,
    read_nesting_problem,
    read_nesting_result,
    read_plan,
    read_problem,
)


class PartEntry(BaseModel):
    """The nesting of the elements that the same lines can make, as documents of the engine."""

    lines: tuple[str, ...]
    problem: dict[str, Any]
    result: dict[str, Any]


class LoadEntry(BaseModel):
    """A job of the plan: a new load, or (`number` from the start) one that ran already."""

    job: str
    serials: tuple[int, ...]
    family: str
    concrete_grade: str
    due: int
    part: int | None = None
    nested_as: str | None = None
    running: bool = False
    number: int | None = None


class LeftOutEntry(BaseModel):
    """Elements that are not planned, with the reason's code and its values."""

    serials: tuple[int, ...]
    code: str
    values: dict[str, str | int] = {}


class PlanContent(BaseModel):
    """The JSON of `PlanVersion.nesting`."""

    model_config = ConfigDict(frozen=True)

    parts: list[PartEntry]
    loads: list[LoadEntry]
    left_out: list[LeftOutEntry]
    running_left_out: tuple[int, ...] = ()
    elements: list[DemandElement]

    @cached_property
    def element_by_serial(self) -> Mapping[int, DemandElement]:
        """The elements as they were when the plan was made."""
        return {element.serial: element for element in self.elements}

    @cached_property
    def load_by_job(self) -> Mapping[str, LoadEntry]:
        """Loads by job id."""
        return {load.job: load for load in self.loads}

    @cached_property
    def nestings(self) -> list[tuple[NestingProblem, NestingResult]]:
        """The parts as the engine's own objects."""
        return [
            (
                read_nesting_problem(json.dumps(part.problem).encode()),
                read_nesting_result(json.dumps(part.result).encode()),
            )
            for part in self.parts
        ]

    def drawing(self, load: LoadEntry) -> tuple[PalletType, tuple[Placement, ...]] | None:
        """The pallet of a new load and what lies where on it."""
        if load.part is None:
            return None
        problem, result = self.nestings[load.part]
        placements = next(entry.placements for entry in result.loads if entry.id == load.nested_as)
        return problem.pallets[0], placements


def make_content(situation: Situation, built: BuiltProblem, plan: Plan) -> PlanContent:
    """The content of a plan that was just made."""
    running = [load for load in situation.running if load.number not in built.running_left_out]
    running_elements = [element for load in running for element in load.elements]
    dues = {job.id: job.due for job in built.problem.jobs}
    running_entries = [
        LoadEntry(
            job=running_job_id(load.number),
            serials=tuple(element.serial for element in load.elements),
            family=load.family,
            concrete_grade=load.elements[0].concrete_grade,
            due=dues[running_job_id(load.number)],
            running=True,
            number=load.number,
        )
        for load in running
    ]
    return PlanContent(
        parts=[
            PartEntry(
                lines=part.lines,
                problem=json.loads(nesting_problem_json(part.problem)),
                result=json.loads(nesting_result_json(part.result)),
            )
            for part in built.forming.parts
        ],
        loads=running_entries + [_load_entry(load, built) for load in built.forming.loads],
        left_out=[_left_out_entry(entry) for entry in (*built.forming.left_out, *_unscheduled(built, plan))],
        running_left_out=built.running_left_out,
        elements=[*situation.elements, *running_elements],
    )


def _load_entry(load: FormedLoad, built: BuiltProblem) -> LoadEntry:
    parts = built.forming.parts
    number = next(index for index, part in enumerate(parts) if part.lines == load.lines)
    nested = next(entry for entry in parts[number].result.loads if entry.placements == load.placements)
    return LoadEntry(
        job=load.id,
        serials=tuple(element.serial for element in load.elements),
        family=load.family,
        concrete_grade=load.elements[0].concrete_grade,
        due=load.due,
        part=number,
        nested_as=nested.id,
    )


def _unscheduled(built: BuiltProblem, plan: Plan) -> list[LeftOut]:
    loads = {load.id: load for load in built.forming.loads}
    return [
        LeftOut(
            tuple(element.serial for element in loads[entry.job].elements),
            entry.code if entry.code in LEFT_OUT_REASONS else "no-room",
            entry.values,
        )
        for entry in plan.unscheduled
    ]


def _left_out_entry(entry: LeftOut) -> LeftOutEntry:
    return LeftOutEntry(serials=entry.serials, code=entry.code, values=dict(entry.values))


def content_of(version: PlanVersion) -> PlanContent | None:
    """The content of a plan version, or None while it has none."""
    return PlanContent.model_validate(version.nesting) if version.nesting is not None else None


def problem_of(version: PlanVersion) -> Problem | None:
    """The contract's problem of a plan version, with the digest that its plan names."""
    if version.problem is None:
        return None
    return in_key_order(read_problem(json.dumps(version.problem).encode()))


def in_key_order(problem: Problem) -> Problem:
    """The same problem with its tables in order of their keys, as it was first written; JSONB keeps no order."""
    lines = tuple(replace(line, stations=tuple(map(_station_in_key_order, line.stations))) for line in problem.lines)
    return replace(problem, lines=lines, source_sha256=None)


def _station_in_key_order(station: Station) -> Station:
    if station.changeover is None:
        return station
    table = {before: dict(sorted(row.items())) for before, row in sorted(station.changeover.minutes.items())}
    return replace(station, changeover=replace(station.changeover, minutes=table))


def plan_of(version: PlanVersion) -> Plan | None:
    """The contract's plan of a plan version."""
    return read_plan(json.dumps(version.plan).encode()) if version.plan is not None else None


def done_by_serial(version: PlanVersion, content: PlanContent, plan: Plan) -> dict[int, datetime]:
    """When each planned element's load leaves its line."""
    return {
        serial: moment_of(version.epoch, job.done)
        for job in plan.jobs
        if job.id in content.load_by_job
        for serial in content.load_by_job[job.id].serials
    }
