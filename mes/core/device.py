"""What somebody holds in their hand: a tablet's name, or what its browser says in a few words.

Neither version nor model nor address is kept: enough to find the tablet on its hook, too little to know a person by.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

DEVICE_COOKIE = "mes_device"
MOST_CHARACTERS = 40
COOKIE_SECONDS = 5 * 365 * 24 * 3600

SYSTEMS = (
    ("HarmonyOS", ("HarmonyOS", "OpenHarmony", "ArkWeb")),
    ("Android", ("Android",)),
    ("iOS", ("iPhone", "iPad", "iPod")),
    ("Windows", ("Windows",)),
    ("macOS", ("Macintosh", "Mac OS X")),
    ("ChromeOS", ("CrOS",)),
    ("Linux", ("Linux", "X11")),
)
BROWSERS = (
    ("WeChat", ("MicroMessenger",)),
    ("DingTalk", ("DingTalk",)),
    ("Huawei Browser", ("HuaweiBrowser", "ArkWeb")),
    ("Edge", ("Edg/", "EdgA/", "EdgiOS/")),
    ("Samsung Internet", ("SamsungBrowser",)),
    ("QQ Browser", ("MQQBrowser", "QQBrowser")),
    ("UC Browser", ("UCBrowser",)),
    ("Firefox", ("Firefox/", "FxiOS/")),
    ("Opera", ("OPR/",)),
    ("Chrome", ("Chrome/", "CriOS/", "Chromium/")),
    ("Safari", ("Safari/",)),
)
"""Names and the marks in a browser's announcement that tell them; the first that fits is taken."""


def device_of(cookie: str | None, user_agent: str) -> str:
    """The device's own name, else its system and browser (`Android · Chrome`), else nothing."""
    return device_name(unquote(cookie or "")) or browser_words(user_agent)


def device_name(text: str) -> str:
    """A name as it may be kept: printable, single spaces, 40 characters at most."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:MOST_CHARACTERS].strip()


def cookie_value(name: str) -> str:
    """A name as a cookie can hold it."""
    return quote(device_name(name), safe="")


def browser_words(user_agent: str) -> str:
    """System and browser in a few words; nothing for what is no browser we know."""
    found = (_first(SYSTEMS, user_agent), _first(BROWSERS, user_agent))
    return " · ".join(word for word in found if word)


def _first(known: tuple[tuple[str, tuple[str, ...]], ...], user_agent: str) -> str:
    return next((name for name, marks in known if any(mark in user_agent for mark in marks)), "")
