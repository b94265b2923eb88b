"""Pages of open data: a period and a format, the chunks to download, and the dictionary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Blueprint, Response, render_template, request

from mes.core import navigation, web
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.traceability.open_data import queries
from mes.traceability.open_data.dictionary import code_lists, dictionary_csv
from mes.traceability.open_data.files import FORMATS
from mes.traceability.open_data.queries import Chunk, Period
from mes.traceability.open_data.sending import send_chunk
from mes.traceability.open_data.tables import dataset_named, declared

pages = Blueprint("open_data", __name__, url_prefix="/open-data")
navigation.add_page(N_("Open data"), "open_data.index", "database", "data:export", 640)

FORMAT_NAMES = {
    "csv": N_("CSV – opens in a spreadsheet"),
    "parquet": N_("Parquet – small, for data centres"),
    "jsonl": N_("JSON Lines – for programs"),
}
DAYS_SHOWN = 30  # of the period that the page begins with


@dataclass(frozen=True)
class Asked:
    """The days of a period, both within it, and the format."""

    first: date
    last: date
    form: str

    @property
    def period(self) -> Period:
        """The moments of these days in the plant's zone."""
        zone = web.clock().zone
        begins, after = datetime.combine(self.first, time(), zone), self.last + timedelta(days=1)
        return Period(begins, datetime.combine(after, time(), zone))

    @property
    def address(self) -> dict[str, str]:
        """As it stands in an address."""
        return {"first": self.first.isoformat(), "last": self.last.isoformat(), "form": self.form}


@pages.get("/")
@web.permission("data:export")
def index() -> str:
    """Choose a period; what it holds, chunk by chunk."""
    queries.require_all_projects(web.actor())
    asked, session = _asked(), web.reading()
    found: list[Chunk] = list(queries.chunks(session, asked.period)) if "first" in request.args else []
    return render_template(
        "traceability/open_data.html",
        asked=asked,
        is_asked="first" in request.args,
        count=queries.count_of(session, asked.period),
        chunks=found,
        formats={name: web.gettext(words) for name, words in FORMAT_NAMES.items()},
        datasets=declared().datasets,
        codes=code_lists(),
    )


@pages.get("/dictionary.csv")
@web.permission("data:export")
def dictionary_file() -> Response:
    """The dictionary as a table."""
    headers = {"Content-Disposition": "attachment; filename=dictionary.csv"}
    return Response(dictionary_csv(), mimetype="text/csv", headers=headers)


@pages.get("/download/<dataset>")
@web.permission("data:export")
def download(dataset: str) -> Response:
    """One chunk of a table."""
    queries.require_all_projects(web.actor())
    asked, after = _asked(), request.args.get("after", "0")
    if not after.isdecimal() or len(after) > 18:
        raise InvalidInput(Text(N_("This cursor is not one of ours")))
    return send_chunk(dataset_named(dataset), asked.period, asked.form, int(after), queries.EVENTS_A_CHUNK)


def _asked() -> Asked:
    today = web.local_time(web.clock().now()).date()
    first = _day("first", today - timedelta(days=DAYS_SHOWN - 1))
    form = request.args.get("form", "parquet")
    if form not in FORMATS:
        raise InvalidInput(Text(N_("There is no such format")))
    return Asked(first, _day("last", max(first, today)), form)


def _day(name: str, otherwise: date) -> date:
    given = request.args.get(name, "")
    if not given:
        return otherwise
    try:
        found = date.fromisoformat(given)
        if not 2000 <= found.year <= 2200:
            raise ValueError
    except ValueError as error:
        reason = Text(N_("This is not a date"))
        raise InvalidInput(reason, [Fault(name, reason)]) from error
    return found
