"""The code is as docs/architecture.md says: its packages, who imports whom, and the files and names on that page."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "wyoming_lfm2"
PAGE = ROOT / "docs" / "architecture.md"

ENGINE_FACE = {"engine.api", "engine.errors"}
ONLY_THE_FACE = {"asr", "tts", "server", "app", "trial", "satellite", "satellite_app"}

ENGINE_ROOMS = ("llama", "requests", "model", "scheduling")
"""Each imports only those before it; the page draws them the other way round."""

FOR_THE_INTERPRETER = {"__main__": {"cli"}, "__init__": set[str]()}
"""Not on the page: whoever looks for a package does not look for these."""


@cache
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@cache
def may_import() -> dict[str, set[str]]:
    """The table "Who may import whom": for each package those that it may import."""
    table = page().split("## Who may import whom")[1].split("\n## ")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    names = re.compile(r"`(\w+)`")
    return FOR_THE_INTERPRETER | {
        package: set(names.findall(imported))
        for packages, imported in rows
        for package in names.findall(packages)
    }


SATELLITE_ROOMS = {"core": {"core"}}
"""What of the satellite a part of it imports, and nothing else of ours."""


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


def test_the_page_has_every_package_and_no_other() -> None:
    assert may_import().keys() == {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in FILES}


def test_the_arrows_on_the_page_make_no_circle() -> None:
    left = dict(may_import())
    while left:
        free = {package for package, imported in left.items() if not imported & left.keys()}
        assert free, f"these import each other: {sorted(left)}"
        left = {package: imported for package, imported in left.items() if package not in free}


def test_every_arrow_on_the_page_is_used() -> None:
    used = {package: set[str]() for package in may_import()}
    for path in FILES:
        place = path.relative_to(PACKAGE).with_suffix("").parts[0]
        used[place] |= {name.split(".")[0] for name in imports_of(path)} & used.keys() - {place}
    assert used == may_import()


def test_the_rooms_of_the_engine_are_drawn_in_their_order() -> None:
    drawing = page().split("```")[1]
    drawn = re.findall(r"^  \|  (\w+) ", drawing, re.MULTILINE)
    assert tuple(reversed(drawn)) == ENGINE_ROOMS
    rooms = {path.name for path in (PACKAGE / "engine").iterdir() if (path / "__init__.py").exists()}
    assert rooms == {*ENGINE_ROOMS}


def test_every_file_and_name_on_the_page_exists() -> None:
    named = re.findall(r"((?:[a-z_]\w*/)*\w+\.py)(?::([\w.]+))?", page())
    named = [(path, name) for path, name in named if "NAME" not in path and not path.startswith("_")]
    assert len(named) > 50
    missing = []
    for path, name in named:
        file = next((base / path for base in (PACKAGE, ROOT) if (base / path).is_file()), None)
        if file is None or (name and name not in defined_in(file)):
            missing.append(f"{path}:{name}" if name else path)
    assert not missing


def defined_in(path: Path) -> set[str]:
    """Names of the classes and functions of a file, those of a class as ``Class.name``."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {
                f"{node.name}.{inner.name}"
                for inner in node.body
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
            }
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_only_what_lies_below_it(path: Path) -> None:
    place = path.relative_to(PACKAGE).with_suffix("").parts[0]
    imported = imports_of(path)
    places = {name.split(".")[0] for name in imported} & may_import().keys()
    assert places - {place} <= may_import()[place]
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


@pytest.mark.parametrize("room", SATELLITE_ROOMS)
def test_a_room_of_the_satellite_imports_only_those_it_may(room: str) -> None:
    files = sorted((PACKAGE / "satellite" / room).rglob("*.py"))
    assert files
    imported = {
        ".".join(name.split(".")[:2])
        for path in files
        for name in imports_of(path)
        if name not in {"satellite", f"satellite.{room}"}
    }
    assert imported <= {f"satellite.{each}" for each in SATELLITE_ROOMS[room]}


def test_only_one_file_imports_the_c_library_and_the_engine_knows_no_protocol() -> None:
    outside = ("nano", "bench", "tests")
    importing = {name: set[str]() for name in ("llama_cpp", "wyoming", "zeroconf", *outside)}
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
    assert {name.split("/")[0] for name in importing["wyoming"]} == {"protocol", "satellite", "server"}
    assert not any(importing[name] for name in outside)
