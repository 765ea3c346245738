"""From codes to sound by Mimi itself, the codec that the first release was made with, in ``rustymimi``.

It keeps the state of one utterance, so there is one for each that is spoken at the same time; another one is
loaded (0.4 GB, in the worker thread) when that is needed for the first time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.models.errors import ModelFileError
from wyoming_lfm2.models.mimi_file import MIMI_CODES, import_rustymimi

_NO_SOUND = np.zeros(0, np.float32)


class Mimi:
    """As ``Detokenizer``, but for what is said here. Every method belongs to the worker thread."""

    def __init__(self, path: Path) -> None:
        """Load it.

        :raises ModelFileError: there is no rustymimi, or it refuses the file.
        """
        self._load: Any = import_rustymimi(path).Tokenizer
        self._path = path
        self._in_use: dict[int, Any] = {}
        try:
            self._idle = [self._load(str(path))]
        except ValueError as error:
            raise ModelFileError(
                path, f"rustymimi refuses it ({_first_line(error)})", "Get the file again."
            ) from error

    def sound(self, utterances: Sequence[int], codes: NDArray[np.int32]) -> list[NDArray[np.float32]]:
        """80 ms of sound for the next frame of each of several utterances, all of it certain.

        :param codes: int32, shape ``(n, codebooks)``. A later book's code may be end-of-audio, which has no
            sound; the last code is taken for it.
        :returns: float32, shape ``(1920,)`` each.
        :raises EngineError: rustymimi failed.
        """
        return [self._decoded(utterance, codes[i]) for i, utterance in enumerate(utterances)]

    def flush(self, utterance: int) -> NDArray[np.float32]:  # noqa: ARG002 - Mimi holds nothing back
        """Nothing."""
        return _NO_SOUND

    def forget(self, utterance: int) -> None:
        """An utterance has ended; its number may be used again."""
        mimi = self._in_use.pop(utterance, None)
        if mimi is not None:
            mimi.reset()
            self._idle.append(mimi)

    def close(self) -> None:
        """Free everything; the object is of no use afterwards."""
        self._in_use.clear()
        self._idle.clear()

    def _decoded(self, utterance: int, codes: NDArray[np.int32]) -> NDArray[np.float32]:
        mimi = self._in_use.get(utterance)
        try:
            if mimi is None:
                mimi = self._idle.pop() if self._idle else self._load(str(self._path))
                self._in_use[utterance] = mimi
            frame = np.minimum(codes, MIMI_CODES - 1).astype(np.uint32).reshape(1, -1, 1)
            made = mimi.decode_step(frame)
        except ValueError as error:
            raise EngineError(f"Mimi failed ({_first_line(error)})") from error
        return _NO_SOUND if made is None else np.asarray(made, np.float32)[0, 0]


def _first_line(error: Exception) -> str:
    """Without the backtrace that Rust adds."""
    return (str(error).splitlines() or ["no reason given"])[0]
