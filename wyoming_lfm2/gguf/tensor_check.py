"""Whether a file has every tensor of its layout, in the right shape and in a type that llama.cpp can use."""

from __future__ import annotations

from collections.abc import Iterable

from gguf.constants import GGMLQuantizationType as Type

from wyoming_lfm2.gguf.backbone_layout import TensorSpec
from wyoming_lfm2.gguf.header import Header, refuse, refuse_if_strict, type_name

MATRIX_TYPES = frozenset(
    int(kind)
    for kind in (
        Type.F32,
        Type.F16,
        Type.BF16,
        Type.Q4_0,
        Type.Q4_1,
        Type.Q5_0,
        Type.Q5_1,
        Type.Q8_0,
        Type.Q2_K,
        Type.Q3_K,
        Type.Q4_K,
        Type.Q5_K,
        Type.Q6_K,
        Type.IQ1_S,
        Type.IQ1_M,
        Type.IQ2_XXS,
        Type.IQ2_XS,
        Type.IQ2_S,
        Type.IQ3_XXS,
        Type.IQ3_S,
        Type.IQ4_NL,
        Type.IQ4_XS,
        Type.TQ1_0,
        Type.TQ2_0,
        Type.MXFP4,
    )
)
"""What llama.cpp multiplies with and looks rows up in on every processor. Others end the process."""

CONVERT_ANEW = "Use one of the official files, or convert it again with llama.cpp's converter."


def check_tensors(
    header: Header,
    specs: Iterable[TensorSpec],
    free_types: frozenset[str] = frozenset(),
    *,
    read_here: bool = False,
) -> None:
    """Raises ModelFileError for the first tensor that is missing, has another shape or an unusable type.

    Where the checks are not strict these are warnings, but for a file that is not llama.cpp's to read but ours
    (``read_here``): what is not there or has another shape cannot be read.

    Matrices may have any of `MATRIX_TYPES`; so may the tensors of ``free_types``. The rest is F32: most
    operations on vectors and convolutions abort on anything else.
    """
    unreadable = refuse if read_here else refuse_if_strict
    for spec in specs:
        tensor = header.tensors.get(spec.name)
        if tensor is None:
            unreadable(header, f"its tensor {spec.name} is missing", CONVERT_ANEW)
            continue
        if _trimmed(tensor.shape) != _trimmed(spec.shape):
            unreadable(
                header,
                f"its tensor {spec.name} is {_written(tensor.shape)} instead of {_written(spec.shape)}",
                CONVERT_ANEW,
            )
        free = spec.quantized or spec.name in free_types
        if tensor.type not in (MATRIX_TYPES if free else {int(Type.F32)}):
            # Vectors that are read here are read as F32; a matrix is handed to llama.cpp as it is stored.
            (refuse_if_strict if free else unreadable)(
                header,
                f"its tensor {spec.name} is stored as {type_name(tensor.type)}, which cannot be used there",
                CONVERT_ANEW,
            )


def _trimmed(shape: tuple[int, ...]) -> tuple[int, ...]:
    """llama.cpp has four dimensions for every tensor; trailing ones mean nothing."""
    while len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    return shape


def _written(shape: tuple[int, ...]) -> str:
    return " x ".join(str(extent) for extent in shape)
