"""From the settings to a satellite at work: devices, wake words, a brain, hooks and the control socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from wyoming_lfm2.config.settings import SatelliteSettings, Settings, WakeWordSettings
from wyoming_lfm2.protocol.errors import ServiceError
from wyoming_lfm2.satellite.brains.auto import AutoBrain
from wyoming_lfm2.satellite.brains.brain import Brain
from wyoming_lfm2.satellite.brains.home_assistant import HomeAssistantBrain, HubSettings, phrases
from wyoming_lfm2.satellite.brains.remote import RemoteBrain
from wyoming_lfm2.satellite.control import ControlSocket
from wyoming_lfm2.satellite.core import happenings as hap
from wyoming_lfm2.satellite.core.machine import Machine
from wyoming_lfm2.satellite.core.settings import CoreSettings, Listen
from wyoming_lfm2.satellite.core.sounds import Chime
from wyoming_lfm2.satellite.desk import Desk
from wyoming_lfm2.satellite.ears import Ears
from wyoming_lfm2.satellite.echo import Ducking, EchoReducer, NoEcho
from wyoming_lfm2.satellite.hooks import Hooks, HookSettings
from wyoming_lfm2.satellite.micro_wake_word import MicroWakeWords
from wyoming_lfm2.satellite.preferences import Preferences, PreferencesFile
from wyoming_lfm2.satellite.runtime import Satellite
from wyoming_lfm2.satellite.sound import devices
from wyoming_lfm2.satellite.sound.device import Loudspeaker, Microphone, MicrophoneFrame
from wyoming_lfm2.satellite.sound.player import Player
from wyoming_lfm2.satellite.sound.processing import CaptureFormat
from wyoming_lfm2.satellite.sound.supervisor import SupervisedLoudspeaker, SupervisedMicrophone
from wyoming_lfm2.satellite.speex_echo import SpeexEcho, SpeexMissingError
from wyoming_lfm2.satellite.stop_phrase import StopPhraseListener, StopPhraseSettings, Transcriber
from wyoming_lfm2.satellite.tapped_output import TappedOutput
from wyoming_lfm2.satellite.timers import LocalTimers
from wyoming_lfm2.satellite.wake_word import NoWakeWord, WakeWordDetector
from wyoming_lfm2.satellite.wake_word import WakeWordSettings as Word
from wyoming_lfm2.satellite.wyoming_wake_word import WyomingWakeWords

_LOGGER = logging.getLogger(__name__)

HOME_ASSISTANT, RESIDENT, AUTO = "home-assistant", "resident", "auto"


def hub(settings: Settings) -> HomeAssistantBrain | None:
    """Home Assistant's port, if the settings want one; not bound yet.

    :raises ServiceError: the uri is none.
    """
    satellite = settings.satellite
    if satellite.brain not in {HOME_ASSISTANT, AUTO}:
        return None
    names = tuple(_words(satellite)) if satellite.wake == "local" else ()
    return HomeAssistantBrain(
        HubSettings(satellite.uri, satellite.name, satellite.area, phrases(names)), settings.service
    )


def choose_brain(
    settings: Settings, timers: LocalTimers, port: HomeAssistantBrain | None, resident: Brain | None
) -> Brain:
    """The brain that the settings want.

    :param port: what :func:`hub` gave.
    :param resident: the model of this process; None: there is none.
    :raises ServiceError: it cannot be had.
    """
    wanted = settings.satellite.brain
    if port is not None:
        if wanted == HOME_ASSISTANT or resident is None:
            return port
        return AutoBrain(port, resident, settings.satellite.away_s)
    if wanted == RESIDENT:
        if resident is None:
            raise ServiceError("satellite.brain is resident, and no model is loaded. Add --with-model")
        return resident
    endpointing = settings.endpointing.model_copy(
        update={"enabled": True, "silence_s": settings.satellite.silence_s}
    )
    return RemoteBrain(wanted, timers, endpointing)


async def work(
    settings: Settings,
    brain: Brain,
    timers: LocalTimers,
    state_folder: Path,
    transcribe: Transcriber | None = None,
) -> None:
    """Be a satellite until cancelled.

    :param state_folder: keeps volume and mute over a restart.
    :param transcribe: of a model in this process, for stop phrases.
    :raises ServiceError: a setting makes no sense.
    :raises WakeWordError: a wake word cannot be listened for.
    :raises ControlError: the control socket cannot be made.
    """
    satellite_settings = settings.satellite
    kept = PreferencesFile(
        satellite_settings.state or state_folder, Preferences(volume=satellite_settings.volume)
    )
    sensitivities = kept.current.sensitivities
    detector = await asyncio.to_thread(wake_words, satellite_settings, sensitivities)
    sound = sound_settings(satellite_settings)
    hooks = Hooks(HookSettings(satellite_settings.hooks, satellite_settings.hook_limit_s))
    desk = Desk(kept, tuple(_words(satellite_settings)), partial(wake_words, satellite_settings))

    microphone = SupervisedMicrophone(
        lambda: ChosenMicrophone(sound),
        on_lost=lambda _: satellite.happen(hap.MicrophoneLost()),
        on_found=lambda: satellite.happen(hap.MicrophoneFound()),
    )
    output = TappedOutput(SupervisedLoudspeaker(lambda: ChosenLoudspeaker(sound)))
    player = Player(output, duck_db=satellite_settings.duck_db)
    player.volume = kept.current.volume
    stop_phrases = None
    if satellite_settings.stop_phrases and transcribe is not None:
        stop_phrases = StopPhraseListener(StopPhraseSettings(), transcribe)
    satellite = Satellite(
        microphone=microphone,
        ears=Ears(detector, echo_reducer(satellite_settings)),
        player=player,
        brain=brain,
        machine=Machine(core_settings(satellite_settings), muted=kept.current.muted),
        timers=timers,
        tell=[hooks.fire, desk.publish],
        remember_mute=desk.remember_mute,
        ring_db=satellite_settings.ring_db,
        hub_finds_wake_word=satellite_settings.listen == "always",
        stop_phrases=stop_phrases,
        played=output.take,
        beside=[detector.run] if isinstance(detector, WyomingWakeWords) else [],
    )
    desk.satellite = satellite
    async with AsyncExitStack() as at_last:
        at_last.callback(satellite.ears.close)
        at_last.push_async_callback(hooks.close)
        at_last.push_async_callback(desk.close)
        if satellite_settings.control is not None:
            control = ControlSocket(satellite_settings.control, desk.do, desk.snapshot)
            await control.start()
            desk.control = control
        await satellite.run()


def core_settings(settings: SatelliteSettings) -> CoreSettings:
    """What the state machine has to know."""
    return CoreSettings(
        listen=Listen(settings.listen),
        chimes=frozenset(Chime(name) for name in settings.chimes),
        follow_up_s=settings.follow_up_s,
        longest_ring_s=settings.ring_s,
    )


def sound_settings(settings: SatelliteSettings) -> devices.SoundSettings:
    """What the devices have to know.

    :raises ServiceError: a channel is wanted that there is not.
    """
    channel = settings.microphone_channel
    if channel is not None and channel >= settings.microphone_channels:
        raise ServiceError(
            f"satellite.microphone_channel is {channel}, counted from 0, and satellite.microphone_channels "
            f"is {settings.microphone_channels}. Set it to how many channels the microphone records"
        )
    capture = CaptureFormat(
        settings.microphone_rate, settings.microphone_channels, channel, settings.microphone_gain_db
    )
    return devices.SoundSettings(
        settings.microphone,
        settings.loudspeaker,
        capture,
        settings.microphone_command,
        settings.loudspeaker_command,
    )


def wake_words(
    settings: SatelliteSettings, sensitivities: Mapping[str, str | float] | None = None
) -> WakeWordDetector:
    """The detector that the settings want; loads networks, so not on the event loop.

    :param sensitivities: by name, what a person has changed since.
    :raises WakeWordError: it cannot be had; the text says what to do.
    """
    changed = sensitivities or {}
    words = [
        Word(name, changed.get(name, word.sensitivity), word.pipeline)
        for name, word in _words(settings).items()
    ]
    if settings.wake == "none":
        return NoWakeWord()
    if settings.wake == "local":
        return MicroWakeWords(words)
    return WyomingWakeWords(settings.wake, words)


def echo_reducer(settings: SatelliteSettings) -> EchoReducer:
    """What the settings want done about our own voice.

    :raises ServiceError: it cannot be had; the text says what to do.
    """
    if settings.echo == "off":
        return NoEcho()
    if settings.echo == "ducking":
        return Ducking()
    try:
        return SpeexEcho()
    except SpeexMissingError as error:
        raise ServiceError(str(error)) from error


def _words(settings: SatelliteSettings) -> Mapping[str, WakeWordSettings]:
    return settings.wake_words or {"okay_nabu": WakeWordSettings()}


class ChosenMicrophone:
    """The one of the settings, looked for when it is opened; a :class:`~.sound.device.Microphone`."""

    def __init__(self, settings: devices.SoundSettings) -> None:
        self._settings = settings
        self._device: Microphone | None = None

    async def open(self) -> None:
        """Look for it and begin to record."""
        self._device = await devices.microphone(self._settings)
        await self._device.open()

    def frames(self) -> AsyncIterator[MicrophoneFrame]:
        """What it hears."""
        assert self._device is not None
        return self._device.frames()

    async def close(self) -> None:
        """Stop; always right."""
        if self._device is not None:
            await self._device.close()


class ChosenLoudspeaker:
    """The one of the settings, looked for when it is opened; a :class:`~.sound.device.Loudspeaker`."""

    rate = devices.LOUDSPEAKER_RATE

    def __init__(self, settings: devices.SoundSettings) -> None:
        self._settings = settings
        self._device: Loudspeaker | None = None
        self.latency_s = 0.0

    async def open(self) -> None:
        """Look for it and begin to play."""
        self._device = await devices.loudspeaker(self._settings)
        await self._device.open()
        self.latency_s = self._device.latency_s

    async def write(self, pcm: bytes) -> None:
        """Play samples."""
        assert self._device is not None
        await self._device.write(pcm)
        self.latency_s = self._device.latency_s

    def queued_bytes(self) -> int:
        """Bytes that it has not taken yet."""
        return self._device.queued_bytes() if self._device is not None else 0

    async def flush(self) -> None:
        """Drop what is not heard yet."""
        if self._device is not None:
            await self._device.flush()

    async def close(self) -> None:
        """Stop; always right."""
        if self._device is not None:
            await self._device.close()
