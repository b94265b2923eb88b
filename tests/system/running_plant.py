"""A whole small plant running as real processes: web, worker, gateway, simulated slab line, city platform.

The processes are those of `mes demo` under the same supervisor; only the plant is smaller and its line runs faster.
"""

from __future__ import annotations

import io
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests
from pydantic import SecretStr
from sqlalchemy import select

from mes.accounts.service import AddPerson, add_person, make_token
from mes.cli.demo import Ports, children
from mes.core.clock import SystemClock
from mes.core.commands import Work, perform
from mes.core.database import Database
from mes.core.ids import new_id
from mes.library.atlas import parse_type_code
from mes.logistics.service import AddYardSlot, add_yard_slot
from mes.orders.models import Project
from mes.orders.order_template import write_order_workbook
from mes.orders.workbook import (
    BuildingEntry,
    FloorEntry,
    OrderLine,
    OrderWorkbook,
    PartyEntry,
    PartyRole,
    ProjectEntry,
)
from mes.planning.line_description import read_plant
from mes.planning.service import SetRoutes, SetUpLine, set_routes, set_up_line
from mes.supervisor import Supervisor, SupervisorError, pick_port
from mes.traceability.service import ensure_epcis_connector
from tests.conftest import actor, create_plant

PASSWORD = "a long test password"
PROJECT = "XM-E2E"
SLAB = "DBS1-67-3620-31"
SPEED = 1200
COMPLETE_SECONDS = 900  # simulated: three quarters of a real second, so that the gateway surely sees it
ROLES = ("planner", "operator", "inspector", "receiver", "supervisor", "admin")


@dataclass
class RunningPlant:
    """Addresses and processes of a plant that runs."""

    database: Database
    data: Path
    ports: Ports
    supervisor: Supervisor
    failures: list[SupervisorError] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The web server's address."""
        return f"http://127.0.0.1:{self.ports.web}"

    @property
    def platform_url(self) -> str:
        """The city platform's address."""
        return f"http://127.0.0.1:{self.ports.sandbox}"

    def kill(self, name: str) -> None:
        """SIGKILL a process; the supervisor starts it again."""
        status = next(child for child in self.supervisor.status() if child.name == name)
        if status.pid is not None:
            os.kill(status.pid, signal.SIGKILL)

    def log_tail(self) -> str:
        """The last lines of every process, for a failing test."""
        logs = sorted((self.data / "logs").glob("*.log"))
        return "\n".join(f"== {log.stem}\n" + "\n".join(log.read_text().splitlines()[-15:]) for log in logs)


def fast_line(folder: Path, port: int) -> Path:
    """The packaged slab line, showing each finished pallet long enough at the speed of tests."""
    text = (files("lines") / "plants" / "SL.yaml").read_text(encoding="utf-8")
    file = folder / "SL.yaml"
    text = re.sub(r"complete_seconds: \d+", f"complete_seconds: {COMPLETE_SECONDS}", text)
    file.write_text(re.sub(r"address: .*", f"address: 127.0.0.1:{port}", text), encoding="utf-8")
    return file


def prepare(database: Database, data: Path, sandbox_url: str) -> None:
    """A plant, its slab line, a yard, one person of each role (the receiver's project comes with the order)."""
    clock, admin, planner = SystemClock(), actor("admin"), actor("planner")
    create_plant(database, clock)
    description = read_plant("demo")
    slab_line = next(line for line in description.lines if line.code == "SL")
    perform(database, planner, clock, set_up_line, SetUpLine(line=slab_line, calendars=description.calendars))
    perform(database, planner, clock, set_routes, SetRoutes(routes=description.routes))
    perform(database, planner, clock, add_yard_slot, AddYardSlot(code="A-01", kind="flat", capacity=50))
    for role in ROLES:
        person = AddPerson(sign_in_name=role, name=f"测试{role}", role=role, password=SecretStr(PASSWORD))
        perform(database, admin, clock, add_person, person)
    with database.writing() as session:
        work = Work(session, admin, clock)
        (data / "gateway-token").write_text(make_token(work, "gateway", "gateway"))
        ensure_epcis_connector(work, "sandbox", sandbox_url)


def scope_receiver(database: Database, sign_in_name: str = "receiver") -> None:
    """Let the receiver see the test's project, which exists once its order is in."""
    from mes.accounts.models import Person, PersonProject

    with database.writing() as session:
        person = session.scalars(select(Person).where(Person.sign_in_name == sign_in_name)).one()
        project = session.scalars(select(Project).where(Project.code == PROJECT)).one()
        person.projects = [PersonProject(project_id=project.id)]


def _place_among_workers() -> int:
    """This process's number among those that share the tests: plants of two of them must not look at one port."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@contextmanager
def running_plant(database: Database, data: Path) -> Iterator[RunningPlant]:
    """Start everything, wait until it is ready, and stop everything at the end."""
    data.mkdir(parents=True, exist_ok=True)
    apart = 1000 * _place_among_workers()
    web = pick_port(8300 + apart)
    sandbox = pick_port(8400 + apart, taken=(web,))
    ports = Ports(web, sandbox, pick_port(15320 + apart, taken=(web, sandbox)))
    prepare(database, data, f"http://127.0.0.1:{sandbox}")
    environment = {
        **os.environ,
        "MES_DATA": str(data),
        "MES_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "MES_PORT": str(ports.web),
        "MES_MODBUS_PORT": str(ports.modbus),
        "MES_GATEWAY_TOKEN_FILE": str(data / "gateway-token"),
        "MES_LINES": str(fast_line(data, ports.modbus)),
        "MES_SIMULATOR_SPEED": str(SPEED),
        "MES_CONNECTOR_HOSTS": "127.0.0.1",
    }
    ready = threading.Event()
    terminal = io.StringIO()  # each process has a log file of its own
    plant = RunningPlant(database, data, ports, Supervisor(children(ports, environment), data, stream=terminal))

    def run() -> None:
        try:
            plant.supervisor.run(ready.set)
        except SupervisorError as error:
            plant.failures.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="supervisor")
    thread.start()
    try:
        ready.wait(90)
        if plant.failures:
            raise plant.failures[0]
        yield plant
    finally:
        plant.supervisor.request_stop()
        thread.join(30)


class Api:
    """A person's program: signs in like a browser, sends commands, and sends them again when the server is away."""

    def __init__(self, plant: RunningPlant, role: str) -> None:
        self.plant, self.role = plant, role
        self.session = requests.Session()
        self.session.cookies.set("mes_locale", "en")
        self.sign_in()

    def sign_in(self) -> None:
        """Sign in with the form of the sign-in page."""
        form = {"username": self.role, "password": PASSWORD, "csrf_token": self._token("/sign-in")}
        answer = self._send("POST", "/sign-in", data=form, allow_redirects=False)
        assert answer.status_code == 302, answer.text[:500]
        self.session.headers["X-CSRFToken"] = self._token("/sign-in")

    def get(self, path: str, **params: Any) -> Any:
        """A JSON answer."""
        answer = self._send("GET", path, params=params)
        assert answer.ok, f"{answer.status_code} {path} {answer.text[:500]}"
        return answer.json()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send a command with an id of its own until an answer comes."""
        answer = self._send("POST", path, json={"command_id": str(new_id()), **(body or {})})
        assert answer.ok, f"{answer.status_code} {path} {answer.text[:800]}"
        return answer.json()

    def upload(self, path: str, files: dict[str, tuple[str, bytes, str]], data: dict[str, Any] | None = None) -> Any:
        """Send files."""
        answer = self._send("POST", path, files=files, data={"command_id": str(new_id()), **(data or {})})
        assert answer.ok, f"{answer.status_code} {path} {answer.text[:800]}"
        return answer.json()

    def _token(self, path: str) -> str:
        page = self._send("GET", path).text
        found = re.search(r'name="csrf-token" content="([^"]+)"', page) or re.search(
            r'name="csrf_token" value="([^"]+)"', page
        )
        assert found, page[:300]
        return found.group(1)

    def _send(self, method: str, path: str, **arguments: Any) -> requests.Response:
        give_up = time.monotonic() + 60
        headers = {"Referer": self.plant.url}
        while True:
            try:
                answer = self.session.request(method, self.plant.url + path, timeout=30, headers=headers, **arguments)
                if answer.status_code < 500:
                    return answer
                problem = f"{answer.status_code}: {answer.text[:500]}"
            except requests.RequestException as error:
                problem = str(error)
            assert time.monotonic() < give_up, f"{method} {path} does not succeed: {problem}"
            time.sleep(0.3)


def wait_until(what: str, condition: Callable[[], Any], seconds: float = 60, plant: RunningPlant | None = None) -> Any:
    """Wait for something and return it; says what did not happen."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        found = condition()
        if found:
            return found
        time.sleep(0.25)
    raise AssertionError(f"waited {seconds} s in vain for: {what}\n{plant.log_tail() if plant else ''}")


def order_workbook(count: int) -> bytes:
    """A planner's workbook that orders `count` slabs for one floor."""
    from datetime import date, timedelta

    found = parse_type_code(SLAB)
    assert found is not None
    book = OrderWorkbook(
        project=ProjectEntry(PROJECT, "湖里安置房二期", address="厦门市湖里区"),
        parties=tuple(PartyEntry(role, f"示范{role.value}单位", "91350200MA2XN0XH64") for role in PartyRole),
        buildings=(BuildingEntry("1#", "1号楼"),),
        floors=(FloorEntry("1#", "3F", 3),),
        lines=tuple(
            OrderLine("1#", "3F", f"{n}-A", SLAB, date.today() + timedelta(days=10), 1, n)  # noqa: DTZ011
            for n in range(1, count + 1)
        ),
        atlas_types=(found,),
    )
    return write_order_workbook(book)


def fresh_name() -> str:
    """A name nobody else has."""
    return uuid4().hex[:10]
