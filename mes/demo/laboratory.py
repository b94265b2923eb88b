"""The laboratory's work: mixes, cubes that are as strong as their curing made them, cures kept, strength evaluated."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise

from sqlalchemy import select

from mes.demo.chambers import Chambers
from mes.demo.diary import SEED, Diary
from mes.demo.facts import EarlierFacts, MixFacts, facts
from mes.demo.line_work import Run
from mes.inspection.concrete.evaluations import evaluate_concrete
from mes.inspection.concrete.findings import answer_finding
from mes.inspection.concrete.keeping import HOUSE, loads_to_keep
from mes.inspection.concrete.mixes import define_mix
from mes.inspection.concrete.queries import cures_waiting
from mes.inspection.concrete.records import keep_record
from mes.inspection.concrete.schemas import AnswerFinding, DefineMix, EvaluateConcrete
from mes.inspection.schemas import RecordCubeTest
from mes.inspection.service import record_cube_test
from mes.planning.models import PalletLoad
from mes.shopfloor.models import CastingBatch
from mes.shopfloor.service import RecordBatch, record_batch

WORKER = "worker"
SETS_DIFFER, CUBES_DIFFER = 0.035, 0.02  # standard deviations, of the strength
MOST_DEVIATIONS = 2.0
AGE_OF_STANDARD_CUBES = timedelta(days=28)
ACCEPTED = "升温段蒸汽阀开度过大，已更换阀位；同条件试块强度合格，构件无温度裂缝，同意接受"


@dataclass
class Laboratory:
    """What the laboratory and the worker that keeps the cures do in the story."""

    diary: Diary
    chambers: Chambers
    chance: random.Random = field(default_factory=lambda: random.Random(f"{SEED}/laboratory"))  # noqa: S311 - a story

    def __post_init__(self) -> None:
        self.diary.actors[WORKER] = HOUSE

    def define_mixes(self) -> None:
        """The mixes with the points of their trial mixes."""
        for mix in facts().mixes:
            points = [{"equivalent_age_hours": age, "strength_mpa": mpa} for age, mpa in mix.trial]
            content = {**mix.model_dump(exclude={"trial"}), "calibration": points}
            self.diary.do("quality_manager", define_mix, DefineMix.model_validate(content))

    # ── earlier production, from the laboratory's book ──

    def enter_earlier(self) -> None:
        """Batches of earlier production and, 28 days later each, their standard cubes."""
        for earlier in facts().earlier_batches:
            for number, days in enumerate(_spread(earlier), 1):
                moment = self._day(days) + timedelta(hours=self.chance.uniform(8, 16))
                self.diary.at(moment, lambda e=earlier, n=number: self._earlier_batch(e, n))  # type: ignore[misc]

    def _day(self, days_ago: int) -> datetime:
        """When a day began, in the factory's zone."""
        zone = self.diary.clock.zone
        return datetime.combine(self.diary.end.astimezone(zone).date() - timedelta(days=days_ago), time(), zone)

    def _earlier_batch(self, earlier: EarlierFacts, number: int) -> None:
        now = self.diary.now
        name = f"HNT-{now.astimezone(self.diary.clock.zone):%y%m%d}-S{number:03d}"
        ticket = {"batch_number": name, "concrete_grade": earlier.grade, "mix_code": earlier.mix, "mixed_at": now}
        told = {"volume_m3": 1.5, "slump_mm": self.chance.choice((140, 150, 160))}
        self.diary.do("operator", record_batch, RecordBatch.model_validate({**ticket, **told}))
        target = self._about(earlier.mean_mpa, earlier.deviation_mpa)
        self.diary.at(now + AGE_OF_STANDARD_CUBES, lambda: self._press(name, target, "standard"))

    def evaluate(self) -> None:
        """The quality manager evaluates each period of earlier production, by the method that fits its sets."""
        for earlier in facts().earlier_batches:
            period = {"begins_at": self._day(earlier.from_days), "ends_at": self._day(earlier.until_days - 1)}
            asked = {"mix_code": earlier.mix, "concrete_grade": earlier.grade, **period}
            self.diary.do("quality_manager", evaluate_concrete, EvaluateConcrete.model_validate(asked))

    # ── cubes that were cured with a load ──

    def test_load(self, run: Run, weak_mpa: float | None) -> None:
        """Press cubes that went with a load: they are as strong as its mix has become, or as weak as it is said."""
        mix = mix_of(run.concrete_grade)
        self.chambers.tell()
        age = self.chambers.age_hours(run, lambda celsius: max(0.0, celsius - mix.datum_temperature_c) / 30.0)
        grown = strength_of(mix, age)
        target_mpa = self._about(grown, SETS_DIFFER * grown) if weak_mpa is None else weak_mpa
        self._press(run.batch_number, target_mpa, "same_condition")

    def _press(self, batch_number: str, target_mpa: float, condition: str) -> None:
        strengths = [round(self._about(target_mpa, CUBES_DIFFER * target_mpa), 1) for _ in range(3)]
        query = select(CastingBatch.id).where(CastingBatch.batch_number == batch_number)
        cubes = {"batch_id": self.diary.session.scalars(query).one(), "condition": condition}
        command = RecordCubeTest.model_validate({**cubes, "strengths_mpa": strengths})
        self.diary.do("inspector", record_cube_test, command)

    def _about(self, mean: float, deviation: float) -> float:
        return mean + deviation * max(-MOST_DEVIATIONS, min(MOST_DEVIATIONS, self.chance.gauss(0, 1)))

    # ── cures ──

    def keep_cure(self, run: Run) -> None:
        """What the worker does within the minute: a demoulded load's record becomes final."""
        self.chambers.tell()
        keep_record(self.diary.work(WORKER), self.diary.session.get_one(PalletLoad, run.load_id))

    def keep_cures(self) -> None:
        """Every load that still cures has its record brought up to date."""
        self.chambers.tell()
        for load_id in loads_to_keep(self.diary.session):
            keep_record(self.diary.work(WORKER), self.diary.session.get_one(PalletLoad, load_id))

    def answer_findings(self) -> None:
        """The inspector accepts what broke a rule of curing so far."""
        work = self.diary.work("inspector")
        for cure in cures_waiting(work.session, work.actor):
            for place, finding in enumerate(cure.record.findings):
                if not finding["answer"]:
                    decided = {"decision": "accept", "reason": ACCEPTED}
                    command = {"record_id": cure.record.id, "finding": place, **decided}
                    self.diary.do("inspector", answer_finding, AnswerFinding.model_validate(command))


def _spread(earlier: EarlierFacts) -> Iterator[int]:
    """Days before today, evenly from the first to the last batch."""
    step = (earlier.from_days - earlier.until_days) / (earlier.sets - 1)
    return (round(earlier.from_days - number * step) for number in range(earlier.sets))


def mix_of(concrete_grade: str) -> MixFacts:
    """The mix of a grade."""
    return next(mix for mix in facts().mixes if mix.concrete_grade == concrete_grade)


def strength_of(mix: MixFacts, age_hours: float) -> float:
    """Strength at an equivalent age, between the points of the trial mixes evenly over the age's logarithm."""
    parts = list(pairwise(mix.trial))
    (young, low), (old, high) = next((part for part in parts if age_hours <= part[1][0]), parts[-1])
    share = (math.log(max(age_hours, 0.1)) - math.log(young)) / (math.log(old) - math.log(young))
    return max(0.5, low + (high - low) * share)
