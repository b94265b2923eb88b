"""Pages of statistics: the overview, a dimension's charts, the p chart, the elements behind a point, downloads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from pydantic import ValidationError

from mes.core import navigation, web
from mes.core.errors import Fault, InvalidInput
from mes.core.text import N_, Text
from mes.inspection.statistics import defects, download, drifts, listing, words, yields
from mes.inspection.statistics.choices import choices
from mes.inspection.statistics.choosing import Chosen, StatisticsQuery, chosen_by
from mes.inspection.statistics.dimension_page import dimension_parts
from mes.inspection.statistics.drawing import Labelled, ParetoRow, Words, control_picture, pareto_rows
from mes.inspection.statistics.readings import DEFAULT_SIZE, SUBGROUP_SIZES, dimension, readings_of
from mes.inspection.statistics.yield_drawing import yield_picture
from mes.inspection.views.blueprint import item_name
from quality import catalogue
from quality.statistics import ParetoBar, fraction_chart

pages = Blueprint("statistics", __name__, url_prefix="/inspection/statistics")
navigation.add_page(N_("Statistics"), "statistics.overview", "chart-bar", "statistics:read", 325)

MOST_STRETCHES = 60
PARETO_BARS = 12


@pages.get("")
@web.permission("statistics:read")
def overview() -> str:
    """Drift warnings, first-pass yield by week, what goes wrong and why, and how capable each dimension is."""
    chosen, zone = _chosen(), web.clock().zone
    session, actor = web.reading(), web.actor()
    tries = yields.first_tries(session, actor, zone, chosen)
    stretches = yields.by_stretch(tries, zone)
    whole = yields.total(tries)
    found = defects.defects(session, actor, zone, chosen)
    newest = drifts.newest_readings(session, actor, zone, chosen)
    dimensions = [dimension(item, newest.by_item[item], 1) for item in catalogue().items if item in newest.by_item]
    urls = [_elements(chosen, first=one.first, last=one.last, outcome="refused") for one in stretches]
    return _page(
        "overview",
        chosen,
        whole=whole,
        stretches=list(zip(stretches, urls, strict=True)),
        picture=yield_picture(stretches, urls, whole) if stretches else None,
        warnings=drifts.warnings(newest.by_series),
        defects=len(found),
        cost=sum(one.cost_cny for one in found),
        paretos=_paretos(chosen, found),
        dimensions=[one for one in dimensions if one is not None],
        newest_count=drifts.NEWEST_INSPECTIONS,
    )


@pages.get("/dimensions/<item>")
@web.permission("statistics:read")
def dimension_charts(item: str) -> str:
    """X̄ and R (or single values and moving range) of a dimension, its histogram and its capability."""
    chosen = _chosen()
    size = _number("size", DEFAULT_SIZE, SUBGROUP_SIZES.stop - 1)
    page = _number("page", 1, 1_000_000)
    found = dimension(item, readings_of(web.reading(), web.actor(), web.clock().zone, chosen, item), size)
    shown = dimension_parts(found, page, lambda ids: url_for("statistics.elements", i=ids, item=item))
    sizes = [(one, words_of_size(one)) for one in SUBGROUP_SIZES]
    return _page("dimension", chosen, item=item, found=found, size=size, sizes=sizes, page=page, **shown)


@pages.get("/fractions")
@web.permission("statistics:read")
def fractions() -> str:
    """The p chart of elements that were not right at the first try, by day or week."""
    chosen, zone = _chosen(), web.clock().zone
    by = "day" if request.args.get("by") == "day" else "week"
    tries = yields.first_tries(web.reading(), web.actor(), zone, chosen)
    stretches = yields.by_stretch(tries, zone, by)
    chart = fraction_chart([one.sample for one in stretches]) if stretches else None
    first = max(0, len(stretches) - MOST_STRETCHES)
    labels = [
        Labelled(
            f"{one.first:%m-%d}",
            f"{one.first} · {one.sample.nonconforming} / {one.sample.inspected}",
            _elements(chosen, first=one.first, last=one.last, outcome="refused"),
        )
        for one in stretches[first:]
    ]
    names = Words("p̄", "UCL", "LCL")
    picture = control_picture(chart, labels, names, first=first, factor=100, unit=" %", digits=1) if chart else None
    rows = (
        [
            (one, chart.points[first + i], label.url)
            for i, (one, label) in enumerate(zip(stretches[first:], labels, strict=True))
        ]
        if chart
        else []
    )
    return _page("fractions", chosen, by=by, chart=chart, picture=picture, rows=rows, whole=yields.total(tries))


@pages.get("/elements")
@web.permission("statistics:read")
def elements() -> str:
    """The elements behind a point, a bar or a week, each with the way to its record."""
    chosen, session, actor, zone = _chosen(), web.reading(), web.actor(), web.clock().zone
    defect, cause = request.args.get("defect", ""), request.args.get("cause", "")
    named = _ids(request.args.getlist("i"))
    if named:
        ids, title, rows = named, web.gettext(N_("Elements of a point")), listing.inspections_listed
    elif defect or cause:
        found = defects.defects(session, actor, zone, chosen)
        ids = [one.nonconformity_id for one in found if defect in ("", one.kind) and cause in ("", one.cause)]
        title = words.defect_name(defect) if defect else words.cause_name(cause)
        rows = listing.nonconformities_listed
    else:
        outcome = request.args.get("outcome", "")
        tries = yields.first_tries(session, actor, zone, chosen)
        ids = [one.inspection_id for one in tries if outcome != "refused" or not one.good]
        title = web.gettext(N_("Not right at the first try") if outcome == "refused" else N_("First inspections"))
        rows = listing.inspections_listed
    shown = rows(session, actor, ids[-listing.MOST_LISTED :])
    item = request.args.get("item", "")
    return _page("elements", chosen, title=title, rows=shown, count=len(ids), by_ids=bool(named), item=item)


@pages.get("/warnings")
@web.permission("statistics:read")
def warnings() -> str:
    """The drift warnings alone: start pages load them into themselves."""
    clock = web.clock()
    found = drifts.present_warnings(web.reading(), web.actor(), clock.zone, clock.now())
    return render_template("inspection/statistics/_warnings.html", warnings=found, compact=True)


@pages.get("/download/<what>.csv")
@web.permission("statistics:read")
def download_csv(what: str) -> Response:
    """Yield by week, defects, or the readings of a dimension (`?item=`) as a table for a spreadsheet."""
    text = download.table(web.reading_work(), what, _chosen(), request.args.get("item", ""))
    answer = Response(text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{what}.csv"'
    return answer


def words_of_size(size: int) -> str:
    """A size of subgroups in words."""
    if size == 1:
        return web.gettext(N_("Single values"))
    return web.gettext(N_("%(count)s elements a point"), count=size)


def _chosen() -> Chosen:
    try:
        query = StatisticsQuery.model_validate(
            {name: value for name, value in request.args.items() if value.strip() and name in _NAMES}
        )
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        reason = Text(N_("This filter is not understood"))
        raise InvalidInput(reason, [Fault(where, reason)]) from error
    return chosen_by(query, web.clock())


_NAMES = {field.alias or name for name, field in StatisticsQuery.model_fields.items()}


def _number(name: str, default: int, most: int) -> int:
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return default
    return min(max(int(text), 1), most)


def _ids(texts: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts[: listing.MOST_LISTED]]
    except ValueError as error:
        reason = Text(N_("This filter is not understood"))
        raise InvalidInput(reason, [Fault("i", reason)]) from error


def _elements(chosen: Chosen, **further: Any) -> str:
    period = {name: further.pop(name) for name in ("first", "last") if name in further}
    values: dict[str, Any] = {**chosen.address(**period), **further}
    return url_for("statistics.elements", **values)


def _paretos(chosen: Chosen, found: Sequence[defects.Found]) -> dict[str, list[ParetoRow]]:
    def rows(bars: Sequence[ParetoBar], name: Any, argument: str) -> list[ParetoRow]:
        shown = bars[:PARETO_BARS]
        urls = [_elements(chosen, **{argument: bar.name}) for bar in shown]
        return pareto_rows(shown, [name(bar.name) for bar in shown], urls)

    return {
        "kinds": rows(defects.by_kind(found), words.defect_name, "defect"),
        "causes": rows(defects.by_cause(found), words.cause_name, "cause"),
        "costs": rows(defects.by_cost(found), words.defect_name, "defect"),
    }


def _page(name: str, chosen: Chosen, **shown: Any) -> str:
    clock = web.clock()
    return render_template(
        f"inspection/statistics/{name}.html",
        chosen=chosen,
        choices=choices(web.reading(), web.actor(), clock.zone),
        kinds=words.KIND_WORDS,
        today=clock.now().astimezone(clock.zone).date(),
        **shown,
    )


@pages.context_processor
def _words_for_templates() -> dict[str, Any]:
    return {
        "item_name": item_name,
        "defect_name": words.defect_name,
        "family_name": words.family_name,
        "shift_name": words.shift_name,
        "rule_word": words.rule_word,
        "series_name": words.series_name,
        "warning_text": words.warning_text,
        "warning_url": warning_url,
        "local_time": web.local_time,
    }


def warning_url(warning: drifts.DriftWarning) -> str:
    """The charts of what drifts, single values, over the days that were looked at."""
    series = warning.series
    today = web.clock().now().astimezone(web.clock().zone).date()
    first = today - timedelta(days=drifts.NEWEST_DAYS)
    chosen = Chosen(first, today, family=series.family, line=series.line, mould=series.mould)
    values: dict[str, Any] = {"item": series.item, "size": 1, **chosen.address()}
    return url_for("statistics.dimension_charts", **values)
