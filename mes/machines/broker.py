"""The broker between gateways and the house, as the settings have it."""

from __future__ import annotations

from lines.mqtt.endpoint import BrokerAccess, BrokerEndpoint, parse_access, parse_endpoint
from mes.config import Settings, SettingsError


def broker_access(settings: Settings) -> BrokerAccess:
    """How the broker lets gateway and house in.

    Raises:
        SettingsError: the settings do not fit each other.
    """
    given = {
        "user": settings.broker_user,
        "password_file": settings.broker_password_file,
        "ca_file": settings.gateway_ca_file,
    }
    try:
        return parse_access({name: value for name, value in given.items() if value})
    except ValueError as error:
        raise SettingsError(f"settings of the broker: {error}") from error


def broker_endpoint(url: str) -> BrokerEndpoint:
    """Where the broker is.

    Raises:
        SettingsError: that is no address of a broker.
    """
    try:
        return parse_endpoint(url)
    except ValueError as error:
        raise SettingsError(f"setting server_url: {error}") from error
