from __future__ import annotations

import builtins
import importlib
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.satellite.sounds import DATA, clip, pcm, silence
from wyoming_lfm2.satellite.micro_wake_word import MicroWakeWords, cutoff
from wyoming_lfm2.satellite.pre_roll import PreRoll
from wyoming_lfm2.satellite.wake_word import Detection, NoWakeWord, WakeWordError, WakeWordSettings

BEGIN = 1.0
"""Seconds of silence before the word."""


def said(word: str) -> tuple[NDArray[np.int16], float]:
    """The word in faint noise, and when it ends."""
    sound = clip(f"{word}.flac")
    return pcm(silence(BEGIN), sound, silence(1)), BEGIN + len(sound) / 16_000


def hear(
    detector: MicroWakeWords, sound: NDArray[np.int16], step: int = 512, start: float = 0.0
) -> list[Detection]:
    found: list[Detection] = []
    for begin in range(0, len(sound), step):
        part = sound[begin : begin + step]
        found += detector.feed(part, start + (begin + len(part)) / 16_000)
    return found


def words(*names: str) -> Sequence[WakeWordSettings]:
    return [WakeWordSettings(name, "high", f"for {name}") for name in names]


@pytest.mark.parametrize("step", [160, 512, 1000, 100_000])
@pytest.mark.parametrize("word", ["okay_nabu", "hey_jarvis"])
def test_of_several_words_the_one_that_was_said_is_found_once(word: str, step: int) -> None:
    detector = MicroWakeWords(words("okay_nabu", "hey_jarvis", "alexa", "hey_mycroft"))
    sound, end = said(word)
    (found,) = hear(detector, sound, step, start=100.0)
    assert (found.name, found.pipeline) == (word, f"for {word}")
    assert found.ended_at == pytest.approx(100.0 + end, abs=0.25)
    assert found.phrase == {"okay_nabu": "Okay Nabu", "hey_jarvis": "Hey Jarvis"}[word]


def test_a_command_in_one_breath_begins_near_the_end_of_the_wake_word() -> None:
    word, command = clip("hey_jarvis.flac"), clip("turn_on_the_kitchen_light.wav")
    sound = pcm(silence(BEGIN), word, silence(0.05), command)
    detector, pre_roll = MicroWakeWords(words("hey_jarvis")), PreRoll()
    cuts = []
    for number, part in enumerate(sound.reshape(-1, 512)):
        captured_at = (number + 1) * 0.032
        pre_roll.add(part, captured_at)
        cuts += [pre_roll.quiet_moment(found.ended_at) for found in detector.feed(part, captured_at)]
    assert cuts == [pytest.approx(BEGIN + len(word) / 16_000 + 0.025, abs=0.1)]


def test_said_again_it_is_found_again_also_after_a_new_beginning() -> None:
    detector = MicroWakeWords(words("hey_jarvis"))
    sound, _ = said("hey_jarvis")
    assert len(hear(detector, np.concatenate([sound, sound]))) == 2
    detector.reset()
    # Another microphone's clock may begin anew, too.
    assert len(hear(detector, sound)) == 1


def test_half_a_word_is_forgotten_at_a_new_beginning() -> None:
    detector = MicroWakeWords(words("hey_jarvis"))
    sound, end = said("hey_jarvis")
    half = int((BEGIN + end) / 2 * 16_000)
    assert hear(detector, sound[:half]) == []
    detector.reset()
    assert hear(detector, sound[half:]) == []


def test_other_speech_is_no_wake_word() -> None:
    speech, rate = soundfile.read(DATA / "turn_on_the_kitchen_light.wav", dtype="int16")
    assert rate == 16_000
    assert hear(MicroWakeWords(words("okay_nabu", "hey_jarvis")), speech) == []


def test_the_score_can_be_watched() -> None:
    detector = MicroWakeWords(words("hey_jarvis"))
    sound, _ = said("hey_jarvis")
    scores = []
    for begin in range(0, len(sound) - 511, 512):
        detector.feed(sound[begin : begin + 512], begin / 16_000)
        scores.append(detector.scores()["hey_jarvis"])
    assert max(scores[: int(BEGIN * 31)]) < 0.1
    assert max(scores) > 0.9


def test_sensitivity() -> None:
    low, medium, high = (
        cutoff(WakeWordSettings("okay_nabu", level), 0.85) for level in ("low", "medium", "high")
    )
    assert 1 > low > medium > high > 0
    assert cutoff(WakeWordSettings("my_word", "medium"), 0.6) == 0.6
    assert cutoff(WakeWordSettings("okay_nabu", 0.42), 0.85) == 0.42
    for wrong in ("very", 0, 1.0, -1, True):
        with pytest.raises(WakeWordError, match="okay_nabu"):
            cutoff(WakeWordSettings("okay_nabu", wrong), 0.85)


@pytest.fixture
def own_model(tmp_path: Path) -> Path:
    """A user's own: hey_jarvis under another name."""
    models = Path(importlib.import_module("pymicro_wakeword").__file__ or "").parent / "models"
    shutil.copy(models / "hey_jarvis.tflite", tmp_path / "computer.tflite")
    config = json.loads((models / "hey_jarvis.json").read_text())
    config |= {"wake_word": "Computer", "model": "computer.tflite"}
    path = tmp_path / "computer.json"
    path.write_text(json.dumps(config))
    return path


def test_a_model_of_ones_own(own_model: Path) -> None:
    sound, _ = said("hey_jarvis")
    (found,) = hear(MicroWakeWords(words(str(own_model))), sound)
    assert (found.name, found.phrase) == ("computer", "Computer")


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.write_text("{"), "no microWakeWord model's JSON"),
        (lambda path: path.write_text("[]"), "no microWakeWord model's JSON"),
        (lambda path: path.write_text(path.read_text().replace("0.97", "2")), "out of its range"),
        (lambda path: path.with_suffix(".tflite").unlink(), "cannot be read"),
        (lambda path: path.with_suffix(".tflite").write_bytes(b"nothing at all"), "no TensorFlow Lite model"),
        # This would kill the process that loads it.
        (
            lambda path: path.with_suffix(".tflite").write_bytes(b"\xff\xff\xff\x7fTFL3" + bytes(500)),
            "broken",
        ),
    ],
)
def test_a_broken_model_of_ones_own_is_refused(own_model: Path, broken: object, text: str) -> None:
    assert callable(broken)
    broken(own_model)
    with pytest.raises(WakeWordError, match=text):
        MicroWakeWords(words(str(own_model)))


def test_a_word_that_there_is_not_names_those_that_there_are() -> None:
    with pytest.raises(WakeWordError, match="okay_nabu, hey_jarvis"):
        MicroWakeWords(words("hey_computer"))


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymicro_wakeword", None)
    with pytest.raises(WakeWordError, match=r"wyoming-lfm2\[satellite\]"):
        MicroWakeWords(words("okay_nabu"))


def test_it_is_not_imported_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: object) -> object:
        assert not name.startswith("pymicro"), name
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.delitem(sys.modules, "wyoming_lfm2.satellite.micro_wake_word")
    importlib.import_module("wyoming_lfm2.satellite.micro_wake_word")


def test_no_wake_word_hears_nothing() -> None:
    detector = NoWakeWord()
    assert list(detector.feed(said("hey_jarvis")[0], 1.0)) == []
    assert detector.scores() == {}
