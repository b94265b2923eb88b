"""Rules of tags, benches and gates; their sources stand in the data file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import yaml

from mes.core.text import N_

RULES_FILE = Path(__file__).with_name("rules.yaml")

END_REASONS: dict[str, str] = {
    "broken": N_("Broken"),
    "lost": N_("Lost"),
    "misread": N_("Is read badly"),
    "wrong": N_("Was on the wrong thing"),
}
"""Why people end a tag."""
REWRITTEN = "rewritten"
"""Why a row ends when the same tag was written anew."""
ENDED: dict[str, str] = {**END_REASONS, REWRITTEN: N_("Written anew")}
USES: dict[str, str] = {"bench": N_("Bench"), "gate": N_("Gate")}


@dataclass(frozen=True)
class Rules:
    """Limits and times."""

    tid_digits: tuple[int, int]
    epc_digits: tuple[int, int]
    bench_read_seconds: float
    bench_timeout_seconds: float
    passage_pause: timedelta
    write_every_seconds: float
    lease_seconds: float
    look_every_seconds: float
    retry_seconds: tuple[float, ...]
    look_back: timedelta
    keep: timedelta


@cache
def rules() -> Rules:
    """The rules in force."""
    data = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    tag, bench, gate = data["tag"], data["bench"], data["gate"]
    return Rules(
        tid_digits=(tag["tid_hex_digits"]["shortest"], tag["tid_hex_digits"]["longest"]),
        epc_digits=(tag["epc_hex_digits"]["shortest"], tag["epc_hex_digits"]["longest"]),
        bench_read_seconds=bench["read_seconds"],
        bench_timeout_seconds=bench["timeout_seconds"],
        passage_pause=timedelta(seconds=gate["passage_pause_seconds"]),
        write_every_seconds=gate["write_every_seconds"],
        lease_seconds=gate["lease_seconds"],
        look_every_seconds=gate["look_every_seconds"],
        retry_seconds=tuple(gate["retry_seconds"]),
        look_back=timedelta(minutes=gate["look_back_minutes"]),
        keep=timedelta(days=gate["keep_days"]),
    )
