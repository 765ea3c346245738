"""What is heard, in which order, how loud, and when it has been heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from wyoming_lfm2.satellite.sound.fake import FakeLoudspeaker, FakeRoom
from wyoming_lfm2.satellite.sound.player import Player, Priority, Sound


def constant(level: int, seconds: float, rate: int = 24_000) -> bytes:
    return np.full(int(seconds * rate), level, np.int16).tobytes()


class Told:
    """Remembers what a sound was told of its end."""

    def __init__(self) -> None:
        self.ends: list[bool] = []

    def __call__(self, complete: bool) -> None:
        self.ends.append(complete)


@asynccontextmanager
async def playing(room: FakeRoom) -> AsyncIterator[Player]:
    player = Player(FakeLoudspeaker(room))
    player.start()
    try:
        yield player
    finally:
        await player.close()


def heard(room: FakeRoom) -> NDArray[np.int16]:
    return np.concatenate(room.heard)


def sound(priority: Priority, level: int, seconds: float, told: Told) -> Sound:
    made = Sound(priority, 24_000, told)
    made.append(constant(level, seconds))
    made.finish()
    return made


async def test_the_output_is_fed_silence_while_nothing_is_played() -> None:
    room = FakeRoom()
    async with playing(room):
        await room.pass_time(1.0)
    assert 22_000 < len(heard(room)) <= 24_500
    assert not heard(room).any()


async def test_a_sound_is_heard_whole_and_its_end_is_told_when_it_was_heard() -> None:
    room, told = FakeRoom(), Told()
    async with playing(room) as player:
        player.play(sound(Priority.ANSWER, 1000, 0.5, told))
        await room.pass_time(0.4)
        assert told.ends == []
        await room.pass_time(0.3)
        assert told.ends == [True]
    assert np.count_nonzero(heard(room) == 1000) == 12_000


async def test_equal_sounds_follow_one_another_without_a_gap() -> None:
    room, first, second = FakeRoom(), Told(), Told()
    async with playing(room) as player:
        player.play(sound(Priority.ANSWER, 1000, 0.25, first))
        player.play(sound(Priority.ANSWER, 2000, 0.25, second))
        await room.pass_time(0.8)
    samples = heard(room)
    begin = int(np.flatnonzero(samples)[0])
    assert (samples[begin : begin + 6000] == 1000).all()
    assert (samples[begin + 6000 : begin + 12_000] == 2000).all()
    assert (first.ends, second.ends) == ([True], [True])


async def test_an_alarm_cuts_an_answer_off_and_the_answer_is_told_so_once() -> None:
    room, answer, alarm = FakeRoom(), Told(), Told()
    async with playing(room) as player:
        player.play(sound(Priority.ANSWER, 1000, 5.0, answer))
        await room.pass_time(0.3)
        player.play(sound(Priority.ALARM, 3000, 0.2, alarm))
        await room.pass_time(0.6)
    assert answer.ends == [False]
    assert alarm.ends == [True]
    after = heard(room)[int(np.flatnonzero(heard(room) == 3000)[0]) :]
    assert not (after == 1000).any()


async def test_a_lesser_sound_waits_for_its_turn() -> None:
    room, answer, chime = FakeRoom(), Told(), Told()
    async with playing(room) as player:
        player.play(sound(Priority.ANSWER, 1000, 0.3, answer))
        await room.pass_time(0.1)
        player.play(sound(Priority.CHIME, 2000, 0.1, chime))
        await room.pass_time(0.6)
    assert (answer.ends, chime.ends) == ([True], [True])
    samples = heard(room)
    assert np.flatnonzero(samples == 2000)[0] > np.flatnonzero(samples == 1000)[-1]


async def test_stop_is_silence_within_a_block_and_drops_what_the_device_has() -> None:
    room, told, waiting = FakeRoom(), Told(), Told()
    loudspeaker = FakeLoudspeaker(room)
    player = Player(loudspeaker)
    player.start()
    player.play(sound(Priority.ANSWER, 1000, 5.0, told))
    player.play(sound(Priority.ANSWER, 2000, 5.0, waiting))
    await room.pass_time(0.3)
    before = len(heard(room))
    player.stop()
    await room.pass_time(0.5)
    await player.close()
    assert (told.ends, waiting.ends) == ([False], [False])
    assert np.count_nonzero(heard(room)[before:]) <= 2 * 480
    assert loudspeaker.flushed == 1
    assert not player.playing


async def test_ducking_is_softer_without_a_click_and_ends() -> None:
    room, told = FakeRoom(), Told()
    async with playing(room) as player:
        player.play(sound(Priority.ANSWER, 10_000, 1.2, told))
        await room.pass_time(0.3)
        player.duck()
        await room.pass_time(0.4)
        player.unduck()
        await room.pass_time(0.6)
    samples = heard(room).astype(int)
    begin = int(np.flatnonzero(samples)[0])
    softest = samples[begin : begin + 28_000].min()
    assert 1700 < softest < 1850  # -15 dB
    assert np.max(np.abs(np.diff(samples[begin : begin + 28_000]))) < 40
    assert samples[begin + 26_000] == 10_000


async def test_the_volume_holds_for_everything_and_an_alarm_may_have_its_own() -> None:
    room = FakeRoom()
    async with playing(room) as player:
        player.volume = 0.5
        await room.pass_time(0.1)
        player.play(sound(Priority.ANSWER, 10_000, 0.2, Told()))
        await room.pass_time(0.4)
        alarm = Sound(Priority.ALARM, 24_000, gain_db=6.0206)
        alarm.append(constant(10_000, 0.2))
        alarm.finish()
        player.play(alarm)
        await room.pass_time(0.4)
    levels = set(heard(room).tolist())
    assert 5000 in levels
    assert 10_000 in levels


@pytest.mark.parametrize("rate", [16_000, 22_050, 48_000])
async def test_any_rate_is_played_at_its_own_pitch(rate: int) -> None:
    room, told = FakeRoom(), Told()
    async with playing(room) as player:
        made = Sound(Priority.ANSWER, rate, told)
        time = np.arange(rate) / rate
        tone = (10_000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16).tobytes()
        player.play(made)
        for begin in range(0, len(tone), 4096):
            made.append(tone[begin : begin + 4096])
        made.finish()
        await room.pass_time(1.3)
    samples = heard(room)
    played = samples[np.flatnonzero(np.abs(samples) > 100)[0] :][:24_000]
    spectrum = np.abs(np.fft.rfft(played.astype(float)))
    assert abs(int(np.argmax(spectrum)) - 440) <= 1
    assert told.ends == [True]


async def test_a_stream_that_stalls_is_silent_and_goes_on() -> None:
    room, told = FakeRoom(), Told()
    async with playing(room) as player:
        made = Sound(Priority.ANSWER, 24_000, told)
        player.play(made)
        made.append(constant(1000, 0.1))
        await room.pass_time(0.5)
        assert told.ends == []
        made.append(constant(2000, 0.1))
        made.finish()
        await room.pass_time(0.4)
    assert told.ends == [True]
    assert np.count_nonzero(heard(room) == 1000) == 2400
    assert np.count_nonzero(heard(room) == 2000) == 2400


async def test_what_is_left_at_the_end_is_told_that_it_was_cut_off() -> None:
    room, playing_now, waiting = FakeRoom(), Told(), Told()
    async with playing(room) as player:
        player.play(sound(Priority.ANSWER, 1000, 5.0, playing_now))
        player.play(sound(Priority.ANSWER, 1000, 5.0, waiting))
        await room.pass_time(0.1)
    assert (playing_now.ends, waiting.ends) == ([False], [False])
    await asyncio.sleep(0)
