"""Whether the files of a model set are sound and fit each other, before the C library sees them.

A failed assertion in llama.cpp ends the process, so whatever it asserts about a file is checked here first.
"""

from __future__ import annotations

from dataclasses import dataclass

from gguf.constants import LlamaFileType

from wyoming_lfm2.models.backbone_check import check_backbone, main_type
from wyoming_lfm2.models.backbone_layout import BackboneHyperparameters
from wyoming_lfm2.models.encoder_check import check_encoder
from wyoming_lfm2.models.encoder_layout import MEL_FRAME_SAMPLES, EncoderHyperparameters
from wyoming_lfm2.models.errors import ModelFileError
from wyoming_lfm2.models.gguf_header import Header, ValueType, read_header, type_name
from wyoming_lfm2.models.model_set import ModelSet


@dataclass(frozen=True)
class ModelShapes:
    """What the files of a sound model set say."""

    backbone: BackboneHyperparameters
    encoder: EncoderHyperparameters
    quantization: str
    """Of the backbone, for example ``Q4_0``."""
    encoder_quantization: str
    bytes: int
    """Both files together."""

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
    """Reads the headers of both files and holds them against the layout and each other.

    Raises ModelFileError, which names the file and what to do, when a file is missing, cut short, of another
    kind, not as llama.cpp needs it, or when the encoder does not fit the backbone.
    """
    backbone_header = read_header(model_set.backbone)
    backbone = check_backbone(backbone_header)
    encoder_header = read_header(model_set.mmproj)
    encoder = check_encoder(encoder_header)
    if encoder.n_embd_out != backbone.n_embd:
        raise ModelFileError(
            model_set.mmproj,
            f"it makes embeddings of width {encoder.n_embd_out}, and the backbone {model_set.backbone} "
            f"takes width {backbone.n_embd}",
            "Use the mmproj file that was published with this backbone.",
        )
    return ModelShapes(
        backbone=backbone,
        encoder=encoder,
        quantization=quantization_name(backbone_header),
        encoder_quantization=quantization_name(encoder_header),
        bytes=backbone_header.file_size + encoder_header.file_size,
    )


def quantization_name(header: Header) -> str:
    """What the file says of itself, else the type of most of its bytes; for people."""
    value = header.metadata.get("general.file_type")
    if value is not None and value.type is ValueType.UINT32 and isinstance(value.scalar, int):
        try:
            return LlamaFileType(value.scalar).name.removeprefix("MOSTLY_").removeprefix("ALL_")
        except ValueError:
            pass
    return type_name(main_type(header))
