"""Wrong model files are refused with the file's name and a remedy; sound ones tell their sizes."""

from __future__ import annotations

import dataclasses
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from gguf.constants import GGMLQuantizationType as Type

from tests.model_sets import TINY_BACKBONE, TINY_ENCODER, tiny_model_set
from tests.models.gguf_draft import Draft, DraftTensor
from wyoming_lfm2.models.check import check_model_set
from wyoming_lfm2.models.errors import ModelFileError
from wyoming_lfm2.models.gguf_header import Value, ValueType
from wyoming_lfm2.models.model_set import ModelSet
from wyoming_lfm2.models.quantization import Quantization
from wyoming_lfm2.models.tokenizer import IM_END


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> ModelSet:
    """A set whose files have the right headers and zeros for data."""
    folder = tmp_path_factory.mktemp("sound")
    full = tiny_model_set(folder / "full", quantization=Quantization.Q4_0)
    backbone = Draft.of(full.backbone).write(folder / "tiny.gguf")
    return dataclasses.replace(
        full, backbone=backbone, mmproj=Draft.of(full.mmproj).write(folder / "mmproj.gguf")
    )


def refusal(model_set: ModelSet) -> ModelFileError:
    with pytest.raises(ModelFileError) as caught:
        check_model_set(model_set)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(caught.value.path))
    assert caught.value.remedy.endswith(".")
    assert caught.value.remedy in message
    return caught.value


def test_a_sound_set_tells_its_sizes(sound: ModelSet) -> None:
    shapes = check_model_set(sound)
    assert shapes.backbone == dataclasses.replace(TINY_BACKBONE, rms_eps=shapes.backbone.rms_eps)
    assert shapes.encoder == TINY_ENCODER
    assert shapes.quantization == shapes.encoder_quantization == "Q4_0"
    assert shapes.longest_mel_frames == 2 * TINY_ENCODER.n_positions + 1
    assert shapes.longest_samples // 160 + 1 == shapes.longest_mel_frames
    assert shapes.bytes == sound.backbone.stat().st_size + sound.mmproj.stat().st_size


# Files that are no model files at all.


def test_a_missing_file_says_how_to_get_it(sound: ModelSet, tmp_path: Path) -> None:
    error = refusal(dataclasses.replace(sound, backbone=tmp_path / "none.gguf"))
    assert error.path == tmp_path / "none.gguf"
    assert "does not exist" in str(error)
    assert "wyoming-lfm2 models" in error.remedy


def test_a_directory_is_not_a_model(sound: ModelSet, tmp_path: Path) -> None:
    assert "directory" in refusal(dataclasses.replace(sound, mmproj=tmp_path)).problem


def test_a_socket_or_pipe_is_not_a_model(sound: ModelSet, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    assert "plain file" in refusal(dataclasses.replace(sound, backbone=tmp_path / "pipe.gguf")).problem


def test_an_unreadable_file_says_why(
    sound: ModelSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(self: Path, *_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    assert "permission denied" in refusal(sound).problem


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<html>Not found</html>", "not a GGUF file"),
        (b"GGU", "cut short"),
        (b"GGUF" + struct.pack("<I", 1), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 1, 1), "version"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**62, 1), "more than fit"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**62), "more than fit"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**63) + b"key" * 9, "cut short"),
        (
            b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<II", 77, 0) + b"." * 9,
            "unknown type",
        ),
        (
            b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 9, 1) + b"." * 9,
            "arrays",
        ),
        (
            b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 8, 2**60) + b"." * 9,
            "strings",
        ),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 10, 2**61), "numbers"),
        (
            b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"\xff" + struct.pack("<II", 4, 0) + b"." * 9,
            "not text",
        ),
    ],
)
def test_bytes_that_are_no_gguf_header_are_refused(
    sound: ModelSet, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "wrong.gguf"
    path.write_bytes(content)
    error = refusal(dataclasses.replace(sound, backbone=path))
    assert error.path == path
    assert words in error.problem


@pytest.mark.parametrize("part", ["backbone", "mmproj"])
@pytest.mark.parametrize("share", [0.001, 0.02, 0.3, 0.99, 0.999999])
def test_a_file_cut_short_anywhere_is_refused(
    sound: ModelSet, tmp_path: Path, part: str, share: float
) -> None:
    whole = getattr(sound, part)
    header = Draft.of(whole).header()
    size = int(whole.stat().st_size * share)
    path = tmp_path / "cut.gguf"
    with path.open("wb") as handle:
        handle.write(header[:size])
        handle.truncate(size)
    error = refusal(dataclasses.replace(sound, **{part: path}))  # type: ignore[arg-type]
    assert error.path == path
    assert "cut short" in error.problem or "more than fit" in error.problem
    assert "again" in error.remedy


def test_a_header_longer_than_any_model_has_is_refused(sound: ModelSet, tmp_path: Path) -> None:
    path = tmp_path / "long.gguf"
    with path.open("wb") as handle:
        handle.write(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**25))
        handle.truncate(2**26)
    assert "longer than 16 MiB" in refusal(dataclasses.replace(sound, backbone=path)).problem


# Sound GGUF files that are not the part they are given as.


def test_files_given_the_wrong_way_round_are_recognised(sound: ModelSet) -> None:
    error = refusal(dataclasses.replace(sound, backbone=sound.mmproj))
    assert error.path == sound.mmproj
    assert "encoder (mmproj) file, not a backbone" in error.problem
    error = refusal(dataclasses.replace(sound, mmproj=sound.backbone))
    assert "backbone file, not an encoder" in error.problem


Change = Callable[[Draft], object]


def token(draft: Draft, old: str, new: bytes) -> None:
    """Writes another text for one token."""
    tokens = draft.metadata["tokenizer.ggml.tokens"]
    items = tuple(new if item == old.encode() else item for item in tokens.items or ())
    draft.metadata["tokenizer.ggml.tokens"] = Value(ValueType.STRING, None, items)  # type: ignore[arg-type]


def vocoder(draft: Draft) -> None:
    """Names the architecture as vocoder files do, with a sentence."""
    draft.scalar("general.architecture", ValueType.STRING, "This file cannot be used as LLM")
    draft.number("depthformer_n_layer", 6)


BACKBONE_CHANGES: dict[str, tuple[Change, str]] = {
    "a llama model": (lambda d: d.scalar("general.architecture", ValueType.STRING, "llama"), "'llama'"),
    "a vocoder": (vocoder, "vocoder file"),
    "no architecture": (lambda d: d.metadata.pop("general.architecture"), "general.architecture"),
    "a detokenizer": (lambda d: d.number("lfm2.embedding_length_out", 1282), "detokenizer"),
    "a sliding window": (lambda d: d.number("lfm2.attention.sliding_window", 30), "sliding window"),
    "experts": (lambda d: d.number("lfm2.expert_count", 8), "experts"),
    "a split model": (lambda d: d.scalar("split.count", ValueType.UINT16, 3), "several files"),
    "no vocabulary": (lambda d: d.scalar("tokenizer.ggml.model", ValueType.STRING, "none"), "no vocabulary"),
    "another vocabulary": (
        lambda d: d.scalar("tokenizer.ggml.model", ValueType.STRING, "llama"),
        "kind llama",
    ),
    "no pre-tokenizer": (lambda d: d.metadata.pop("tokenizer.ggml.pre"), "tokenizer.ggml.pre"),
    "no merges": (lambda d: d.metadata.pop("tokenizer.ggml.merges"), "tokenizer.ggml.merges"),
    "merges as numbers": (lambda d: d.array("tokenizer.ggml.merges", ValueType.INT32, 1), "list of strings"),
    "no tokens": (lambda d: d.array("tokenizer.ggml.tokens", ValueType.STRING), "vocabulary is empty"),
    "a token twice": (lambda d: token(d, "!", b"?"), "a token twice"),
    "a special token less": (lambda d: token(d, IM_END, b"<|other|>"), "<|im_end|>"),
    "token types of strings": (
        lambda d: d.array("tokenizer.ggml.token_type", ValueType.STRING),
        "token_type",
    ),
    "too few token types": (
        lambda d: d.array("tokenizer.ggml.token_type", ValueType.INT32, 1, 1),
        "token_type",
    ),
    "special tokens as words": (
        lambda d: d.array("tokenizer.ggml.token_type", ValueType.INT32, *[1] * TINY_BACKBONE.n_vocab),
        "no control token",
    ),
    "an unknown token type": (
        lambda d: d.array(
            "tokenizer.ggml.token_type", ValueType.INT32, *[3] * (TINY_BACKBONE.n_vocab - 1), 99
        ),
        "unknown type",
    ),
    "no layer count": (lambda d: d.metadata.pop("lfm2.block_count"), "lfm2.block_count"),
    "no layers": (lambda d: d.number("lfm2.block_count", 0), "lfm2.block_count"),
    "a million layers": (lambda d: d.number("lfm2.block_count", 10**6), "lfm2.block_count"),
    "a layer too many": (lambda d: d.number("lfm2.block_count", 5), "4 values for 5 layers"),
    "layers as a string": (lambda d: d.scalar("lfm2.block_count", ValueType.STRING, "4"), "uint32"),
    "layers as a list": (lambda d: d.array("lfm2.block_count", ValueType.UINT32, 4), "uint32"),
    "another width": (lambda d: d.number("lfm2.embedding_length", 512), "512"),
    "another inner width": (lambda d: d.number("lfm2.feed_forward_length", 1024), "ffn_gate"),
    "no context length": (lambda d: d.metadata.pop("lfm2.context_length"), "lfm2.context_length"),
    "a convolution of width 1": (lambda d: d.number("lfm2.shortconv.l_cache", 1), "l_cache"),
    "another convolution": (lambda d: d.number("lfm2.shortconv.l_cache", 4), "shortconv.conv"),
    "no rms epsilon": (lambda d: d.metadata.pop("lfm2.attention.layer_norm_rms_epsilon"), "epsilon"),
    "a negative epsilon": (
        lambda d: d.scalar("lfm2.attention.layer_norm_rms_epsilon", ValueType.FLOAT32, -1.0),
        "positive",
    ),
    "a rope base that is no number": (
        lambda d: d.scalar("lfm2.rope.freq_base", ValueType.FLOAT32, float("nan")),
        "positive",
    ),
    "an unknown rope scaling": (
        lambda d: d.scalar("lfm2.rope.scaling.type", ValueType.STRING, "x"),
        "rope scaling",
    ),
    "no heads": (lambda d: d.number("lfm2.attention.head_count", 0), "heads"),
    "heads that do not fit": (lambda d: d.number("lfm2.attention.head_count", 7), "heads"),
    "fewer heads": (lambda d: d.number("lfm2.attention.head_count", 4), "attn_q_norm"),
    "key heads that do not divide": (
        lambda d: d.array("lfm2.attention.head_count_kv", ValueType.INT32, 0, 3, 0, 3),
        "do not divide",
    ),
    "negative key heads": (
        lambda d: d.array("lfm2.attention.head_count_kv", ValueType.INT32, 0, -2, 0, 2),
        "outside",
    ),
    "attention only": (
        lambda d: d.number("lfm2.attention.head_count_kv", 2),
        "both attention and convolution",
    ),
    "convolution only": (
        lambda d: d.number("lfm2.attention.head_count_kv", 0),
        "both attention and convolution",
    ),
    "layers in another order": (
        lambda d: d.array("lfm2.attention.head_count_kv", ValueType.INT32, 2, 0, 0, 2),
        "missing",
    ),
    "another key length": (lambda d: d.number("lfm2.attention.key_length", 64), "key_length"),
    "another rope length": (lambda d: d.number("lfm2.rope.dimension_count", 16), "dimension_count"),
    "no causal attention": (lambda d: d.scalar("lfm2.attention.causal", ValueType.BOOL, False), "causal"),
    "no norm before the head": (
        lambda d: d.drop("token_embd_norm.weight"),
        "token_embd_norm.weight is missing",
    ),
    "no embedding": (lambda d: d.drop("token_embd.weight"), "token_embd.weight is missing"),
    "fewer embeddings": (lambda d: setattr(d.tensor("token_embd.weight"), "shape", (256, 300)), "256 x 300"),
    "a norm in F16": (lambda d: setattr(d.tensor("blk.0.attn_norm.weight"), "type", Type.F16), "F16"),
    "a matrix of integers": (lambda d: setattr(d.tensor("blk.0.ffn_up.weight"), "type", Type.I32), "I32"),
    "a matrix in Q8_1": (lambda d: setattr(d.tensor("blk.0.ffn_up.weight"), "type", Type.Q8_1), "Q8_1"),
    "an unknown storage": (lambda d: setattr(d.tensor("blk.0.ffn_up.weight"), "type", 99), "type 99"),
    "rows that are no blocks": (
        lambda d: setattr(d.tensor("blk.0.ffn_up.weight"), "shape", (250, 512)),
        "blocks",
    ),
    "an impossible shape": (
        lambda d: setattr(d.tensor("blk.0.attn_norm.weight"), "shape", (2**40, 2**40)),
        "shape",
    ),
    "an empty tensor": (lambda d: setattr(d.tensor("blk.0.attn_norm.weight"), "shape", (0,)), "shape"),
    "five dimensions": (
        lambda d: setattr(d.tensor("blk.0.attn_norm.weight"), "shape", (1,) * 5),
        "5 dimensions",
    ),
    "a tensor twice": (lambda d: d.tensors.append(d.tensors[3]), "twice"),
    "a tensor more": (
        lambda d: d.tensors.append(DraftTensor("dense_2.weight", (256, 32), 0)),
        "dense_2.weight",
    ),
    "a nameless tensor": (lambda d: setattr(d.tensors[3], "name", ""), "name"),
    "a name too long": (lambda d: setattr(d.tensors[3], "name", "x" * 64), "name"),
    "fewer tensors than claimed": (lambda d: setattr(d, "tensor_count", 10**5), "more than fit"),
    "an odd alignment": (lambda d: d.number("general.alignment", 48), "alignment"),
    "no alignment": (lambda d: d.number("general.alignment", 0), "alignment"),
    "another alignment than used": (lambda d: d.number("general.alignment", 64), "not where"),
}


@pytest.mark.parametrize("what", BACKBONE_CHANGES)
def test_a_wrong_backbone_is_refused(sound: ModelSet, tmp_path: Path, what: str) -> None:
    change, words = BACKBONE_CHANGES[what]
    draft = Draft.of(sound.backbone)
    change(draft)
    path = draft.write(tmp_path / "wrong.gguf")
    error = refusal(dataclasses.replace(sound, backbone=path))
    assert error.path == path
    assert words in error.problem


ENCODER_CHANGES: dict[str, tuple[Change, str]] = {
    "another projector": (
        lambda d: d.scalar("clip.projector_type", ValueType.STRING, "ultravox"),
        "ultravox",
    ),
    "a projector as a number": (lambda d: d.number("clip.projector_type", 1), "string"),
    "no projector": (lambda d: d.metadata.pop("clip.projector_type"), "projector"),
    "another architecture": (
        lambda d: d.scalar("general.architecture", ValueType.STRING, "whisper"),
        "whisper",
    ),
    "no audio": (lambda d: d.metadata.pop("clip.has_audio_encoder"), "no audio encoder"),
    "audio as a number": (lambda d: d.number("clip.has_audio_encoder", 1), "bool"),
    "a vision encoder": (lambda d: d.scalar("clip.has_vision_encoder", ValueType.BOOL, True), "more than"),
    "a name that is a number": (lambda d: d.number("general.name", 1), "general.name"),
    "a numeric activation": (lambda d: d.number("clip.use_silu", 1), "clip.use_silu"),
    "feature layers": (lambda d: d.array("clip.audio.feature_layer", ValueType.INT32, 1), "feature_layer"),
    "another width": (lambda d: d.number("clip.audio.embedding_length", 256), "512 only"),
    "a width of another type": (
        lambda d: d.scalar("clip.audio.embedding_length", ValueType.INT32, 512),
        "embedding_length",
    ),
    "no heads": (lambda d: d.number("clip.audio.attention.head_count", 0), "head_count"),
    "heads that do not fit": (lambda d: d.number("clip.audio.attention.head_count", 7), "7 heads"),
    "other heads": (lambda d: d.number("clip.audio.attention.head_count", 4), "pos_bias_u"),
    "another head size": (lambda d: d.number("clip.audio.attention.head_dim", 32), "heads"),
    "80 mel bins": (lambda d: d.number("clip.audio.num_mel_bins", 80), "80 mel bins"),
    "no epsilon": (lambda d: d.metadata.pop("clip.audio.attention.layer_norm_epsilon"), "epsilon"),
    "no layers": (lambda d: d.number("clip.audio.block_count", 0), "block_count"),
    "a layer too many": (lambda d: d.number("clip.audio.block_count", 3), "a.blk.2"),
    "no width of output": (lambda d: d.metadata.pop("clip.audio.projection_dim"), "projection_dim"),
    "another width of output": (lambda d: d.number("clip.audio.projection_dim", 512), "a.position_embd"),
    "no position table": (lambda d: d.drop("a.position_embd.weight"), "a.position_embd.weight is missing"),
    "a short position table": (
        lambda d: setattr(d.tensor("a.position_embd.weight"), "shape", (256, 49)),
        "49 rows",
    ),
    "a kernel of 31": (
        lambda d: setattr(d.tensor("a.blk.0.conv_dw.weight"), "shape", (31, 512)),
        "kernel is 31",
    ),
    "a kernel of 31 later": (
        lambda d: setattr(d.tensor("a.blk.1.conv_dw.weight"), "shape", (31, 512)),
        "31 x 512",
    ),
    "a convolution in F16": (lambda d: setattr(d.tensor("a.blk.0.conv_dw.weight"), "type", Type.F16), "F16"),
    "a bias in F16": (lambda d: setattr(d.tensor("a.blk.1.attn_q.bias"), "type", Type.F16), "F16"),
    "no subsampling": (lambda d: d.drop("a.conv1d.0.weight"), "a.conv1d.0.weight is missing"),
    "a subsampling bias as a vector": (
        lambda d: setattr(d.tensor("a.conv1d.0.bias"), "shape", (64,)),
        "a.conv1d.0.bias",
    ),
    "another subsampling": (
        lambda d: setattr(d.tensor("a.pre_encode.out.weight"), "shape", (512, 512)),
        "512 x 512",
    ),
    "another adapter": (lambda d: setattr(d.tensor("mm.a.mlp.3.weight"), "shape", (256, 128)), "mm.a.mlp.3"),
    "no adapter": (lambda d: d.drop("mm.a.mlp.1.weight"), "mm.a.mlp.1.weight is missing"),
    "no adapter norm": (lambda d: d.drop("mm.a.mlp.0.bias"), "mm.a.mlp.0.bias is missing"),
    "no feed-forward": (lambda d: d.drop("a.blk.0.ffn_up.weight"), "a.blk.0.ffn_up.weight is missing"),
}


@pytest.mark.parametrize("what", ENCODER_CHANGES)
def test_a_wrong_mmproj_is_refused(sound: ModelSet, tmp_path: Path, what: str) -> None:
    change, words = ENCODER_CHANGES[what]
    draft = Draft.of(sound.mmproj)
    change(draft)
    path = draft.write(tmp_path / "wrong.gguf")
    error = refusal(dataclasses.replace(sound, mmproj=path))
    assert error.path == path
    assert words in error.problem


def test_an_mmproj_of_another_model_is_refused(sound: ModelSet, tmp_path: Path) -> None:
    draft = Draft.of(sound.mmproj)
    draft.number("clip.audio.projection_dim", 512)
    draft.tensor("a.position_embd.weight").shape = (512, 1700)
    draft.tensor("mm.a.mlp.3.weight").shape = (256, 512)
    draft.tensor("mm.a.mlp.3.bias").shape = (512,)
    path = draft.write(tmp_path / "other.gguf")
    error = refusal(dataclasses.replace(sound, mmproj=path))
    assert "width 512" in error.problem
    assert "width 256" in error.problem
    assert str(sound.backbone) in error.problem
    assert "published with this backbone" in error.remedy


# What is unusual but sound.


def test_an_untied_head_is_accepted(sound: ModelSet, tmp_path: Path) -> None:
    draft = Draft.of(sound.backbone)
    draft.tensors.append(DraftTensor("output.weight", (256, TINY_BACKBONE.n_vocab), Type.Q6_K))
    path = draft.write(tmp_path / "untied.gguf")
    assert check_model_set(dataclasses.replace(sound, backbone=path)).n_vocab == TINY_BACKBONE.n_vocab


def test_more_tensors_in_the_mmproj_are_accepted(sound: ModelSet, tmp_path: Path) -> None:
    draft = Draft.of(sound.mmproj)
    draft.tensors.append(DraftTensor("a.embd_to_logits.weight", (256, 1700), Type.Q8_0))
    path = draft.write(tmp_path / "more.gguf")
    assert check_model_set(dataclasses.replace(sound, mmproj=path)).encoder == TINY_ENCODER


def test_a_file_that_does_not_say_its_quantization_is_named_by_its_bytes(
    sound: ModelSet, tmp_path: Path
) -> None:
    draft = Draft.of(sound.backbone)
    del draft.metadata["general.file_type"]
    path = draft.write(tmp_path / "plain.gguf")
    assert check_model_set(dataclasses.replace(sound, backbone=path)).quantization == "Q4_0"
