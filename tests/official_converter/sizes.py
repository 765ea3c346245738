"""The sizes of the checkpoint: the released shapes where the reference or the converter fixes them, else small."""

from __future__ import annotations

from pathlib import Path

from tests.model_sets import tiny_tokenizer
from wyoming_lfm2.gguf.tokenizer import RELEASED_NUMBERS, Tokenizer, TokenType

STEM = "LFM2.5-Audio-1.5B"
"""The files get the official names, so that they are found as the official ones are."""

SEED = 12

WIDTH = 256
FEED_FORWARD = 512
BLOCK_FEED_FORWARD = 768
"""What the configuration says; two thirds of it are used, rounded up to 256, as in the released configuration."""
LAYERS = "ccacac"
"""Of the backbone: short convolutions and attention."""
HEADS, KV_HEADS = 8, 2
CONTEXT = 128_000
N_VOCAB = 1024
"""More than there are tokens: the converter fills up, as it does for the released checkpoint."""

ENCODER_LAYERS = 7
"""The converter finds `conformer.pre_encode.conv.6` by the number of layers; with fewer it cannot name it."""

DEPTHFORMER_LAYERS = 2
DEPTHFORMER_WIDTH = 1024

DETOKENIZER_LAYERS = "ccacacac"
"""Width 512 and 1,282 outputs are fixed in the reference; the others are the released detokenizer's."""
DETOKENIZER_WIDTH = 512
DETOKENIZER_FEED_FORWARD = 2304
DETOKENIZER_HEADS, DETOKENIZER_KV_HEADS = 16, 8
WINDOW = 30
N_OUT = 1282

CODEBOOKS, CODES = 8, 2048

ASR_SYSTEM = "Perform ASR."
TTS_SYSTEM = "Perform TTS. Use the US male voice."
TTS_TEXT = "Turn on the light, please. It is 25 minutes past 7."
SPEECH = Path(__file__).parents[1] / "data" / "turn_on_the_kitchen_light.wav"
"""What is transcribed; 16 kHz."""

_CONTROL_TOKENS = 500


def vocabulary() -> Tokenizer:
    """The 500 first numbers are control tokens as in the released vocabulary, then every byte and some words."""
    tiny = tiny_tokenizer()
    control = [f"<|reserved_{number}|>" for number in range(_CONTROL_TOKENS)]
    for token, number in RELEASED_NUMBERS.items():
        control[number] = token
    others = [token for token in tiny.tokens if token not in RELEASED_NUMBERS]
    types = (*[TokenType.CONTROL] * len(control), *[TokenType.NORMAL] * len(others))
    return Tokenizer((*control, *others), types, tiny.merges)


def file_names(quantization: str) -> dict[str, str]:
    """Official names of the files of a set, by part."""
    return {
        part: f"{prefix}{STEM}-{quantization}.gguf"
        for part, prefix in (
            ("backbone", ""), ("mmproj", "mmproj-"), ("vocoder", "vocoder-"), ("tokenizer", "tokenizer-"),
        )
    }  # fmt: skip


CONVERTED = ("F32", "F16", "BF16", "Q8_0")
"""What the converter writes."""
QUANTIZED = "Q4_0"
"""What llama.cpp's quantiser makes of its BF16."""
STORAGES = (*CONVERTED, QUANTIZED)
WITH_VOCABULARY = "F32-with-vocabulary"
"""The set whose tokenizer file kept its vocabulary, as converters before February 2026 wrote it."""
