"""The Dockerfile, as far as it can be held against the rest without building an image."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from wyoming_lfm2.engine.llama.build_hints import image_arguments

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")

PORTABLE = ("avx", "avx2", "bmi2", "f16c", "fma")
"""What ``-DGGML_NATIVE=OFF`` compiles in on x86 and some processors lack, beside SSE4.2 (ggml's CMakeLists.txt)."""


def test_the_recipe_for_an_old_processor_leaves_out_all_that_it_may_lack() -> None:
    (recipe,) = re.findall(r'--build-arg GGML="(.+?)"', DOCKERFILE)
    assert recipe == image_arguments(PORTABLE)


def test_a_container_has_as_long_for_its_first_start_as_a_service() -> None:
    (period,) = re.findall(r"^HEALTHCHECK .*--start-period=(\S+)", DOCKERFILE, re.MULTILINE)
    service = (ROOT / "systemd" / "wyoming-lfm2.service").read_text(encoding="utf-8")
    assert f"TimeoutStartSec={period}\n" in service


def test_the_image_is_made_of_the_versions_that_the_tests_ran_with_and_of_files_that_it_gets() -> None:
    installs = re.findall(r"/pip install .*", DOCKERFILE.replace("\\\n", ""))
    assert len(installs) == 2
    assert all("--constraint /src/constraints.txt" in install for install in installs)
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    (copied,) = re.findall(r"^COPY (\S.*) /src/$", DOCKERFILE, re.MULTILINE)
    readme = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["readme"]
    for name in (*copied.split(), readme, "LICENSE"):
        assert (ROOT / name).is_file()
        assert f"!{name}" in let_in


@pytest.mark.parametrize("name", ["Dockerfile", "README.md"])
def test_who_wants_another_uri_is_told_where_the_health_check_looks_for_it(name: str) -> None:
    """It has no option itself, so that one behind ``serve`` would be missed."""
    assert 'CMD ["wyoming-lfm2", "health"]' in DOCKERFILE
    assert "-e WYOMING_LFM2_SERVICE_URI=..." in (ROOT / name).read_text(encoding="utf-8")
