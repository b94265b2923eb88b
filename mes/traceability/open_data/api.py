"""REST routes of open data, under /api/v1/open-data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mes.core import web
from mes.traceability.open_data.dictionary import dictionary, dictionary_csv
from mes.traceability.open_data.queries import EVENTS_A_CHUNK, Period, require_all_projects
from mes.traceability.open_data.sending import send_chunk
from mes.traceability.open_data.tables import dataset_named

api = APIBlueprint(
    "open_data_api",
    __name__,
    url_prefix="/api/v1/open-data",
    abp_tags=[Tag(name="open data")],
    abp_security=[{"token": []}, {"session": []}],
)


class DatasetPath(BaseModel):
    """Which table."""

    dataset: str = Field(description="events or states")


class DictionaryQuery(BaseModel):
    """How the dictionary is wanted."""

    format: Literal["json", "csv"] = "json"


class DataQuery(BaseModel):
    """The period by the time of recording, and where to go on."""

    model_config = ConfigDict(populate_by_name=True)

    begins: AwareDatetime = Field(alias="from", description="recorded at this moment or later")
    ends: AwareDatetime | None = Field(None, alias="to", description="recorded before this moment; default: all so far")
    format: Literal["jsonl", "csv", "parquet"] = "jsonl"
    after: int = Field(0, ge=0, le=2**62, description="X-Next-Cursor of the chunk before")
    limit: int = Field(EVENTS_A_CHUNK, ge=1, le=EVENTS_A_CHUNK, description="events of the ledger a chunk")


@api.get("/dictionary")
@web.permission("data:export")
def show_dictionary(query: DictionaryQuery) -> Response | dict[str, Any]:
    """Every table, column, unit and code."""
    if query.format == "csv":
        return Response(dictionary_csv(), mimetype="text/csv")
    return dictionary()


@api.get("/<dataset>")
@web.permission("data:export")
def show_data(path: DatasetPath, query: DataQuery) -> Response:
    """A chunk of a table; X-Next-Cursor and a Link header lead to the next one, the last chunk has neither."""
    require_all_projects(web.actor())
    ends = query.ends or web.clock().now() + timedelta(microseconds=1)
    period = Period(query.begins, ends)
    return send_chunk(dataset_named(path.dataset), period, query.format, query.after, query.limit)
