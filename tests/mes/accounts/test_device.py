"""Which device: a tablet's own name, or its system and browser; never more than that."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mes.core.device import browser_words, cookie_value, device_of

ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; SM-X110) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
IPAD = (
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/604.1"
)
WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.50 Safari/604.1"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0"
HARMONY = "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/114.0 Safari/537.36 ArkWeb/4.1 Mobile"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (ANDROID, "Android · Chrome"),
        (IPAD, "iOS · Safari"),
        (WECHAT, "iOS · WeChat"),
        (EDGE, "Windows · Edge"),
        (HARMONY, "HarmonyOS · Huawei Browser"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Linux · Firefox"),
        ("curl/8.5", ""),
        ("", ""),
    ],
)
def test_a_browser_is_told_in_a_few_words(user_agent: str, words: str) -> None:
    assert browser_words(user_agent) == words


def test_the_model_and_the_versions_are_not_kept() -> None:
    assert not any(part in device_of(None, ANDROID) for part in ("SM-X110", "131", "14"))


@pytest.mark.parametrize(
    ("cookie", "device"),
    [
        (cookie_value("平板 3"), "平板 3"),
        (cookie_value("  平板\n\t3  "), "平板 3"),
        (cookie_value("x" * 300), "x" * 40),
        (cookie_value("   "), "Android · Chrome"),
        ("%ff%fe", "\ufffd\ufffd"),
        (None, "Android · Chrome"),
    ],
)
def test_a_name_wins_over_the_browser(cookie: str | None, device: str) -> None:
    assert device_of(cookie, ANDROID) == device


def test_a_tablet_is_named_on_its_page_and_forgets_its_name_there(
    app: Flask, client_as: Callable[..., FlaskClient]
) -> None:
    client = client_as("operator")
    assert client.post("/device", data={"name": "平板 3"}).status_code == 303
    assert "平板 3" in client.get("/device").get_data(as_text=True)
    cookie = client.get_cookie("mes_device")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.max_age is not None
    assert cookie.max_age > 10**8
    client.post("/device", data={"name": ""})
    assert client.get_cookie("mes_device") is None
