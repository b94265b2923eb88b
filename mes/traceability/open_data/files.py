"""A chunk of open data as CSV, JSON Lines or Parquet: written as it is read, the same bytes each time."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import IO, Any

from mes.core.errors import Unavailable
from mes.core.text import N_, Text
from mes.traceability.open_data.rows import Row, Value
from mes.traceability.open_data.tables import Dataset

FORMATS = {"parquet": "application/vnd.apache.parquet", "csv": "text/csv", "jsonl": "application/x-ndjson"}
ROWS_A_GROUP = 1_500
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class ParquetMissing(Unavailable):
    """The package that writes Parquet is not installed."""


def write_rows(form: str, dataset: Dataset, rows: Iterable[Row], target: IO[bytes]) -> int:
    """Write rows as one file; returns how many there were.

    Raises:
        ParquetMissing: pyarrow is not installed.
    """
    return {"csv": _write_csv, "jsonl": _write_json_lines, "parquet": _write_parquet}[form](dataset, rows, target)


def cell(value: Value) -> str:
    """A value as a spreadsheet may read it: what it would calculate is marked as text by an apostrophe."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return "" if value is None else str(_plain(value))


def _write_csv(dataset: Dataset, rows: Iterable[Row], target: IO[bytes]) -> int:
    """RFC 4180, UTF-8 with a byte order mark, without which Excel reads Chinese as Latin."""
    target.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
    writer, count = csv.writer(text), 0
    writer.writerow([column.name for column in dataset.columns])
    for row in rows:
        writer.writerow([cell(value) for value in row])
        count += 1
    text.flush()
    text.detach()
    return count


def _write_json_lines(dataset: Dataset, rows: Iterable[Row], target: IO[bytes]) -> int:
    names, count = [column.name for column in dataset.columns], 0
    for row in rows:
        line = dict(zip(names, map(_plain, row), strict=True))
        target.write(json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n")
        count += 1
    return count


def _write_parquet(dataset: Dataset, rows: Iterable[Row], target: IO[bytes]) -> int:
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        words = N_("Parquet needs the package pyarrow, which is not installed; CSV and JSON Lines do not need it")
        raise ParquetMissing(Text(words)) from error
    types = {
        "int64": pyarrow.int64(),
        "float64": pyarrow.float64(),
        "string": pyarrow.string(),
        "timestamp": pyarrow.timestamp("ms", tz="UTC"),
    }
    schema = pyarrow.schema(
        [
            pyarrow.field(
                column.name, types[column.type], metadata={"zh": column.zh, "en": column.en, "unit": column.unit}
            )
            for column in dataset.columns
        ]
    )
    count = 0
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        for group in _groups(rows):
            arrays = [
                pyarrow.array(values, type=field.type)
                for field, values in zip(schema, zip(*group, strict=True), strict=True)
            ]
            writer.write_batch(pyarrow.record_batch(arrays, schema=schema))
            count += len(group)
    return count


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while group := list(islice(source, ROWS_A_GROUP)):
        yield group


def _plain(value: Value) -> Any:
    return value.astimezone(UTC).isoformat(timespec="milliseconds") if isinstance(value, datetime) else value
