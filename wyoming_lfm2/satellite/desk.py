"""What people and programs on the same machine want of the satellite, and what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from wyoming_lfm2.satellite.brains.brain import BrainError
from wyoming_lfm2.satellite.control import (
    Button,
    ControlError,
    ControlRequest,
    ControlSocket,
    Mute,
    Say,
    Sensitivity,
    Stop,
    Volume,
    Wake,
)
from wyoming_lfm2.satellite.core import happenings as hap
from wyoming_lfm2.satellite.preferences import PreferencesFile
from wyoming_lfm2.satellite.runtime import Satellite
from wyoming_lfm2.satellite.wake_word import WakeWordDetector, WakeWordError


class Desk:
    """Does the requests of the control socket, and keeps what has to survive a restart.

    :param kept: volume and mute.
    :param words: those that are listened for, by name.
    :param make_detector: of wake words, with these sensitivities by name; takes its time, raises WakeWordError.
    """

    satellite: Satellite
    """To be set before anything is asked."""

    def __init__(
        self,
        kept: PreferencesFile,
        words: Sequence[str],
        make_detector: Callable[[Mapping[str, str | float]], WakeWordDetector],
    ) -> None:
        self._words = words
        self._make_detector = make_detector
        self._kept = kept
        self._last: asyncio.Task[None] | None = None
        self.control: ControlSocket | None = None

    def publish(self, event: str, data: Mapping[str, str | int | bool]) -> None:
        """Tell the clients of the control socket."""
        if self.control is not None:
            self.control.publish(event, data)

    def snapshot(self) -> Mapping[str, Any]:
        """How things are."""
        return {
            "state": self.satellite.state.value,
            "muted": self.satellite.muted,
            "volume": self.satellite.player.volume,
        }

    def remember_mute(self, muted: bool) -> None:
        """Keep it; returns at once."""
        self._keep(partial(self._kept.change, muted=muted))

    async def do(self, request: ControlRequest) -> None:
        """Do what somebody asks for.

        :raises ControlError: it cannot be done.
        """
        happen = self.satellite.happen
        match request:
            case Wake(pipeline=pipeline):
                happen(hap.WakeRequested(pipeline))
            case Button(pipeline=pipeline):
                happen(hap.ButtonPressed(pipeline))
            case Stop():
                happen(hap.StopRequested())
            case Mute(muted=muted):
                wanted = not self.satellite.muted if muted is None else muted
                happen(hap.Muted() if wanted else hap.Unmuted())
            case Volume(volume=volume, is_step=is_step):
                player = self.satellite.player
                player.volume = player.volume + volume if is_step else volume
                self._keep(partial(self._kept.change, volume=player.volume))
                self.publish("volume", {"volume": round(100 * player.volume)})
            case Sensitivity():
                await self._change_sensitivity(request)
            case Say(text=text):
                try:
                    await self.satellite.say(text)
                except BrainError as error:
                    raise ControlError(f"{error.text}.") from error

    async def close(self) -> None:
        """Hang up on everybody, and see to it that what was to be kept is."""
        if self.control is not None:
            await self.control.close()
        if self._last is not None:
            await asyncio.wait([self._last])

    async def _change_sensitivity(self, request: Sensitivity) -> None:
        changed = {**self._kept.current.sensitivities, request.wake_word: request.sensitivity}
        if request.wake_word not in self._words:
            raise ControlError(
                f"{request.wake_word} is not listened for. There are: {', '.join(self._words)}."
            )
        try:
            detector = await asyncio.to_thread(self._make_detector, changed)
        except WakeWordError as error:
            raise ControlError(str(error)) from error
        await self.satellite.replace_wake_words(detector)
        self._keep(partial(self._kept.change, sensitivities=changed))

    def _keep(self, change: Any) -> None:
        """One after the other, in a thread: it writes to the disk."""
        self._last = asyncio.create_task(
            self._kept_after(self._last, change), name="wyoming-lfm2 preferences"
        )

    async def _kept_after(self, before: asyncio.Task[None] | None, change: Any) -> None:
        if before is not None:
            await asyncio.wait([before])
        await asyncio.to_thread(change)
