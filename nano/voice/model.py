"""nano as it learns to speak: prompt and text in, frames of codes out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F

from nano import tokenizer as words
from nano.backbone import Backbone
from nano.model import Nano
from nano.voice.depthformer import Depthformer
from nano.voice.sequence import Row, Words, lay
from nano.voice.shape import VoiceShape
from wyoming_lfm2.gguf.pronunciations import joined

PROMPTS = {
    "us-female": "Perform TTS. Use the US female voice.",
    "us-male": "Perform TTS. Use the US male voice.",
}
"""The system prompt of each voice, as LFM2.5-Audio has it."""
AUDIO_START = "<|audio_start|>"
_GUESSED, _DEPTH_GUESSED = 24, 20
"""Frames for each sentence of which all codes are guessed at once, and which the depthformer gets."""
_LAST_BOOK = 0.2
"""What the last book counts where the first counts 1."""
_MISLED = 0.25
"""Share of sentences whose first frames come from somewhere else, so that the prompt says who speaks, not they."""
_SPAN = 4
"""Frames in a row that come from somewhere else."""
_BEFORE, _AFTER = 0.75, 1.75
"""Frames of silence around what is said."""


Parts = Sequence[tuple[str, str]]
"""What stands between the blanks of a text, and how it sounds, as `Pronunciations.parts` has them."""


def asked(tokenizer: Tokenizer, voice: str, text: Parts) -> list[int]:
    """Ids of the whole prompt up to where the model writes."""
    ids: list[int] = tokenizer.encode(
        f"{words.START}{words.TURN}system\n{PROMPTS[voice]}{words.END_OF_TURN}\n"
        f"{words.TURN}user\n{joined(text)}{words.END_OF_TURN}\n{words.TURN}assistant\n"
    ).ids
    return ids


def reading(tokenizer: Tokenizer, voice: str, text: Parts, codes: Tensor, end: int) -> Row:
    """A sentence read aloud: prompt, (frames, books) codes, end-of-audio, whose code is `end`, end of the turn."""
    return [
        Words(asked(tokenizer, voice, text)),
        Words([tokenizer.token_to_id(AUDIO_START)], learned=True),
        ended(codes, end),
        Words([tokenizer.token_to_id(words.END_OF_TURN)], learned=True),
    ]


def ended(codes: Tensor, end: int) -> Tensor:
    """(frames, books) codes and the frame of end-of-audio."""
    return torch.cat((codes, torch.full_like(codes[:1], end)))


def laid_out(tokenizer: Tokenizer, text: Parts, frames: int) -> Tensor:
    """(frames,): for each frame the sound of the text that is said if each takes the same time."""
    ids = tokenizer.encode(" ".join(sounds for _, sounds in text)).ids
    lengths = [len(tokenizer.id_to_token(token).lstrip("\u0120")) for token in ids]
    if not sum(lengths):
        return torch.full((frames,), -100)
    ends = np.cumsum(lengths) / sum(lengths)
    # A little silence before and after, see nano.speech.voices.
    at = np.clip((np.arange(frames) + 0.5 - _BEFORE) / max(1.0, frames - _BEFORE - _AFTER), 0, 1)
    return torch.tensor(ids)[torch.from_numpy(np.searchsorted(ends[:-1], at, side="right"))]


@dataclass(frozen=True)
class VoiceBatch:
    """Some sentences, and what each of their frames says (`laid_out`), -100 where nobody tells."""

    rows: list[Row]
    said: list[Tensor]


@dataclass(frozen=True)
class VoiceLosses:
    """Cross-entropies in nats for each code or token, and the share of first-book codes that are right."""

    codes: Tensor
    """Of the depthformer; as `guess`, a mean in which the first books count more."""
    by_book: Tensor
    """(books,), without gradient."""
    guess: Tensor
    """All codes of a frame at once from the hidden state: cheap, so that every frame teaches the backbone."""
    words: Tensor
    """Of the sound that is being said, if all took the same time: meant to bring attention to the text early."""
    text: Tensor
    right: Tensor


class Voice(nn.Module):
    """What speaking needs beside the backbone; `guess` and `word` are for training only."""

    def __init__(self, shape: VoiceShape) -> None:
        super().__init__()
        self.shape = shape
        self.audio_embedding = nn.Embedding(shape.books * shape.rows, shape.backbone_width)
        self.depthformer = Depthformer(shape)
        self.guess = nn.Linear(shape.backbone_width, shape.books * shape.rows)
        self.word = nn.Linear(shape.backbone_width, shape.backbone_width, bias=False)
        nn.init.eye_(self.word.weight)
        nn.init.normal_(self.audio_embedding.weight, std=0.1 * shape.books**-0.5)

    def embed(self, codes: Tensor) -> Tensor:
        """(..., books) -> (..., backbone width), summed over the books."""
        offsets = torch.arange(self.shape.books) * self.shape.rows
        out: Tensor = self.audio_embedding(codes + offsets).sum(-2)
        return out


def losses(
    nano: Nano, voice: Voice, batch: VoiceBatch, training: bool = False, confusion: float = 0.0
) -> VoiceLosses:
    """Teacher-forced losses of sentences.

    In training so many frames are drawn for each sentence that a step's matrices have few different sizes, for
    each of which oneDNN keeps kernels. A share `confusion` of the frames that are fed back comes from elsewhere
    in the batch, and as many are left out, so that the model leans on prompt and text.
    """

    def embed(codes: Tensor) -> Tensor:
        if not confusion:
            return voice.embed(codes)
        sound = voice.embed(confused(codes, voice.shape.codes, confusion))
        return sound * (torch.rand(len(sound), 1) >= confusion)

    backbone = nano.backbone
    laid = lay(batch.rows, backbone.embedding, embed, lambda mel: nano.adapter(nano.encoder(mel)))
    hidden = backbone(laid.inputs).flatten(0, 1)
    at, codes = laid.codes_at, laid.codes
    text = F.cross_entropy(backbone.logits(hidden[laid.words_at]).float(), laid.words)
    said_at = torch.cat(batch.said)
    if training:
        some = _draw(len(at), _GUESSED * len(batch.rows))
        at, codes, said_at = at[some], codes[some], said_at[some]
    states = hidden[at]
    guess = _by_book(voice.guess(states).float().view(*codes.shape, voice.shape.rows), codes)
    # A sum, since of answers in text and sound no frame is told: the mean of none is not a number.
    word = F.cross_entropy(backbone.logits(voice.word(states)).float(), said_at, reduction="sum")
    word = word / (said_at >= 0).sum().clamp(min=1)
    if training:
        some = slice(0, _DEPTH_GUESSED * len(batch.rows))
        states, codes = states[some], codes[some]
    logits = voice.depthformer.logits(states, codes)
    each = _by_book(logits, codes)
    right = (logits[:, 0].argmax(-1) == codes[:, 0]).float().mean()
    return VoiceLosses(_weighted(each), each.detach(), _weighted(guess), word, text, right)


def _by_book(logits: Tensor, codes: Tensor) -> Tensor:
    """(books,) cross-entropies of (frames, books, rows) against (frames, books)."""
    return F.cross_entropy(logits.flatten(0, 1), codes.flatten(), reduction="none").view_as(codes).mean(0)


def _weighted(by_book: Tensor) -> Tensor:
    """Their mean, the first books counting most: they say what is said, later ones how."""
    weights = torch.linspace(0, math.log(_LAST_BOOK), len(by_book)).exp()
    return (by_book * weights).sum() / weights.sum()


def _draw(count: int, wanted: int) -> Tensor:
    """`wanted` different numbers below `count`, or some of them twice if there are not so many."""
    return torch.cat([torch.randperm(count) for _ in range(-(-wanted // count))])[:wanted]


def confused(codes: Tensor, end: int, share: float) -> Tensor:
    """(frames, books) codes of several sentences, each closed by `end`, with spans from elsewhere among them.

    About `share` of the frames, and some of the first frames of one sentence in four, are those of another place, so
    often of another voice. End-of-audio stays where it is.
    """
    ends = codes[:, 0] == end
    elsewhere = codes.roll(int(torch.randint(len(codes), ())), 0)
    sentence = ends.cumsum(0) - ends.long()
    starts = torch.cat((ends.new_ones(1), ends[:-1]))
    place = torch.arange(len(codes)) - starts.nonzero()[:, 0][sentence]
    count = int(sentence[-1]) + 1
    first = torch.where(torch.rand(count) < _MISLED, torch.randint(1, 7, (count,)), 0)
    begun = torch.rand(len(codes)) < share / _SPAN
    spans = F.max_pool1d(F.pad(begun.float()[None], (_SPAN - 1, 0)), _SPAN, 1)[0] > 0
    misled = (spans | (place < first[sentence])) & ~ends & (elsewhere[:, 0] != end)
    return torch.where(misled[:, None], elsewhere, codes)


@torch.no_grad()
def spoken(
    backbone: Backbone,
    voice: Voice,
    audio_start: int,
    ids: Sequence[int],
    temperature: float = 0.8,
    top_k: int = 64,
    limit: int = 150,
) -> Tensor:
    """(frames, books) for one prompt, as the product generates them but without its memory; at most `limit`."""
    x = backbone.embedding(torch.tensor([[*ids, audio_start]]))
    frames: list[Tensor] = []
    while len(frames) < limit:
        codes = voice.depthformer.sample(backbone(x)[:, -1], temperature, top_k)
        if int(codes[0, 0]) == voice.shape.codes:
            break
        frames.append(codes[0])
        x = torch.cat((x, voice.embed(codes)[:, None]), 1)
    return torch.stack(frames) if frames else torch.zeros(0, voice.shape.books, dtype=torch.long)
