"""What devices and people really send: a table of strings, and what each is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from labels.errors import LabelError
from labels.scanning.scan import parse

TABLE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("real_life.yaml").read_text("utf-8"))


@pytest.mark.parametrize("row", TABLE["strings"], ids=lambda row: row["text"])
def test_what_comes_from_devices_and_fingers_is_understood(row: dict[str, Any]) -> None:
    if "refused" in row:
        with pytest.raises(LabelError) as refused:
            parse(row["text"])
        assert type(refused.value).__name__ == row["refused"]
        return
    found = parse(row["text"])
    key = row.get("key", {})
    assert (found.kind, found.key) == (row["kind"], TABLE["keys"][key] if isinstance(key, str) else key)
    assert dict(found.hints) == row.get("hints", {})
    assert found.text == row.get("plain", found.text)


def test_the_table_has_every_kind() -> None:
    kinds = {row.get("kind") for row in TABLE["strings"]}
    assert kinds >= {"element", "load", "pallet", "mould", "place", "batch", "person", "unknown"}
