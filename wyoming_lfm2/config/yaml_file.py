"""Reads the settings file, remembering the line of every value.

PyYAML's loader forgets where a value stood and lets a key stand twice; walking its
nodes does neither, and "line 12" is what a person looks for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from wyoming_lfm2.config.errors import SettingsError, did_you_mean
from wyoming_lfm2.config.tree import leaves, sections


def read_yaml(path: Path) -> dict[str, tuple[Any, str]]:
    """Return ``{"section.key": (value, "FILE line N")}`` for everything that the file sets.

    A key without a value (``threads:``) is left out: its default holds.

    :raises SettingsError: the file cannot be read, is not YAML, or has an unknown or a doubled key.
    """
    try:
        return _read(path)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not text in UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsError(f"{path}{line}: is not valid YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: is not valid YAML: {error}.") from error


def _read(path: Path) -> dict[str, tuple[Any, str]]:
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    found: dict[str, tuple[Any, str]] = {}
    known = {leaf.path for leaf in leaves()}
    for section, section_node, where in _entries(root, path, "the file"):
        if section not in sections():
            guess = did_you_mean(section, sections())
            raise SettingsError(f"{where}: there is no section {section}; {guess}")
        for key, node, key_where in _entries(section_node, path, section):
            name = f"{section}.{key}"
            if name not in known:
                guess = _neighbour(section, key, known)
                raise SettingsError(f"{key_where}: there is no setting {name}; {guess}")
            value = _plain(node)
            if value is not None:
                found[name] = (value, key_where)
    return found


def _neighbour(section: str, key: str, known: set[str]) -> str:
    """Name the nearest setting; one of the same name in another section is the nearest."""
    elsewhere = [name for name in known if name.endswith(f".{key}")]
    if elsewhere:
        return did_you_mean(f"{section}.{key}", elsewhere)
    return did_you_mean(f"{section}.{key}", (name for name in known if name.startswith(f"{section}.")))


def _entries(node: yaml.Node | None, path: Path, what: str) -> list[tuple[str, yaml.Node, str]]:
    """Return key, value and place of a mapping's entries; an empty node has none."""
    if node is None or (isinstance(node, yaml.ScalarNode) and _plain(node) is None):
        return []
    where = f"{path} line {node.start_mark.line + 1}"
    if not isinstance(node, yaml.MappingNode):
        raise SettingsError(f"{where}: {what} should hold names with values, such as `key: value`.")
    entries: dict[str, tuple[str, yaml.Node, str]] = {}
    for key_node, value_node in node.value:
        key = str(_plain(key_node))
        key_where = f"{path} line {key_node.start_mark.line + 1}"
        if key in entries:
            raise SettingsError(f"{key_where}: {key} is set twice, first on {entries[key][2]}.")
        entries[key] = (key, value_node, key_where)
    return list(entries.values())


def _plain(node: yaml.Node) -> Any:
    """Turn a node into plain Python values."""
    constructor = yaml.constructor.SafeConstructor()
    return constructor.construct_object(node, deep=True)
