"""`mes demo`: everything on this machine, under one supervisor."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mes import migrating
from mes.accounts.queries import plant_name
from mes.cli.context import Context, pass_context
from mes.cli.people import OWNER
from mes.core.assets import ensure_assets
from mes.core.commands import Work
from mes.traceability.service import ensure_epcis_connector

if TYPE_CHECKING:
    from mes.supervisor import Child

PORTS_FILE = "demo-ports.json"
SIGN_INS_FILE = "demo-sign-ins.json"
SANDBOX_CONNECTOR = "sandbox"
BENCH_TAGS, GATE_TAGS = "demo-bench-tags.yaml", "demo-gate-tags.yaml"  # what lies before the readers
TAG_USER_BITS = 512  # what the USER bank of the demo's tags holds
SPREAD = 0.08  # cycle times of the demo's machines differ by so much of the planned,
STOPS_PER_HOUR = 0.05  # and each stops by itself once in twenty hours of its work


@dataclass(frozen=True)
class Ports:
    """The ports of a demo: web server, sandbox platform, the simulator's two from `modbus` on, its page of faults;
    the label printer and the readers of tags, 0 where there are none."""

    web: int
    sandbox: int
    modbus: int
    faults: int = 0
    printer: int = 0
    bench: int = 0
    gate: int = 0


@click.group(invoke_without_command=True)
@click.option("--data", type=click.Path(path_type=Path), help="Data folder (MES_DATA).")
@click.option("--port", type=int, help="Port of the web server; a free one near it is taken where it is in use.")
@click.option("--no-simulator", is_flag=True, help="Without the simulated lines and their gateway.")
@click.option("--once", is_flag=True, help="Prepare everything and exit.")
@click.pass_context
def demo(ctx: click.Context, data: Path | None, port: int | None, no_simulator: bool, once: bool) -> None:
    """Prepare and run the demo plant: web, worker, gateway, simulator and a city platform's stand-in."""
    outer: Context = ctx.obj
    given = {"data": data} if data else {}
    context = Context(lambda **overrides: outer.load(**{**given, **overrides}))
    ctx.obj = context
    if ctx.invoked_subcommand is not None:
        return
    prepare(context)
    if once:
        click.echo("prepared")
        return
    run(context, port, simulator=not no_simulator)


@demo.command("load")
@pass_context
def load(context: Context) -> None:
    """Load the demo plant into an empty database."""
    migrating.upgrade(context.database)
    _load_plant(context)


def prepare(context: Context) -> None:
    """Assets, migrations, the demo plant, the gateway's token: made where they are not there yet."""
    ensure_assets()
    migrating.upgrade(context.database)
    _load_plant(context)
    _gateway_token(context)


def _load_plant(context: Context) -> None:
    from mes.demo import load_demo_plant

    with context.database.reading() as session:
        there = plant_name(session) != "precast-mes"
    if there and not (context.settings.data / SIGN_INS_FILE).exists():
        raise click.ClickException(
            f"{context.settings.data} holds a plant that is not the demo plant, or one whose loading was interrupted: "
            "name an empty folder with --data, or remove this one"
        )
    if there:
        return
    click.echo("loading the demo plant (a minute or so, once) ...")
    load_demo_plant(context.database, context.settings, lambda message: click.echo(f"  {message}"))


def _gateway_token(context: Context) -> Path:
    from mes.accounts.service import make_token

    file = context.settings.data / "gateway-token"
    if not file.exists():
        with context.database.writing() as session:
            token = make_token(Work(session, OWNER, context.clock), "gateway", "gateway")
        file.touch(mode=0o600)
        file.write_text(token + "\n")
    return file.absolute()


def run(context: Context, port: int | None, *, simulator: bool) -> None:
    """Start the processes and stay until Ctrl-C."""
    from mes.supervisor import Supervisor, SupervisorError

    ports = _ports(context.settings.data, port or context.settings.port)
    _point_connector_at(context, f"http://127.0.0.1:{ports.sandbox}")
    _set_up_devices(context, ports)
    supervisor = Supervisor(children(ports, _environment(context, ports), simulator=simulator), context.settings.data)
    try:
        supervisor.run(lambda: _announce(context, ports))
    except SupervisorError as error:
        raise click.ClickException(str(error)) from error


def children(ports: Ports, environment: dict[str, str], *, simulator: bool = True) -> list[Child]:
    """The processes of a plant on one machine; all of them are ordinary `mes` commands."""
    from mes.supervisor import Child, port_answers

    mes = [sys.executable, "-m", "mes.cli"]
    web, sandbox = f"http://127.0.0.1:{ports.web}/health", f"http://127.0.0.1:{ports.sandbox}/"
    made = [
        Child("sandbox", [*mes, "sandbox-platform", "--port", str(ports.sandbox)], environment, ready=sandbox),
        Child("web", [*mes, "serve"], environment, ready=web),
        Child("worker", [*mes, "worker"], environment),
    ]
    if simulator:
        made += [
            Child("simulator", [*mes, "simulate"], environment, ready=port_answers(ports.modbus)),
            Child("gateway", [*mes, "gateway"], environment),
        ]
    return made + _devices(ports, environment)


def _devices(ports: Ports, environment: dict[str, str]) -> list[Child]:
    """The label printer and the readers of tags, in software on real sockets."""
    from mes.supervisor import Child, port_answers

    if not ports.printer:
        return []
    labels, data = [sys.executable, "-m", "labels"], Path(environment["MES_DATA"])
    printed = ["--folder", str(data / "printed-labels")]
    asked = {
        "printer": (ports.printer, [*labels, "printer", *printed]),
        "bench": (ports.bench, [*labels, "reader", "--tags", str(data / BENCH_TAGS)]),
        "gate": (ports.gate, [*labels, "reader", "--tags", str(data / GATE_TAGS)]),
    }
    return [
        Child(name, [*command, "--port", str(port)], environment, ready=port_answers(port))
        for name, (port, command) in asked.items()
    ]


def _ports(data: Path, wished: int) -> Ports:
    """The ports of last time where they are free, else free ones; kept for the next time."""
    from mes.supervisor import pick_port

    file = data / PORTS_FILE
    before = json.loads(file.read_text()) if file.exists() else {}
    web = pick_port(wished)
    sandbox = pick_port(before.get("sandbox", 8090), taken=(web,))
    modbus = _two_ports(before.get("modbus", 5020), (web, sandbox))
    faults = pick_port(before.get("faults", 5100), taken=(web, sandbox, modbus, modbus + 1))
    taken = [web, sandbox, modbus, modbus + 1, faults]
    for name, preferred in (("printer", 9100), ("bench", 5084), ("gate", 5085)):
        taken.append(pick_port(before.get(name, preferred), taken=taken))
    printer, bench, gate = taken[-3:]
    ports = Ports(web, sandbox, modbus, faults, printer, bench, gate)
    file.write_text(json.dumps(asdict(ports)))
    return ports


def _two_ports(wished: int, taken: tuple[int, ...]) -> int:
    """The first of two free ports side by side: the simulator serves each line on one of its own."""
    from mes.supervisor import pick_port

    first = pick_port(wished, taken=taken)
    while pick_port(first + 1, taken=taken) != first + 1:
        first = pick_port(first + 2, taken=taken)
    return first


def _point_connector_at(context: Context, url: str) -> None:
    with context.database.writing() as session:
        ensure_epcis_connector(Work(session, OWNER, context.clock), SANDBOX_CONNECTOR, url)


def _set_up_devices(context: Context, ports: Ports) -> None:
    from mes.demo.devices import DevicePorts, set_up_devices, write_tags

    with context.database.writing() as session:
        set_up_devices(Work(session, OWNER, context.clock), DevicePorts(ports.printer, ports.bench, ports.gate))
    with context.database.reading() as session:
        write_tags(session, context.settings.data / BENCH_TAGS, context.settings.data / GATE_TAGS)


def _environment(context: Context, ports: Ports) -> dict[str, str]:
    settings = context.settings
    return {
        **os.environ,
        "MES_DATA": str(settings.data.absolute()),
        "MES_DATABASE_URL": settings.database_url,
        "MES_PORT": str(ports.web),
        "MES_MODBUS_PORT": str(ports.modbus),
        "MES_SIMULATOR_SPREAD": str(settings.simulator_spread or SPREAD),
        "MES_SIMULATOR_STOPS_PER_HOUR": str(settings.simulator_stops_per_hour or STOPS_PER_HOUR),
        "MES_SIMULATOR_CONTROL_PORT": str(ports.faults),
        "MES_TAG_USER_BITS": str(settings.tag_user_bits or TAG_USER_BITS),
        "MES_GATEWAY_TOKEN_FILE": str(_gateway_token(context)),
        "MES_CONNECTOR_HOSTS": settings.connector_hosts or "127.0.0.1",
    }


def _announce(context: Context, ports: Ports) -> None:
    sign_ins = json.loads((context.settings.data / SIGN_INS_FILE).read_text(encoding="utf-8"))
    lines = [
        "",
        f"  precast-mes       http://127.0.0.1:{ports.web}/",
        f"  city platform     http://127.0.0.1:{ports.sandbox}/",
        f"  machines' faults  http://127.0.0.1:{ports.faults}/",
        "",
        *(f"  {row['role']:<12} {row['name']:<12} {row['password']}   PIN {row['pin']}" for row in sign_ins),
        "",
        "  Ctrl-C stops everything; the next start goes on where it was.",
        "",
    ]
    click.echo("\n".join(lines))


COMMANDS = (demo,)
