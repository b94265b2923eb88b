"""A chunk of open data as an answer: written to a file of its own first, so that no reader sees half of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO
from urllib.parse import urlencode

from flask import Response, request

from mes.core import web
from mes.traceability.open_data.files import FORMATS, write_rows
from mes.traceability.open_data.queries import Period, events_of, next_chunk
from mes.traceability.open_data.rows import rows_of
from mes.traceability.open_data.tables import Dataset

KEPT_IN_MEMORY = 1024 * 1024
PIECE = 256 * 1024


def send_chunk(dataset: Dataset, period: Period, form: str, after: int, limit: int) -> Response:
    """The next chunk of a table after a place of the ledger; empty but for its header where there is nothing more."""
    session = web.reading()
    chunk = next_chunk(session, period, after, limit)
    rows = rows_of(dataset, events_of(session, period, chunk)) if chunk is not None else ()
    target: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 - closed when it is sent
    try:
        count = write_rows(form, dataset, rows, target)
    except BaseException:
        target.close()
        raise
    response = Response(_pieces(target), mimetype=FORMATS[form])
    response.call_on_close(target.close)
    last = chunk.last if chunk is not None else after
    response.headers["Content-Disposition"] = f"attachment; filename={dataset.name}-{after:012d}-{last:012d}.{form}"
    response.headers["X-Rows"] = str(count)
    if chunk is not None and not chunk.is_last:
        address = f"{request.path}?{urlencode({**request.args.to_dict(), 'after': last})}"
        response.headers["X-Next-Cursor"] = str(last)
        response.headers["Link"] = f'<{address}>; rel="next"'
    return response


def _pieces(target: IO[bytes]) -> Iterator[bytes]:
    with target:
        target.seek(0)
        while piece := target.read(PIECE):
            yield piece
