"""One request: audio goes in as it comes, the transcript comes out as it is settled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

from wyoming_lfm2.asr.audio_queue import AudioBudget, AudioQueue
from wyoming_lfm2.asr.frontend import AsrFrontend
from wyoming_lfm2.asr.segmenter import SegmentEvent
from wyoming_lfm2.asr.transcript import TranscribedSegment, TranscriptWriter
from wyoming_lfm2.asr.vad import FRAME_S, SileroDetector, SpeechDetector
from wyoming_lfm2.audio.pcm import PcmFormat
from wyoming_lfm2.config.settings import EndpointingSettings, HearingSettings
from wyoming_lfm2.engine.api import Transcriber
from wyoming_lfm2.engine.errors import AudioTooLongError, EngineError

__all__ = ["AsrStream", "Tap", "TranscribedSegment"]

_SLICE_S = 0.5
"""Audio that is worked on in one go, so that a client with much of it lets others in between."""

_WAITING_BYTES = 256 * 1024
"""Audio that may wait before :meth:`AsrStream.feed` waits too: some seconds."""

Tap = Callable[[bytes, PcmFormat], Awaitable[None]]
"""Is given the audio that is listened to, piece by piece."""


class AsrStream:
    """Hears one request. To be used from one event loop; made there too.

    Whoever makes one calls :meth:`cancel` when done with it, at the latest when the client
    is gone: that is always right, also after everything went well.

    :param endpointing: None or not enabled: the client says when the audio ends.
    :param waiting_bytes: audio that may wait for the detector before :meth:`feed` waits too.
    :param budget: of all requests together, beside that.
    :param tap: given all audio that is listened to, piece by piece, before it is.
    :param make_detector: another voice activity detector than Silero's.
    """

    def __init__(
        self,
        transcriber: Transcriber,
        hearing: HearingSettings,
        endpointing: EndpointingSettings | None = None,
        *,
        waiting_bytes: int = _WAITING_BYTES,
        budget: AudioBudget | None = None,
        tap: Tap | None = None,
        make_detector: Callable[[], SpeechDetector] = SileroDetector,
    ) -> None:
        if endpointing is not None and not endpointing.enabled:
            endpointing = None
        self._listener = AsrFrontend(make_detector(), hearing, endpointing, transcriber.info.longest_piece_s)
        self._writer = TranscriptWriter(transcriber, on_failure=self._stop_listening)
        self._longest_s = hearing.longest_request_s
        self._received_s = 0.0
        self._heard_s = 0.0
        self._audio = AudioQueue(waiting_bytes, budget)
        self._tap = tap
        self._ended = False
        self._listening: asyncio.Task[None] | None = None

    @property
    def ended(self) -> bool:
        """No more audio is wanted.

        With endpointing the speaker has stopped; or :meth:`finish` or :meth:`cancel` was called,
        or the request has failed.
        """
        return self._ended

    @property
    def pieces(self) -> tuple[TranscribedSegment, ...]:
        """The pieces that are transcribed by now, in their order."""
        return self._writer.pieces

    @property
    def heard_s(self) -> float:
        """Seconds of audio that were listened to by now."""
        return self._heard_s

    async def feed(self, pcm: bytes, fmt: PcmFormat) -> None:
        """Take the next audio, of any length; ignored once :attr:`ended`.

        Waits while ``waiting_bytes`` wait for the detector. Not to be called twice at once.

        :param pcm: raw samples; a frame may be cut in two by the end of a chunk.
        :param fmt: may be another one than before.
        :raises AudioTooLongError: this would be more than ``longest_request_s``.
        :raises AudioBacklogError: this would be more than the budget. The request has failed
            with either, and :meth:`fragments` raises the same.
        """
        if self.ended:
            return
        self._received_s += len(pcm) / fmt.bytes_per_second
        self._begin_listening()
        try:
            if self._received_s > self._longest_s + 1e-6:
                raise AudioTooLongError(f"A request may have {self._longest_s:g} seconds of audio, not more.")
            await self._audio.put(pcm, fmt)
        except EngineError as error:
            self._writer.fail(error)
            raise

    async def finish(self) -> None:
        """The audio is complete. Ignored once :attr:`ended`."""
        if self.ended:
            return
        self._ended = True
        self._audio.close()
        self._begin_listening()

    def fragments(self) -> AsyncIterator[str]:
        """The transcript, piece by piece and as it is written: settled text only.

        Joined, the fragments are the transcript; none is empty. Each call begins with the first one.
        Ends when the transcript is complete, or without the rest after :meth:`cancel`.

        :raises EngineError: what the engine raised, or AudioTooLongError.
        """
        return self._writer.fragments()

    async def cancel(self) -> None:
        """Stop all work for this request and wait until it has stopped. Can be repeated."""
        self._stop_listening()
        if self._listening is not None:
            await asyncio.wait([self._listening])
        await self._writer.cancel()

    def _begin_listening(self) -> None:
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(), name="wyoming-lfm2 hearing")

    async def _listen(self) -> None:
        try:
            while not self._listener.ended:
                # In slices that are worth a thread's while.
                if (part := await self._audio.get(FRAME_S, _SLICE_S)) is None:
                    work = self._listener.finish
                else:
                    pcm, fmt = part
                    if self._tap is not None:
                        await self._tap(pcm, fmt)
                    self._heard_s += len(pcm) / fmt.bytes_per_second
                    work = partial(self._listener.hear, pcm, fmt)
                events: list[SegmentEvent] = await asyncio.get_running_loop().run_in_executor(
                    _threads(), work
                )
                for event in events:
                    self._writer.handle(event)
            self._writer.finish()
        except Exception as error:  # noqa: BLE001 - not swallowed, fragments() raises it
            self._writer.fail(error)
        finally:
            self._end()

    def _stop_listening(self) -> None:
        """The request has failed or is cancelled."""
        self._end()
        if self._listening is not None and self._listening is not asyncio.current_task():
            self._listening.cancel()

    def _end(self) -> None:
        self._ended = True
        self._audio.discard()  # lets a waiting feed() go on


@cache
def _threads() -> ThreadPoolExecutor:
    """Shared by all requests. NumPy and soxr release the interpreter for most of their work."""
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="wyoming-lfm2-hearing")
