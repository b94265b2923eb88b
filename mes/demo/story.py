"""The story of the demo plant: three weeks of orders, plans, castings, inspections and deliveries up to today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from mes.config import Settings
from mes.core.jobs import Job, run_job
from mes.demo.chambers import FAST, HOT, LINES, Chambers
from mes.demo.diary import Diary
from mes.demo.evidence import Evidence
from mes.demo.facts import STORY_DAYS, OrderFacts, facts
from mes.demo.laboratory import Laboratory
from mes.demo.line_work import LineWork, Run, runs_of_plan
from mes.demo.orders import order_file
from mes.demo.plant import SignIn, add_people, register_lots, register_moulds, write_bills
from mes.demo.quality_work import QualityWork
from mes.demo.site_work import SiteWork
from mes.inspection.documents.press import press_of
from mes.inspection.models import Nonconformity
from mes.orders.intake import read_workbook
from mes.orders.models import Element, Project
from mes.orders.service import HoldElement, hold_element, import_order
from mes.planning.models import PlanVersion
from mes.planning.service import ProposePlan, PublishPlan, propose_plan, publish_plan

SOLVER_SECONDS, PAST_SECONDS = 1.0, 0.4  # to think about the plan that people see, and about each of a day in the past
FLOORS_MADE = 11  # of those wanted soonest: one a working day, the last of them yesterday
FLOORS_OF_TODAY = 1
FLOORS_SCHEDULED = 4
TOO_FAST, ANSWERED, TOO_HOT = -6, -4, -3  # days of work with a fault in curing; the first is answered for
INSPECTED_PLAN = -3  # the last plan whose elements have all been inspected, whatever the time of day
SUNDAY = 6


class StoryFailed(RuntimeError):
    """A job of the demo did not do what the story needs; says which."""


@dataclass
class Story:
    """Everything that happens between the first order and now."""

    diary: Diary
    settings: Settings
    report: Callable[[str], None]
    sign_ins: list[SignIn] = field(default_factory=list)
    project_ids: dict[str, UUID] = field(default_factory=dict)
    plans: int = 0

    def __post_init__(self) -> None:
        diary, press = self.diary, press_of(self.settings)
        press.fonts()
        self.quality = QualityWork(diary, press.store, press, accepted=lambda one: self.site.accepted(one))
        receivers = {person.project: person.sign_in for person in facts().people if person.project}
        self.site = SiteWork(diary, self.quality.photo, self.quality.stays, receivers)
        self.lines = LineWork(diary, self.quality.inspect_hidden_works, self.quality.cured, self._demoulded)
        self.chambers = Chambers(diary, self.settings.effective_gateway_name)
        self.laboratory = Laboratory(diary, self.chambers)
        self.quality.test_load = self.laboratory.test_load
        self.evidence = Evidence(diary, press.store, press, self.quality.photo)
        self.lines.note_batch = self.evidence.note_batch
        self.quality.decided = self.evidence.analyse
        self.quality.passed_hidden_works = self.lines.passed
        self.quality.strength_proven = self.lines.go_on

    @property
    def today(self) -> date:
        """The day on which the story ends."""
        return self.diary.end.astimezone(self.diary.clock.zone).date()

    def moment(self, days: int, hour: int, minute: int = 0) -> datetime:
        """A time of a day, counted from today, in the factory's zone."""
        return datetime.combine(self.today + timedelta(days=days), time(hour, minute), self.diary.clock.zone)

    # ── entries ──

    def enter_all(self) -> None:
        """Enter everything into the diary."""
        self.diary.after(1, self.laboratory.define_mixes)
        self.laboratory.enter_earlier()
        first = self.moment(-STORY_DAYS, 8)
        for minute, action in enumerate((self.register_lots, self.quality.take_photos, self.evidence.inspect_store)):
            self.diary.at(first + timedelta(minutes=minute), action)
        self.diary.at(self.moment(self.working_days(FLOORS_MADE)[0], 6, 30), self.chambers.announce)
        self.diary.at(self.moment(-1, 9, 30), self.laboratory.evaluate)
        self.diary.at(self.moment(-1, 8), self.evidence.sign)
        self.diary.at(self.diary.end - timedelta(minutes=5), self.evidence.look_back)
        self.diary.at(self.moment(self.working_days(FLOORS_MADE)[ANSWERED], 10, 20), self.laboratory.answer_findings)
        for order in facts().orders:
            self.diary.at(self.moment(-order.days_ago, 10, 15), lambda order=order: self.take_order(order))  # type: ignore[misc]
        self.diary.at(self.moment(1 - STORY_DAYS, 11), lambda: register_moulds(self.diary))
        self.diary.at(self.moment(1 - STORY_DAYS, 14), self.evidence.inspect_moulds)
        self.enter_plans()
        self.enter_deliveries()
        self.diary.at(self.diary.end - timedelta(minutes=115), self.last_scene)

    def enter_plans(self) -> None:
        """A plan for a floor every working day, for today's work, and for what is left."""
        floors, days = wanted_days(), self.working_days(FLOORS_MADE)
        for day, until in zip(days, floors, strict=False):
            prepare = {days[-1]: self._leave_loads, days[INSPECTED_PLAN]: self._leave_elements}.get(day)
            faults = {days[TOO_FAST]: {"SL": FAST}, days[TOO_HOT]: {"WL": HOT}}.get(day, {})
            self.diary.at(
                self.moment(day, 6, 40),
                lambda u=until, p=prepare, f=faults: self.plan(u, prepare=p, faults=f),  # type: ignore[misc]
            )
        today = FLOORS_MADE + FLOORS_OF_TODAY
        if self.today.weekday() != SUNDAY:
            self.diary.at(self.moment(0, 6, 40), lambda: self.plan(floors[today - 1]))
        left = floors[today + FLOORS_SCHEDULED - 1]
        self.diary.at(self.diary.end, lambda: self.plan(left))
        self.diary.at(self.diary.end, self.laboratory.keep_cures)

    def working_days(self, count: int) -> list[int]:
        """The last working days before today, as days from today, the earliest first."""
        found = [-back for back in range(1, 3 * count) if (self.today - timedelta(days=back)).weekday() != SUNDAY]
        return found[:count][::-1]

    def enter_deliveries(self) -> None:
        """Every floor is driven to its site on the morning of its day; what was late follows with the next."""
        for order in facts().orders:
            for days in order.floors.values():
                if days < 0 and order.project in self.site.receivers:
                    day = self.today + timedelta(days=days)
                    self.site.deliver_on(day, order.project, day)

    # ── what happens ──

    def register_lots(self) -> None:
        """What lies in the store when the story begins."""
        register_lots(self.diary)

    def _demoulded(self, run: Run) -> None:
        self.laboratory.keep_cure(run)
        self.quality.demoulded(run)

    def take_order(self, order: OrderFacts) -> None:
        """The planner uploads a workbook; a new project's receiver gets a sign-in."""
        name = f"{order.project}-{order.building}-订单.xlsx"
        local_day = self.diary.now.astimezone(self.diary.clock.zone).date()
        taken = read_workbook(self.diary.session, order_file(order, self.today), name, local_day)
        imported = self.diary.do("planner", import_order, taken.command())
        project = select(Project).where(Project.code == imported.project_code)
        self.project_ids[order.project] = self.diary.session.scalars(project).one().id
        self.sign_ins += add_people(self.diary, self.project_ids)
        write_bills(self.diary)
        self.diary.turn_page()

    def plan(
        self,
        until_days: int,
        *,
        prepare: Callable[[list[Run]], None] | None = None,
        faults: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        """Propose, solve and publish a plan of everything wanted until a day, and let its loads run."""
        local_day = self.diary.now.astimezone(self.diary.clock.zone).date()
        ahead_days = (self.today + timedelta(days=until_days) - local_day).days
        seconds = SOLVER_SECONDS if self.diary.now == self.diary.end else PAST_SECONDS
        asked = self.diary.do("planner", propose_plan, ProposePlan(seconds=seconds, ahead_days=ahead_days))
        self.diary.turn_page()
        run_job(self.diary.database, self.diary.clock, asked.job_id)
        job = self.diary.session.get_one(Job, asked.job_id)
        if job.state != "done":
            raise StoryFailed(f"plan {asked.number} was not made: {job.message}")
        published = self.diary.do("planner", publish_plan, PublishPlan(number=asked.number))
        self.plans += 1
        self.report(f"{local_day}: plan {published.number} with {published.load_count} loads")
        runs = runs_of_plan(self.diary.work("planner"), self.diary.session.get_one(PlanVersion, asked.plan_id).id)
        if prepare is not None:
            prepare(runs)
        coming = self.lines.enter(runs)
        for line in LINES:
            self.chambers.fire(line, coming, **(faults or {}).get(line, {}))

    def _leave_loads(self, runs: list[Run]) -> None:
        """Of yesterday's loads some stay where people have something to do with them, between two stations."""
        by_line: dict[str, list[Run]] = {}
        for run in runs:
            by_line.setdefault(run.line, []).append(run)
        slabs, walls = (sorted(by_line[line], key=lambda run: -len(run.element_ids)) for line in ("SL", "WL"))
        slabs[0].stops_before, walls[0].stops_before = "hidden-works", "casting"
        self.quality.weak_loads |= {slabs[1].number, walls[1].number}

    def _leave_elements(self, runs: list[Run]) -> None:
        """Some elements stay where their next step waits for somebody."""
        others = [one for run in runs for one in run.element_ids]
        self.diary.chance.shuffle(others)
        for state, count in (("demoulded", 4), ("finished", 6), ("accepted", 4)):
            for _ in range(count):
                self.quality.stays[others.pop()] = state

    # ── the last two hours ──

    def last_scene(self) -> None:
        """Lorries on the way, on site and being loaded; elements on hold; things to decide."""
        first, second = "SF-2601", "SF-2602"
        today, stored = self.today, self.site.stored
        waiting = stored(first, today + timedelta(days=1))
        at_site, on_the_way = waiting[:8], waiting[8:16]
        being_loaded = stored(second, today + timedelta(days=1))[:9]
        if min(map(len, (at_site, on_the_way, being_loaded))) < 3:
            raise StoryFailed("the yard holds too little for the last deliveries")
        self.site.keep_back.update(element.id for element in being_loaded[:5])
        self._keep_at_site(first, at_site)
        self._on_the_way(first, on_the_way)
        self.diary.after(80, lambda: self._load_only(second, being_loaded[:5], today))
        self.diary.after(85, lambda: self._load_only(first, [], today + timedelta(days=1)))
        self.diary.after(20, lambda: self.site.cancel(self.site.open(second, today)))
        self.diary.after(60, self._hold_some)
        self.diary.after(70, self._report_some)

    def _load_only(self, project: str, elements: list[Element], day: date) -> None:
        self.site.load(project, elements, day)

    def _keep_at_site(self, project: str, elements: list[Element]) -> None:
        ids = [element.id for element in elements]
        self.site.keep_back.update(ids)
        self.quality.stays.update(dict.fromkeys(ids[:-1], "received") | {ids[-3]: "rejected_at_site"})
        delivery_id = self.site.load(project, elements, self.today)
        self.diary.after(12, lambda: self.site.leave(delivery_id))
        self.diary.after(72, lambda: self.site.arrive(delivery_id, project))
        for place, one in enumerate(ids[: len(ids) - 2]):
            reject = one == ids[-3]
            self.diary.after(
                80 + 3 * place,
                lambda one=one, no=reject: self.site.answer(delivery_id, one, project, reject=no),  # type: ignore[misc]
            )

    def _on_the_way(self, project: str, elements: list[Element]) -> None:
        self.site.keep_back.update(element.id for element in elements)
        delivery_id = self.site.load(project, elements, self.today)
        self.diary.after(78, lambda: self.site.leave(delivery_id))

    def _hold_some(self) -> None:
        for state, reason in (
            ("planned", "设计变更待确认，暂停生产"),
            ("stored", "业主要求推迟吊装，暂停发货"),
            ("finished", "预埋件位置待设计复核"),
        ):
            query = select(Element).where(Element.state == state).order_by(Element.serial.desc())
            held = [one for one in self.diary.session.scalars(query) if one.id not in self.site.keep_back]
            command = HoldElement(element_id=held[0].id, reason=reason)
            self.diary.do("inspector" if state == "finished" else "planner", hold_element, command)

    def _report_some(self) -> None:
        query = select(Element).where(Element.state == "stored").order_by(Element.serial)
        found = [one for one in self.diary.session.scalars(query) if one.id not in self.site.keep_back]
        self.quality.report(found[0].id, "crack", "severe", "堆放时发现板底裂缝，宽 0.3 mm，贯通板宽")
        self.quality.report(found[1].id, "damage", "general", "叉车碰撞，角部破损约 60 mm")
        returned = select(Nonconformity.element_id).where(Nonconformity.disposition.is_(None))
        self.report(f"{len(self.diary.session.scalars(returned).all())} nonconformities wait for a decision")


def wanted_days() -> list[int]:
    """The days on which the sites want their floors, from today, the earliest first."""
    return sorted(days for order in facts().orders for days in order.floors.values())
