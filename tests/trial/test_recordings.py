from __future__ import annotations

from pathlib import Path

import soundfile

from wyoming_lfm2.trial.sentences import RECORDINGS, RECORDINGS_FOLDER

TESTS = Path(__file__).parents[1] / "data"


def test_the_recordings_of_the_package_are_those_of_the_tests_and_small() -> None:
    assert sorted(path.stem for path in TESTS.glob("*.wav")) == sorted(r.path.stem for r in RECORDINGS)
    for recording in RECORDINGS:
        shipped, rate = soundfile.read(recording.path, dtype="int16")
        original, original_rate = soundfile.read(TESTS / f"{recording.path.stem}.wav", dtype="int16")
        assert rate == original_rate == 16_000
        assert (shipped == original).all()
        assert recording.path.stat().st_size < 50_000


def test_every_recording_has_its_words_and_its_licence_beside_it() -> None:
    text = (RECORDINGS_FOLDER / "README.md").read_text(encoding="utf-8")
    for recording in RECORDINGS:
        (line,) = (line for line in text.splitlines() if line.startswith(f"| `{recording.file}`"))
        assert recording.text in line
    assert "Carnegie Mellon University" in text
