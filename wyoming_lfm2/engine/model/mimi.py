"""From codes to sound by Mimi itself, the codec that the first release was made with, in ``rustymimi``.

It keeps the state of one utterance, so there is one for each that is spoken at the same time; another one is
loaded (0.4 GB, in the worker thread) when that is needed for the first time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.models.mimi_file import MIMI_CODES, import_rustymimi

_LOGGER = logging.getLogger(__name__)

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
        with _failing(
            lambda reason: ModelFileError(path, f"rustymimi refuses it ({reason})", "Get the file again.")
        ):
            self._idle = [self._load(str(path))]

    def sound(self, utterances: Sequence[int], codes: NDArray[np.int32]) -> list[NDArray[np.float32]]:
        """80 ms of sound for the next audio frame of each of several utterances, all of it certain.

        :param codes: int32, shape ``(n, codebooks)``. A later codebook's code may be end-of-audio, which has no
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
        if mimi is None:
            return
        try:
            with _failing(_mimi_failed):
                mimi.reset()
        except EngineError as error:
            # Of no concern to the utterance, which has been heard.
            _LOGGER.warning("%s; it will be loaded again", error)
        else:
            self._idle.append(mimi)

    def close(self) -> None:
        """Free everything; the object is of no use afterwards."""
        self._in_use.clear()
        self._idle.clear()

    def _decoded(self, utterance: int, codes: NDArray[np.int32]) -> NDArray[np.float32]:
        frame = np.minimum(codes, MIMI_CODES - 1).astype(np.uint32).reshape(1, -1, 1)
        with _failing(_mimi_failed):
            # Out of its place meanwhile: one that fails is not used again, for nobody knows what it holds.
            mimi = self._in_use.pop(utterance, None) or self._another()
            made = mimi.decode_step(frame)
        self._in_use[utterance] = mimi
        return _NO_SOUND if made is None else np.asarray(made, np.float32)[0, 0]

    def _another(self) -> Any:
        return self._idle.pop() if self._idle else self._load(str(self._path))


def _mimi_failed(reason: str) -> EngineError:
    return EngineError(f"Mimi failed ({reason})")


@contextmanager
def _failing(as_error: Callable[[str], Exception]) -> Iterator[None]:
    """Raise ``as_error(reason)`` in the place of what rustymimi raises."""
    try:
        yield
    except BaseException as error:
        if not (isinstance(error, ValueError) or _is_panic(error)):
            raise
        # Without the backtrace that Rust adds.
        reason = (str(error).splitlines() or ["no reason given"])[0]
        raise as_error(reason) from error


def _is_panic(error: BaseException) -> bool:
    """Whether Rust panicked: PyO3 makes a class of its own for that, no ``Exception``, which cannot be imported."""
    return (type(error).__module__, type(error).__name__) == ("pyo3_runtime", "PanicException")
