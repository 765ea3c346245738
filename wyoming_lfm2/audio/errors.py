"""What can be wrong with the audio itself."""

from __future__ import annotations

from typing import ClassVar


class AudioError(Exception):
    """Audio that cannot be heard; the text is one sentence for a person."""

    code: ClassVar[str] = "audio"


class AudioFormatError(AudioError):
    """A PCM format that is not taken: rate, width or number of channels."""

    code = "audio-format"


class AudioFileError(AudioError):
    """A file that is missing, is not audio, is damaged or holds no sound."""

    code = "audio-file"
