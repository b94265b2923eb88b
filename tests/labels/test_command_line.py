"""``python -m labels epc`` as docs/contracts/labels.md promises."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from labels.json_lines import answer_line

HEX = "3074257BF7194E4000001A85"
URI = "urn:epc:tag:sgtin-96:3.0614141.812345.6789"
KEY = {"01": "80614141123458", "21": "6789"}


def answer(request: dict[str, Any]) -> dict[str, Any]:
    answered: dict[str, Any] = json.loads(answer_line(json.dumps(request)))
    return answered


def test_the_command_answers_each_line_in_order_and_goes_on_after_an_error() -> None:
    requests = [
        {"op": "encode", "scheme": "sgtin-96", "tag_uri": URI},
        {"op": "encode", "scheme": "sgtin-96", "key": KEY, "filter": 3, "gcp_length": 7},
        "not an object",
        {"op": "decode", "hex": HEX},
        {"op": "parse", "text": "https://id.gs1.org/01/80614141123458/21/6789"},
        {"op": "parse", "text": "构件"},
    ]
    lines = "\n".join(json.dumps(request) for request in requests) + "\n\nbroken"
    done = subprocess.run(
        [sys.executable, "-m", "labels", "epc"], input=lines.encode(), capture_output=True, check=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers[0] == answers[1] == {"hex": HEX}
    assert list(answers[2]) == list(answers[6]) == ["error"]
    assert answers[3] == {"tag_uri": URI, "key": KEY, "filter": 3}
    link = "https://id.gs1.org/01/80614141123458/21/6789"
    assert answers[4] == {"kind": "element", "key": KEY, "digital_link": link, "text": link}
    assert answers[5] == {"kind": "unknown", "key": {}, "digital_link": "", "text": "构件"}
    assert len(answers) == 7


def test_tag_uri_and_key_may_both_be_given_and_then_agree() -> None:
    assert answer({"op": "encode", "scheme": "sgtin-96", "tag_uri": URI, "key": KEY, "filter": 3}) == {"hex": HEX}


@pytest.mark.parametrize(
    "difference",
    [
        {"key": KEY | {"21": "6788"}},
        {"scheme": "sgtin-198"},
        {"filter": 1},
        {"gcp_length": 8},
    ],
)
def test_what_does_not_agree_with_the_tag_uri_is_an_error(difference: dict[str, Any]) -> None:
    assert "error" in answer({"op": "encode", "scheme": "sgtin-96", "tag_uri": URI} | difference)


def test_a_plus_tag_has_a_key_and_no_tag_uri() -> None:
    key = {"01": "79521141123453", "21": "32a/b"}
    encoded = answer({"op": "encode", "scheme": "sgtin+", "key": key, "filter": 3})
    assert encoded == {"hex": "F73795211411234538566CB0AFC4"}
    assert answer({"op": "decode", **encoded}) == {"tag_uri": None, "key": key, "filter": 3}


@pytest.mark.parametrize(
    "request_",
    [
        {"op": "encode", "scheme": "sgtin-96", "key": KEY | {"21": "06789"}, "gcp_length": 7},
        {"op": "encode", "scheme": "sgtin-96", "key": KEY | {"21": "274877906944"}, "gcp_length": 7},
        {"op": "encode", "scheme": "sgtin-198", "key": KEY | {"21": "a#b"}, "gcp_length": 7},
        {"op": "encode", "scheme": "sgtin-96", "key": KEY | {"01": "80614141123459"}, "gcp_length": 7},
        {"op": "encode", "scheme": "sgtin-96", "key": KEY, "gcp_length": 5},
        {"op": "encode", "scheme": "sgtin-96", "key": KEY, "gcp_length": 13},
        {"op": "encode", "scheme": "sgtin-96", "key": KEY},
        {"op": "encode", "scheme": "giai-202", "key": {"8004": "0614141" + "A" * 24}, "gcp_length": 7},
        {"op": "encode", "scheme": "sgtin-96"},
        {"op": "encode", "key": KEY, "gcp_length": 7},
        {"op": "decode", "hex": "30"},
        {"op": "decode"},
        {"op": "print"},
        {},
    ],
)
def test_what_the_standard_or_the_contract_forbids_is_an_error(request_: dict[str, Any]) -> None:
    assert list(answer(request_)) == ["error"]
