"""The `mes` command. Exit 0 on success, 1 on a refused or failed job, 2 on wrong use."""

from __future__ import annotations

import gc
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from mes import __version__
from mes.cli.context import Context
from mes.config import SettingsError, load_settings
from mes.core.errors import MesError

MODULES = {
    "assets": ("assets",),
    "database": ("db",),
    "processes": ("serve", "worker", "sandbox-platform"),
    "machines": ("gateway", "simulate", "mqtt-house"),
    "signals": ("signals",),
    "people": ("plant", "user", "token"),
    "ledger": ("ledger",),
    "exchange": ("import", "export"),
    "archive": ("archive",),
    "connectors": ("connector",),
    "printers": ("printers",),
    "readers": ("readers",),
    "demo": ("demo",),
    "doctor": ("doctor",),
}
"""Which module of this package has which commands. Only that of the command that runs is loaded: a gateway starts
without the web, the scheduler and the database that it does not use."""
NEW_OBJECTS = 20_000
"""So many between two rounds of the garbage collector: modules being loaded make a million that stay."""


class Commands(click.Group):
    """The commands of `MODULES`, in that order."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return [name for names in MODULES.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, from its module; None if there is none of this name."""
        for module, names in MODULES.items():
            if cmd_name in names:
                commands = import_module(f"mes.cli.{module}").COMMANDS
                return next((command for command in commands if command.name == cmd_name), None)
        return None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mes")
@click.option("--config", type=click.Path(path_type=Path), envvar="MES_CONFIG", help="TOML file with settings.")
@click.option("--data", type=click.Path(path_type=Path), help="Data folder (MES_DATA).")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def mes(ctx: click.Context, config: Path | None, data: Path | None, debug: bool) -> None:
    """precast-mes: from the order to the confirmed delivery of every precast element."""
    given: dict[str, Any] = {"data": data, "debug": debug or None}
    ctx.obj = Context(lambda **overrides: load_settings(config, **{**given, **overrides}))


def main() -> None:
    """Run the command line, turning our errors into one line on standard error."""
    gc.set_threshold(NEW_OBJECTS, 10, 10)
    debug = "--debug" in sys.argv
    try:
        code = mes(standalone_mode=False)  # what `Exit` carried, or what the command returned
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except SettingsError as error:
        _fail(str(error), 2, debug)
    except MesError as error:
        lines = [str(error), *(f"  {fault.where}: {fault.reason}" for fault in error.faults)]
        _fail("\n".join(lines), 1, debug)
    except (OperationalError, ProgrammingError) as error:
        _fail(f"the database does not answer as expected: {error.orig} (try: mes doctor)", 1, debug)


def _fail(message: str, code: int, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    click.echo(message, err=True)
    sys.exit(code)
