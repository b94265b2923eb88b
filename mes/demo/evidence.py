"""What a plant keeps beside its inspections: lots of each batch, signatures, causes, reports, a recall."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import hypot
from uuid import UUID

from sqlalchemy import select

from mes.core.files import FileStore
from mes.demo import pictures
from mes.demo.diary import Diary
from mes.demo.facts import facts
from mes.inspection.documents.press import CertificatePress
from mes.inspection.documents.service import IssueStrengthReport, issue_strength_report
from mes.inspection.documents.signatures import SetSignature, keep_signature, set_signature
from mes.inspection.models import CubeTest
from mes.inspection.nonconformities import analyse_nonconformity
from mes.inspection.nonconformities.schemas import NonconformityAnalysis
from mes.inspection.things import InspectThing, inspect_thing, subject_of, thing_plan
from mes.library.models import Mould
from mes.planning.models import Pallet
from mes.recall.criteria import Criteria
from mes.recall.service import MakeRecall, make_recall
from mes.shopfloor.models import CastingBatch, MaterialLot
from mes.shopfloor.service import BatchLot, NoteBatchMaterials, note_batch_materials
from quality import PlanItem

BATCHES_OF_A_LOT = 12
REPORTED_BATCHES = 4
KG_PER_M_OF_12_MM = 0.888
DIAGONAL = "mould_diagonal"  # measured as it is; the difference of the two is judged
SIGNERS = ("inspector", "quality_manager", "supervisor")
ANALYSES = {
    "dimension": ("mould", ["模具长度超差", "侧模定位销磨损", "未按 200 次保养"], "侧模定位销每 100 次检查一次", 320.0),
    "defect": ("man", ["振捣不足", "边角布料过快", "新员工未带教"], "新员工前两周由班长带教", 180.0),
}


@dataclass
class Evidence:
    """What laboratory, store and quality office do in the story."""

    diary: Diary
    store: FileStore
    press: CertificatePress
    photo: Callable[[str], str]
    tickets: int = 0

    def sign(self) -> None:
        """Those who sign papers draw their signature."""
        font = self.press.font_dir / "NotoSansSC-Regular.ttf"
        people = {person.sign_in: person.name for person in facts().people}
        for place, who in enumerate(SIGNERS):
            drawn = pictures.signature(people[who], place, font)
            digest = keep_signature(self.diary.session, self.store, drawn, self.diary.now)
            self.diary.do(who, set_signature, SetSignature(sha256=digest))

    def inspect_store(self) -> None:
        """Incoming inspection of every lot, and of the first pallets."""
        for lot in self.diary.session.scalars(select(MaterialLot).order_by(MaterialLot.lot_number)).all():
            self._inspect("material_lot", lot.id)
        for pallet in self.diary.session.scalars(select(Pallet).order_by(Pallet.number).limit(4)).all():
            self._inspect("pallet", pallet.id)

    def inspect_moulds(self) -> None:
        """Every mould that is in service, before it is used."""
        in_service = select(Mould).where(Mould.in_service.is_(True)).order_by(Mould.code)
        for mould in self.diary.session.scalars(in_service).all():
            self._inspect("mould", mould.id)

    def _inspect(self, kind: str, subject_id: UUID) -> None:
        subject = {"subject_kind": kind, "subject_id": subject_id}
        thing = subject_of(self.diary.session, kind, subject_id)
        plan = thing_plan(thing)
        answers = {item.id: next(a.id for a in item.answers if a.accepts) for item in plan.items if item.answers}
        measured = [item for item in plan.items if not item.answers and item.required]
        size = thing.dimensions
        across = {DIAGONAL: round(hypot(size.length_mm, size.width_mm))} if size else {}
        measurements = [
            {
                "item": item.id,
                "nominal": _asked(item),
                "values": [across.get(item.id, _fitting(item))] * item.readings,
            }
            for item in measured
        ]
        photos = [{"sha256": self.photo("hidden"), "item": item.id} for item in plan.items if item.photo_required]
        content = {
            "photos": photos,
            "subject_kind": kind,
            "subject_id": subject_id,
            "answers": answers,
            "measurements": measurements,
        }
        self.diary.do("inspector", inspect_thing, InspectThing.model_validate({**content, **subject}))

    def note_batch(self, batch_number: str) -> None:
        """The lots of cement and the rest that the mixer took for a batch."""
        lots: dict[str, list[str]] = {}
        for lot in facts().lots:
            if lot.kind in facts().kg_per_m3:
                lots.setdefault(lot.kind, []).append(lot.lot_number)
        turn = self.tickets // BATCHES_OF_A_LOT
        self.tickets += 1
        taken = tuple(
            BatchLot(code=numbers[turn % len(numbers)], kind=kind, quantity_kg=facts().kg_per_m3[kind])
            for kind, numbers in lots.items()
        )
        command = NoteBatchMaterials(batch_number=batch_number, materials=taken)
        self.diary.do("operator", note_batch_materials, command)

    def analyse(self, nonconformity_id: UUID, verdict: str) -> None:
        """Why it happened, what it cost, and what is done about it."""
        cause, whys, measure, cost_cny = ANALYSES[verdict]
        command = NonconformityAnalysis(
            nonconformity_id=nonconformity_id, cause=cause, whys=whys, measure=measure, cost_cny=cost_cny
        )
        self.diary.do("inspector", analyse_nonconformity, command)

    def look_back(self) -> None:
        """The last evening: the strength of the latest batches is reported, and a recall of a lot of cement asked."""
        tested = select(CastingBatch.id).join(CubeTest, CubeTest.batch_id == CastingBatch.id).distinct()
        latest = select(CastingBatch.id).where(CastingBatch.id.in_(tested)).order_by(CastingBatch.mixed_at.desc())
        for batch_id in self.diary.session.scalars(latest.limit(REPORTED_BATCHES)).all():
            paper = IssueStrengthReport.model_validate({"batch_id": batch_id, "press": self.press})
            self.diary.do("quality_manager", issue_strength_report, paper)
        lot = next(lot for lot in facts().lots if lot.kind == "cement")
        asked = Criteria(lot=(f"{lot.kind}/{lot.lot_number}",))
        reason = "水泥厂通知：该批 28 d 强度复检中"
        self.diary.do("quality_manager", make_recall, MakeRecall(criteria=asked, reason=reason))


def _fitting(item: PlanItem) -> float:
    """A reading within the limits: what was asked for, else the middle between them, else the only one."""
    nominal = _asked(item) or 0.0
    if item.limits is None or item.limits.relative:
        return nominal
    ends = [end.value({"n": nominal}) for end in (item.limits.lower, item.limits.upper) if end is not None]
    return sum(ends) / len(ends)


def _asked(item: PlanItem) -> float | None:
    """The value that was asked for; a bar of 12 mm where the thing has none of its own."""
    return item.nominal if item.nominal is not None or not item.nominal_required else KG_PER_M_OF_12_MM
