"""The settings written out for a person: as the commented YAML file and as a table."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import yaml

from wyoming_lfm2.config.settings import Settings
from wyoming_lfm2.config.tree import Leaf, leaves

HEAD = """\
# Settings of wyoming-lfm2. A line that is commented out shows the default.
#
# Read from --config FILE, or the file that WYOMING_LFM2_CONFIG names, or $XDG_CONFIG_HOME/wyoming-lfm2.yaml
# (usually ~/.config/wyoming-lfm2.yaml), or /etc/wyoming-lfm2.yaml: the first of these, one file only.
# Stronger than this file is the environment: WYOMING_LFM2_SERVICE_URI for service.uri, or
# WYOMING_LFM2_SERVICE_URI_FILE with the path of a file that holds the value. Stronger than that is the
# command line: --set service.uri=...
"""

WIDTH = 110


def commented_yaml() -> str:
    """Return ``config/wyoming-lfm2.yaml``: every setting, commented out, with its default and its text."""
    lines = [HEAD.rstrip("\n")]
    section = ""
    for leaf in leaves():
        if leaf.section != section:
            section = leaf.section
            lines += ["", f"{section}:  # {_about(section)}"]
        lines += textwrap.wrap(_text(leaf), WIDTH, initial_indent="  # ", subsequent_indent="  # ")
        lines.append(f"  #{leaf.key}: {leaf.default_text}".rstrip())
    return "\n".join(lines) + "\n"


def markdown_table() -> str:
    """Return the table of settings for ``docs/settings.md``."""
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for leaf in leaves():
        default = f"`{leaf.default_text}`" if leaf.default_text else ""
        rows.append(f"| `{leaf.path}` | {default} | {_text(leaf)} |")
    return "\n".join(rows) + "\n"


def effective_yaml(settings: Settings, origins: Mapping[str, str]) -> str:
    """Return the settings as they hold, each with the place it came from; it can be read back as a file."""
    tree = settings.model_dump(mode="json")
    lines = []
    section = ""
    for leaf in leaves():
        if leaf.section != section:
            section = leaf.section
            lines.append(f"{section}:")
        value = tree[leaf.section][leaf.key]
        written = "" if value is None else _flow(value)
        lines.append(f"  {leaf.key}: {written}".rstrip() + f"  # {origins.get(leaf.path, 'default')}")
    return "\n".join(lines) + "\n"


def _flow(value: object) -> str:
    """Write one value on one line, quoted where YAML needs it."""
    return yaml.safe_dump(value, default_flow_style=True, width=10_000).removesuffix("...\n").strip()


def _about(section: str) -> str:
    return (Settings.model_fields[section].description or "").removesuffix(".")


def _text(leaf: Leaf) -> str:
    return f"{leaf.help.removesuffix('.')} ({leaf.allowed})." if leaf.allowed else leaf.help
