from __future__ import annotations

import asyncio

from tests.satellite.scripted_hub import SOUND, Microphone, Running, answer, house, sound, until_pipeline
from wyoming_lfm2.satellite.brains.brain import (
    AnswerText,
    AudioChunk,
    AudioStart,
    AudioStop,
    Availability,
    Finished,
    HubMute,
    RunRequest,
    SpeechEnded,
    Transcript,
)
from wyoming_lfm2.satellite.core.run_rules import DUPLICATE_WAKE_UP
from wyoming_lfm2.satellite.timers import TimerChange, TimerEvent


async def test_everybody_may_ask_what_is_here_and_it_is_a_satellite() -> None:
    async with house() as home:
        owner, other = await home.owner(), await home.client()
        for client in (other, owner):
            await client.send("describe")
            event = await client.event()
            assert event is not None
            satellite = event.data["satellite"]
            assert (satellite["name"], satellite["area"], satellite["installed"]) == (
                "lfm2-satellite",
                "Kitchen",
                True,
            )
            assert satellite["attribution"]["name"]
            assert [model["phrase"] for model in event.data["wake"][0]["models"]] == ["okay nabu"]
            assert event.data["asr"] == [] == event.data["tts"]


async def test_a_second_owner_is_refused_and_the_first_goes_on() -> None:
    async with house() as home:
        owner, other = await home.owner(), await home.client()
        await other.send("run-satellite")
        assert await other.rest() == []
        third = await home.client()
        await third.send("pause-satellite")
        assert await third.rest() == []
        await owner.answers_ping()
        assert home.unasked == [Availability(True)]


async def test_after_the_owner_has_gone_the_next_may_come() -> None:
    async with house() as home:
        first = await home.owner()
        await first.hang_up()
        await home.until(lambda: not home.brain.available)
        await home.owner()
        assert home.unasked == [Availability(True), Availability(False), Availability(True)]


async def test_an_owner_that_says_nothing_any_more_gives_way_and_is_dropped() -> None:
    async with house(silent_s=0.4) as home:
        first = await home.owner()
        await home.until(lambda: not home.brain.available)
        assert await first.rest() == []


async def test_ping_is_answered_whatever_happens() -> None:
    async with house() as home:
        hub = await home.owner()
        await hub.answers_ping()
        microphone = Microphone()
        home.run(microphone)
        await until_pipeline(hub)
        await hub.answers_ping("while listening")
        await hub.send("transcript", text="Turn it on.")
        await hub.answers_ping("while thinking")
        await hub.send("audio-start", **SOUND)
        await hub.answers_ping("while speaking")


async def test_a_run_from_the_wake_word_to_played() -> None:
    async with house() as home:
        hub = await home.owner()
        running = home.run()
        events = await hub.until("run-pipeline")
        assert [event.type for event in events] == ["detection", "run-pipeline"]
        assert events[0].data["name"] == "okay_nabu"
        assert events[1].data == {"start_stage": "asr", "end_stage": "tts", "restart_on_end": False}
        for _ in range(3):
            chunk = await hub.event()
            assert chunk is not None
            assert (chunk.data["rate"], chunk.data["width"], chunk.data["channels"]) == (16_000, 2, 1)
            assert len(chunk.payload or b"") == 1024
        await hub.send("voice-stopped", timestamp=1)
        await answer(hub, b"\1\0" * 10, b"\2\0" * 10, text="Which light?")
        await running.task
        assert running.events == [
            SpeechEnded(),
            Transcript("Turn it on."),
            AnswerText("Which light?"),
            AudioStart(22_050),
            AudioChunk(b"\1\0" * 10),
            AudioChunk(b"\2\0" * 10),
            AudioStop(),
            Finished(expects_reply=True),
        ]
        await hub.answers_ping("nothing is played before it was heard")
        home.brain.played()
        assert [event.type for event in await hub.until("played")] == ["played"]
        await hub.answers_ping("once")


async def test_an_empty_frame_is_never_sent_and_the_end_of_the_audio_is() -> None:
    async with house() as home:
        hub = await home.owner()
        microphone = Microphone()
        for frame in (b"", bytes(1024), b"", bytes(10), None):
            microphone.queue.put_nowait(frame)
        home.run(microphone, wake_word=None)
        events = await hub.until("audio-stop")
        assert [event.type for event in events] == [
            "run-pipeline",
            "audio-chunk",
            "audio-chunk",
            "audio-stop",
        ]
        assert all(event.payload for event in events if event.type == "audio-chunk")


async def test_after_the_transcript_no_audio_is_sent() -> None:
    async with house() as home:
        hub = await home.owner()
        microphone = Microphone(1)
        running = home.run(microphone)
        await hub.until("audio-chunk")
        await hub.send("transcript", text="Turn it on.")
        await home.until(lambda: bool(running.events))
        for _ in range(5):
            microphone.queue.put_nowait(bytes(1024))
        await hub.answers_ping()


async def test_the_next_run_waits_while_speech_to_text_of_a_cancelled_one_goes_on() -> None:
    async with house() as home:
        hub = await home.owner()
        first = home.run()
        await hub.until("audio-chunk")
        await first.cancel()
        await hub.until("audio-stop")
        second = home.run()
        await asyncio.sleep(0.05)
        await hub.answers_ping("no run-pipeline yet")
        await hub.send("error", text="no text", code="stt-no-text-recognized")
        await until_pipeline(hub)
        await answer(hub)
        await second.task
        assert second.events[0] == Transcript("Turn it on.")


async def test_late_sound_of_an_old_answer_is_dropped_and_reported_and_then_the_next_run_begins() -> None:
    async with house() as home:
        hub = await home.owner()
        first = home.run()
        await until_pipeline(hub)
        await hub.send("transcript", text="An old question.")
        await home.until(lambda: bool(first.events))
        await first.cancel()
        second = home.run()
        await sound(hub, b"\1\0" * 100)
        events = await until_pipeline(hub)
        assert [event.type for event in events if event.type != "audio-chunk"] == [
            "played",
            "detection",
            "run-pipeline",
        ]
        await answer(hub, b"\3\0" * 4)
        await second.task
        assert [event for event in second.events if isinstance(event, AudioChunk)] == [
            AudioChunk(b"\3\0" * 4)
        ]


async def test_a_sound_that_was_broken_off_is_reported_once_and_not_before_it_is_complete() -> None:
    async with house() as home:
        hub = await home.owner()
        running = home.run()
        await until_pipeline(hub)
        await hub.send("transcript", text="Turn it on.")
        await hub.send("audio-start", **SOUND)
        await hub.send("audio-chunk", bytes(100), **SOUND)
        await home.until(lambda: AudioChunk(bytes(100)) in running.events)
        await running.cancel()
        home.brain.played()
        await hub.send("ping", text="before")
        before = await hub.until("pong")
        await hub.send("audio-chunk", bytes(100), **SOUND)
        await hub.send("audio-stop")
        await hub.send("ping", text="behind")
        behind = await hub.until("pong")
        assert "played" not in {event.type for event in before}
        assert [event.type for event in behind] == ["played", "pong"]


async def test_a_deaf_run_is_healed_by_closing_the_connection() -> None:
    async with house(deaf_s=0.3) as home:
        hub = await home.owner()
        microphone = Microphone(3)
        running = home.run(microphone)
        await running.task
        assert running.error is not None
        assert running.error.code == "disconnected"
        assert {event.type for event in await hub.rest()} <= {"detection", "run-pipeline", "audio-chunk"}
        await home.until(lambda: not home.brain.available)
        again = await home.owner()
        healed = home.run()
        await until_pipeline(again)
        await answer(again)
        await healed.task
        assert healed.error is None


async def test_an_old_answer_that_never_ends_costs_the_connection_and_not_the_satellite() -> None:
    async with house(late_answer_s=0.2) as home:
        hub = await home.owner()
        running = home.run()
        await until_pipeline(hub)
        await hub.send("transcript", text="Turn it on.")
        await home.until(lambda: bool(running.events))
        await running.cancel()
        await home.until(lambda: not home.brain.available)


async def test_a_duplicate_wake_up_is_told_by_its_code() -> None:
    async with house() as home:
        hub = await home.owner()
        running = home.run()
        await until_pipeline(hub)
        await hub.send("error", text="duplicate", code="duplicate_wake_up_detected")
        await running.task
        assert running.error is not None
        assert running.error.code == DUPLICATE_WAKE_UP


async def test_a_lost_connection_ends_the_run_and_without_one_there_is_none() -> None:
    async with house() as home:
        hub = await home.owner()
        running = home.run()
        await until_pipeline(hub)
        await hub.hang_up()
        await running.task
        assert running.error is not None
        await home.until(lambda: not home.brain.available)
        offline = home.run()
        await offline.task
        assert offline.error is not None
        assert offline.error.code == "offline"


async def test_an_announcement_comes_without_a_run_and_waits_to_be_heard() -> None:
    async with house() as home:
        hub = await home.owner()
        await hub.send("audio-start", rate=22_050, width=2, channels=2)
        await hub.send("audio-chunk", b"\2\0\4\0" * 8, **SOUND)
        await hub.send("audio-stop")
        await home.until(lambda: AudioStop() in home.unasked)
        assert home.unasked[1:] == [AudioStart(22_050), AudioChunk(b"\3\0" * 8), AudioStop()]
        await hub.answers_ping("not played yet")
        home.brain.played()
        assert [event.type for event in await hub.until("played")] == ["played"]


async def test_played_for_a_sound_of_a_lost_connection_is_not_told_the_next_one() -> None:
    async with house() as home:
        hub = await home.owner()
        await sound(hub)
        await home.until(lambda: AudioStop() in home.unasked)
        await hub.hang_up()
        await home.until(lambda: not home.brain.available)
        again = await home.owner()
        await sound(again)
        await home.until(lambda: home.unasked.count(AudioStop()) == 2)
        home.brain.played()
        await again.answers_ping("that was the old one's")
        home.brain.played()
        assert [event.type for event in await again.until("played")] == ["played"]


async def test_a_pause_is_a_mute_until_run_satellite_also_over_another_connection() -> None:
    async with house() as home:
        hub = await home.owner()
        await hub.send("pause-satellite")
        await home.until(lambda: HubMute(True) in home.unasked)
        again = await home.client()
        await again.send("run-satellite")
        await home.until(lambda: HubMute(False) in home.unasked)
        await again.answers_ping()
        assert home.brain.available


async def test_a_pause_at_once_followed_by_the_end_is_no_mute() -> None:
    async with house() as home:
        hub = await home.owner()
        await hub.send("pause-satellite")
        await hub.hang_up()
        await home.until(lambda: HubMute(False) in home.unasked)


async def test_timers_are_passed_on() -> None:
    async with house() as home:
        hub = await home.owner()
        await hub.send("timer-started", id="a", total_seconds=60, name="pizza", start_minutes=1)
        await hub.send("timer-updated", id="a", is_active=False, total_seconds=50)
        await hub.send("timer-finished", id="a")
        await hub.send("timer-cancelled", id="b")
        await home.until(lambda: len(home.unasked) == 5)
        events = [event for event in home.unasked if isinstance(event, TimerEvent)]
        assert [event.change for event in events] == [
            TimerChange.STARTED,
            TimerChange.UPDATED,
            TimerChange.FINISHED,
            TimerChange.CANCELLED,
        ]
        assert {event.timer.name for event in events[:3]} == {"pizza"}
        assert events[1].timer.paused_at is not None


async def test_bad_events_end_their_own_connection_only() -> None:
    async with house() as home:
        owner, other = await home.owner(), await home.client()
        await other.send_raw(b"no json\n")
        assert await other.rest() == []
        await owner.send("something-new", whatever=1)
        await owner.answers_ping()
        await owner.send("timer-started", id="a")
        assert await owner.rest() == []
        await home.until(lambda: not home.brain.available)


async def test_a_wake_word_that_home_assistant_finds_may_take_its_time() -> None:
    async with house(deaf_s=0.1) as home:
        hub = await home.owner()
        running = Running(home.brain, RunRequest(hub_finds_wake_word=True), Microphone(3))
        events = await until_pipeline(hub)
        assert [event.type for event in events] == ["run-pipeline"]
        assert events[0].data["start_stage"] == "wake"
        await asyncio.sleep(0.3)
        await answer(hub)
        await running.task
        assert running.error is None
