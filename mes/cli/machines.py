"""`mes gateway` and `mes simulate`: the way to the machines, and machines for a plant that has none."""

from __future__ import annotations

import logging

import click

from lines.simulator import SimulatorError
from mes.cli.context import Context, pass_context
from mes.machines.gateway import run_gateway, run_simulator


@click.command()
@pass_context
def gateway(context: Context) -> None:
    """Polls the machines, forwards what they say to the web server, writes releases."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    run_gateway(context.settings)


@click.command()
@pass_context
def simulate(context: Context) -> None:
    """Serves the lines as simulated machines (Modbus TCP)."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        run_simulator(context.settings)
    except SimulatorError as error:
        raise click.ClickException(str(error)) from error


COMMANDS = (gateway, simulate)
