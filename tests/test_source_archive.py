"""Whoever has only the source archive can run its tests: it is built, unpacked, and asked to."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive's only folder."""
    folder = tmp_path_factory.mktemp("archive")
    # hatchling alone, as it is installed: nothing is fetched.
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder / "unpacked", filter="data")
    (root,) = (folder / "unpacked").iterdir()
    return root


def pytest_in(folder: Path, *arguments: str) -> str:
    """What pytest prints there, if all is well; with the archive's program, not with the one that is installed."""
    code = "import wyoming_lfm2, pathlib; print(pathlib.Path(wyoming_lfm2.__file__).parents[1])"
    environment = {"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    where = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    assert Path(where.stdout.strip()) == folder
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    return done.stdout


def test_all_its_tests_can_be_collected(unpacked: Path) -> None:
    ours = {path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")}
    assert {path.relative_to(unpacked) for path in (unpacked / "tests").rglob("test_*.py")} == ours
    assert "error" not in pytest_in(unpacked, "--collect-only", "-p", "no:xdist").splitlines()[-1]


def test_those_that_read_other_files_find_them(unpacked: Path) -> None:
    pytest_in(
        unpacked, "tests/test_package.py", "tests/test_container.py", "tests/test_arrows.py", "tests/config"
    )


def test_it_has_what_git_has(unpacked: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("no clone of the repository")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    wanted = {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}
    archived = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert archived - {"PKG-INFO"} >= wanted
