"""llama.cpp's arithmetic in PyTorch, for the parts in which it is coarser than float32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from wyoming_lfm2.gguf.quantization import Quantization, decode, encode


def half_attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    _mask: Any,
    scaling: float,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Causal attention as transformers calls it, by `half_sums`."""
    length = query.shape[2]
    return half_sums(query, key, value, scaling, length).transpose(1, 2).contiguous(), None


def half_sums(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scaling: float, window: int
) -> torch.Tensor:
    """Causal attention as llama.cpp's flash attention on a CPU computes it: key by key, with a float16 sum.

    All of shape (batch, heads, length, head size); a row sees ``window`` rows, itself included.
    """
    groups = query.shape[1] // key.shape[1]
    query, key, value = (part.half().float() for part in (query, key, value))
    key, value = (part.repeat_interleave(groups, dim=1) for part in (key, value))
    scores = query @ key.mT * scaling
    length = query.shape[2]
    highest = torch.full(query.shape[:3], -torch.inf)
    total = torch.zeros(query.shape[:3])
    summed = torch.zeros_like(query)
    for place in range(length):
        # The rows that see this key.
        rows = slice(place, min(place + window, length))
        score, before = scores[..., rows, place], highest[..., rows]
        now = torch.maximum(before, score)
        shrink = torch.where(score > before, torch.exp(before - now), 1.0)[..., None]
        weight = torch.exp(score - now)
        kept = summed[..., rows, :]
        shrunk = torch.where(shrink < 1, (kept * shrink).half().float(), kept)
        summed[..., rows, :] = (shrunk + value[:, :, place, None] * weight[..., None]).half().float()
        total[..., rows] = total[..., rows] * shrink[..., 0] + weight
        highest[..., rows] = now
    return summed / total[..., None]


@contextmanager
def half_convolution(model: Any) -> Iterator[None]:
    """The encoder's first convolution has the float16 numbers that it has in llama.cpp."""

    def before(_layer: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (inputs[0].half().float(), *inputs[1:])

    convolution = model.conformer.pre_encode.conv[0]
    hook = convolution.register_forward_pre_hook(before)
    kernel = convolution.weight.data
    convolution.weight.data = kernel.half().float()
    try:
        yield
    finally:
        convolution.weight.data = kernel
        hook.remove()


@contextmanager
def rounded_inputs(
    *models: torch.nn.Module, rounding: Callable[[torch.Tensor], torch.Tensor]
) -> Iterator[None]:
    """Inputs of all linear layers of ``models`` pass through ``rounding``."""

    def before(_layer: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return (rounding(inputs[0]), *inputs[1:])

    with ExitStack() as undo:
        for model in models:
            for layer in model.modules():
                if isinstance(layer, torch.nn.Linear):
                    undo.callback(layer.register_forward_pre_hook(before).remove)
        yield


def rounded_to_f16(values: torch.Tensor) -> torch.Tensor:
    """Rounded to float16, as the inputs of matrices stored so are."""
    return values.half().float()


def rounded_to_q8(values: torch.Tensor) -> torch.Tensor:
    """Rounded to Q8_0 in blocks of 32, as the inputs of quantised matrices are."""
    rows = values.numpy().reshape(-1, values.shape[-1])
    return torch.from_numpy(decode(encode(rows, Quantization.Q8_0.ggml_type)).reshape(values.shape).copy())
