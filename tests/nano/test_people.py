import json
from pathlib import Path

import numpy as np
import pytest

from nano import mel
from nano.clips import Clip, Clips, chosen
from nano.corpus.others import others
from nano.people.segments import TEACHER_WIDTH, Segment, Sound, Teachers
from nano.people.spoil import automatic_gain, overloaded, reverberant
from nano.speech.people import Wanted, split_of_speaker, wanted

RATE = 16000


def test_no_transcript_is_asked_of_readings_but_their_words_are_known() -> None:
    assert wanted("SOMEONE WANT TO GO, TO Well-Being") == Wanted(
        "", "someone want to go to well being", asked=False
    )
    assert wanted("STOP") == Wanted("Stop.", "stop", asked=True)
    assert wanted("") == Wanted("", "", asked=False)


def test_all_recordings_of_a_speaker_are_in_one_split_and_given_test_speakers_stay() -> None:
    splits = {split_of_speaker("librispeech", "2609", f"librispeech/{i}.opus", "train") for i in range(50)}
    assert len(splits) == 1
    assert split_of_speaker("speechocean762", "0001", "x", "test") == "test"
    by_speaker = [split_of_speaker("librispeech", str(i), "x", "train") for i in range(500)]
    assert 20 < by_speaker.count("dev") < 60 and 20 < by_speaker.count("test") < 60
    # Of one who is alone in a set nothing is held out: it would be the same voice.
    assert split_of_speaker("kathleen", "kathleen", "x", "train") == "train"


def test_the_clips_of_a_manifest_say_what_is_said_and_whether_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "000.pcm").write_bytes(bytes(6400))
    line = {"offset": 0, "samples": 1600, "text": "", "voice": "a", "engine": "e", "split": "train"}
    lines = [{**line, "said": "hello", "asked": False}, {**line, "offset": 1600, "text": "Stop."}]
    (tmp_path / "set" / "000.jsonl").write_text("\n".join(json.dumps(v) for v in lines))
    clips = Clips(tmp_path)
    clips.refresh()
    assert [(c.said, c.asked) for c in clips.clips] == [("hello", False), (None, True)]


@pytest.mark.parametrize(("speed", "hop"), [(1.0, 160), (1.2, 150)])
def test_the_teachers_frames_stay_with_the_sound_when_it_is_moved_and_sped_up(
    tmp_path: Path, speed: float, hop: int
) -> None:
    shard = tmp_path / "000.pcm"
    first = Clip(shard, 0, RATE, "", "a", "e", "train")
    second = Clip(shard, RATE, 2 * RATE, "", "a", "e", "train")
    # Each frame says when it is, in seconds of its clip; the first clip's are negative.
    times = np.concatenate((-np.arange(50) / 50 - 1, np.arange(100) / 50))
    frames = np.repeat(times[:, None], TEACHER_WIDTH, 1).astype(np.float16)
    np.save(tmp_path / "000.teacher.npy", frames)
    teachers = Teachers()
    teachers.learn([first, second])
    lead, start = 3200, 800
    sound = Sound(
        np.zeros(start + int(2 * RATE / speed), np.float32), (Segment(second, start, speed),), (), None, True
    )
    count = lead + len(sound.samples) + 8000
    ours = -(-(count // hop + 1) // 8)
    heard, known = teachers.targets(sound, lead, ours, hop)
    assert heard.shape == (ours, 4, TEACHER_WIDTH) and known.any() and not known.all()
    for index in np.flatnonzero(known):
        at = (8 * index * hop - lead - start) * speed / RATE
        assert heard[index, 2, 0] == pytest.approx(at, abs=0.012)
    assert mel.HOP == 160


def test_a_clip_that_the_teacher_has_not_heard_asks_nothing(tmp_path: Path) -> None:
    clip = Clip(tmp_path / "000.pcm", 0, RATE, "", "a", "e", "train")
    teachers = Teachers()
    teachers.learn([clip])
    sound = Sound(np.zeros(RATE, np.float32), (Segment(clip, 0, 1.0),), (), None, True)
    _, known = teachers.targets(sound, 0, 13, 160)
    assert not known.any()


def test_a_room_keeps_length_and_loudness_and_lets_sound_ring_on() -> None:
    random = np.random.default_rng(1)
    sound = np.zeros(RATE, np.float32)
    sound[:4000] = random.standard_normal(4000).astype(np.float32) * 0.1
    response = (random.standard_normal(8000) * np.exp(-np.arange(8000) / 2000)).astype(np.float32)
    wet = reverberant(sound, response)
    assert wet.shape == sound.shape and wet.dtype == np.float32
    assert wet.std() == pytest.approx(sound.std(), rel=0.01)
    assert np.abs(wet[4500:6000]).mean() > 0.001


def test_automatic_gain_lifts_what_is_quiet_and_overload_cuts_peaks() -> None:
    random = np.random.default_rng(2)
    tone = np.sin(np.arange(2 * RATE) / 5).astype(np.float32)
    tone[RATE:] *= 0.05
    tone[:RATE] *= 0.5
    lifted = automatic_gain(tone, random)
    before = tone[RATE + 8000 :].std() / tone[:RATE].std()
    assert lifted[RATE + 8000 :].std() / lifted[:RATE].std() > 1.5 * before
    cut = overloaded(tone, random)
    assert np.abs(cut).max() < 0.65 * np.abs(tone).max() and cut.std() > 0


def test_an_evaluation_hears_many_speakers_before_it_hears_one_twice(tmp_path: Path) -> None:
    clips = [Clip(tmp_path, i, 1, "", f"v{i % 4}", "e", "test" if i < 40 else "train") for i in range(60)]
    some = chosen(clips, "test", 4)
    assert {c.voice for c in some} == {"v0", "v1", "v2", "v3"}
    assert (
        all(c.split == "test" for c in chosen(clips, "test", 100)) and len(chosen(clips, "test", 100)) == 40
    )
    assert chosen(clips, "test", 9) == chosen(clips, "test", 9)


def test_other_speech_is_said_once_and_nothing_of_it_is_written() -> None:
    lines = others(["SHE DOESN'T READ, at all.", "she doesn't read at all", "L I N D A SAYS", "YES", ""])
    assert lines == [
        {
            "text": "",
            "spoken": "she doesn't read at all",
            "said": "she doesn't read at all",
            "split": "train",
        }
    ]
