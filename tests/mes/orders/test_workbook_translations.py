"""Every message of order intake is there in Chinese, with the same places to fill."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.extract import extract_from_file

import mes.library.atlas
import mes.orders.ifc_model
import mes.orders.workbook
from mes.core.translations import catalogue

PACKAGES = (mes.library.atlas, mes.orders.ifc_model, mes.orders.workbook)


def messages() -> set[str]:
    files = [file for package in PACKAGES for file in Path(str(package.__file__)).parent.glob("*.py")]
    files.append(Path(str(mes.orders.workbook.__file__)).parents[1] / "order_template.py")
    found = {str(m) for file in files for _, m, _, _ in extract_from_file("python", file, keywords={"N_": None})}
    assert len(found) > 100
    return found


def test_every_message_has_a_chinese_text_with_the_same_places() -> None:
    chinese = catalogue("zh_CN")
    for message in messages():
        assert message in chinese, message
        assert set(re.findall(r"%\(\w+\)s", chinese[message])) == set(re.findall(r"%\(\w+\)s", message)), message
