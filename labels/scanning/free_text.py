"""Old QR codes in free text: lines such as ``楼栋：3#`` or ``编号\tYB-1``, and what they tell of an element.

Nothing in them identifies; they are hints to search by. The labels are data, in the file beside this module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml

LONGEST_VALUE = 120
_DEEPEST = 3
_BLANK = re.compile(r"\s+")
_ENDS = " \t\r\n　;；,，、|/。:：=【】[]\"'"


@cache
def _labels() -> dict[str, str]:
    """What each label, small and without blanks, tells of."""
    data: dict[str, Any] = yaml.safe_load(files("labels.scanning").joinpath("free_text.yaml").read_text("utf-8"))
    return {_plain(str(label)): hint for hint, labels in data["labels"].items() for label in labels}


@cache
def _labelled() -> re.Pattern[str]:
    """A label and its separator: brackets, a colon, an equals sign or a tab; blanks alone only where a line starts."""
    longest_first = sorted(_labels(), key=len, reverse=True)
    any_label = "|".join(r"[ 　]*".join(map(re.escape, label)) for label in longest_first)
    return re.compile(
        rf"[【\[](?P<boxed>{any_label})[】\]][ 　:：=\t]*"
        rf"|(?<![A-Za-z0-9])(?P<label>{any_label})(?:[ 　]*[:：=\t][ 　\t:：]*)"
        rf"|^(?P<first>{any_label})[ 　]+(?=\S)",
        re.IGNORECASE | re.MULTILINE,
    )


def hints(text: str) -> Mapping[str, str]:
    """What a free text tells, by names such as element, project, building; the first of equal labels counts."""
    told: dict[str, str] = {}
    for label, value in (*_from_json(text), *_from_address(text), *_from_lines(text)):
        hint = _labels().get(_plain(label))
        shown = _BLANK.sub(" ", value).strip(_ENDS)[:LONGEST_VALUE]
        if hint and shown:
            told.setdefault(hint, shown)
    return told


def _from_lines(text: str) -> Iterator[tuple[str, str]]:
    found = list(_labelled().finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)][: len(found)]
    for match, end in zip(found, ends, strict=True):
        value = re.split(r"[\r\n;；|，]", text[match.end() : end], maxsplit=1)[0]
        yield match["boxed"] or match["label"] or match["first"], value


def _from_json(text: str) -> Iterator[tuple[str, str]]:
    if not text.startswith("{"):
        return
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    yield from _members(document, _DEEPEST)


def _members(document: Any, depth: int) -> Iterator[tuple[str, str]]:
    if not isinstance(document, dict) or not depth:
        return
    for name, value in document.items():
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            yield name, str(value)
        else:
            yield from _members(value, depth - 1)


def _from_address(text: str) -> Iterator[tuple[str, str]]:
    """The parameters of the web address that some plants printed."""
    if not text.lower().startswith(("http://", "https://")):
        return
    try:
        yield from parse_qsl(urlsplit(text).query)
    except ValueError:
        return


def _plain(label: str) -> str:
    return _BLANK.sub("", label).lower()
