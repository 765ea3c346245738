from __future__ import annotations

import ast
import os
import re
import shlex
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wyoming_lfm2 import __version__
from wyoming_lfm2.cli.main import parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def third_party_imports() -> set[str]:
    """Modules that the package imports, or whose files it looks for."""
    found = set()
    for path in (ROOT / "wyoming_lfm2").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.split(".")[0])
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("find_spec"):
                found |= {ast.literal_eval(argument) for argument in node.args}
    return found - set(sys.stdlib_module_names) - {"wyoming_lfm2"}


def test_every_library_that_is_imported_is_declared_and_no_other() -> None:
    owners = metadata.packages_distributions()
    imported = {normal(owners[module][0]) for module in third_party_imports()}
    declared = {normal(re.split(r"[<>=!~\[ ]", line)[0]) for line in PROJECT["dependencies"]}
    assert imported == declared


def test_the_constraints_have_every_library_in_a_version_that_will_do() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    constraints = [Requirement(line) for line in lines if not line.startswith("#")]
    versions = {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in constraints}
    extras = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"], *extras["test"], *extras["dev"]]
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        if name != PROJECT["name"]:
            assert requirement.specifier.contains(versions[name]), requirement


@pytest.mark.parametrize("file", ["cli/sound_output.py", "models/mimi_file.py"])
def test_the_extra_that_a_file_asks_for_brings_what_it_imports(file: str) -> None:
    text = (ROOT / "wyoming_lfm2" / file).read_text(encoding="utf-8")
    (extra,) = re.findall(r"wyoming-lfm2\[(\w+)\]", text)
    (module,) = re.findall(r'import_module\("(\w+)"\)', text)
    assert [re.split(r"[<>=]", line)[0] for line in PROJECT["optional-dependencies"][extra]] == [module]
    assert f"[{extra}]" in README


def test_the_release_is_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {__version__} " in changelog or "## Unreleased\n" in changelog


def test_the_readme_begins_with_the_two_commands() -> None:
    first_block = README.split("```sh\n")[1].split("```")[0]
    assert [line.split("#")[0].strip() for line in first_block.splitlines()] == ["script/run", "script/test"]


def test_continuous_integration_runs_the_command_of_the_readme() -> None:
    assert "exec script/test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["setup", "run", "test", "lint", "document-settings"])
def test_scripts_can_be_run(name: str) -> None:
    assert os.access(ROOT / "script" / name, os.X_OK)


def readme_commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if "wyoming-lfm2 " in line or line.startswith("script/run ")]


@pytest.mark.parametrize("line", readme_commands())
def test_commands_in_the_readme_can_be_typed(line: str) -> None:
    ours = next(part for part in line.split("|") if "wyoming-lfm2 " in part or "script/run" in part)
    words = shlex.split(ours)
    arguments = ["serve", *words[1:]] if words[0] == "script/run" else words[1:]
    assert callable(parser().parse_args(arguments).run)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_files_that_the_readme_links_are_there(link: str) -> None:
    assert (ROOT / link).exists()


def test_recordings_that_the_readme_names_are_there() -> None:
    for name in re.findall(r"tests/data/\S+", README):
        assert (ROOT / name).is_file(), name


@pytest.mark.parametrize("name", ["README.md", "Dockerfile", "systemd/wyoming-lfm2.service"])
def test_nobody_is_told_to_install_what_is_not_on_pypi_yet(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.findall(r"pip install\s+(?:-\S+\s+)*['\"]?wyoming-lfm2", text)
