"""Loads run through their lines: every station is started and finished by the operator, as the plan has it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from mes.core.commands import Work
from mes.demo.climate import hall_c
from mes.demo.diary import Diary
from mes.demo.facts import facts
from mes.demo.plant import GATEWAY
from mes.library.models import Mould
from mes.machines.models import MachineCommand
from mes.orders.models import Element
from mes.planning.models import Operation, PalletLoad, PalletLoadItem
from mes.shopfloor.models import MouldUse
from mes.shopfloor.service import (
    AssignBatch,
    FinishOperation,
    NoteMould,
    RecordBatch,
    ReportCommandResult,
    ScanMaterial,
    StartOperation,
    assign_batch,
    finish_operation,
    note_mould,
    record_batch,
    report_command_result,
    scan_material,
    start_operation,
)

UNATTENDED = frozenset({"curing", "precuring"})
WARMER_THAN_HALL_K = (2.0, 4.0)  # concrete as mixed
MARGIN_BEFORE_THE_END = timedelta(minutes=90)


@dataclass(frozen=True)
class Step:
    """A load's operation as planned."""

    operation_id: UUID
    station: str
    kind: str
    capacity: int
    start: datetime
    minutes: float


@dataclass
class Run:
    """A load on its way. `stops_before` is the kind of station where the story leaves it standing."""

    load_id: UUID
    number: int
    line: str
    concrete_grade: str
    families: set[str]
    element_ids: list[UUID]
    volume_m3: float
    steps: list[Step]
    stops_before: str = ""
    batch_number: str = ""
    concrete_c: float = 20.0
    cast_at: datetime | None = None
    entered_at: datetime | None = None  # the curing chamber
    left_at: datetime | None = None
    place: int = 0  # of the step that comes next or runs

    @property
    def step(self) -> Step:
        """The present step."""
        return self.steps[self.place]

    def of(self, kind: str) -> list[Step]:
        """The steps at a kind of station."""
        return [step for step in self.steps if step.kind == kind]


@dataclass
class LineWork:
    """Starts and finishes loads station by station; a station that is occupied keeps the next one waiting."""

    diary: Diary
    inspect_hidden_works: Callable[[Run], None]
    cured: Callable[[Run], None]
    demoulded: Callable[[Run], None]
    note_batch: Callable[[str], None] = lambda number: None
    present: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    queues: dict[str, deque[Run]] = field(default_factory=lambda: defaultdict(deque))
    tickets: int = 0

    def enter(self, runs: Sequence[Run]) -> list[Run]:
        """Let loads enter that come as far as the curing chamber before the story ends; gives them."""
        coming = [run for run in runs if run.of("curing")[0].start + MARGIN_BEFORE_THE_END <= self.diary.end]
        for run in coming:
            self.diary.at(run.steps[0].start, lambda run=run: self._enter(run))  # type: ignore[misc]
        return coming

    def _enter(self, run: Run) -> None:
        load = self.diary.session.get_one(PalletLoad, run.load_id, populate_existing=True)
        if load.state == "waiting":  # not withdrawn by a later plan
            self._begin(run)

    def _begin(self, run: Run) -> None:
        step = run.step
        if run.stops_before == step.kind:
            return
        if self.present[step.station] >= step.capacity:
            self.queues[step.station].append(run)
            return
        ends = self.diary.now + timedelta(minutes=step.minutes)
        if step.kind == "demoulding" and ends >= self.diary.end:
            return
        self.present[step.station] += 1
        if step.kind == "casting":
            self._bring_concrete(run)
        self.diary.do("operator", start_operation, StartOperation(operation_id=step.operation_id))
        if step.kind == "curing":
            run.entered_at = self.diary.now
        self._confirm_releases(run)
        self._place_materials(run)
        if step.kind == "shuttering":
            self._note_moulds(run)
        if step.kind == "hidden-works":
            self.inspect_hidden_works(run)
        else:
            self.diary.at(ends, lambda: self._finish(run))

    def _finish(self, run: Run) -> None:
        self.diary.do("operator", finish_operation, FinishOperation(operation_id=run.step.operation_id))
        self.passed(run)

    def passed(self, run: Run) -> None:
        """The present step is done: the station takes the next load, and the load goes on."""
        step = run.step
        self._confirm_releases(run)
        self.present[step.station] -= 1
        if self.queues[step.station]:
            waiting = self.queues[step.station].popleft()
            self.diary.after(1, lambda: self._begin(waiting))
        if step.kind == "demoulding":
            self.demoulded(run)
            return
        run.place += 1
        if step.kind == "casting":
            run.cast_at = self.diary.now
        if step.kind == "curing":
            run.left_at = self.diary.now
            self.cured(run)
        else:
            self.go_on(run)

    def go_on(self, run: Run) -> None:
        """Start the next step when its time has come."""
        self._confirm_releases(run)
        self.diary.at(max(run.step.start, self.diary.now + timedelta(minutes=1)), lambda: self._begin(run))

    def _bring_concrete(self, run: Run) -> None:
        self.tickets += 1
        now, chance = self.diary.now, self.diary.chance
        number = f"HNT-{now.astimezone(self.diary.clock.zone):%y%m%d}-{self.tickets:04d}"
        run.concrete_c = round(hall_c(now) + chance.uniform(*WARMER_THAN_HALL_K), 1)
        ticket = RecordBatch(
            batch_number=number,
            concrete_grade=run.concrete_grade,
            volume_m3=round(run.volume_m3 * 1.03 + 0.05, 2),
            mixed_at=now - timedelta(minutes=chance.randint(9, 24)),
            mix_code=f"PHB-{run.concrete_grade}-02",
            slump_mm=chance.choice((140, 150, 160, 170)),
            temperature_c=run.concrete_c,
        )
        self.diary.do("operator", record_batch, ticket)
        self.note_batch(number)
        self.diary.do("operator", assign_batch, AssignBatch(load_id=run.load_id, batch_number=number, poured_m3=None))
        run.batch_number = number

    def _place_materials(self, run: Run) -> None:
        kinds = facts().materials_of(run.step.kind, run.families)
        lots = {lot.kind: lot.lot_number for lot in facts().lots}
        for kind in kinds:
            self.diary.do("operator", scan_material, ScanMaterial(load_id=run.load_id, code=lots[kind], kind=kind))

    def _note_moulds(self, run: Run) -> None:
        """A mould for each element of a family that the plant has moulds for, as long as some are free."""
        for element_id in run.element_ids:
            kind = self.diary.session.get_one(Element, element_id).component_type
            busy = select(MouldUse.mould_id).join(PalletLoad, PalletLoad.id == MouldUse.load_id)
            free = (
                select(Mould.code)
                .where(Mould.component_type_id == kind.id, Mould.in_service.is_(True))
                .where(Mould.id.not_in(busy.where(PalletLoad.state == "running")))
                .order_by(Mould.code)
                .limit(1)
            )
            code = self.diary.session.scalars(free).first()
            if code is not None:
                self.diary.do("operator", note_mould, NoteMould(load_id=run.load_id, code=code))

    def _confirm_releases(self, run: Run) -> None:
        """The gateway has written what was asked of the machines."""
        query = select(MachineCommand.id).where(MachineCommand.load_id == run.load_id, MachineCommand.done_at.is_(None))
        for command_id in self.diary.session.scalars(query).all():
            done = ReportCommandResult(machine_command_id=command_id, outcome="done")
            self.diary.do(GATEWAY, report_command_result, done)


def runs_of_plan(work: Work, plan_id: UUID) -> list[Run]:
    """The loads that a published plan made, in their order of entry."""
    query = (
        select(PalletLoad)
        .where(PalletLoad.plan_version_id == plan_id, PalletLoad.state == "waiting")
        .options(
            joinedload(PalletLoad.line),
            selectinload(PalletLoad.operations).joinedload(Operation.station),
            selectinload(PalletLoad.items).joinedload(PalletLoadItem.element).joinedload(Element.component_type),
        )
        .order_by(PalletLoad.planned_enter, PalletLoad.number)
    )
    return [_run(load) for load in work.session.scalars(query)]


def _run(load: PalletLoad) -> Run:
    kinds = [item.element.component_type for item in load.items]
    return Run(
        load_id=load.id,
        number=load.number,
        line=load.line.code,
        concrete_grade=load.concrete_grade,
        families={kind.family for kind in kinds},
        element_ids=[item.element_id for item in load.items],
        volume_m3=sum(kind.concrete_volume_m3 for kind in kinds),
        steps=[_step(operation) for operation in load.operations],
    )


def _step(operation: Operation) -> Step:
    return Step(
        operation_id=operation.id,
        station=operation.station.code,
        kind=operation.station.kind,
        capacity=operation.station.capacity,
        start=operation.planned_start,
        minutes=(operation.planned_end - operation.planned_start).total_seconds() / 60,
    )
