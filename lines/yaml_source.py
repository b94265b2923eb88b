"""YAML files that know their line numbers, so that a fault can be shown where it stands."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Key = tuple[str | int, ...]


class FileFaultError(ValueError):
    """One or several faults of a file, one ``file:line: what is wrong`` on each line of the message."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass
class Source:
    """The content of a YAML file, the line of each of its parts and the faults found in it so far."""

    name: str
    content: Any
    lines: dict[Key, int]
    faults: list[str] = field(default_factory=list)

    def fault(self, key: Key, message: str) -> None:
        """Note a fault at a part of the file (or at the nearest part around it that exists)."""
        while key and key not in self.lines:
            key = key[:-1]
        self.faults.append(f"{self.name}:{self.lines.get(key, 1)}: {message}")

    def raise_faults(self) -> None:
        """Raise :class:`FileFaultError` with all faults noted, if there are any."""
        if self.faults:
            raise FileFaultError(self.faults)

    def mapping(self, key: Key, content: Any, required: set[str], optional: set[str]) -> dict[str, Any]:
        """``content`` as a mapping whose missing and unknown keys are noted as faults; {} if it is none."""
        if not isinstance(content, dict):
            self.fault(key, f"expected a mapping with {', '.join(sorted(required))}")
            return {}
        for missing in sorted(required - content.keys()):
            self.fault(key, f"{missing!r} is missing")
        for unknown in content.keys() - required - optional:
            known = ", ".join(sorted(required | optional))
            self.fault((*key, unknown), f"unknown key {unknown!r} (known: {known})")
        return content


def read_source(path: Path) -> Source:
    """Read a YAML file. Raises :class:`FileFaultError` where it cannot be read, or is not YAML."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileFaultError([f"{path}: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise FileFaultError([f"{path}: is not UTF-8 text"]) from error
    return parse_source(text, str(path))


def parse_source(text: str, name: str) -> Source:
    """Parse YAML text; ``name`` stands for the file in messages. Raises :class:`FileFaultError`."""
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            raise FileFaultError([f"{name}:1: the file is empty"])
        source = Source(name, loader.construct_document(root), {})
    except (yaml.MarkedYAMLError, yaml.reader.ReaderError) as error:
        raise FileFaultError([_syntax_fault(name, error)]) from error
    finally:
        loader.dispose()
    _note_lines(source, root, (), loader)
    source.raise_faults()
    return source


def _syntax_fault(name: str, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = mark.line + 1 if mark else 1
    return f"{name}:{line}: not YAML: {getattr(error, 'problem', None) or error}"


def _note_lines(source: Source, node: yaml.Node, key: Key, loader: yaml.SafeLoader) -> None:
    source.lines.setdefault(key, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _note_lines(source, item, (*key, index), loader)
    elif isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            part = (*key, loader.construct_object(key_node, deep=True))
            if part in source.lines:
                source.faults.append(f"{source.name}:{key_node.start_mark.line + 1}: {part[-1]!r} appears twice")
            source.lines[part] = key_node.start_mark.line + 1
            _note_lines(source, value_node, part, loader)
