"""Inspectors' work: hidden works, cube tests, final inspections with readings, and what does not conform."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from mes.core.files import FileStore, keep_photo
from mes.demo import pictures
from mes.demo.diary import Diary
from mes.demo.line_work import Run
from mes.inspection.documents.press import CertificatePress
from mes.inspection.judgement import dimensions_of, measured_items, plan_of, rules_of
from mes.inspection.nonconformities.schemas import Dispose, NonconformityReport
from mes.inspection.schemas import (
    InspectionRecorded,
    Reading,
    RecordInspection,
    SeenDefect,
    TakenPhoto,
    WitnessInspection,
)
from mes.inspection.service import (
    dispose,
    record_inspection,
    report_nonconformity,
    witness_inspection,
)
from mes.orders.models import Element
from mes.shopfloor.service import FinishElements, finish_elements
from quality import PlanItem

VIEWS = 6
WEAK_MPA = (12.8, 14.4)  # too little to be demoulded: too much water
WEAK = 0.04  # of the batches
DEFECTS = (
    ("honeycomb", "general", "板底局部蜂窝，约 80 × 60 mm"),
    ("crack", "general", "板面细裂缝，宽 0.15 mm，长约 300 mm"),
    ("shape_defect", "general", "边角磕碰缺棱，约 120 mm"),
)


@dataclass
class QualityWork:
    """What inspectors and laboratory do; `accepted` is told of each element that may leave."""

    diary: Diary
    store: FileStore
    press: CertificatePress
    accepted: Callable[[UUID], None]
    passed_hidden_works: Callable[[Run], None] = lambda run: None
    strength_proven: Callable[[Run], None] = lambda run: None
    test_load: Callable[[Run, float | None], None] = lambda run, weak_mpa: None
    decided: Callable[[UUID, str], None] = lambda nonconformity_id, verdict: None
    weak_loads: set[int] = field(default_factory=set)  # their cubes never prove the strength
    stays: dict[UUID, str] = field(default_factory=dict)  # elements whose story stops in a state
    refusals: int = 0
    photos: dict[str, list[str]] = field(default_factory=dict)

    def take_photos(self) -> None:
        """Pictures to choose from, kept like every photo."""
        painters = {
            "hidden": (pictures.reinforcement, "隐蔽验收"),
            "final": (pictures.finished_element, "成品检验"),
            "damage": (pictures.damage, "外观缺陷"),
        }
        font = self.press.font_dir / "NotoSansSC-Regular.ttf"
        for name, (paint, caption) in painters.items():
            contents = [paint(seed, f"示范预制构件厂 · {caption} {seed + 1:02d}", font) for seed in range(VIEWS)]
            self.photos[name] = [
                keep_photo(self.diary.session, self.store, content, self.diary.now) for content in contents
            ]

    def photo(self, name: str) -> str:
        """One of the pictures of a kind."""
        return self.diary.chance.choice(self.photos[name])

    # ── before casting ──

    def inspect_hidden_works(self, run: Run) -> None:
        """Every element of the load; the last accepted one lets the load go on."""
        self.diary.after(4, lambda: self._hidden_works(run, list(run.element_ids)))

    def _hidden_works(self, run: Run, element_ids: list[UUID]) -> None:
        again = []
        for element_id in element_ids:
            element = self._element(element_id)
            if element.state != "in_setup":
                continue
            verdict = self.diary.choose({"accepted": 97, "refused": 3})
            if self._record_hidden_works(element, verdict == "accepted").verdict == "refused":
                again.append(element_id)
        if again:
            self.diary.after(16, lambda: self._hidden_works_corrected(run, again))
        else:
            self.passed_hidden_works(run)

    def _hidden_works_corrected(self, run: Run, element_ids: list[UUID]) -> None:
        for element_id in element_ids:
            self._record_hidden_works(self._element(element_id), True)
        self.passed_hidden_works(run)

    def _record_hidden_works(self, element: Element, accepted: bool) -> InspectionRecorded:
        plan = plan_of(element, "hidden_works")
        answers = {item.id: _best_answer(item) for item in plan.items}
        photos = [TakenPhoto(sha256=self.photo("hidden"), item=item.id) for item in plan.items if item.photo_required]
        if not accepted:
            answers["rebar_spacing"] = "no"
        return self._record(element, "hidden_works", accepted, answers=answers, photos=photos)

    def _record(self, element: Element, kind: str, accepted: bool, **found: object) -> InspectionRecorded:
        remarks = {("hidden_works", False): "钢筋间距局部超过图纸，整改后复验", ("final", False): "见检查记录与照片"}
        command = RecordInspection.model_validate(
            {"element_id": element.id, "kind": kind, "press": self.press, **found}
            | {"remark": remarks.get((kind, accepted), "")}
        )
        recorded = self.diary.do("inspector", record_inspection, command)
        if recorded.verdict == "accepted" and self.diary.chance.random() < 0.45:
            self.diary.after(self.diary.chance.randint(20, 300), lambda: self._witness(recorded.inspection_id))
        return recorded

    def _witness(self, inspection_id: UUID) -> None:
        self.diary.do("supervisor", witness_inspection, WitnessInspection(inspection_id=inspection_id, remark=""))

    # ── strength ──

    def cured(self, run: Run) -> None:
        """Cubes of the same condition are pressed when the load comes out of the chamber."""
        self.diary.after(6, lambda: self._press_cubes(run, weak=self.diary.chance.random() < WEAK))

    def _press_cubes(self, run: Run, *, weak: bool) -> None:
        never = run.number in self.weak_loads
        self.test_load(run, self.diary.chance.uniform(*WEAK_MPA) if weak or never else None)
        if weak and not never:
            self.diary.after(120, lambda: self._press_cubes(run, weak=False))
        elif not never:
            self.diary.after(5, lambda: self.strength_proven(run))

    # ── after demoulding ──

    def demoulded(self, run: Run) -> None:
        """Elements are finished in the afternoon, cubes pressed again, and the elements inspected the day after."""
        self.diary.after(self.diary.chance.randint(100, 200), lambda: self._finish(run))
        self.diary.at(self._next_day(8, 20), lambda: self.test_load(run, None))

    def _finish(self, run: Run) -> None:
        ready = [one.id for one in map(self._element, run.element_ids) if one.state == "demoulded"]
        going_on = [one for one in ready if self.stays.get(one) != "demoulded"]
        if going_on:
            self.diary.do("operator", finish_elements, FinishElements(element_ids=going_on))
        for place, element_id in enumerate(going_on):
            if self.stays.get(element_id) != "finished":
                moment = self._next_day(9, 0) + timedelta(minutes=7 * place + self.diary.chance.randint(0, 200))
                self.diary.at(moment, lambda element_id=element_id: self.inspect_final(element_id))  # type: ignore[misc]

    def _next_day(self, hour: int, minute: int) -> datetime:
        tomorrow = self.diary.now.astimezone(self.diary.clock.zone) + timedelta(days=1)
        return tomorrow.replace(hour=hour, minute=minute, second=0, microsecond=0)

    def inspect_final(self, element_id: UUID) -> None:
        """Measure, look, judge; a refused element goes to disposition."""
        element = self._element(element_id)
        if element.state != "finished":
            return
        verdict = self.diary.choose({"accepted": 93, "dimension": 3, "defect": 4})
        recorded = self._record_final(element, verdict)
        if recorded.verdict == "accepted":
            self.accepted(element_id)
        elif recorded.nonconformity_id is not None:
            self._decide_later(element_id, recorded.nonconformity_id, verdict)

    def _record_final(self, element: Element, verdict: str) -> InspectionRecorded:
        defects = []
        if verdict == "defect":
            name, severity, remark = self._defect(element)
            defects = [SeenDefect.model_validate({"defect": name, "severity": severity, "remark": remark})]
        photo = "damage" if verdict == "defect" else "final"
        return self._record(
            element,
            "final",
            verdict == "accepted",
            measurements=list(self._readings(element, out_of_tolerance=verdict == "dimension")),
            defects=defects,
            photos=[TakenPhoto(sha256=self.photo(photo), item="")],
        )

    def _defect(self, element: Element) -> tuple[str, str, str]:
        known = {defect.id for defect in plan_of(element, "final").defects}
        fitting = [defect for defect in DEFECTS if defect[0] in known]
        return self.diary.chance.choice(fitting)

    def _readings(self, element: Element, *, out_of_tolerance: bool) -> Iterator[Reading]:
        size = dimensions_of(element)
        required = rules_of(element).required_items(element.component_type.family, size)
        for item in measured_items(plan_of(element, "final")):
            if item.id in required:
                wrong = out_of_tolerance and item.id == "length"
                yield Reading(item=item.id, values=self._values(element, item, wrong=wrong))

    def _values(self, element: Element, item: PlanItem, *, wrong: bool) -> list[float | tuple[float, float]]:
        chance, kind = self.diary.chance, element.component_type
        if wrong:
            return [float((item.nominal or 0) + 9 + place) for place in range(item.readings)]
        if item.id == "diagonal":
            diagonal = round((kind.length_mm**2 + kind.width_mm**2) ** 0.5)
            return [float(diagonal), float(diagonal + chance.choice((0, 1, 2, 3)))]
        if isinstance(item.nominal, int | float) and item.nominal:
            return [float(item.nominal + chance.choice((-2, -1, -1, 0, 0, 1, 2))) for _ in range(item.readings)]
        return [round(chance.uniform(0.4, 2.2), 1) for _ in range(item.readings)]

    # ── what does not conform ──

    def _decide_later(self, element_id: UUID, nonconformity_id: UUID, verdict: str) -> None:
        self.refusals += 1
        decision = ("repair", "concession", "scrap", "")[self.refusals % 4] if verdict == "dimension" else ""
        if verdict == "defect":
            decision = ("repair", "repair", "scrap", "")[self.refusals % 4]
        if decision:
            minutes = self.diary.chance.randint(60, 400)
            self.diary.after(minutes, lambda: self.decide(element_id, nonconformity_id, decision))
            self.diary.after(minutes + 30, lambda: self.decided(nonconformity_id, verdict))

    def decide(self, element_id: UUID, nonconformity_id: UUID, decision: str) -> None:
        """The inspector orders a repair, the quality manager decides about everything else; and what follows."""
        reasons = {
            "repair": "按修补方案用同配比砂浆修补，养护后复验",
            "concession": "长度偏差经设计复核不影响安装和受力，同意让步接收",
            "scrap": "缺陷影响结构性能，报废并补做",
        }
        command = Dispose.model_validate(
            {
                "nonconformity_id": nonconformity_id,
                "disposition": decision,
                "reason": reasons[decision],
                "designer_consent": "示设联字 2026-031" if decision == "concession" else "",
                "order_replacement": decision == "scrap",
                "press": self.press,
            }
        )
        self.diary.do("inspector" if decision == "repair" else "quality_manager", dispose, command)
        if decision == "repair":
            self.diary.after(180, lambda: self._finish_repaired(element_id))
        elif decision == "concession":
            self.accepted(element_id)

    def _finish_repaired(self, element_id: UUID) -> None:
        if self._element(element_id).state == "demoulded":
            self.diary.do("operator", finish_elements, FinishElements(element_ids=[element_id]))
            self.diary.at(self._next_day(14, 0), lambda: self.inspect_final(element_id))

    def report(self, element_id: UUID, kind: str, severity: str, words: str) -> None:
        """Somebody in the plant reports something wrong."""
        command = NonconformityReport.model_validate(
            {
                "element_id": element_id,
                "kind": kind,
                "severity": severity,
                "description": words,
                "photos": [self.photo("damage")],
            }
        )
        self.diary.do("operator", report_nonconformity, command)

    def _element(self, element_id: UUID) -> Element:
        return self.diary.session.get_one(Element, element_id)


def _best_answer(item: PlanItem) -> str:
    return next(answer.id for answer in item.answers if answer.accepts)
