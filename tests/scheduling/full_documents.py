"""A problem document and a plan document in which every key of the contract stands at least once."""

from typing import Any

EVERY_KEY_PROBLEM: dict[str, Any] = {
    "version": 1,
    "epoch": "2026-11-23T00:00:00+08:00",
    "now": 500,
    "calendars": [{"id": "day", "windows": [[480, 720], [780, 1020]]}],
    "overtime": [{"id": "ot", "calendar": "day", "window": [1020, 1080], "cost": 300}],
    "resources": [{"id": "mould", "count": 2}],
    "lines": [
        {
            "id": "L",
            "stations": [
                {
                    "id": "a",
                    "work": "pausable",
                    "calendar": "day",
                    "capacity": 1,
                    "buffer_after": 1,
                    "order": "fifo",
                    "changeover": {"initial": "A", "minutes": {"A": {"B": 12}, "B": {"A": 8}}},
                },
                {"id": "cast", "work": "unsplittable", "calendar": "day"},
                {"id": "cure", "work": "unattended", "capacity": 4, "order": "any"},
            ],
            "max_waits": [{"from": "a", "to": "cast", "minutes": 90}],
        }
    ],
    "jobs": [
        {
            "id": "J",
            "family": "B",
            "release": 400,
            "due": 900,
            "tardiness_cost": 10,
            "earliness_cost": 1,
            "options": [{"line": "L", "minutes": [30, 10, 60]}],
            "holds": [{"resource": "mould", "line": "L", "from": "a", "to": "cast"}],
        },
        {"id": "K", "due": 900, "options": [{"line": "L", "minutes": [30, 10, 60]}]},
    ],
    "objective": {"changeover_minute": 20, "makespan_minute": 10, "line_change": 200, "shift_hour": 2},
    "fixed": [
        {
            "job": "K",
            "line": "L",
            "operations": [
                {"station": "a", "enter": 480, "start": 480, "end": 490, "leave": 490},
                {"station": "cast", "enter": 492, "start": 493, "remaining": 15},
            ],
        }
    ],
    "previous": [{"job": "J", "line": "L", "enter": 510}],
}

EVERY_KEY_PLAN: dict[str, Any] = {
    "version": 1,
    "problem_sha256": "0" * 64,
    "status": "feasible",
    "objective": {
        "tardiness": 0,
        "earliness": 1,
        "changeover": 2,
        "makespan": 3,
        "overtime": 4,
        "stability": 5,
        "total": 15,
    },
    "bound": 7,
    "seconds": 0.5,
    "overtime": ["ot"],
    "jobs": [
        {
            "id": "J",
            "line": "L",
            "operations": [{"station": "a", "enter": 480, "start": 481, "end": 511, "leave": 512}],
        }
    ],
    "unscheduled": [{"job": "K", "reason": "no window is long enough"}],
}
