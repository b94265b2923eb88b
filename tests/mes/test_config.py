"""Settings: one typed object; a mistake is told with the nearest right word."""

from __future__ import annotations

from pathlib import Path

import pytest

from mes.config import SettingsError, load_settings


def test_an_unknown_variable_suggests_the_nearest_known_one() -> None:
    with pytest.raises(SettingsError, match="MES_PROT is not a known setting; did you mean MES_PORT"):
        load_settings(environ={"MES_PROT": "8001"})


def test_an_unknown_key_of_the_file_is_named_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "mes.toml"
    file.write_text('databse_url = "sqlite://"')
    with pytest.raises(SettingsError, match=r"databse_url in .*did you mean database_url"):
        load_settings(file, environ={})


def test_a_value_of_the_wrong_kind_is_named() -> None:
    with pytest.raises(SettingsError, match="setting port"):
        load_settings(environ={"MES_PORT": "many"})


def test_a_variable_wins_over_the_file_and_an_option_over_both(tmp_path: Path) -> None:
    file = tmp_path / "mes.toml"
    file.write_text("port = 8001\nweb_threads = 4")
    assert load_settings(file, environ={"MES_PORT": "8002"}).port == 8002
    assert load_settings(file, environ={"MES_PORT": "8002"}, port=8003).port == 8003
    assert load_settings(file, environ={}).web_threads == 4


def test_postgresql_is_spoken_with_psycopg_3() -> None:
    settings = load_settings(environ={"MES_DATABASE_URL": "postgresql://mes@db/mes"})
    assert settings.effective_database_url == "postgresql+psycopg://mes@db/mes"
