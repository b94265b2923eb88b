"""From a machine's change of state to the picture in a browser: all real processes, over real sockets.

The simulated line takes a `hold` at a register of a station; the clock runs from that moment until the node of that
station on the line board, in a real chromium, shows another lamp. In between lie the poll of the gateway, its store,
the house and the page.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page
from pymodbus.client import ModbusTcpClient

from bench.figure import Figure, Quantity, SkippedError, Values
from lines import packaged_line
from mes import migrating
from mes.core.database import Database
from tests.browser.chromium import DESKTOP, Watch, browser_reason, launch, sign_in, started_playwright
from tests.system.running_plant import running_plant

HOLD_REGISTER = 101
STATION = "casting"
PATIENCE_SECONDS = 10.0
# Notes when the node of the station gets another class; Date.now() is the same clock as time.time().
WATCH = """([code]) => {
  const node = document.querySelector(`[data-station="${code}"]`);
  globalThis.changes = [];
  new MutationObserver(() => changes.push([Date.now(), node.getAttribute("class")])).observe(node, {attributes: true});
}"""


def board(case: int, changes: int) -> Values:
    """How long changes take to be seen, in seconds."""
    reason = browser_reason()
    if reason:
        raise SkippedError(reason)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
        migrating.upgrade(database)
        try:
            with running_plant(database, Path(folder)) as plant, started_playwright() as playwright:
                browser = launch(playwright)
                page = sign_in(browser, plant.url, Watch(), "operator", DESKTOP)
                page.goto("/machines/board?line=SL")
                page.wait_for_selector(f'[data-station="SL-{STATION}"].lamp-idle')
                page.evaluate(WATCH, [f"SL-{STATION}"])
                seconds = [_change(page, plant.ports.modbus, number) for number in range(int(changes))]
                browser.close()
        finally:
            database.dispose()
    ordered = sorted(seconds)
    return {
        "p95": ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))],
        "median": statistics.median(ordered),
        "worst": ordered[-1],
    }


def _change(page: Page, port: int, number: int) -> float:
    """Hold the station, or let it go on, and wait until the page has shown it."""
    held = number % 2 == 0
    time.sleep(0.3 + (number * 0.137) % 0.5)  # so that the changes meet the polls at every phase
    with ModbusTcpClient("127.0.0.1", port=port) as client:
        began = time.time()
        client.write_register(HOLD_REGISTER, int(held), device_id=_unit())
    wanted = "lamp-fault" if held else "lamp-idle"
    deadline = began + PATIENCE_SECONDS
    while time.time() < deadline:
        for at, classes in page.evaluate("globalThis.changes.splice(0)"):
            if wanted in classes:
                return float(at) / 1000 - began
        time.sleep(0.05)
    raise SkippedError(f"the board did not show {wanted} within {PATIENCE_SECONDS:g} s")


def _unit() -> int:
    names = [station.id for station in packaged_line("SL").stations]
    return names.index(STATION) + 1


FIGURES = (
    Figure(
        "board",
        "a machine's change of state until the line board in a browser shows it",
        board,
        (
            Quantity("p95", "95 of 100 changes are seen within", target=1.0, unit=" s"),
            Quantity("median", "– half of them", unit=" s"),
            Quantity("worst", "– the slowest", unit=" s"),
        ),
        {"changes": 40},
        (1,),
    ),
)
