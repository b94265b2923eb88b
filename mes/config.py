"""Settings: one typed object, from `MES_*` variables and an optional TOML file.

A variable wins over the file, the file over the default. An unknown key is an error that suggests the nearest
known one.
"""

from __future__ import annotations

import difflib
import os
import socket
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

PREFIX = "MES_"


class SettingsError(Exception):
    """A setting is unknown or has a value that cannot be used."""


class Settings(BaseModel):
    """Everything that can be set. Each field is `MES_<NAME>` in the environment and `name` in the TOML file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Field(Path("var"), description="data folder: SQLite file, photos, keys and logs")
    database_url: str = Field("", description="another database than the SQLite file in the data folder")
    host: str = Field("127.0.0.1", description="address the web server listens on")
    port: int = Field(8000, ge=1, le=65535, description="port the web server listens on")
    public_url: str = Field("", description="address that QR codes point to; default is host and port")
    zone: str = Field("Asia/Shanghai", description="time zone of the factory")
    locale: str = Field("zh_CN", pattern="^(zh_CN|en)$", description="language where a person has chosen none")
    web_threads: int = Field(16, ge=2, le=200, description="threads of the web server")
    session_hours: int = Field(12, ge=1, le=72, description="hours after which a sign-in ends")
    secure_cookies: bool = Field(False, description="send cookies over https only")
    upload_limit_mb: int = Field(20, ge=1, le=200, description="largest upload in megabytes")
    server_url: str = Field("", description="where the gateway finds the house, http or mqtt; default: host and port")
    gateway_token_file: str = Field("", description="file with the gateway's API token")
    gateway_name: str = Field(
        "", max_length=60, description="what the gateway calls itself; default is the host's name"
    )
    gateway_ca_file: str = Field("", description="authority the gateway checks an https server_url against")
    broker_user: str = Field("", description="who gateway and house are at an MQTT broker")
    broker_password_file: str = Field("", description="file with the password of broker_user")
    gateway_metrics_port: int = Field(0, ge=0, le=65535, description="port of the gateway's metrics; 0: none")
    gateway_metrics_host: str = Field("127.0.0.1", description="address the gateway's metrics are served on")
    lines: str = Field("", description="line files the gateway polls and the simulator serves, comma separated")
    simulator_speed: float = Field(60.0, gt=0, le=100000, description="how much faster than real time it runs")
    simulator_spread: float = Field(0.0, ge=0, le=0.3, description="how its cycle times differ, as a fraction")
    simulator_stops_per_hour: float = Field(0.0, ge=0, le=60, description="its machines' own stops in an hour of work")
    simulator_control_port: int = Field(0, ge=0, le=65535, description="port of its page for faults; 0: none")
    modbus_port: int = Field(5020, ge=1, le=65535, description="first Modbus port of the simulator")
    label_designs: str = Field("", description="folder with the plant's own label designs")
    tag_user_bits: int = Field(0, ge=0, le=512, description="bits in the USER bank of the plant's tags; 0: not written")
    checkpoint_minutes: int = Field(60, ge=0, le=10080, description="minutes between the ledger's checkpoints; 0: none")
    connector_hosts: str = Field(
        "", description="hosts, *.domains and networks that connectors may call, comma separated; empty: public ones"
    )
    connector_folders: str = Field(
        "", description="folders besides drop/ in the data folder that connectors may put files into, comma separated"
    )
    exchange_days: int = Field(30, ge=1, le=3650, description="days that requests to platforms are kept")
    exchange_failure_days: int = Field(365, ge=1, le=3650, description="days that requests that failed are kept")
    delivery_warn_hours: float = Field(
        1, gt=0, le=8760, description="hours after which an undelivered event is a worry"
    )
    delivery_bad_hours: float = Field(
        24, gt=0, le=8760, description="hours after which an undelivered event is an alarm"
    )
    executor_id: str = Field("worker-1", description="stable name of this worker process")
    debug: bool = Field(False, description="show tracebacks")

    @property
    def effective_database_url(self) -> str:
        """The database URL in force, with psycopg 3 for PostgreSQL."""
        if not self.database_url:
            return f"sqlite:///{(self.data / 'mes.sqlite').absolute()}"
        return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def effective_public_url(self) -> str:
        """The address that QR codes point to, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def effective_server_url(self) -> str:
        """Where the gateway finds the web server."""
        return (self.server_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def effective_gateway_name(self) -> str:
        """What the gateway calls itself: two that serve one house must differ."""
        return self.gateway_name or socket.gethostname()[:60] or "gateway"


def load_settings(file: Path | None = None, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from `file`, the environment and `overrides`, later ones winning.

    Raises:
        SettingsError: an unknown key, an unreadable file or a value that cannot be used, and where.
    """
    values: dict[str, Any] = {}
    if file is not None:
        values |= _from_file(file)
    values |= _from_environment(os.environ if environ is None else environ)
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"setting {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _from_file(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read {file}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not a TOML file: {error}") from error
    for name in values:
        _require_known(name, f"{name} in {file}", str)
    return values


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    values = {}
    for variable, value in environ.items():
        if variable.startswith(PREFIX) and variable not in NOT_SETTINGS:
            name = variable.removeprefix(PREFIX).lower()
            _require_known(name, f"the variable {variable}", lambda known: PREFIX + known.upper())
            values[name] = value
    return values


NOT_SETTINGS = {"MES_CONFIG", "MES_FONT_DIR", "MES_SCREENSHOTS", "MES_TEST_POSTGRES", "MES_TEST_MQTT"}
"""Variables with our prefix that are not settings."""


def _require_known(name: str, what: str, spell: Any) -> None:
    if name in Settings.model_fields:
        return
    near = difflib.get_close_matches(name, Settings.model_fields, n=1, cutoff=0.5)
    hint = f"; did you mean {spell(near[0])}?" if near else ""
    raise SettingsError(f"{what} is not a known setting{hint}")
