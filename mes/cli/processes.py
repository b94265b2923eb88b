"""`mes serve`, `mes worker`, `mes gateway`, `mes simulate`, `mes sandbox-platform`: one process each."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import click

from mes.cli.context import Context, pass_context

STOP_SECONDS = 10


@click.command()
@click.option("--port", type=int, help="Port to listen on (MES_PORT).")
@pass_context
def serve(context: Context, port: int | None) -> None:
    """The web server."""
    from mes.app import create_app

    settings = context.load(port=port)
    app = create_app(settings)
    if sys.platform == "win32":
        import waitress

        waitress.serve(app, host=settings.host, port=settings.port, threads=settings.web_threads)
        return
    _gunicorn(app, f"{settings.host}:{settings.port}", settings.web_threads)


def _gunicorn(app: Any, bind: str, threads: int) -> None:
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options = {"bind": bind, "threads": threads, "worker_class": "gthread", "graceful_timeout": 5}
            for name, value in {**options, "accesslog": None, "loglevel": "warning"}.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return app

    Server().run()


@click.command()
@pass_context
def worker(context: Context) -> None:
    """Runs jobs: plans, imports, deliveries to the city, labels to printers."""
    import mes.handlers  # noqa: F401 - registers every room's jobs
    from mes.core.jobs import Worker
    from mes.identity.reading.gates import start_gates
    from mes.inspection.concrete.keeping import CuringKeeping
    from mes.inspection.documents.press import press_of, use_press
    from mes.ledger.jobs import CheckpointKeeping
    from mes.machines.jobs import MachineKeeping
    from mes.printing.designs import use_own_designs
    from mes.printing.jobs import start_printing
    from mes.traceability.archive.house import house_of, use_house
    from mes.traceability.jobs import start_delivery
    from scheduling import warm

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    use_own_designs(context.settings.label_designs)
    use_press(press_of(context.settings))
    use_house(house_of(context.settings))
    running = Worker(context.database, context.clock, context.settings.executor_id)
    running.start()
    threading.Thread(target=warm, name="warm", daemon=True).start()
    delivery = start_delivery(context.database, context.clock, context.settings, stop)
    printing = start_printing(context.database, context.clock, context.settings.executor_id, stop)
    gates = start_gates(context.database, context.clock, context.settings.executor_id, stop)
    keeping = MachineKeeping(context.database, context.clock, stop)
    keeping.start()
    curing = CuringKeeping(context.database, context.clock, stop)
    curing.start()
    checkpoints = CheckpointKeeping(context.database, context.clock, context.settings, stop)
    checkpoints.start()
    stop.wait()
    checkpoints.join(STOP_SECONDS)
    keeping.join(STOP_SECONDS)
    curing.join(STOP_SECONDS)
    gates.join(STOP_SECONDS)
    delivery.join(STOP_SECONDS)
    printing.join(STOP_SECONDS)
    running.stop()
    checkpoints.sign_off()
    sys.stdout.flush()
    os._exit(0)  # a job that still runs is taken up at the next start; waiting for its thread could take minutes


_YAML = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("sandbox-platform")
@click.option("--port", type=int, default=8090, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0: other machines may send too.")
@click.option("--address", default="", help="How senders reach it, where that is not HOST and PORT.")
@click.option("--data", type=click.Path(path_type=Path), help="Folder for what it accepts.")
@click.option("--faults", type=click.Path(exists=True, path_type=Path), help="YAML file of faults to play.")
@click.option("--app-keys", type=click.Path(exists=True, path_type=Path), help="YAML file of app keys (signed JSON).")
@click.option("--city", "cities", type=_YAML, multiple=True, help="Play the city of this file too; repeatable.")
@click.option("--keep-running", is_flag=True, help="Start it again after a restart that a fault has played.")
@pass_context
def sandbox_platform(
    context: Context,
    port: int,
    host: str,
    address: str,
    data: Path | None,
    faults: Path | None,
    app_keys: Path | None,
    cities: tuple[Path, ...],
    keep_running: bool,
) -> None:
    """A stand-in for a city platform: EPCIS capture and query, signed JSON, webhooks."""
    from mes.traceability import sandbox

    folder = data or context.settings.data / "sandbox"
    if keep_running:
        given = {"--port": port, "--host": host, "--address": address, "--data": folder, "--faults": faults}
        named = [(name, value) for name, value in {**given, "--app-keys": app_keys}.items() if value]
        named += [("--city", file) for file in cities]
        sys.exit(sandbox.keep_running([text for name, value in named for text in (name, str(value))]))
    try:
        sandbox.serve(port, folder, faults, host=host, base_url=address, app_keys_file=app_keys, city_files=cities)
    except sandbox.UnusableFileError as error:
        raise click.ClickException(str(error)) from error


COMMANDS = (serve, worker, sandbox_platform)
