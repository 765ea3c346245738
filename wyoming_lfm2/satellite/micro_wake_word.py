"""Wake words by microWakeWord's small networks, several at once on the same features.

The networks are those of https://github.com/kahrendt/microWakeWord, run by ``pymicro-wakeword``, an optional
library that carries four of them and TensorFlow Lite. It is imported only when a detector is made.
"""

from __future__ import annotations

import importlib
import json
import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.satellite.wake_word import Detection, WakeWordError, WakeWordSettings

PACKAGED = ("okay_nabu", "hey_jarvis", "alexa", "hey_mycroft")
"""Models in the library's wheel."""

_CUTOFFS = {
    "okay_nabu": (0.85, 0.7, 0.5),
    "hey_jarvis": (0.98, 0.95, 0.7),
    "alexa": (0.97, 0.9, 0.8),
    "hey_mycroft": (0.98, 0.95, 0.93),
}
"""From low to high sensitivity: see bench/README.md for what was measured with them."""

_DELAY_S = {"okay_nabu": 0.10, "hey_jarvis": 0.03, "alexa": 0.09, "hey_mycroft": -0.06}
"""Median time from the end of the word to its detection, with a command right behind it (28 voices of Kokoro)."""
_USUAL_DELAY_S = 0.08

_STEP_S = 0.01
"""Seconds of one row of features."""
_DEAF_S = 1.0
"""After a detection: the same word cannot be said again so soon."""
_REARM = 0.5
"""The probability must have sunk to this part of the cutoff, before the word counts again."""
_TRIAL_LIMIT_S = 20.0


def cutoff(settings: WakeWordSettings, shipped: float) -> float:
    """The probability from which a word counts.

    :param shipped: what the model's own file says.
    :raises WakeWordError: the sensitivity is none.
    """
    level = settings.sensitivity
    if isinstance(level, int | float) and not isinstance(level, bool):
        if not 0 < level < 1:
            raise WakeWordError(
                f"The sensitivity of {settings.name} must be above 0 and below 1, not {level:g}."
            )
        return float(level)
    others = ((1 + shipped) / 2, shipped, 0.75 * shipped)
    try:
        return _CUTOFFS.get(settings.name, others)[("low", "medium", "high").index(level)]
    except ValueError:
        raise WakeWordError(
            f"The sensitivity of {settings.name} cannot be {level!r}: write low, medium, high, or the "
            "probability from which it counts, such as 0.7."
        ) from None


@dataclass
class _Word:
    """One network and what it has heard."""

    settings: WakeWordSettings
    network: Any
    cutoff: float
    delay_s: float
    rows: int = 0
    """Of features since its last step."""
    score: float = 0.0
    armed: bool = True
    deaf_until: float = -math.inf


class MicroWakeWords:
    """Several words, each with a sensitivity and a pipeline of its own.

    :raises WakeWordError: the library is missing, or a model is not there or broken.
    """

    def __init__(self, words: Sequence[WakeWordSettings]) -> None:
        library = _library()
        self._features = library.MicroWakeWordFeatures()
        self._words = [_load(library, settings) for settings in words]

    def feed(self, samples: NDArray[np.int16], captured_at: float) -> Sequence[Detection]:
        """See :class:`WakeWordDetector`."""
        found = []
        pcm = samples.astype("<i2", copy=False).tobytes()
        rows = list(self._features.process_streaming(pcm))
        for place, row in enumerate(rows):
            # A row is complete with its last sample: later rows of this frame came later.
            now = captured_at - (len(rows) - 1 - place) * _STEP_S
            found += [detection for word in self._words if (detection := _step(word, row, now)) is not None]
        return found

    def scores(self) -> Mapping[str, float]:
        """See :class:`WakeWordDetector`."""
        return {word.settings.name: word.score for word in self._words}

    def reset(self) -> None:
        """See :class:`WakeWordDetector`."""
        self._features.reset()
        for word in self._words:
            word.network.reset()
            word.rows, word.score, word.armed, word.deaf_until = 0, 0.0, True, -math.inf

    def close(self) -> None:
        """See :class:`WakeWordDetector`."""
        for word in self._words:
            word.network.close()
        self._words = []


def _step(word: _Word, row: NDArray[np.float32], now: float) -> Detection | None:
    probability = word.network.process_streaming_prob(row)
    word.rows += 1
    if word.rows < word.network.stride:
        return None  # between its steps the network says 0
    word.rows, word.score = 0, float(probability)
    if word.score < word.cutoff * _REARM:
        word.armed = True
    if word.score <= word.cutoff or not word.armed or now < word.deaf_until:
        return None
    word.armed, word.deaf_until = False, now + _DEAF_S
    return Detection(
        str(word.network.id), str(word.network.wake_word), now - word.delay_s, word.settings.pipeline
    )


def _library() -> Any:
    try:
        return importlib.import_module("pymicro_wakeword")
    except ImportError as error:
        raise WakeWordError(
            "Wake words need the library pymicro-wakeword: pip install 'wyoming-lfm2[satellite]'. It exists for "
            "x86_64 and ARM (64 bit) with glibc 2.35 or later; elsewhere use a wake service, for example "
            f"wake_uri: tcp://HOST:10400 ({error})."
        ) from None
    except OSError as error:
        raise WakeWordError(f"pymicro-wakeword is installed and cannot be loaded ({error}).") from None


def _load(library: Any, settings: WakeWordSettings) -> _Word:
    name = settings.name
    if name in PACKAGED:
        network = library.MicroWakeWord.from_builtin(library.Model(name))
    elif name.endswith(".json"):
        path = Path(name).expanduser()
        _check_own_model(path)
        network = library.MicroWakeWord.from_config(path)
    else:
        raise WakeWordError(
            f"There is no wake word {name!r}. There are {', '.join(PACKAGED)}; a model of your own is given by "
            "the path of its .json, which lies beside its .tflite."
        )
    level = cutoff(settings, network.probability_cutoff)
    return _Word(settings, network, level, _DELAY_S.get(name, _USUAL_DELAY_S))


def _check_own_model(path: Path) -> None:
    """TensorFlow Lite kills the process over a broken file: read it here, then try it in another process.

    :raises WakeWordError: it cannot be used.
    """
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        weights = path.parent / config["model"]
        micro = config["micro"]
        probability, window = float(micro["probability_cutoff"]), micro["sliding_window_size"]
        is_right = isinstance(config["wake_word"], str) and 0 < probability < 1 and int(window) > 0
    except OSError as error:
        raise WakeWordError(f"The wake word's file {path} cannot be read ({error.strerror}).") from None
    except (ValueError, KeyError, TypeError) as error:
        is_right, problem = False, f"{type(error).__name__}: {error}"
    else:
        problem = "a value is out of its range"
    if not is_right:
        raise WakeWordError(
            f"{path} is no microWakeWord model's JSON ({problem}). It needs model, wake_word, and in micro: "
            "probability_cutoff and sliding_window_size."
        )
    try:
        with weights.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise WakeWordError(f"The wake word's model {weights} cannot be read ({error.strerror}).") from None
    if head[4:] != b"TFL3":
        raise WakeWordError(f"{weights} is no TensorFlow Lite model.")
    _try_own_model(path, weights)


_TRIAL = """
import sys, pymicro_wakeword
network = pymicro_wakeword.MicroWakeWord.from_config(sys.argv[1])
for row in pymicro_wakeword.MicroWakeWordFeatures().process_streaming(bytes(32000)):
    network.process_streaming_prob(row)
"""


def _try_own_model(path: Path, weights: Path) -> None:
    command = [sys.executable, "-c", _TRIAL, str(path)]
    try:
        tried = subprocess.run(command, capture_output=True, check=False, timeout=_TRIAL_LIMIT_S)
    except subprocess.TimeoutExpired:
        raise WakeWordError(f"{weights} took over {_TRIAL_LIMIT_S:g} s for one second of sound.") from None
    if tried.returncode:
        lines = tried.stderr.decode(errors="replace").strip().splitlines()
        why = lines[-1] if lines else f"it ended with {tried.returncode}"
        raise WakeWordError(f"{weights} is broken, or not a model that microWakeWord made ({why}).")
