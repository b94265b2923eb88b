"""Loading the demo plant into an empty database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

import mes.handlers  # noqa: F401 - registers the planning job
from mes.accounts.models import Plant
from mes.config import Settings
from mes.core.clock import SetClock
from mes.core.database import Database
from mes.core.errors import Conflict
from mes.core.text import N_, Text
from mes.demo.diary import Diary
from mes.demo.facts import LABORATORY_DAYS
from mes.demo.machines import write_line_states
from mes.demo.plant import add_people, set_up, write_sign_ins
from mes.demo.story import Story
from mes.planning.models import Line
from mes.shopfloor.service import SetAutomaticEntry, set_automatic_entry


class PlantThere(Conflict):
    """The database serves a plant already; the demo loads into an empty one only."""


def load_demo_plant(
    database: Database, settings: Settings, report: Callable[[str], None], now: datetime | None = None
) -> None:
    """Fill an empty, migrated database with the demo plant and its last three weeks.

    Everything is done through the use cases of real work, with a clock that moves from three weeks ago to now. The
    sign-ins are written to `demo-sign-ins.json` in the data folder, and to its folder `simulator` where the pallets
    stand. The same moment gives the same story, apart from ids, secrets and what the solver finds in its time.

    Raises:
        PlantThere: the database has a plant already; nothing is changed.
        FontsMissing: the fonts for certificates are not there.
    """
    with database.reading() as session:
        if session.scalars(select(Plant.id).limit(1)).first() is not None:
            raise PlantThere(Text(N_("This database serves a plant already; load the demo into an empty one")))
    settings.data.mkdir(parents=True, exist_ok=True)
    end, zone = now or datetime.now(UTC), ZoneInfo(settings.zone)
    first_day = end.astimezone(zone).date() - timedelta(days=LABORATORY_DAYS)
    diary = Diary(database, SetClock(datetime.combine(first_day, time(8), zone).astimezone(UTC), zone), end)
    try:
        story = _tell(diary, settings, report)
        write_line_states(diary.session, settings.data / "simulator", diary.end, story.chambers.climates())
    finally:
        diary.close()


def _tell(diary: Diary, settings: Settings, report: Callable[[str], None]) -> Story:
    story = Story(diary, settings, report)
    set_up(diary)
    story.sign_ins += add_people(diary, {})
    diary.turn_page()
    report("plant, lines, yard and people are set up")
    story.enter_all()
    diary.play()
    _switch_lines_on(diary)
    write_sign_ins(settings.data, story.sign_ins)
    report("the story has reached today")
    return story


def _switch_lines_on(diary: Diary) -> None:
    """From now on the lines let their next loads enter by themselves, as far as the plan has come."""
    for line_id in diary.session.scalars(select(Line.id)).all():
        diary.do("operator", set_automatic_entry, SetAutomaticEntry(line_id=line_id, on=True))
    diary.commit()
