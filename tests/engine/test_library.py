from __future__ import annotations

import dataclasses
import importlib.util
import logging
from pathlib import Path

import pytest

from tests.model_sets import tiny_model_set
from wyoming_lfm2.config.settings import EngineSettings
from wyoming_lfm2.engine.engine import Engine
from wyoming_lfm2.engine.errors import LibraryError
from wyoming_lfm2.engine.llama import build_hints, library
from wyoming_lfm2.engine.model.backbone import Backbone, BackboneOptions
from wyoming_lfm2.engine.model.encoder import Encoder
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.models.model_set import ModelSet

_OPTIONS = BackboneOptions(threads=1, gpu_layers=0, context=256, sequences=2)


def _folder() -> Path:
    spec = importlib.util.find_spec("llama_cpp")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "lib"


def test_this_machine_has_what_its_llama_was_compiled_for() -> None:
    assert library.missing_cpu_features(_folder()) == []


def test_a_library_for_another_processor_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    """Users' row 20: an illegal instruction would end the process without a word."""
    compiled = library.compiled_cpu_features(_folder())
    if not compiled:
        pytest.skip("this llama.cpp chooses its code at run time")
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor : 0\nflags\t\t: fpu vme pni\n", encoding="ascii")
    assert library.missing_cpu_features(_folder(), cpuinfo) == [name for name in compiled if name != "sse3"]


def test_the_engine_says_that_the_library_is_for_another_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Users' row 20."""
    monkeypatch.setattr(library, "_cpu_flags", lambda _: frozenset({"fpu"}))
    if not library.compiled_cpu_features(_folder()):
        pytest.skip("this llama.cpp chooses its code at run time")
    with pytest.raises(LibraryError, match=r"Compile it here: .* -m pip install .* \(for a container, build"):
        library.load_library.__wrapped__()


def test_a_missing_library_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(LibraryError, match="not installed"):
        library.load_library.__wrapped__()


@pytest.mark.parametrize("installed", ["0.4.2", "0.3.35", "0.3.360", None])
async def test_another_version_is_refused_with_what_to_run(
    ending_set: ModelSet, monkeypatch: pytest.MonkeyPatch, installed: str | None
) -> None:
    monkeypatch.setattr(build_hints, "installed_version", lambda: installed)
    remedy = r"Run: .* -m pip install llama-cpp-python==0\.3\.36 .*set model\.checks to warn"
    with pytest.raises(LibraryError, match=rf"llama-cpp-python is {installed or 'of a version'}.*{remedy}"):
        await Engine.load(ending_set, EngineSettings(threads=1), 30.0)


@pytest.mark.parametrize("installed", ["0.3.36", "0.3.36+cu124"])
def test_how_the_right_version_was_compiled_does_not_matter(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, installed: str
) -> None:
    monkeypatch.setattr(build_hints, "installed_version", lambda: installed)
    library.check_version(lenient=False)
    assert not caplog.records


async def test_another_version_is_tried_if_the_checks_only_warn(
    ending_set: ModelSet, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(build_hints, "installed_version", lambda: "0.4.2")
    engine = await Engine.load(dataclasses.replace(ending_set, lenient=True), EngineSettings(threads=1), 30.0)
    await engine.close()
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "llama-cpp-python is 0.4.2" in record.getMessage()


AMX = "processor : 0\nflags\t\t: fpu amx_tile amx_int8\n"


@pytest.fixture
def amx_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build that says that it uses AMX, on a processor that has it; the tests write its compiler."""
    (tmp_path / "cpuinfo").write_text(AMX, encoding="ascii")
    monkeypatch.setattr(library, "compiled_cpu_features", lambda _: ["avx2", "amx_int8"])
    flags = library._cpu_flags
    monkeypatch.setattr(library, "_cpu_flags", lambda _: flags(tmp_path / "cpuinfo"))
    monkeypatch.setattr(library, "_library_folder", lambda: tmp_path)
    return tmp_path


def compiled_by(folder: Path, *comments: str) -> None:
    comment = b"\0".join(text.encode() for text in comments)
    (folder / "libggml-cpu.so").write_bytes(b"\x7fELF\0code\0" + comment + b"\0.shstrtab\0")


@pytest.mark.parametrize(
    ("comments", "broken"),
    [
        (["GCC: (Debian 12.2.0-14+deb12u1) 12.2.0"], True),
        (["GCC: (GNU) 12.3.1 20230508 (Red Hat 12.3.1-1)"], True),
        (["GCC: (Ubuntu 13.3.0-6ubuntu2~24.04) 13.3.0"], False),
        (["clang version 18.1.3", "GCC: (Ubuntu 13.3.0-6ubuntu2~24.04) 13.3.0"], False),
        ([], False),
    ],
)
def test_amx_that_gcc_12_compiled_is_noticed(amx_build: Path, comments: list[str], broken: bool) -> None:
    compiled_by(amx_build, *comments)
    assert library.has_broken_amx(amx_build) is broken


def test_without_amx_gcc_12_is_as_good_as_any(amx_build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled_by(amx_build, "GCC: (Debian 12.2.0-14+deb12u1) 12.2.0")
    (amx_build / "cpuinfo").write_text(AMX.replace(" amx_int8", ""), encoding="ascii")
    assert not library.has_broken_amx(amx_build)
    (amx_build / "cpuinfo").write_text(AMX, encoding="ascii")
    monkeypatch.setattr(library, "compiled_cpu_features", lambda _: ["avx2"])
    assert not library.has_broken_amx(amx_build)


async def test_broken_amx_is_refused_with_what_to_run_or_tried_if_the_checks_only_warn(
    ending_set: ModelSet, amx_build: Path, caplog: pytest.LogCaptureFixture
) -> None:
    compiled_by(amx_build, "GCC: (Debian 12.2.0-14+deb12u1) 12.2.0")
    remedy = r'Compile it without AMX: CMAKE_ARGS="-DCMAKE_C_FLAGS=-U__AMX_INT8__ .* -m pip install'
    with pytest.raises(LibraryError, match=f"GCC 12.*{remedy}.*set model.checks to warn"):
        await Engine.load(ending_set, EngineSettings(threads=1), 30.0)
    # The library that is loaded is the real one.
    engine = await Engine.load(dataclasses.replace(ending_set, lenient=True), EngineSettings(threads=1), 30.0)
    await engine.close()
    assert "the first prompt would end the process" in caplog.text


async def test_a_missing_file_is_named(ending_set: ModelSet, tmp_path: Path) -> None:
    from dataclasses import replace

    for missing in (
        replace(ending_set, backbone=tmp_path / "no-backbone.gguf"),
        replace(ending_set, mmproj=tmp_path / "no-mmproj.gguf"),
    ):
        with pytest.raises(ModelFileError, match=r"no-(backbone|mmproj)\.gguf"):
            await Engine.load(missing, EngineSettings(threads=1), 30.0)


def test_what_llama_refuses_is_explained_with_its_own_reason(ending_set: ModelSet, tmp_path: Path) -> None:
    # The checks in Python come first; this is for what they let through.
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(ending_set.backbone.read_bytes()[:100_000])
    with pytest.raises(ModelFileError, match=r"cut\.gguf: llama\.cpp cannot load it \(.+\)"):
        Backbone(library.load_library(), cut, _OPTIONS)
    backbone = Backbone(library.load_library(), ending_set.backbone, _OPTIONS)
    cut.write_bytes(ending_set.mmproj.read_bytes()[:100_000])
    with pytest.raises(ModelFileError, match=r"cut\.gguf: llama\.cpp cannot load it \(.+\)"):
        Encoder(library.load_library(), cut, backbone, threads=1, gpu=False)
    backbone.close()


def test_llama_speaks_only_in_debug_logs(
    folder: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    tiny = tiny_model_set(folder / "quiet")
    caplog.set_level(logging.DEBUG, logger="wyoming_lfm2.llama_cpp")
    backbone = Backbone(library.load_library(), tiny.backbone, _OPTIONS)
    Encoder(library.load_library(), tiny.mmproj, backbone, threads=1, gpu=False).close()
    backbone.close()
    heard = [record for record in caplog.records if record.name == "wyoming_lfm2.llama_cpp"]
    assert len(heard) > 10
    assert {record.levelno for record in heard} == {logging.DEBUG}
    assert capfd.readouterr() == ("", "")
