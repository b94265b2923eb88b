"""What a package tells of one element: its row of the register, its papers and photos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from mes.core.translations import translate
from mes.inspection.documents.queries import about, every_paper_of_element
from mes.inspection.models import Certificate, QualityDocument
from mes.ledger.declarations import DECLARED_WRONG, Declaration, declarations_in
from mes.ledger.kinds import EVENT_KINDS
from mes.logistics.models import DeliveryItem
from mes.orders.models import Element

PAPERS = {
    "certificate": "产品合格证",
    "hidden_works": "隐蔽工程记录",
    "strength": "强度报告",
    "delivery": "出厂质量文件",
}
DATES = {
    "element.set_up": "入模",
    "element.hidden_works_accepted": "隐蔽工程验收",
    "element.cast": "浇筑",
    "element.demoulded": "脱模",
    "element.final_accepted": "成品检验合格",
    "element.certified": "签发合格证",
    "element.stored": "入库",
    "delivery.loaded": "装车",
    "delivery.departed": "出厂",
    "delivery.arrived": "运抵工地",
    "element.received": "进场收货",
    "element.installed": "安装",
}
ALSO = {"element.received": ("element.rejection_taken_back",)}
"""Kinds of event that say the same of an element."""
ROLES = {
    "operator": "生产人员",
    "inspector": "质检员",
    "quality_manager": "质量负责人",
    "supervisor": "监理",
    "receiver": "收货人",
}
HEAD_OF_PRODUCTION = "生产负责人"
PLACE = {
    "project_code": "工程编号",
    "project_name": "工程名称",
    "building": "楼栋",
    "floor": "楼层",
    "position": "安装位置",
    "mark": "深化设计编号",
}
KIND = {
    "type_code": "型号",
    "family": "类别",
    "concrete_grade": "混凝土强度等级",
    "length_mm": "长 mm",
    "width_mm": "宽 mm",
    "thickness_mm": "厚 mm",
    "volume_m3": "混凝土体积 m³",
    "weight_kg": "重量 kg",
}
HIDDEN_WORKS = ("element.hidden_works_accepted", "element.hidden_works_refused", "element.rebar_inspected")
HEADER = (
    "构件序列号", "构件标识", "RFID EPC", *PLACE.values(), *KIND.values(), "状态", *DATES.values(), HEAD_OF_PRODUCTION,
    *ROLES.values(), "混凝土批次", "材料批次", *PAPERS.values(), "隐蔽工程照片", "账本事件数", "声明有误的记录",
)  # fmt: skip
Cell = str | int | float


@dataclass(frozen=True)
class Story:
    """An element's events up to the package's checkpoint, oldest first; `around` are those of its loads and batches."""

    serial: int
    contents: Sequence[Mapping[str, Any]]
    around: Sequence[Mapping[str, Any]] = ()

    @cached_property
    def declared_wrong(self) -> Mapping[str, Declaration]:
        """What a later event of the story declares to be wrong, by the id of the event."""
        return declarations_in(self.contents)

    @cached_property
    def valid_around(self) -> Sequence[Mapping[str, Any]]:
        """The events of its loads and batches that hold."""
        wrong = declarations_in(self.around)
        return [one for one in self.around if one.get("id") not in wrong and one["kind"] != DECLARED_WRONG]

    @cached_property
    def valid(self) -> Sequence[Mapping[str, Any]]:
        """The events that hold: nobody declared them wrong, and they declare nothing themselves."""
        return [
            one for one in self.contents if one.get("id") not in self.declared_wrong and one["kind"] != DECLARED_WRONG
        ]

    def facts(self) -> Mapping[str, Any]:
        """The element as its newest event that describes it says; a declaration only repeats an older one."""
        for content in reversed(self.contents):
            if content["kind"] == DECLARED_WRONG:
                continue
            for element in content["elements"]:
                if element.get("serial") == self.serial:
                    return dict(element)
        return {}

    def photos(self) -> list[str]:
        """Digests of the photos of hidden works, each once, in their order."""
        shown = (content["how"].get("photos") or [] for content in self.contents if content["kind"] in HIDDEN_WORKS)
        return list(dict.fromkeys(str(digest) for photos in shown for digest in photos))


def papers_of(session: Session, element: Element, moment: datetime) -> list[dict[str, Any]]:
    """An element's papers as they stood at a moment, by kind and number."""
    deliveries = select(DeliveryItem.delivery_id).where(DeliveryItem.element_id == element.id)
    files = select(QualityDocument).where(
        QualityDocument.subject_kind == "delivery", QualityDocument.subject_id.in_(deliveries)
    )
    found: Iterable[Certificate | QualityDocument] = [
        *every_paper_of_element(session, element),
        *session.scalars(files),
    ]
    order = list(PAPERS)
    told = [_paper(one, moment) for one in found if one.issued_at <= moment]
    return sorted(
        (one for one in told if one["kind"] in order), key=lambda one: (order.index(one["kind"]), one["number"])
    )


def _paper(paper: Certificate | QualityDocument, moment: datetime) -> dict[str, Any]:
    return {
        "kind": "certificate" if isinstance(paper, Certificate) else paper.kind,
        "number": paper.number,
        "about": about(paper),
        "issued_at": paper.issued_at.isoformat(),
        "sha256": paper.pdf_sha256,
        "valid": not _ended(paper.withdrawn_at, moment),
        "suspended": isinstance(paper, Certificate) and _ended(paper.suspended_at, moment),
    }


def _ended(at: datetime | None, moment: datetime) -> bool:
    return at is not None and at <= moment


def register_row(story: Story, papers: Sequence[Mapping[str, Any]], zone: ZoneInfo, state: str) -> list[Cell]:
    """The element's row, in the order of `HEADER`."""
    facts, contents = story.facts(), story.valid
    return [
        story.serial,
        facts.get("digital_link", ""),
        facts.get("epc_hex", ""),
        *(facts.get(name) or "" for name in (*PLACE, *KIND)),
        state,
        *(_when([*story.valid_around, *contents], kind, zone) for kind in DATES),
        _heads_of_production(contents),
        *(_people(contents, role) for role in ROLES),
        _listed(_batches(contents)),
        _listed(_materials(contents)),
        *(_numbers(papers, kind) for kind in PAPERS),
        len(story.photos()),
        len(story.contents),
        _listed(_wrong(story, zone)),
    ]


def _wrong(story: Story, zone: ZoneInfo) -> Iterable[str]:
    """Each event that was declared wrong, in the plant's zone, and why."""
    for content in story.contents:
        said = story.declared_wrong.get(content.get("id", ""))
        if said is not None:
            time = datetime.fromisoformat(content["event_time"]).astimezone(zone)
            title = translate(EVENT_KINDS.get(content["kind"], content["kind"]), "zh_CN")
            yield f"{time:%Y-%m-%d %H:%M} {title}：{translate(said.reason_name, 'zh_CN')}（{said.remark}）"


def _when(contents: Sequence[Mapping[str, Any]], kind: str, zone: ZoneInfo) -> str:
    """The last time that it happened, in the plant's zone; empty where it did not, or was undone since."""
    kinds, undone = (kind, *ALSO.get(kind, ())), _undone_departures(contents)
    times = [one["event_time"] for one in contents if one["kind"] in kinds and one.get("id") not in undone]
    return datetime.fromisoformat(times[-1]).astimezone(zone).strftime("%Y-%m-%d %H:%M") if times else ""


def _undone_departures(contents: Sequence[Mapping[str, Any]]) -> set[str]:
    """The ids of departures that were none."""
    undone = (content["data"] for content in contents if content["kind"] == "delivery.departure_undone")
    return {data["departure"]["event"] for data in undone}


def _people(contents: Sequence[Mapping[str, Any]], role: str) -> str:
    who = (content["who"] for content in contents)
    return _listed(
        f"{one['name']}（{one['organisation']}）" for one in who if (one["role"], one["kind"]) == (role, "person")
    )


def _heads_of_production(contents: Sequence[Mapping[str, Any]]) -> str:
    heads = (content.get("data", {}).get("production_head") for content in contents)
    return _listed(f"{one['name']}（{one['organisation']}）" for one in heads if one)


def _batches(contents: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    for content in contents:
        if content["kind"] == "element.cast":
            how = content["how"]
            for batch in how.get("batches") or [how.get("batch") or {}]:
                if batch.get("batch_number"):
                    yield str(batch["batch_number"])


def _materials(contents: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    for content in contents:
        if content["kind"] in ("element.material_used", "element.cast"):
            for lot in content["how"].get("materials") or ():
                yield " ".join(str(lot[name]) for name in ("kind", "lot_number", "supplier") if lot.get(name))


def _numbers(papers: Sequence[Mapping[str, Any]], kind: str) -> str:
    of_kind = (one for one in papers if one["kind"] == kind)
    return _listed(one["number"] + _standing(one) for one in of_kind)


def _standing(paper: Mapping[str, Any]) -> str:
    if not paper["valid"]:
        return "（已撤销）"
    return "（进场拒收，暂停）" if paper["suspended"] else ""


def _listed(words: Iterable[str]) -> str:
    return "；".join(dict.fromkeys(words))
