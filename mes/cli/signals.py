"""`mes signals`: what the stations' signals mean in this plant."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import click

from mes.cli.context import Context, pass_context
from mes.shopfloor.service import SetSignalRules, set_signal_rules, text_in_force


@click.group()
def signals() -> None:
    """The rules that turn machine signals into work."""


@signals.command()
@pass_context
def show(context: Context) -> None:
    """Prints the rules in force, as YAML."""
    with context.database.reading() as session:
        text = text_in_force(session)
    standard = resources.files("lines.signals") / "standard.yaml"
    click.echo(text or standard.read_text(encoding="utf-8"), nl=False)


@signals.command("set")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_context
def set_(context: Context, file: Path) -> None:
    """Checks the rules of FILE and lets them hold from the next signal on."""
    command = SetSignalRules(text=file.read_text(encoding="utf-8"))
    answer = context.perform(set_signal_rules, command)
    click.echo(f"signal rules: version {answer.version} is in force")


COMMANDS = (signals,)
