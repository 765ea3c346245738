"""The one lasting connection with Home Assistant: its events, our runs, and the traps between them.

Home Assistant forgets a run, and hears nothing of it any more, if the next ``run-pipeline`` comes while it is still
at the one before. So there is at most one run; the next waits for ``audio-stop`` or ``error``. Where neither comes,
only a new connection helps, and Home Assistant makes one when this one is closed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from wyoming.audio import AudioChunk as WyomingChunk
from wyoming.audio import AudioStop as WyomingStop
from wyoming.event import Event
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.snd import Played
from wyoming.wake import Detection

from wyoming_lfm2.protocol.errors import BadEventError
from wyoming_lfm2.protocol.framing import encode_event
from wyoming_lfm2.protocol.validation import require
from wyoming_lfm2.satellite.brains.brain import (
    AnswerText,
    AudioChunk,
    AudioStart,
    AudioStop,
    BrainError,
    BrainEvent,
    Finished,
    RunRequest,
    SpeechEnded,
    Transcript,
    Unasked,
)

_LOGGER = logging.getLogger(__name__)

DEAF_S = 20.0
"""Audio without a transcript or an error for so long: Home Assistant's own limit is 15 s, so it does not hear us."""

_LATE_ANSWER_S = 30.0
"""An answer that nobody wants any more is waited for so long, before the connection is closed to be rid of it."""

_WRITE_S = 5.0
"""Home Assistant must take what it is sent within this time."""

_RATE = 16_000


@dataclass(frozen=True)
class LinkLimits:
    """Seconds; shorter in tests."""

    deaf_s: float = DEAF_S
    late_answer_s: float = _LATE_ANSWER_S


class _Stage(Enum):
    HEARING = "hearing"
    """It is sent audio and has not said what it heard."""
    ANSWERING = "answering"
    OVER = "over"


@dataclass(eq=False)
class _Sound:
    """From ``audio-start`` to ``audio-stop``; ``played`` is owed for it."""

    rate: int
    channels: int
    run: _Run | None
    """None: an announcement."""
    heard: bool = False
    """Nobody listens to it any more: it was played, or is not going to be."""
    complete: bool = False


@dataclass(eq=False)
class _Run:
    stage: _Stage = _Stage.HEARING
    cancelled: bool = False
    question: bool = False
    events: asyncio.Queue[BrainEvent | BrainError] = field(default_factory=asyncio.Queue)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    """What was said is known, or is not going to be."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    watches: list[asyncio.Task[None]] = field(default_factory=list)


class HubLink:
    """Of one owner, from ``run-satellite`` on.

    :param write: the connection's.
    :param unasked: is given announcements.
    """

    def __init__(
        self, writer: asyncio.StreamWriter, unasked: Callable[[Unasked], None], limits: LinkLimits
    ) -> None:
        self._writer = writer
        self._unasked = unasked
        self._limits = limits
        self._run: _Run | None = None
        self._sound: _Sound | None = None
        self._unplayed: deque[_Sound] = deque()
        self.ended = False

    async def send(self, event: Event) -> None:
        """Send an event; a connection that does not take it is closed."""
        if self.ended:
            return
        self._writer.write(encode_event(event))
        try:
            async with asyncio.timeout(_WRITE_S):
                await self._writer.drain()
        except (OSError, TimeoutError):
            self.hang_up("it does not take what it is sent")

    def hang_up(self, why: str) -> None:
        """Close the connection; Home Assistant makes a new one within seconds."""
        if not self.ended:
            _LOGGER.warning("The connection with Home Assistant is closed, to begin anew: %s", why)
            self._writer.transport.abort()
            self.end()

    def end(self) -> None:
        """The connection is gone: what goes on is over. Can be repeated."""
        self.ended = True
        if self._sound is not None:
            self._give(AudioStop())
            self._sound = None
        self._unplayed.clear()
        if (run := self._run) is not None:
            run.events.put_nowait(BrainError("The connection with Home Assistant was lost.", "disconnected"))
            self._over(run)

    def played(self) -> None:
        """The earliest sound that was handed on has been heard, or is not going to be."""
        for sound in self._unplayed:
            if not sound.heard:
                sound.heard = True
                break
        self._report_played()

    # From Home Assistant

    def handle(self, event: Event) -> None:
        """Take an event of the owner; those that do not concern a run or a sound are passed over.

        :raises BadEventError: a field is missing or of the wrong type.
        """
        match event.type:
            case "transcript":
                require(event, text=str)
                self._transcript(event.data.get("text") or "")
            case "voice-stopped":
                if (run := self._hearing()) is not None:
                    run.events.put_nowait(SpeechEnded())
            case "synthesize":
                require(event, text=str)
                self._synthesize(event.data.get("text") or "")
            case "error":
                require(event, text=str, code=str)
                self._error(event.data.get("text") or "", event.data.get("code") or "")
            case "audio-start":
                require(event, rate=int, width=int, channels=int)
                self._begin_sound(event)
            case "audio-chunk":
                self._chunk(event.payload or b"")
            case "audio-stop":
                self._end_sound()

    def _hearing(self) -> _Run | None:
        run = self._run
        return run if run is not None and run.stage is _Stage.HEARING else None

    def _transcript(self, text: str) -> None:
        if (run := self._hearing()) is not None:
            run.stage = _Stage.ANSWERING
            run.heard.set()
            run.events.put_nowait(Transcript(text))

    def _synthesize(self, text: str) -> None:
        if (run := self._run) is not None and run.stage is _Stage.ANSWERING:
            run.question = text.rstrip().endswith(("?", "\uff1f"))
            run.events.put_nowait(AnswerText(text))

    def _error(self, text: str, code: str) -> None:
        if (run := self._run) is not None and run.stage is not _Stage.OVER:
            run.events.put_nowait(BrainError(text or "Home Assistant reports an error.", code))
            self._over(run)
        else:
            _LOGGER.info("Home Assistant reports an error outside of a run: %s (%s)", text, code)

    def _begin_sound(self, event: Event) -> None:
        width = event.data.get("width", 2)
        rate, channels = event.data.get("rate", 0), event.data.get("channels", 1)
        if width != 2 or rate < 1 or channels < 1:
            raise BadEventError(f"sound of {rate} Hz, {8 * width} bit, {channels} channels cannot be played")
        self._end_sound()
        run = self._run if self._run is not None and self._run.stage is _Stage.ANSWERING else None
        self._sound = _Sound(rate, channels, run)
        self._unplayed.append(self._sound)
        if run is not None and run.cancelled:
            self._sound.heard = True
        else:
            self._give(AudioStart(rate))

    def _chunk(self, pcm: bytes) -> None:
        if (sound := self._sound) is None or sound.heard or not pcm:
            return
        if sound.channels > 1:
            whole = len(pcm) // (2 * sound.channels) * 2 * sound.channels
            samples = np.frombuffer(pcm[:whole], "<i2").reshape(-1, sound.channels)
            pcm = np.rint(samples.mean(axis=1)).astype("<i2").tobytes()
        self._give(AudioChunk(pcm))

    def _end_sound(self) -> None:
        sound, self._sound = self._sound, None
        if sound is None:
            return
        if not (sound.run is not None and sound.run.cancelled):
            self._give(AudioStop(), sound)
        sound.complete = True
        self._report_played()
        if (run := sound.run) is not None:
            run.events.put_nowait(Finished(run.question))
            self._over(run)

    def _give(self, event: AudioStart | AudioChunk | AudioStop, sound: _Sound | None = None) -> None:
        sound = sound or self._sound
        assert sound is not None
        if sound.run is None:
            self._unasked(event)
        else:
            sound.run.events.put_nowait(event)

    def _report_played(self) -> None:
        """Only of what is complete: Home Assistant takes ``played`` for the end of all that it has to say."""
        while self._unplayed and self._unplayed[0].heard and self._unplayed[0].complete:
            self._unplayed.popleft()
            if not self.ended:
                self._writer.write(encode_event(Played().event()))

    # To Home Assistant

    async def run(self, request: RunRequest, audio: AsyncIterator[bytes]) -> AsyncGenerator[BrainEvent, None]:
        """See :meth:`~.brain.Brain.run`."""
        while self._run is not None:
            await self._run.over.wait()
            await asyncio.sleep(0)
        self._check_alive()
        run = self._run = _Run()
        if not request.hub_finds_wake_word:
            run.watches.append(asyncio.create_task(self._watch_hearing(run), name="wyoming-lfm2 hub run"))
        streaming = asyncio.create_task(self._stream(run, request, audio), name="wyoming-lfm2 hub audio")
        try:
            while True:
                event = await run.events.get()
                if isinstance(event, BrainError):
                    raise event
                yield event
                if isinstance(event, Finished):
                    return
        finally:
            streaming.cancel()
            await asyncio.gather(streaming, return_exceptions=True)
            self._forget_unread(run)
            if run.stage is not _Stage.OVER:
                # It goes on over there: what comes of it is dropped, and the next run waits for its end.
                run.cancelled = True
                run.watches.append(asyncio.create_task(self._watch_end(run), name="wyoming-lfm2 late answer"))
                if run.stage is _Stage.HEARING:
                    await self.send(WyomingStop().event())

    def _forget_unread(self, run: _Run) -> None:
        """A sound that had come and was not handed on is not going to be heard."""
        while not run.events.empty():
            if isinstance(run.events.get_nowait(), AudioStart):
                for sound in self._unplayed:
                    sound.heard |= sound.run is run
                self._report_played()

    def _check_alive(self) -> None:
        if self.ended:
            raise BrainError("The connection with Home Assistant was lost.", "disconnected")

    async def _stream(self, run: _Run, request: RunRequest, audio: AsyncIterator[bytes]) -> None:
        if request.wake_word is not None:
            await self.send(Detection(name=request.wake_word).event())
        start = PipelineStage.WAKE if request.hub_finds_wake_word else PipelineStage.ASR
        await self.send(RunPipeline(start_stage=start, end_stage=PipelineStage.TTS).event())
        async for frame in audio:
            if run.stage is not _Stage.HEARING:
                return
            if frame:  # an empty one would end the command
                chunk = WyomingChunk(rate=_RATE, width=2, channels=1, audio=frame)
                await self.send(chunk.event())
        if run.stage is _Stage.HEARING:
            await self.send(WyomingStop().event())

    async def _watch_hearing(self, run: _Run) -> None:
        """A run that Home Assistant has forgotten is ended by closing the connection."""
        try:
            async with asyncio.timeout(self._limits.deaf_s):
                await run.heard.wait()
        except TimeoutError:
            self.hang_up(f"no word of what was said within {self._limits.deaf_s:g} s")

    async def _watch_end(self, run: _Run) -> None:
        try:
            async with asyncio.timeout(self._limits.late_answer_s):
                await run.over.wait()
        except TimeoutError:
            self.hang_up("an answer that is not wanted any more does not come to its end")

    def _over(self, run: _Run) -> None:
        run.stage = _Stage.OVER
        if self._run is run:
            self._run = None
        run.heard.set()
        run.over.set()
