"""`mes gateway`, `mes simulate`, `mes mqtt-house`: the way to the machines, and machines for a plant that has none."""

from __future__ import annotations

import logging
import signal
import threading

import click

from lines.mqtt.endpoint import AccessFileError
from lines.simulator import SimulatorError
from mes.cli.context import Context, pass_context
from mes.config import SettingsError
from mes.machines.gateway import run_gateway, run_simulator


@click.command()
@click.option("--server", help="Address of the web server (MES_SERVER_URL).")
@click.option("--token-file", type=click.Path(), help="File with the API token (MES_GATEWAY_TOKEN_FILE).")
@click.option("--ca-file", type=click.Path(), help="Authority of an https server (MES_GATEWAY_CA_FILE).")
@click.option("--name", help="What the gateway calls itself (MES_GATEWAY_NAME).")
@click.option("--metrics-port", type=click.IntRange(0, 65535), help="Port of its metrics (MES_GATEWAY_METRICS_PORT).")
@pass_context
def gateway(
    context: Context,
    server: str | None,
    token_file: str | None,
    ca_file: str | None,
    name: str | None,
    metrics_port: int | None,
) -> None:
    """Polls the machines, forwards what they say to the web server, writes commands. Needs no database."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = context.load(
        server_url=server,
        gateway_token_file=token_file,
        gateway_ca_file=ca_file,
        gateway_name=name,
        gateway_metrics_port=metrics_port,
    )
    try:
        run_gateway(settings)
    except (SettingsError, OSError) as error:
        raise click.ClickException(str(error)) from error


@click.command()
@pass_context
def simulate(context: Context) -> None:
    """Serves the lines as simulated machines (Modbus TCP)."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        run_simulator(context.settings)
    except SimulatorError as error:
        raise click.ClickException(str(error)) from error


@click.command("mqtt-house")
@click.option("--server", help="Address of the broker, mqtt://host:1883 (MES_SERVER_URL).")
@pass_context
def mqtt_house(context: Context, server: str | None) -> None:
    """Answers gateways that reach the house over MQTT 5, as the web server answers the others."""
    from mes.app import create_app
    from mes.machines.broker import broker_access, broker_endpoint
    from mes.machines.mqtt_house import MqttHouseDesk

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = context.load(server_url=server)
    try:
        endpoint = broker_endpoint(settings.server_url or "mqtt://127.0.0.1:1883")
        desk = MqttHouseDesk(create_app(settings), endpoint, broker_access(settings))
    except (SettingsError, AccessFileError) as error:
        raise click.ClickException(str(error)) from error
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    desk.start()
    stop.wait()
    desk.stop()


COMMANDS = (gateway, simulate, mqtt_house)
