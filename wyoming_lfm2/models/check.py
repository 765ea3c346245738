"""Whether the files of a model set are sound and fit each other, before the C library sees them.

A failed assertion in llama.cpp ends the process, so whatever it asserts about a file is checked here first. What is
refused and what is only a warning, and why, lists `docs/model-checks.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

from gguf.constants import LlamaFileType

from wyoming_lfm2.gguf.backbone_check import check_backbone, main_type
from wyoming_lfm2.gguf.backbone_layout import BackboneHyperparameters
from wyoming_lfm2.gguf.detokenizer_check import check_detokenizer
from wyoming_lfm2.gguf.detokenizer_layout import DetokenizerHyperparameters
from wyoming_lfm2.gguf.encoder_check import check_encoder
from wyoming_lfm2.gguf.encoder_layout import MEL_FRAME_SAMPLES, EncoderHyperparameters
from wyoming_lfm2.gguf.errors import FileWarning, Findings, ModelFileError
from wyoming_lfm2.gguf.header import Header, ValueType, type_name
from wyoming_lfm2.gguf.header_reader import read_header
from wyoming_lfm2.gguf.tokenizer import AUDIO_START
from wyoming_lfm2.gguf.vocabulary_check import TOKENS, strings
from wyoming_lfm2.gguf.vocoder_check import check_vocoder, code_table_header
from wyoming_lfm2.gguf.vocoder_layout import CODE_EMBEDDING, VocoderHyperparameters
from wyoming_lfm2.models.mimi_file import check_mimi
from wyoming_lfm2.models.model_set import ModelSet


@dataclass(frozen=True)
class SpeechShapes:
    """What the files for speech say."""

    vocoder: VocoderHyperparameters
    detokenizer: DetokenizerHyperparameters | None
    """None where Mimi makes the sound."""
    quantization: str
    """Of the vocoder."""
    detokenizer_quantization: str
    """Empty where Mimi makes the sound."""
    bytes: int


@dataclass(frozen=True)
class ModelShapes:
    """What the files of a sound model set say."""

    backbone: BackboneHyperparameters
    encoder: EncoderHyperparameters
    quantization: str
    """Of the backbone, for example ``Q4_0``."""
    encoder_quantization: str
    bytes: int
    """What is used of all files together."""
    speech: SpeechShapes | None
    """None for a set that cannot speak."""
    tts_unavailable_reason: str
    """Why it cannot, in one sentence and what to do; empty for one that can."""
    warnings: tuple[FileWarning, ...] = ()
    """What is unexpected in the files and was let pass."""

    @property
    def n_embd(self) -> int:
        """Width of the backbone and of the encoder's embeddings."""
        return self.backbone.n_embd

    @property
    def n_layer(self) -> int:
        """Layers of the backbone."""
        return self.backbone.n_layer

    @property
    def n_vocab(self) -> int:
        """Tokens."""
        return self.backbone.n_vocab

    @property
    def n_ctx_train(self) -> int:
        """Longest context, in tokens and embeddings."""
        return self.backbone.n_ctx_train

    @property
    def n_positions(self) -> int:
        """Rows of the encoder's position table."""
        return self.encoder.n_positions

    @property
    def longest_mel_frames(self) -> int:
        """Most mel frames that the encoder takes; one more ends the process."""
        return self.encoder.longest_mel_frames

    @property
    def longest_samples(self) -> int:
        """Most samples at 16 kHz that make no more than `longest_mel_frames`."""
        return self.longest_mel_frames * MEL_FRAME_SAMPLES - 1


def check_model_set(model_set: ModelSet) -> ModelShapes:
    """Reads the headers of all files and holds them against the layout and each other.

    Raises ModelFileError, which names the file and what to do, when a file is missing, cut short, of another
    kind, not as llama.cpp needs it, or does not fit the others. A set without files for speech is sound; one
    whose files for speech are unsound is not.
    """
    findings = Findings(lenient=model_set.lenient)
    backbone_header = read_header(model_set.backbone, findings)
    backbone = check_backbone(backbone_header)
    encoder_header = read_header(model_set.mmproj, findings)
    encoder = check_encoder(encoder_header)
    if encoder.n_embd_out != backbone.n_embd:
        raise ModelFileError(
            model_set.mmproj,
            f"it makes embeddings of width {encoder.n_embd_out}, and the backbone {model_set.backbone} "
            f"takes width {backbone.n_embd}",
            "Use the mmproj file that was published with this backbone.",
        )
    speech, tts_unavailable_reason = _check_speech(model_set, findings, backbone_header, backbone)
    return ModelShapes(
        backbone=backbone,
        encoder=encoder,
        quantization=quantization_name(backbone_header),
        encoder_quantization=quantization_name(encoder_header),
        bytes=backbone_header.file_size + encoder_header.file_size + (speech.bytes if speech else 0),
        speech=speech,
        tts_unavailable_reason=tts_unavailable_reason,
        warnings=tuple(findings.warnings),
    )


def _check_speech(
    model_set: ModelSet, findings: Findings, backbone_header: Header, backbone: BackboneHyperparameters
) -> tuple[SpeechShapes | None, str]:
    """Check whatever files for speech there are; with None the reason why they do not suffice."""
    vocoder_header = None if model_set.vocoder is None else read_header(model_set.vocoder, findings)
    vocoder = None if vocoder_header is None else check_vocoder(vocoder_header)
    if vocoder is not None and vocoder.n_embd_backbone != backbone.n_embd:
        raise ModelFileError(
            model_set.vocoder,
            f"it takes hidden states of width {vocoder.n_embd_backbone}, and the backbone "
            f"{model_set.backbone} has width {backbone.n_embd}",
            "Use the vocoder file that was published with this backbone.",
        )
    by_mimi = model_set.mimi is not None
    detokenizer_header = (
        None if model_set.tokenizer is None or by_mimi else read_header(model_set.tokenizer, findings)
    )
    detokenizer = None if detokenizer_header is None else check_detokenizer(detokenizer_header)
    if vocoder_header is None or vocoder is None or (detokenizer is None and not by_mimi):
        return None, model_set.tts_unavailable_reason
    if AUDIO_START.encode() not in strings(backbone_header, TOKENS):
        return None, (
            f"{model_set.model.name} hears but cannot speak: its vocabulary has no token {AUDIO_START}. "
            "Use an LFM2-Audio backbone."
        )
    if model_set.mimi is not None:
        size = vocoder_header.file_size + check_mimi(model_set.mimi, vocoder)
        return SpeechShapes(vocoder, None, quantization_name(vocoder_header), "", size), ""
    assert detokenizer_header is not None
    assert detokenizer is not None
    table_header = vocoder_header
    if vocoder.n_embd_detokenizer is None:
        if model_set.code_table is None:
            return None, (
                f"{model_set.model.name} hears but cannot speak: {model_set.vocoder} lacks the table "
                f"{CODE_EMBEDDING}, in which the detokenizer looks codes up. {model_set.speech_remedy}"
            )
        table_header = code_table_header(model_set.code_table, vocoder, findings)
    table = table_header.tensors[CODE_EMBEDDING]
    if table.shape[0] != detokenizer.n_embd:
        raise ModelFileError(
            model_set.tokenizer,
            f"it takes embeddings of width {detokenizer.n_embd}, and {table_header.path} has them of width "
            f"{table.shape[0]}",
            "Use the tokenizer file that was published with this vocoder.",
        )
    size = vocoder_header.file_size + detokenizer_header.file_size
    speech = SpeechShapes(
        vocoder=vocoder,
        detokenizer=detokenizer,
        quantization=quantization_name(vocoder_header),
        detokenizer_quantization=quantization_name(detokenizer_header),
        bytes=size if table_header is vocoder_header else size + table.size,
    )
    return speech, ""


def quantization_name(header: Header) -> str:
    """What the file says of itself, else the type of most of its bytes; for people."""
    value = header.metadata.get("general.file_type")
    if value is not None and value.type is ValueType.UINT32 and isinstance(value.scalar, int):
        try:
            return LlamaFileType(value.scalar).name.removeprefix("MOSTLY_").removeprefix("ALL_")
        except ValueError:
            pass
    return type_name(main_type(header))
