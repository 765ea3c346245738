"""A microphone and a loudspeaker that are programs of their own: PCM comes out of one and goes into the other.

Sound lives outside of the daemon because PortAudio can hang for ever when a USB device is unplugged, writes ALSA's
complaints to standard error, and may crash: a child process can be killed, silenced and niced. The same classes
therefore serve PyAudio (:mod:`.pyaudio_child`) and any recorder or player of the user's, such as ``arecord``,
``parec``, ``aplay`` and ``pacat``.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import struct
import termios
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence

from wyoming_lfm2.satellite.sound.device import MicrophoneFrame, SoundError
from wyoming_lfm2.satellite.sound.processing import CaptureFormat, FrameMaker

OPEN_TIMEOUT_S = 6.0
"""PortAudio opens within a second, PipeWire's plugin within two; a hanging device never does."""

STALLED_S = 2.0
"""A device that gives or takes nothing for so long has gone, whatever it says."""

_PIPE_BYTES = 4096
"""The smallest pipe that Linux makes: 85 ms at 24 kHz. What lies in it can no longer be taken back."""

_READY = "ready"
_FLUSHED = "flushed"

_FLUSH_S = 0.5
"""The program answers when it is back from the device, which takes it some tens of milliseconds."""

_LINES_KEPT = 5


class _SoundProcess:
    """A child process with its last words."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], *, says_ready: bool) -> None:
        """:param says_ready: whether it writes a line of JSON to standard error when its device is open."""
        self._arguments = tuple(arguments)
        self._environment = {**os.environ, **environment}
        self._says_ready = says_ready
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._status: asyncio.Future[dict[str, object]] | None = None
        self.flushed = asyncio.Event()
        """Set when it says that it has dropped its queue."""

    @property
    def pid(self) -> int | None:
        """The process's number, while it lives."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self, stdin: int, stdout: int) -> dict[str, object]:
        """Start it and wait until its device is open.

        :returns: what it says of its device.
        :raises SoundError: it does not start, or its device does not open.
        """
        self._status = asyncio.get_running_loop().create_future()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=stdin,
                stdout=stdout,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment,
                # Ctrl-C in a terminal is for us; we stop our children ourselves.
                start_new_session=True,
            )
        except OSError as error:
            raise SoundError(f"{self._arguments[0]} cannot be started: {error.strerror or error}") from error
        self._listening = asyncio.create_task(self._listen(self._process), name="wyoming-lfm2 sound process")
        if not self._says_ready:
            return {}
        try:
            return await asyncio.wait_for(asyncio.shield(self._status), OPEN_TIMEOUT_S)
        except TimeoutError:
            await self.stop()
            raise SoundError(
                f"the sound device did not open within {OPEN_TIMEOUT_S:g} s; is another program using it? "
                "`wyoming-lfm2 satellite devices` lists the devices"
            ) from None
        except SoundError:
            await self.stop()
            raise

    @property
    def stdout(self) -> asyncio.StreamReader:
        """What it writes."""
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout

    def kick(self, number: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def stop(self) -> None:
        """End it, at once: there is nothing that it would have to save."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        if self._listening is not None:
            await asyncio.wait([self._listening])

    async def gone(self) -> SoundError:
        """Why it has ended."""
        await self.stop()
        said = " ".join(self._lines) or "without a word"
        return SoundError(f"{os.path.basename(self._arguments[0])} has ended: {said}")  # noqa: PTH119 - a program's name

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        assert self._status is not None
        async for line in process.stderr:
            text = line.decode(errors="replace").strip()
            message = _message(text)
            if message is None:
                self._lines.append(text)
            elif _READY in message and not self._status.done():
                self._status.set_result(message)
            elif _FLUSHED in message:
                self.flushed.set()
            elif "error" in message:
                self._lines.append(str(message["error"]))
                if not self._status.done():
                    self._status.set_exception(SoundError(str(message["error"])))
        if not self._status.done():
            self._status.set_exception(SoundError(" ".join(self._lines) or "the sound process ended at once"))
        # Seen, also where nobody waits for it any more.
        self._status.exception()


def _message(text: str) -> dict[str, object] | None:
    if not text.startswith("{"):
        return None
    with contextlib.suppress(ValueError):
        value = json.loads(text)
        return value if isinstance(value, dict) else None
    return None


class ProcessMicrophone:
    """Frames out of a program's standard output."""

    def __init__(
        self,
        arguments: Sequence[str],
        capture: CaptureFormat | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        says_ready: bool = False,
    ) -> None:
        """:param capture: what the program writes; the microphone's own format by default."""
        self._process = _SoundProcess(arguments, environment or {}, says_ready=says_ready)
        self._capture = capture or CaptureFormat()

    @property
    def pid(self) -> int | None:
        """Of the program, while it lives: a sound server's list of streams knows it."""
        return self._process.pid

    async def open(self) -> None:
        """Start the program."""
        status = await self._process.start(asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE)
        rate, channels = status.get("rate"), status.get("channels")
        if isinstance(rate, int) and isinstance(channels, int):
            self._capture = CaptureFormat(
                rate, channels, self._capture.channel, gain_db=self._capture.gain_db
            )

    async def frames(self) -> AsyncIterator[MicrophoneFrame]:
        """What is heard, 512 samples at a time."""
        maker = FrameMaker(self._capture)
        while True:
            try:
                pcm = await asyncio.wait_for(self._process.stdout.read(65_536), STALLED_S)
            except TimeoutError:
                raise SoundError(f"no sound came from the microphone for {STALLED_S:g} s") from None
            if not pcm:
                raise await self._process.gone()
            now = time.monotonic()
            for samples in maker.frames(pcm):
                yield MicrophoneFrame(samples, now)

    async def close(self) -> None:
        """End the program."""
        await self._process.stop()


class ProcessLoudspeaker:
    """Samples into a program's standard input, through a pipe that is kept small."""

    def __init__(
        self,
        arguments: Sequence[str],
        rate: int,
        *,
        environment: Mapping[str, str] | None = None,
        says_ready: bool = False,
        latency_s: float = 0.1,
    ) -> None:
        """Play through a program.

        :param rate: hertz of what the program takes; mono.
        :param says_ready: it is :mod:`.pyaudio_child`, which says so when it is open and drops its queue at a signal.
        :param latency_s: of the program, if it does not say.
        """
        self.rate = rate
        self.latency_s = latency_s
        self._process = _SoundProcess(arguments, environment or {}, says_ready=says_ready)
        self._drops_at_signal = says_ready
        self._pipe: int | None = None

    async def open(self) -> None:
        """Start the program."""
        reading, writing = os.pipe()
        try:
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
            os.set_blocking(writing, False)
            status = await self._process.start(reading, asyncio.subprocess.DEVNULL)
        except BaseException:
            os.close(writing)
            raise
        finally:
            os.close(reading)
        self._pipe = writing
        if isinstance(latency := status.get("latency_s"), int | float):
            self.latency_s = float(latency)

    async def write(self, pcm: bytes) -> None:
        """Hand over samples; waits while the pipe is full."""
        left = memoryview(pcm)
        while left:
            if self._pipe is None:
                raise SoundError("the loudspeaker is closed")
            try:
                left = left[os.write(self._pipe, left) :]
            except BlockingIOError:
                await self._wait_writable(self._pipe)
            except OSError:
                raise await self._process.gone() from None

    def queued_bytes(self) -> int:
        """Bytes in the pipe."""
        if self._pipe is None:
            return 0
        (waiting,) = struct.unpack("i", fcntl.ioctl(self._pipe, termios.FIONREAD, b"\0\0\0\0"))
        return int(waiting)

    async def flush(self) -> None:
        """Drop what is queued: at a signal, or by another process where the program knows none."""
        if self._drops_at_signal:
            self._process.flushed.clear()
            self._process.kick(signal.SIGUSR1)
            # It empties its pipe; what came behind that before it did would be lost with it.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.flushed.wait(), _FLUSH_S)
        else:
            await self.close()
            await self.open()

    async def close(self) -> None:
        """End the program."""
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            os.close(pipe)
        await self._process.stop()

    async def _wait_writable(self, pipe: int) -> None:
        loop = asyncio.get_running_loop()
        writable = loop.create_future()

        def tell() -> None:
            if not writable.done():
                writable.set_result(None)

        loop.add_writer(pipe, tell)
        try:
            await asyncio.wait_for(writable, STALLED_S)
        except TimeoutError:
            raise SoundError(f"the loudspeaker took nothing for {STALLED_S:g} s") from None
        finally:
            loop.remove_writer(pipe)
