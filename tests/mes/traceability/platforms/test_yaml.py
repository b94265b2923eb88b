"""YAML that people write: plain words mean what they look like; what is wrong is named with its place."""

from __future__ import annotations

import pytest

from mes.core.errors import InvalidInput
from mes.traceability.platforms.fields import read_yaml

BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcde", "bcdef", strict=True)
)


def test_codes_stay_as_they_were_copied() -> None:
    given = "[01, 0000, 1:30, no, on, 1_000, 0x1F, 2026-11-23, 1e3, 12, -3, 0, 0.25, true, null, 350200000000000000001]"
    assert read_yaml(f"codes: {given}")["codes"] == [
        "01", "0000", "1:30", "no", "on", "1_000", "0x1F", "2026-11-23", "1e3", 12, -3, 0, 0.25, True, None,
        "350200000000000000001",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        (BOMB, "", "more than 20000 values"),
        ("a: &a [*a]", "line 1, column 4", "recursive"),
        ("a: &a {b: *a}", "line 1, column 4", "recursive"),
        ("a: " + "[" * 5000 + "]" * 5000, "line 1, column 43", "more than 40 deep"),
        ("x: 1\n? [a]\n: b", "line 2, column 3", "a key is a plain word"),
        ("a:\n\tb: 1", "line 2, column 1", "cannot start any token"),
        ("a: !!binary aGk=", "line 1, column 4", ":binary"),
        ("a: !!set {x, y}", "line 1, column 4", "set"),
        ("a: !!python/object/apply:os.system [ls]", "line 1, column 4", "python/object"),
        ("a: 1\n---\nb: 2", "line 2, column 1", "another document"),
        ("a: \x00", "", "not allowed"),
        ("a: " + "x" * 200_000, "", "at most 200000"),
        ("- a\n- b", "line 1", "keys and values"),
        ("", "line 1", "keys and values"),
    ],
)
def test_what_no_settings_can_be_is_refused_at_once(text: str, where: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_yaml(text)
    (fault,) = refused.value.faults
    assert fault.where == where
    assert words in str(fault.reason)
