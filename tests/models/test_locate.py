from __future__ import annotations

from pathlib import Path

import pytest

from wyoming_lfm2.config.settings import ModelSettings
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.models.catalog import CATALOG, part_of, quantization_of
from wyoming_lfm2.models.locate import locate_model_set
from wyoming_lfm2.models.storage import DownloadRecord, cache_folder, read_record, set_folder


def fill(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"GGUF")
    return folder


def refusal(settings: ModelSettings) -> str:
    with pytest.raises(ModelFileError) as caught:
        locate_model_set(settings)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "part", "quantization"),
    [
        ("LFM2.5-Audio-1.5B-Q4_0.gguf", "backbone", "Q4_0"),
        ("LFM2.5-Audio-1.5B-JP-Q8_0.gguf", "backbone", "Q8_0"),
        ("mmproj-LFM2.5-Audio-1.5B-F16.gguf", "mmproj", "F16"),
        ("mmproj-audioencoder-LFM2-Audio-1.5B-Q8_0.gguf", "mmproj", "Q8_0"),
        ("audiodecoder-LFM2-Audio-1.5B-Q8_0.gguf", "vocoder", "Q8_0"),
        ("vocoder-LFM2.5-Audio-1.5B-Q4_0.gguf", "vocoder", "Q4_0"),
        ("tokenizer-LFM2.5-Audio-1.5B-q4_k_m.gguf", "tokenizer", "Q4_K_M"),
        ("mine.gguf", "backbone", None),
    ],
)
def test_official_names_say_part_and_quantization(name: str, part: str, quantization: str | None) -> None:
    assert part_of(name) == part
    assert quantization_of(name) == quantization


def test_a_folder_of_ones_own_needs_no_known_name(tmp_path: Path) -> None:
    folder = fill(tmp_path / "mine", "a.gguf", "mmproj-a.gguf", "README.md")
    found = locate_model_set(ModelSettings(name="mine", directory=folder))
    assert (found.model.name, found.backbone.name, found.mmproj.name) == ("mine", "a.gguf", "mmproj-a.gguf")
    assert (found.vocoder, found.tokenizer) == (None, None)


def test_a_folder_with_several_quantizations_gives_the_smallest_or_the_one_asked_for(tmp_path: Path) -> None:
    folder = fill(tmp_path, "x-F16.gguf", "x-Q4_0.gguf", "x-Q8_0.gguf", "mmproj-x-F16.gguf")
    assert locate_model_set(ModelSettings(directory=folder)).backbone.name == "x-Q4_0.gguf"
    asked = ModelSettings(directory=folder, quantization="q8_0")
    assert locate_model_set(asked).backbone.name == "x-Q8_0.gguf"
    assert locate_model_set(asked).mmproj.name == "mmproj-x-F16.gguf"
    assert "backbone missing in F32" in refusal(ModelSettings(directory=folder, quantization="F32"))


def test_a_set_may_mix_quantizations_and_the_backbone_decides_what_is_the_smallest(tmp_path: Path) -> None:
    """Official names: a backbone in Q8_0 with an encoder in Q4_0, and the other way round."""
    for backbone, other in (("Q8_0", "Q4_0"), ("Q4_0", "Q8_0")):
        stem = "LFM2.5-Audio-1.5B"
        parts = [f"{part}-{stem}-{other}.gguf" for part in ("mmproj", "vocoder", "tokenizer")]
        folder = fill(tmp_path / backbone, f"{stem}-{backbone}.gguf", *parts)
        found = locate_model_set(ModelSettings(directory=folder))
        assert [file.name for file in found.files] == [f"{stem}-{backbone}.gguf", *parts]
    fill(folder, f"mmproj-{stem}-F16.gguf")
    # Two encoders, and neither in the backbone's quantisation: the smaller one.
    assert locate_model_set(ModelSettings(directory=folder)).mmproj.name == f"mmproj-{stem}-Q8_0.gguf"


def test_files_with_official_names_are_the_official_model(tmp_path: Path) -> None:
    """Also where model.name is the default; a name that was given stays."""
    folder = fill(tmp_path / "jp", "LFM2.5-Audio-1.5B-JP-Q8_0.gguf", "mmproj-LFM2.5-Audio-1.5B-JP-Q8_0.gguf")
    found = locate_model_set(ModelSettings(directory=folder))
    assert found.model.name == "lfm2.5-audio-1.5b-jp"
    assert found.model.description == f"LFM2.5-Audio 1.5B JP by Liquid AI, Japanese, Q8_0, from {folder}"
    assert locate_model_set(ModelSettings(name="mine", directory=folder)).model.name == "mine"
    own = fill(tmp_path / "own", "a.gguf", "mmproj-a.gguf")
    found = locate_model_set(ModelSettings(directory=own))
    assert (found.model.name, found.model.description) == ("nano", f"nano, from {own}")


def test_two_files_for_one_part_are_not_guessed_between(tmp_path: Path) -> None:
    folder = fill(tmp_path, "a-Q4_0.gguf", "b-Q4_0.gguf", "mmproj-a-Q4_0.gguf")
    assert "both a-Q4_0.gguf and b-Q4_0.gguf could be the backbone" in refusal(
        ModelSettings(directory=folder)
    )


def test_a_missing_part_lists_what_is_there(tmp_path: Path) -> None:
    folder = fill(tmp_path, "a-Q4_0.gguf")
    message = refusal(ModelSettings(directory=folder))
    assert message.startswith(f"{folder}: mmproj missing; there is a-Q4_0.gguf. ")
    assert "no GGUF file at all" in refusal(ModelSettings(directory=fill(tmp_path / "empty")))
    assert "there is no such folder" in refusal(ModelSettings(directory=tmp_path / "none"))


def test_an_unknown_model_names_its_neighbour() -> None:
    assert "Did you mean lfm2.5-audio-1.5b?" in refusal(ModelSettings(name="lfm2.5-audio"))


def test_a_downloaded_set_carries_its_languages_and_its_commit(tmp_path: Path) -> None:
    entry = CATALOG["lfm2.5-audio-1.5b-jp"]
    folder = fill(
        set_folder(tmp_path, entry.name), f"{entry.stem}-Q4_0.gguf", f"mmproj-{entry.stem}-Q4_0.gguf"
    )
    DownloadRecord(entry.repository, "c0ffee" * 6 + "abcd", "0" * 64, 4).write(
        folder / f"{entry.stem}-Q4_0.gguf"
    )
    found = locate_model_set(ModelSettings(name=entry.name, cache=tmp_path))
    assert found.model.languages == ("ja",)
    assert found.model.version == "Q4_0-c0ffeec0ffee"


def test_another_quantization_is_never_taken_instead(tmp_path: Path) -> None:
    entry = CATALOG["lfm2.5-audio-1.5b"]
    fill(set_folder(tmp_path, entry.name), f"{entry.stem}-Q8_0.gguf", f"mmproj-{entry.stem}-Q8_0.gguf")
    message = refusal(ModelSettings(name=entry.name, cache=tmp_path))
    assert "lfm2.5-audio-1.5b in Q4_0 is not downloaded" in message


def test_the_cache_is_the_setting_then_systemds_then_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.delenv("CACHE_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder(None) == Path("/home/somebody/.cache/wyoming-lfm2")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache_folder(None) == Path("/xdg/wyoming-lfm2")
    monkeypatch.setenv("CACHE_DIRECTORY", "/var/cache/wyoming-lfm2")
    assert cache_folder(None) == Path("/var/cache/wyoming-lfm2")
    assert cache_folder(Path("/models")) == Path("/models")


def test_a_user_without_a_home_has_the_cache_of_a_service(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("CACHE_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert cache_folder(None) == Path("/var/cache/wyoming-lfm2")


def test_a_record_that_is_no_record_counts_as_none(tmp_path: Path) -> None:
    file = tmp_path / "a.gguf"
    assert read_record(file) is None
    for text in ("", "[]", '{"sha256": 1}', "{"):
        (tmp_path / "a.gguf.json").write_text(text, encoding="utf-8")
        assert read_record(file) is None


def test_a_folder_with_files_for_speech_speaks_and_one_without_says_where_they_belong(tmp_path: Path) -> None:
    folder = fill(tmp_path, "a-Q4_0.gguf", "mmproj-a-Q4_0.gguf", "vocoder-a-Q8_0.gguf")
    found = locate_model_set(ModelSettings(name="mine", directory=folder))
    assert found.tts_unavailable_reason == (
        "mine hears but cannot speak: its tokenizer file is missing. "
        f"Put them into {folder} as vocoder-NAME.gguf and tokenizer-NAME.gguf."
    )
    fill(folder, "tokenizer-a-F16.gguf")
    found = locate_model_set(ModelSettings(name="mine", directory=folder))
    assert found.tts_unavailable_reason == ""
    assert found.tokenizer == folder / "tokenizer-a-F16.gguf"


@pytest.mark.parametrize(
    ("backbone", "name", "voices"),
    [
        ("LFM2.5-Audio-1.5B-Q4_0.gguf", "mine", ["us-female", "us-male", "uk-female", "uk-male"]),
        ("LFM2.5-Audio-1.5B-JP-Q4_0.gguf", "mine", ["japanese"]),
        ("LFM2-Audio-1.5B-Q8_0.gguf", "mine", ["default", "expressive-male", "expressive-male-article"]),
        ("tuned.gguf", "lfm2-audio-1.5b", ["default", "expressive-male", "expressive-male-article"]),
        ("nano-Q8_0.gguf", "nano", ["us-female", "us-male"]),
    ],
)
def test_voices_are_those_of_the_model_whose_files_they_are(
    tmp_path: Path, backbone: str, name: str, voices: list[str]
) -> None:
    fill(tmp_path, backbone, f"mmproj-{backbone}")
    found = locate_model_set(ModelSettings(name=name, directory=tmp_path))
    assert [voice.name for voice in found.model.voices] == voices


@pytest.mark.parametrize(
    ("backbone", "prompt"),
    [
        ("LFM2.5-Audio-1.5B-Q4_0.gguf", "Perform ASR."),
        ("LFM2.5-Audio-1.5B-JP-Q4_0.gguf", "Perform ASR in japanese."),
        ("tuned.gguf", "Perform ASR."),
    ],
)
def test_the_prompt_for_hearing_is_that_of_the_model_whose_files_they_are(
    tmp_path: Path, backbone: str, prompt: str
) -> None:
    fill(tmp_path / "mine", backbone, f"mmproj-{backbone}")
    assert (
        locate_model_set(ModelSettings(name="mine", directory=tmp_path / "mine")).model.asr_prompt == prompt
    )
    for entry in CATALOG.values():
        if f"{entry.stem}-Q4_0.gguf" == backbone:
            fill(set_folder(tmp_path, entry.name), backbone, f"mmproj-{backbone}")
            settings = ModelSettings(name=entry.name, cache=tmp_path, quantization="Q4_0")
            assert locate_model_set(settings).model.asr_prompt == prompt


def test_every_voice_asks_for_speech_and_says_a_language() -> None:
    for entry in CATALOG.values():
        assert len({voice.name for voice in entry.model.voices}) == len(entry.model.voices)
        for voice in entry.model.voices:
            assert voice.prompt.startswith("Perform TTS")
            assert voice.languages and voice.description


def test_described_voices_are_asked_for_as_liquids_examples_do(tmp_path: Path) -> None:
    """With a line break and the recording's noise for the GGUF files; its article has neither."""
    voices = {voice.name: voice.prompt for voice in CATALOG["lfm2-audio-1.5b"].model.voices}
    speaker = (
        "A male speaker delivers a very expressive and animated speech, with a low-pitch voice and a slightly "
        "close-sounding tone."
    )
    assert voices["expressive-male"] == (
        f"Perform TTS.\nUse the following voice: {speaker} The recording carries a slight background noise."
    )
    assert voices["expressive-male-article"] == f"Perform TTS. Use the following voice: {speaker}"


def test_each_model_names_its_maker(tmp_path: Path) -> None:
    """Nano is our own, the catalogue is Liquid AI's, and who made files of another name is not known."""
    for name, entry in CATALOG.items():
        files = (f"{entry.stem}-Q8_0.gguf", f"mmproj-{entry.stem}-Q8_0.gguf")
        fill(set_folder(tmp_path, name), *files)
        downloaded = ModelSettings(name=name, cache=tmp_path, quantization="Q8_0")
        by_hand = ModelSettings(directory=fill(tmp_path / f"by hand {name}", *files))
        for settings in (downloaded, by_hand):
            found = locate_model_set(settings)
            assert (found.model.maker, found.model.maker_url) == (
                "Liquid AI",
                f"https://huggingface.co/{entry.repository}",
            )
    own = fill(tmp_path / "own", "a.gguf", "mmproj-a.gguf")
    for settings, maker in (
        (ModelSettings(), "wyoming-lfm2"),
        (ModelSettings(directory=own), "wyoming-lfm2"),
        (ModelSettings(name="mine", directory=own), ""),
    ):
        found = locate_model_set(settings)
        assert (found.model.maker, found.model.maker_url) == (maker, "")


def test_the_official_models_and_whatever_is_no_nano_converse(tmp_path: Path) -> None:
    for name, entry in CATALOG.items():
        folder = fill(tmp_path / name, f"{entry.stem}-Q8_0.gguf", f"mmproj-{entry.stem}-Q8_0.gguf")
        assert (
            locate_model_set(ModelSettings(name=name, directory=folder)).model.chat_unavailable_reason == ""
        )
        assert locate_model_set(ModelSettings(directory=folder)).model.chat_unavailable_reason == ""
    own = fill(tmp_path / "own", "a.gguf", "mmproj-a.gguf")
    assert locate_model_set(ModelSettings(name="mine", directory=own)).model.chat_unavailable_reason == ""
