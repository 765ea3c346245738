from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.model_sets import tiny_model_set
from wyoming_lfm2.cli.main import main
from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.models import locate
from wyoming_lfm2.models.locate import locate_model_set


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package whose embedded model is a tiny one of random weights."""
    folder = tmp_path / "nano"
    tiny_model_set(folder, quantization=Quantization.Q8_0)
    monkeypatch.setattr(locate, "EMBEDDED_FOLDER", folder)
    return folder


def test_the_embedded_model_is_found_without_any_setting(package: Path) -> None:
    found = locate_model_set(ModelSettings())
    assert found.model.name == "nano"
    assert found.model.languages == ("en",)
    assert (found.backbone.parent, found.mmproj.parent) == (package, package)


def test_a_quantization_meant_for_another_model_does_not_hide_it(package: Path) -> None:
    assert locate_model_set(ModelSettings(quantization="Q4_0")).backbone.name == "tiny-Q8_0.gguf"


def test_a_package_that_lost_it_says_so(package: Path) -> None:
    shutil.rmtree(package)
    with pytest.raises(ModelFileError, match="lacks its backbone and mmproj"):
        locate_model_set(ModelSettings())


def test_models_list_and_verify_know_it(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list"]) == 0
    assert "in the package" in capsys.readouterr().out
    assert main(["models", "verify", "nano"]) == 0
    assert capsys.readouterr().out.count("good") == 2
    file = package / "tiny-Q8_0.gguf"
    file.write_bytes(file.read_bytes()[:-100])
    assert main(["models", "verify", "nano"]) == 1
    assert f"BAD   {file}: " in capsys.readouterr().out
