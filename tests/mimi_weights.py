"""Random weights of Mimi in the layout that rustymimi loads (``moshi-core`` of kyutai-labs/moshi, 0.4.1), and less."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

Shapes = dict[str, tuple[int, ...]]

_RATIOS = (8, 6, 5, 4)
_FILTERS = 64
_WIDTH = 512


def codebook_shapes(books: int = 32, codes: int = 2048) -> Shapes:
    """Of the quantiser."""
    shapes: Shapes = {}
    for number in range(books):
        place = f"rvq_rest.vq.layers.{number - 1}" if number else "rvq_first.vq.layers.0"
        name = f"quantizer.{place}._codebook"
        shapes |= {f"{name}._initialized": (1,), f"{name}.cluster_usage": (codes,)}
        shapes[f"{name}.embedding_sum"] = (codes, 256)
    return shapes


def all_shapes() -> Shapes:
    """Of every tensor, 385 MB in F32."""
    shapes = codebook_shapes()
    for part in ("rvq_first", "rvq_rest"):
        shapes[f"quantizer.{part}.input_proj.weight"] = (256, _WIDTH, 1)
        shapes[f"quantizer.{part}.output_proj.weight"] = (_WIDTH, 256, 1)
    shapes["downsample.conv.conv.conv.weight"] = (_WIDTH, _WIDTH, 4)
    shapes["upsample.convtr.convtr.convtr.weight"] = (_WIDTH, 1, 4)
    for side in ("encoder", "decoder"):
        for number in range(8):
            shapes |= _layer(f"{side}_transformer.transformer.layers.{number}")
    return shapes | _encoder() | _decoder()


def _layer(name: str) -> Shapes:
    vectors = ("norm1.weight", "norm1.bias", "norm2.weight", "norm2.bias")
    shapes: Shapes = {
        f"{name}.{part}": (_WIDTH,) for part in (*vectors, "layer_scale_1.scale", "layer_scale_2.scale")
    }
    shapes[f"{name}.self_attn.in_proj_weight"] = (3 * _WIDTH, _WIDTH)
    shapes[f"{name}.self_attn.out_proj.weight"] = (_WIDTH, _WIDTH)
    return shapes | {f"{name}.linear1.weight": (2048, _WIDTH), f"{name}.linear2.weight": (_WIDTH, 2048)}


def _convolution(name: str, ins: int, outs: int, size: int) -> Shapes:
    return {f"{name}.conv.conv.weight": (outs, ins, size), f"{name}.conv.conv.bias": (outs,)}


def _residual(name: str, width: int) -> Shapes:
    first = _convolution(f"{name}.block.1", width, width // 2, 3)
    return first | _convolution(f"{name}.block.3", width // 2, width, 1)


def _encoder() -> Shapes:
    shapes, width, place = _convolution("encoder.model.0", 1, _FILTERS, 7), _FILTERS, 1
    for ratio in reversed(_RATIOS):
        shapes |= _residual(f"encoder.model.{place}", width)
        shapes |= _convolution(f"encoder.model.{place + 2}", width, 2 * width, 2 * ratio)
        width, place = 2 * width, place + 3
    return shapes | _convolution(f"encoder.model.{place + 1}", width, _WIDTH, 3)


def _decoder() -> Shapes:
    width, place = _FILTERS << len(_RATIOS), 1
    shapes = _convolution("decoder.model.0", _WIDTH, width, 7)
    for ratio in _RATIOS:
        name = f"decoder.model.{place + 1}.convtr.convtr"
        shapes |= {f"{name}.weight": (width, width // 2, 2 * ratio), f"{name}.bias": (width // 2,)}
        width //= 2
        shapes |= _residual(f"decoder.model.{place + 2}", width)
        place += 3
    return shapes | _convolution(f"decoder.model.{place + 1}", width, 1, 3)


def write_safetensors(path: Path, shapes: Mapping[str, tuple[int, ...]], *, zeros: bool = False) -> Path:
    """F32; random, with every norm and scale 1, or zeros that take no room on the disk."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        begin, end = end, end + 4 * int(np.prod(shape))
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    random = np.random.default_rng(0)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        if zeros:
            file.truncate(8 + len(text) + end)
            return path
        for name, shape in shapes.items():
            if name.endswith(("weight", "embedding_sum")) and len(shape) > 1:
                scale = np.float32(np.sqrt(1 / np.prod(shape[1:])))
                file.write((random.standard_normal(shape, np.float32) * scale).tobytes())
            else:
                file.write(np.full(shape, not name.endswith("bias"), np.float32).tobytes())
    return path
