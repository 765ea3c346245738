"""A model: what one may say about it, and the files that it consists of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wyoming_lfm2.models.voices import DEFAULT, INTERLEAVED, Voice

ASR_PROMPT = "Perform ASR."
"""The system prompt for transcription that all but the Japanese model were trained on."""


@dataclass(frozen=True)
class ModelDescription:
    """What is known of a model before its files are opened."""

    name: str
    """Of the model set, for example ``nano`` or ``lfm2.5-audio-1.5b``."""

    description: str = ""
    """One line for a person."""

    version: str = "1"
    """Version of the files, shown to clients."""

    languages: tuple[str, ...] = ("en",)
    """BCP 47 tags of what the model understands, the default first."""

    maker: str = ""
    """Who trained it; empty: not known."""

    maker_url: str = ""
    """Where it comes from; empty if nowhere that is known."""

    asr_prompt: str = ASR_PROMPT
    """System prompt for transcription."""

    voices: tuple[Voice, ...] = (DEFAULT,)
    """Ways of speaking that it was trained on, the default first; its speech files need not be there."""

    chat_unavailable_reason: str = ""
    """Why it does not converse, in one sentence and what to do; empty if it was trained to."""

    interleaved: Voice = INTERLEAVED
    """How it is told to answer in text and sound at once."""

    conversation_prompt: str = ""
    """The one system prompt that a small model was trained to answer under; empty: it follows any."""

    home_prompt: str = ""
    """The same for answers that may be calls of a home's functions; empty: it wants a list of them."""

    @property
    def converses(self) -> bool:
        """Whether it was trained to answer."""
        return not self.chat_unavailable_reason


@dataclass(frozen=True)
class ModelSet:
    """A model and where its parts are; nothing here says that they are sound."""

    model: ModelDescription
    backbone: Path
    """LFM2 language model, GGUF architecture ``lfm2``."""
    mmproj: Path
    """FastConformer encoder and adapter, projector ``lfm2a``."""
    vocoder: Path | None = None
    """Depthformer and audio embeddings; needed for speech output."""
    tokenizer: Path | None = None
    """Detokenizer, GGUF architecture ``lfm2``; needed for speech output."""
    code_table: Path | None = None
    """Vocoder file of another set, for the detokenizer's input table where the own vocoder has none."""
    mimi: Path | None = None
    """Mimi's weights, which make the sound in the detokenizer's place."""
    speech_remedy: str = "Put them beside the backbone, as vocoder-NAME.gguf and tokenizer-NAME.gguf."
    """How to get the speech files that are missing."""
    lenient: bool = False
    """The setting ``model.checks`` is ``warn``: see `gguf.errors`."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that there is."""
        parts = (self.backbone, self.mmproj, self.vocoder, self.tokenizer, self.code_table, self.mimi)
        return tuple(part for part in parts if part is not None)

    @property
    def tts_unavailable_reason(self) -> str:
        """Why this set cannot speak as far as missing files tell, and what to do; empty if none is missing."""
        parts = {"vocoder": self.vocoder, "tokenizer": self.tokenizer}
        if self.mimi is not None:
            del parts["tokenizer"]
        missing = [name for name, path in parts.items() if path is None]
        if not missing:
            return ""
        names = " and ".join(missing)
        plural = "files are" if len(missing) > 1 else "file is"
        return f"{self.model.name} hears but cannot speak: its {names} {plural} missing. {self.speech_remedy}"
