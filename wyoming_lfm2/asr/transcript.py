"""Has the pieces of one request transcribed in their order, and joins their texts to one transcript."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from wyoming_lfm2.asr.segmenter import Committed, Paused, Segment, SegmentEvent
from wyoming_lfm2.asr.speculation import SpeculativeTranscription
from wyoming_lfm2.engine.api import SAMPLE_RATE, Transcriber
from wyoming_lfm2.replay import Replay


@dataclass(frozen=True)
class TranscribedSegment:
    """A piece of the request's audio and its text."""

    start_s: float
    """Seconds from the beginning of the audio."""

    end_s: float
    """Seconds from the beginning of the audio."""

    text: str
    """Without white space around it; may be empty."""


class TranscriptWriter:
    """Transcribes the pieces of one request in their order, one at a time.

    In a pause it has the speech so far transcribed at once, speculatively: if speech goes on,
    that draft is closed and its text never shown; if this was the end, it is used.

    :param on_failure: called once, when :meth:`fragments` will raise.
    """

    def __init__(self, transcriber: Transcriber, on_failure: Callable[[], None]) -> None:
        self._transcriber = transcriber
        self._on_failure = on_failure
        self._joiner = TranscriptJoiner()
        self._committed: deque[tuple[Segment, SpeculativeTranscription | None]] = deque()
        self._complete = False  # nothing more will be committed
        self._work = asyncio.Event()  # something was committed, or it is complete
        self._task: asyncio.Task[None] | None = None
        self._draft: SpeculativeTranscription | None = None  # of a piece that may still go on
        self._paused: Segment | None = None  # to be drafted once the model is done with what came before
        self._writing: SpeculativeTranscription | None = None  # of the piece whose text is being given
        self._closing: set[asyncio.Task[None]] = set()
        self._fragments: Replay[str] = Replay()
        self._pieces: list[TranscribedSegment] = []

    @property
    def pieces(self) -> tuple[TranscribedSegment, ...]:
        """The pieces that are transcribed by now, in their order."""
        return tuple(self._pieces)

    def handle(self, event: SegmentEvent) -> None:
        """Take what was heard next."""
        if self._fragments.ended:
            return
        if isinstance(event, Paused):
            self._speculate(event.piece)
        elif isinstance(event, Committed):
            self._commit(event.piece)
        else:
            self._discard_draft()

    def finish(self) -> None:
        """Nothing more will be heard."""
        self._complete = True
        self._discard_draft()
        self._work.set()
        if self._task is None:
            self._fragments.close()

    def fail(self, error: Exception) -> None:
        """Stop the work; :meth:`fragments` raises ``error``."""
        if self._fragments.ended:
            return
        self._fragments.fail(error)
        self._stop()
        self._on_failure()

    def fragments(self) -> AsyncIterator[str]:
        """The settled text; see :meth:`.stream.AsrStream.fragments`."""
        return aiter(self._fragments)

    async def cancel(self) -> None:
        """Stop the work and wait until it has stopped. Can be repeated."""
        self._stop()
        remaining = {self._task} if self._task is not None else set()
        remaining |= self._closing
        if remaining:
            await asyncio.wait(remaining)

    def _speculate(self, piece: Segment) -> None:
        # One request in the engine at a time: not while an earlier piece is being transcribed. A
        # draft that speech went on after is still there until its step is done, so this one may wait.
        self._paused = None
        if self._committed or self._writing or self._draft:
            return
        if self._closing:
            self._paused = piece
        else:
            self._draft = SpeculativeTranscription(self._transcriber, piece)

    def _commit(self, piece: Segment) -> None:
        draft, self._draft, self._paused = self._draft, None, None
        if draft is not None and (draft.failed or not draft.piece.says_the_same(piece)):
            # An engine that was too busy for a draft may have time for the piece itself.
            self._close(draft)
            draft = None
        self._committed.append((piece, draft))
        self._work.set()
        if self._task is None:
            self._task = asyncio.create_task(self._write(), name="wyoming-lfm2 writing")

    def _discard_draft(self) -> None:
        draft, self._draft, self._paused = self._draft, None, None
        if draft is not None:
            self._close(draft)

    def _close(self, draft: SpeculativeTranscription) -> None:
        closing = asyncio.create_task(draft.close(), name="wyoming-lfm2 closing")
        self._closing.add(closing)
        closing.add_done_callback(self._closed)

    def _closed(self, closing: asyncio.Task[None]) -> None:
        self._closing.discard(closing)
        if self._paused is not None and not self._fragments.ended:
            self._speculate(self._paused)

    async def _write(self) -> None:
        try:
            while self._committed or not self._complete:
                self._work.clear()
                while self._committed:
                    await self._write_piece(*self._committed.popleft())
                if not self._complete:
                    await self._work.wait()
        except Exception as error:  # noqa: BLE001 - not swallowed, fragments() raises it
            self.fail(error)
        else:
            self._fragments.close()

    async def _write_piece(self, piece: Segment, draft: SpeculativeTranscription | None) -> None:
        self._writing = draft or SpeculativeTranscription(self._transcriber, piece)
        async for fragment in self._writing.fragments():
            settled = self._joiner.add_fragment(fragment)
            if settled:
                self._fragments.append(settled)
        text = self._joiner.end_piece()
        self._pieces.append(TranscribedSegment(piece.start / SAMPLE_RATE, piece.end / SAMPLE_RATE, text))
        self._writing = None

    def _stop(self) -> None:
        self._fragments.close()
        self._committed.clear()
        self._discard_draft()
        writing, self._writing = self._writing, None
        if writing is not None:
            self._close(writing)
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()


class TranscriptJoiner:
    """Joins the texts of pieces, fragment by fragment: one space between pieces and none around the whole.

    What it has given is never taken back, so white space waits until it is known
    that something follows it in the same piece.
    """

    def __init__(self) -> None:
        self._said_something = False
        self._piece = ""
        self._waiting = ""

    def add_fragment(self, fragment: str) -> str:
        """Take the next fragment of the piece; what of the transcript is new by that, maybe nothing."""
        text = self._waiting + fragment if self._piece else fragment.lstrip()
        settled = text.rstrip()
        self._waiting = text[len(settled) :]
        if not settled:
            return ""
        separator = " " if self._said_something and not self._piece else ""
        self._piece += settled
        return separator + settled

    def end_piece(self) -> str:
        """Begin the next piece; the text of this one, without white space around it."""
        piece, self._piece, self._waiting = self._piece, "", ""
        self._said_something = self._said_something or bool(piece)
        return piece
