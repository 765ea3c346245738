"""Microphones and loudspeakers die: a USB plug is pulled, a sound server restarts. Here they come back by themselves.

PortAudio and the sound servers report neither lost samples nor, often, a lost device. So the frames are counted against
the clock, and a device that stalls, falls behind or hears digital silence is opened anew, with growing pauses.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import cast

from wyoming_lfm2.satellite.sound.device import (
    FRAME_SAMPLES,
    MICROPHONE_RATE,
    Loudspeaker,
    Microphone,
    MicrophoneFrame,
    SoundError,
)

_LOGGER = logging.getLogger(__name__)

BACK_OFF_S = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Pauses before a device is opened again, the last one from then on."""

BEHIND_S = 3.0
"""Sound that is missing against the clock, within one opening, before it is given up: the delay would stay for ever."""

LOSS_LOGGED_S = 0.2
"""Lost sound that is worth a line in the log."""

DIGITAL_SILENCE_S = 10.0
"""Exact zeros for so long come from a device that is muted or gone, not from a room."""


class LossClock:
    """How much sound is missing, by the clock.

    Chunks come in bursts and late, so a delay is no loss until the samples that should have come since do not follow.
    """

    def __init__(self, rate: int = MICROPHONE_RATE) -> None:
        self._rate = rate
        self._began: float | None = None
        self._samples = 0
        self._lost = 0.0
        self._least_delay = float("inf")
        self._window_ends = 0.0

    def count(self, samples: int, now: float) -> float:
        """Note samples that are here at ``now``.

        :returns: seconds that were found lost with them, beyond what was known; 0.0 nearly always.
        """
        if self._began is None:
            self._began = now - samples / self._rate
            self._window_ends = now + 1.0
        self._samples += samples
        delay = now - self._began - self._samples / self._rate
        self._least_delay = min(self._least_delay, delay)
        if now < self._window_ends:
            return 0.0
        # Even the most punctual chunk of this second was so late: that much is missing, or the device's clock is slow.
        lost = max(0.0, self._least_delay - self._lost)
        self._lost = max(self._lost, self._least_delay)
        self._least_delay = float("inf")
        self._window_ends = now + 1.0
        return lost if lost > 0.02 else 0.0

    @property
    def lost_s(self) -> float:
        """All that is missing."""
        return max(0.0, self._lost)


class SupervisedMicrophone:
    """Frames for ever, from one microphone after the other.

    :param make: makes a microphone that is not open yet.
    :param on_lost: called with the reason when there is no sound any more, once each time.
    :param on_found: called when there is sound again, and at the first frame.
    """

    def __init__(
        self,
        make: Callable[[], Microphone],
        *,
        on_lost: Callable[[SoundError], None] = lambda _: None,
        on_found: Callable[[], None] = lambda: None,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._make = make
        self._on_lost = on_lost
        self._on_found = on_found
        self._sleep = sleep or asyncio.sleep
        self.lost_s = 0.0
        """Seconds of sound that never came, over all openings."""
        self.openings = 0
        """How often a device was opened."""

    async def frames(self) -> AsyncGenerator[MicrophoneFrame, None]:
        """What is heard; waits while there is no microphone."""
        failures = 0
        present = False
        muted = False
        while True:
            microphone = self._make()
            try:
                await microphone.open()
                self.openings += 1
                async with aclosing(self._watched(microphone, patient=muted)) as watched:
                    async for frame in watched:
                        if frame.samples.any():
                            muted = False
                        if not present:
                            present, failures = True, 0
                            self._on_found()
                        yield frame
            except SoundError as error:
                if isinstance(error, _DigitalSilenceError):
                    # Opened anew once, in case the device was replaced; a muted one is then left in peace.
                    muted = True
                    _LOGGER.warning("Microphone: %s", error)
                    continue
                if present or not failures:
                    _LOGGER.warning("Microphone: %s", error)
                    self._on_lost(error)
                present = False
                await self._pause(failures)
                failures += 1
            finally:
                await microphone.close()

    async def _watched(
        self, microphone: Microphone, *, patient: bool
    ) -> AsyncGenerator[MicrophoneFrame, None]:
        clock = LossClock()
        zeros = 0
        stream = cast(AsyncGenerator[MicrophoneFrame, None], microphone.frames())
        async with aclosing(stream):
            async for frame in stream:
                if lost := clock.count(FRAME_SAMPLES, frame.captured_at):
                    self.lost_s += lost
                    if lost >= LOSS_LOGGED_S:
                        _LOGGER.warning(
                            "Microphone: %.2f s of sound were lost; the machine is too busy", lost
                        )
                if clock.lost_s > BEHIND_S:
                    raise SoundError(f"the microphone is {clock.lost_s:.1f} s behind the clock")
                zeros = 0 if frame.samples.any() else zeros + FRAME_SAMPLES
                if zeros >= DIGITAL_SILENCE_S * MICROPHONE_RATE and not patient:
                    raise _DigitalSilenceError(
                        f"the microphone gave digital silence for {DIGITAL_SILENCE_S:g} s: muted, or another device"
                    )
                yield frame

    async def _pause(self, failures: int) -> None:
        result = self._sleep(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])
        if asyncio.iscoroutine(result):
            await result


class _DigitalSilenceError(SoundError):
    """Not one bit of noise."""


class SupervisedLoudspeaker:
    """One loudspeaker after the other; what is played while there is none is lost, in real time.

    :param make: makes a loudspeaker that is not open yet.
    """

    def __init__(
        self,
        make: Callable[[], Loudspeaker],
        *,
        on_lost: Callable[[SoundError], None] = lambda _: None,
        on_found: Callable[[], None] = lambda: None,
    ) -> None:
        self._make = make
        self._on_lost = on_lost
        self._on_found = on_found
        self._loudspeaker: Loudspeaker | None = None
        self._failures = 0
        self._again_at = 0.0
        self.rate = make().rate
        """Hertz of what :meth:`write` takes."""

    @property
    def latency_s(self) -> float:
        """Of the device that is open."""
        return self._loudspeaker.latency_s if self._loudspeaker else 0.0

    async def write(self, pcm: bytes) -> None:
        """Play samples; as long as there is no loudspeaker, wait as long as they would have taken."""
        if self._loudspeaker is None and time.monotonic() >= self._again_at:
            await self._open()
        if self._loudspeaker is None:
            await asyncio.sleep(len(pcm) / 2 / self.rate)
            return
        try:
            await self._loudspeaker.write(pcm)
        except SoundError as error:
            await self._lose(error)

    def queued_bytes(self) -> int:
        """Bytes that the device has not taken yet."""
        return self._loudspeaker.queued_bytes() if self._loudspeaker else 0

    async def flush(self) -> None:
        """Drop what is not heard yet."""
        if self._loudspeaker is None:
            return
        try:
            await self._loudspeaker.flush()
        except SoundError as error:
            await self._lose(error)

    async def close(self) -> None:
        """Free the device."""
        loudspeaker, self._loudspeaker = self._loudspeaker, None
        if loudspeaker is not None:
            await loudspeaker.close()

    async def _open(self) -> None:
        loudspeaker = self._make()
        try:
            await loudspeaker.open()
        except SoundError as error:
            await loudspeaker.close()
            await self._lose(error)
        else:
            self._loudspeaker = loudspeaker
            self._failures = 0
            self._on_found()

    async def _lose(self, error: SoundError) -> None:
        await self.close()
        if not self._failures:
            _LOGGER.warning("Loudspeaker: %s", error)
            self._on_lost(error)
        self._again_at = time.monotonic() + BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        self._failures += 1
