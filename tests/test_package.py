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

from tests.slow import SLOW
from wyoming_lfm2 import __version__
from wyoming_lfm2.cli.main import parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "bench" / "README.md")
}
"""What a person reads, by its place."""
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
                found |= {node.value for node in node.args if isinstance(node, ast.Constant)}
    # Those of the extras are imported where they are used.
    return found - set(sys.stdlib_module_names) - {"wyoming_lfm2", "pyaudio", "pymicro_wakeword"}


def test_every_library_that_is_imported_is_declared_and_no_other() -> None:
    owners = metadata.packages_distributions()
    # An extra's library need not be installed here.
    imported = {normal(owners.get(module, [module])[0]) for module in third_party_imports()}
    declared = names_of(PROJECT["dependencies"])
    extras = PROJECT["optional-dependencies"]
    assert declared <= imported <= declared | names_of([*extras["satellite"], *extras["mimi"]])


def names_of(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[<>=!~\[ ]", line)[0]) for line in requirements}


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
    assert module in [re.split(r"[<>=]", line)[0] for line in PROJECT["optional-dependencies"][extra]]
    assert any(f"[{extra}]" in text for text in PAGES.values())


def test_what_the_fast_tests_leave_out_is_there() -> None:
    assert [name for name in SLOW if not (ROOT / "tests" / name).exists()] == []


def test_the_release_is_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {__version__} " in changelog or "## Unreleased\n" in changelog


def test_the_readme_begins_with_the_two_commands() -> None:
    first_block = README.split("```sh\n")[1].split("```")[0]
    assert [line.split("#")[0].strip() for line in first_block.splitlines()] == ["script/run", "script/test"]


def test_continuous_integration_runs_the_command_of_the_readme() -> None:
    assert "exec script/test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "script").iterdir()))
def test_scripts_can_be_run(name: str) -> None:
    assert os.access(ROOT / "script" / name, os.X_OK)


def commands() -> list[str]:
    """Every call of the program in a page, once."""
    blocks = [block for text in PAGES.values() for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return sorted({line for line in lines if re.search(r"(^|/| )wyoming-lfm2 |^script/run ", line)})


@pytest.mark.parametrize("line", commands())
def test_commands_in_the_pages_can_be_typed(line: str) -> None:
    ours = next(part for part in line.split("|") if "wyoming-lfm2 " in part or "script/run" in part)
    words = shlex.split(ours)
    arguments = ["serve", *words[1:]] if words[0] == "script/run" else words[1:]
    assert callable(parser().parse_args(arguments).run)


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_links_are_there(page: str) -> None:
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", PAGES[page]):
        assert ((ROOT / page).parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES)
def test_headings_that_a_page_links_are_there(page: str) -> None:
    for link, heading in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", PAGES[page]):
        target = PAGES[page] if not link else PAGES[os.path.normpath(Path(page).parent / link)]
        titles = re.findall(r"^#+ (.+)$", target, re.MULTILINE)
        assert heading in {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_page_for_a_package_index_links_only_what_can_be_reached_from_there() -> None:
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / PROJECT["readme"]).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not link.startswith("https://")] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page != "CHANGELOG.md"])
def test_recordings_and_scripts_that_a_page_names_are_there(page: str) -> None:
    for name in re.findall(r"tests/data/\w+\.\w+|(?<=`)script/[\w-]+", PAGES[page]):
        assert (ROOT / name).is_file(), name


@pytest.mark.parametrize("name", ["README.md", "Dockerfile", "systemd/wyoming-lfm2.service"])
def test_nobody_is_told_to_install_what_is_not_on_pypi_yet(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.findall(r"pip install\s+(?:-\S+\s+)*['\"]?wyoming-lfm2", text)
