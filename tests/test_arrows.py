"""Imports point one way: who may know whom is written here, and nowhere else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "wyoming_lfm2"

MAY_IMPORT = {
    "config": set[str](),
    "audio": set[str](),
    "text": set[str](),
    "intents": set[str](),
    "invocation": set[str](),
    "replay": set[str](),
    "systemd": set[str](),
    "gguf": {"config", "invocation"},
    "models": {"config", "gguf", "invocation"},
    "engine": {"config", "gguf", "invocation", "models"},
    # Of the engine only its face; see ENGINE_FACE.
    "asr": {"audio", "config", "engine"},
    "tts": {"audio", "config", "engine", "text"},
    "protocol": {"audio", "config"},
    "server": {"asr", "audio", "config", "engine", "intents", "protocol", "text", "tts"},
    "trial": {"audio", "engine", "text", "tts"},
    "discovery": {"config", "protocol"},
    "app": {"config", "discovery", "engine", "protocol", "server", "systemd"},
    "cli": {
        "app",
        "asr",
        "audio",
        "config",
        "discovery",
        "engine",
        "gguf",
        "intents",
        "invocation",
        "models",
        "protocol",
        "server",
        "text",
        "trial",
        "tts",
    },
    "__main__": {"cli"},
    "__init__": set[str](),
}
ENGINE_FACE = {"engine.api", "engine.errors"}
ONLY_THE_FACE = {"asr", "tts", "server", "app", "trial"}

ENGINE_ROOMS = ("llama", "requests", "model", "scheduling")
"""Each imports only those before it."""


def imports_of(path: Path) -> set[str]:
    """Modules of ours that a file imports, anywhere in it, without the package's name."""
    found = set()
    parts = ("wyoming_lfm2", *path.relative_to(PACKAGE).with_suffix("").parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(parts[: -node.level]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            # `from package import module` and `from package.module import name` alike.
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found |= {name.removeprefix("wyoming_lfm2.") for name in names if name.startswith("wyoming_lfm2.")}
    return found


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_what_lies_below_it(path: Path) -> None:
    place = path.relative_to(PACKAGE).with_suffix("").parts[0]
    imported = imports_of(path)
    places = {name.split(".")[0] for name in imported} & MAY_IMPORT.keys()
    assert places - {place} <= MAY_IMPORT[place]
    if place in ONLY_THE_FACE:
        inner = {".".join(name.split(".")[:2]) for name in imported if name.startswith("engine.")}
        assert inner <= ENGINE_FACE


@pytest.mark.parametrize("room", ENGINE_ROOMS)
def test_a_room_of_the_engine_imports_only_those_below_it(room: str) -> None:
    files = sorted((PACKAGE / "engine" / room).rglob("*.py"))
    assert files
    imported = {
        name.split(".")[1] for path in files for name in imports_of(path) if name.startswith("engine.")
    }
    assert imported & {*ENGINE_ROOMS} <= set(ENGINE_ROOMS[: ENGINE_ROOMS.index(room) + 1])
    assert not imported & {"engine", "conversation", "dialogues"}


def test_only_one_file_imports_the_c_library_and_the_engine_knows_no_protocol() -> None:
    importing = {"llama_cpp": set[str](), "wyoming": set[str](), "zeroconf": set[str]()}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                modules = [node.module]
            for module in modules:
                if (root := module.split(".")[0]) in importing:
                    importing[root].add(str(path.relative_to(PACKAGE)))
    assert importing["llama_cpp"] == {"engine/llama/library.py"}
    assert importing["zeroconf"] == {"discovery/announcer.py"}
    assert {name.split("/")[0] for name in importing["wyoming"]} == {"protocol", "server"}
