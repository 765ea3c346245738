"""Nothing that would end the process inside llama.cpp, or read past a table, gets past the check."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from gguf.constants import GGMLQuantizationType as Type

from tests.gguf.gguf_draft import Draft, DraftTensor
from tests.gguf.test_vocoder_tables import without_code_table
from tests.gguf.wrong_headers import token
from tests.gguf.wrong_speech_headers import DETOKENIZER_CHANGES, DETOKENIZER_ODD, VOCODER_CHANGES
from tests.model_sets import TINY_BACKBONE, TINY_DETOKENIZER, TINY_VOCODER, tiny_model_set, tiny_tokenizer
from tests.models.test_check import refusal
from wyoming_lfm2.gguf.header import ValueType
from wyoming_lfm2.gguf.quantization import Quantization
from wyoming_lfm2.gguf.tokenizer import AUDIO_START, SPECIAL_TOKENS
from wyoming_lfm2.models.check import check_model_set
from wyoming_lfm2.models.model_set import ModelSet


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> ModelSet:
    """A set of four files whose data are zeros that take no room."""
    folder = tmp_path_factory.mktemp("sound")
    full = tiny_model_set(folder / "full", quantization=Quantization.Q4_0, speech=True)
    assert full.vocoder is not None and full.tokenizer is not None
    return dataclasses.replace(
        full,
        backbone=Draft.of(full.backbone).write(folder / "tiny.gguf"),
        mmproj=Draft.of(full.mmproj).write(folder / "mmproj.gguf"),
        vocoder=Draft.of(full.vocoder).write(folder / "vocoder.gguf"),
        tokenizer=Draft.of(full.tokenizer).write(folder / "tokenizer.gguf"),
    )


def vocoder_of(model_set: ModelSet) -> Path:
    assert model_set.vocoder is not None
    return model_set.vocoder


def tokenizer_of(model_set: ModelSet) -> Path:
    assert model_set.tokenizer is not None
    return model_set.tokenizer


def with_vocabulary(model_set: ModelSet) -> Draft:
    """The detokenizer of a set with its backbone's vocabulary."""
    draft = Draft.of(tokenizer_of(model_set))
    backbone = Draft.of(model_set.backbone).metadata
    draft.metadata |= {key: value for key, value in backbone.items() if key.startswith("tokenizer.")}
    draft.metadata.pop("lfm2.vocab_size")
    draft.tensor("token_embd.weight").shape = (64, TINY_BACKBONE.n_vocab)
    return draft


def test_a_sound_set_tells_the_sizes_of_its_speech(sound: ModelSet) -> None:
    shapes = check_model_set(sound)
    assert shapes.tts_unavailable_reason == ""
    assert shapes.speech is not None
    assert shapes.speech.vocoder == TINY_VOCODER
    body = dataclasses.replace(TINY_DETOKENIZER.body, rms_eps=shapes.speech.detokenizer.body.rms_eps)
    assert shapes.speech.detokenizer == dataclasses.replace(TINY_DETOKENIZER, body=body)
    assert shapes.speech.quantization == shapes.speech.detokenizer_quantization == "Q4_0"
    assert shapes.bytes == sum(path.stat().st_size for path in sound.files)


@pytest.mark.parametrize("change", VOCODER_CHANGES)
def test_a_wrong_vocoder_is_refused(sound: ModelSet, tmp_path: Path, change: str) -> None:
    draft = Draft.of(vocoder_of(sound))
    apply, word = VOCODER_CHANGES[change]
    apply(draft)
    path = draft.write(tmp_path / "vocoder.gguf")
    assert word in refusal(dataclasses.replace(sound, vocoder=path)).problem


@pytest.mark.parametrize("change", DETOKENIZER_CHANGES)
def test_a_wrong_detokenizer_is_refused(sound: ModelSet, tmp_path: Path, change: str) -> None:
    draft = Draft.of(tokenizer_of(sound))
    apply, word = DETOKENIZER_CHANGES[change]
    apply(draft)
    path = draft.write(tmp_path / "tokenizer.gguf")
    assert word in refusal(dataclasses.replace(sound, tokenizer=path)).problem


@pytest.mark.parametrize("change", DETOKENIZER_ODD)
def test_what_is_odd_in_a_detokenizer_and_harmless_is_a_warning(
    sound: ModelSet, tmp_path: Path, change: str
) -> None:
    draft = Draft.of(tokenizer_of(sound))
    apply, word = DETOKENIZER_ODD[change]
    apply(draft)
    shapes = check_model_set(dataclasses.replace(sound, tokenizer=draft.write(tmp_path / "tokenizer.gguf")))
    assert [word in warning.problem for warning in shapes.warnings] == [True]


def test_a_detokenizer_may_have_a_vocabulary_that_llama_cpp_survives(sound: ModelSet, tmp_path: Path) -> None:
    """As the published one; it needs none of the tokens that a prompt is made of."""
    draft = with_vocabulary(sound)
    path = draft.write(tmp_path / "tokenizer.gguf")
    shapes = check_model_set(dataclasses.replace(sound, tokenizer=path))
    assert shapes.warnings == ()
    assert shapes.speech is not None and shapes.speech.detokenizer is not None
    assert shapes.speech.detokenizer.body.n_vocab == TINY_BACKBONE.n_vocab
    for special in SPECIAL_TOKENS:
        token(draft, special, special[2:].encode())
    assert check_model_set(dataclasses.replace(sound, tokenizer=draft.write(path))).warnings == ()
    token(draft, "!", b"?")
    assert "a token twice" in refusal(dataclasses.replace(sound, tokenizer=draft.write(path))).problem


def test_a_detokenizers_vocabulary_has_as_many_tokens_as_its_embedding_has_rows(
    sound: ModelSet, tmp_path: Path
) -> None:
    draft = with_vocabulary(sound)
    draft.tensor("token_embd.weight").shape = (64, 8)
    path = draft.write(tmp_path / "tokenizer.gguf")
    assert "64 x 8" in refusal(dataclasses.replace(sound, tokenizer=path)).problem


def test_a_vocoders_sizes_may_be_whole_numbers_of_any_type(sound: ModelSet, tmp_path: Path) -> None:
    """llama.cpp never reads them."""
    draft = Draft.of(vocoder_of(sound))
    draft.scalar("depthformer_n_layer", ValueType.INT32, 2)
    draft.scalar("depthformer_n_embd", ValueType.UINT64, 128)
    shapes = check_model_set(dataclasses.replace(sound, vocoder=draft.write(tmp_path / "vocoder.gguf")))
    assert shapes.speech is not None and shapes.warnings == ()


@pytest.mark.parametrize("part", ["vocoder", "tokenizer"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.99])
def test_a_file_that_was_cut_short_is_refused(
    sound: ModelSet, tmp_path: Path, part: str, share: float
) -> None:
    content = getattr(sound, part).read_bytes()
    path = tmp_path / f"{part}.gguf"
    path.write_bytes(content[: int(share * len(content))])
    error = refusal(dataclasses.replace(sound, **{part: path}))  # type: ignore[arg-type]
    assert error.path == path
    assert any(word in error.problem for word in ("empty", "cut short", "more than fit in it"))


def test_files_in_each_others_place_are_told_apart(sound: ModelSet) -> None:
    swapped = dataclasses.replace(sound, vocoder=sound.tokenizer, tokenizer=sound.vocoder)
    assert "this is a backbone or tokenizer file, not a vocoder" in refusal(swapped).problem
    for path, word in ((sound.backbone, "backbone"), (sound.mmproj, "encoder"), (sound.vocoder, "vocoder")):
        assert word in refusal(dataclasses.replace(sound, tokenizer=path)).problem
    assert (
        "encoder (mmproj) file, not a vocoder"
        in refusal(dataclasses.replace(sound, vocoder=sound.mmproj)).problem
    )
    assert "vocoder" in refusal(dataclasses.replace(sound, backbone=vocoder_of(sound))).problem


def test_a_vocoder_of_another_backbone_is_refused_with_both_widths(sound: ModelSet, tmp_path: Path) -> None:
    draft = Draft.of(vocoder_of(sound))
    draft.tensor("depth_linear.weight").shape = (512, 8 * 128)
    draft.tensor("audio_embedding.embedding.weight").shape = (512, 8 * 32)
    error = refusal(dataclasses.replace(sound, vocoder=draft.write(tmp_path / "vocoder.gguf")))
    assert "hidden states of width 512" in error.problem
    assert f"{sound.backbone} has width 256" in error.problem


def test_official_files_may_carry_what_nothing_reads(sound: ModelSet, tmp_path: Path) -> None:
    """Norm and head of the audio embedding, and in older files the detokenizer with its window."""
    draft = Draft.of(vocoder_of(sound))
    draft.tensors += [
        DraftTensor("audio_embedding.embedding_norm.weight", (256,), int(Type.F32)),
        DraftTensor("audio_embedding.to_logits.weight", (256, 256), int(Type.Q4_0)),
        DraftTensor("lfm.layers.0.conv.conv.weight", (3, 64), int(Type.F32)),
        DraftTensor("istft.window", (1280,), int(Type.F32)),
    ]
    shapes = check_model_set(dataclasses.replace(sound, vocoder=draft.write(tmp_path / "vocoder.gguf")))
    assert shapes.speech is not None


def test_a_vocoder_of_more_or_fewer_books_and_codes_is_as_good(tmp_path: Path, sound: ModelSet) -> None:
    draft = Draft.of(vocoder_of(sound))
    draft.tensors = [one for one in draft.tensors if not one.name.startswith("depth_embeddings.7")]
    draft.tensor("depth_linear.weight").shape = (256, 7 * 128)
    draft.tensor("depth_linear.bias").shape = (7 * 128,)
    draft.tensor("audio_embedding.embedding.weight").shape = (256, 7 * 32)
    draft.tensor("emb.emb.weight").shape = (64, 7 * 31)
    speech = check_model_set(
        dataclasses.replace(sound, vocoder=draft.write(tmp_path / "vocoder.gguf"))
    ).speech
    assert speech is not None
    assert (speech.vocoder.n_codebooks, speech.vocoder.end_of_audio) == (7, 31)


# Sets that hear and cannot speak say why.


@pytest.mark.parametrize("part", ["vocoder", "tokenizer"])
def test_a_set_without_a_file_for_speech_is_sound_and_says_what_is_missing(
    sound: ModelSet, part: str
) -> None:
    shapes = check_model_set(dataclasses.replace(sound, **{part: None}))  # type: ignore[arg-type]
    assert shapes.speech is None
    assert f"tiny hears but cannot speak: its {part} file is missing." in shapes.tts_unavailable_reason


def test_a_first_release_without_the_detokenizers_table_says_so_or_takes_it_from_another(
    sound: ModelSet, tmp_path: Path
) -> None:
    first_release = dataclasses.replace(
        sound, vocoder=without_code_table(vocoder_of(sound), tmp_path / "audiodecoder.gguf")
    )
    shapes = check_model_set(first_release)
    assert shapes.speech is None
    assert "audiodecoder.gguf lacks the table emb.emb.weight" in shapes.tts_unavailable_reason
    completed = check_model_set(dataclasses.replace(first_release, code_table=sound.vocoder))
    assert completed.tts_unavailable_reason == ""
    assert completed.speech is not None
    assert completed.speech.vocoder.n_embd_detokenizer is None


def test_a_vocabulary_without_the_token_that_begins_speech_says_so(sound: ModelSet, tmp_path: Path) -> None:
    draft = Draft.of(sound.backbone)
    assert AUDIO_START in tiny_tokenizer().tokens
    token(draft, AUDIO_START, b"<|something|>")
    shapes = check_model_set(dataclasses.replace(sound, backbone=draft.write(tmp_path / "tiny.gguf")))
    assert shapes.speech is None
    assert AUDIO_START in shapes.tts_unavailable_reason
