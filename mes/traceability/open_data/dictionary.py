"""The data dictionary, made of the same declaration as the data: columns, types, units, code lists."""

from __future__ import annotations

import codecs
import csv
import io
import json
from typing import Any

from mes.core.translations import translate
from mes.ledger.kinds import EVENT_KINDS
from mes.orders.lifecycle import STATE_NAMES
from mes.traceability.open_data.files import cell
from mes.traceability.open_data.tables import Column, declared

HEADER = ("table", "column", "type", "unit", "zh", "en", "code", "code_zh", "code_en")
TYPES = {
    "int64": "64-bit integer",
    "float64": "IEEE 754 binary64",
    "string": "text, UTF-8",
    "timestamp": "moment in UTC to the millisecond; ISO 8601 with offset in CSV and JSON Lines",
}


def dictionary() -> dict[str, Any]:
    """Every table and code list."""
    return {
        "format": "precast-mes/open-data-dictionary",
        "version": 1,
        "types": TYPES,
        "datasets": {
            one.name: {
                "zh": one.zh,
                "en": one.en,
                "says": dict(one.says),
                "columns": [_column(column) for column in one.columns],
            }
            for one in declared().datasets.values()
        },
        "codes": code_lists(),
    }


def code_lists() -> dict[str, dict[str, dict[str, str]]]:
    """The words of every code, by the name of their list."""
    return {
        "kinds": {kind: _both(EVENT_KINDS[kind]) for kind in declared().kinds},
        "states": {state: _both(name) for state, name in STATE_NAMES.items()},
        **{name: {code: dict(both) for code, both in words.items()} for name, words in declared().words.items()},
    }


def dictionary_json() -> bytes:
    """The dictionary as a JSON file."""
    return (json.dumps(dictionary(), ensure_ascii=False, indent=1) + "\n").encode()


def dictionary_csv() -> bytes:
    """The dictionary as a table: a row for each column, then one for each of its codes."""
    target, codes = io.StringIO(), code_lists()
    writer = csv.writer(target)
    writer.writerow(HEADER)
    for one in declared().datasets.values():
        for column in one.columns:
            first = (one.name, column.name)
            writer.writerow([*map(cell, (*first, column.type, column.unit, column.zh, column.en)), "", "", ""])
            for code, words in codes.get(column.codes, {}).items():
                writer.writerow([*first, "", "", "", "", *map(cell, (code, words["zh"], words["en"]))])
    return codecs.BOM_UTF8 + target.getvalue().encode()


def _column(column: Column) -> dict[str, str]:
    told = {"name": column.name, "type": column.type, "zh": column.zh, "en": column.en}
    return told | ({"unit": column.unit} if column.unit else {}) | ({"codes": column.codes} if column.codes else {})


def _both(message: str) -> dict[str, str]:
    return {"zh": translate(message, "zh_CN"), "en": translate(message, "en")}
