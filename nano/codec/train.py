"""Train the codec, or go on: ``python -m nano.codec.train --voices DIR --state DIR --hours 1``.

First without books, then with them, and from `--freeze-at` of the time on the detokenizer alone: from then on
the codes of a clip do not change any more (``python -m nano.codec.encode`` may run), while their sound improves.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from nano.codec import state
from nano.codec.losses import spectral_loss
from nano.codec.model import Codec
from nano.codec.pieces import Pieces
from nano.codec.shape import CodecShape
from nano.codec.spectrum import to_sound
from nano.schedule import learning_rate
from nano.voice.files import restore_codec

WARM_UP = 50
EACH = 25
"""Steps to a line of the log."""
_AVERAGE = 0.995
_FITTED_ON = 12000
"""Frames by which books are fitted."""


def begin(args: argparse.Namespace) -> state.CodecState:
    """The run's saved state, or a new one, perhaps with the detokenizer of model files."""
    if (args.run / state.STATE).exists():
        return state.load(args.run, args.rate)
    if args.from_gguf:
        return state.fresh(restore_codec(*args.from_gguf), args.rate, given=True)
    return state.fresh(Codec(CodecShape()), args.rate)


class CodecTraining:
    """Steps, log lines and saves."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        args.run.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(args.seed)
        self.run = begin(args)
        self.began = time.time() - self.run.elapsed
        self.pieces = Pieces(args.voices, args.frames, args.seed + self.run.step)
        while self.pieces.refresh() < 300 or len(self.pieces.voices) < 2:
            time.sleep(5)
        self.stopping = False
        signal.signal(signal.SIGTERM, self._stop)

    def _stop(self, *_: object) -> None:
        self.stopping = True

    @property
    def done(self) -> float:
        """Share of the time that is spent."""
        return (time.time() - self.began) / (self.args.hours * 3600)

    def log(self, **values: object) -> None:
        """One line of the run's log."""
        line = json.dumps({"step": self.run.step, "elapsed": round(time.time() - self.began), **values})
        with (self.args.run / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        print(line, flush=True)

    @torch.no_grad()
    def fit(self) -> None:
        """Books anew from what the encoder makes of clips now."""
        clips = [clip for some in self.pieces.voices.values() for clip in some]
        random = np.random.default_rng(1)
        encoder, latents, frames = self.run.average.encoder, [], 0
        while frames < _FITTED_ON:
            batch = torch.from_numpy(self.pieces.batch(16))
            with torch.autocast("cpu", torch.bfloat16):
                latents.append(encoder(batch).float().flatten(0, 1))
            frames += len(latents[-1])
        random.shuffle(clips)  # type: ignore[arg-type]
        left = self.run.codec.quantizer.fit(torch.cat(latents))
        self.run.average.quantizer.load_state_dict(self.run.codec.quantizer.state_dict())
        self.log(fitted=frames, left_over=round(left, 4), clips=len(clips))

    def freeze(self) -> None:
        """The averaged encoder becomes the encoder, its books are fitted for good."""
        self.run.codec.encoder.load_state_dict(self.run.average.encoder.state_dict())
        self.fit()
        self.run.codec.encoder.requires_grad_(False)
        self.run.frozen = True
        self.run.save(self.args.run)
        self.log(frozen=True)

    def loss(self, sound: Tensor) -> tuple[Tensor, float, float]:
        """What to minimise, the spectral distance, and the distance of latents to the books."""
        run = self.run
        with torch.autocast("cpu", torch.bfloat16):
            if run.frozen:
                with torch.no_grad():
                    vectors = run.codec.quantizer.vectors(run.codec.codes(sound))
                away = sound.new_zeros(())
            else:
                latents = run.codec.encoder(sound).float()
                vectors, away = latents, latents.square().mean() * 0.01
                if run.fitted:
                    vectors, away = run.codec.quantizer(latents)
                    if not run.given:
                        run.codec.quantizer.follow(latents.detach().flatten(0, 1))
            parts = run.codec.detokenizer(vectors)
        distance = spectral_loss(to_sound(*parts), sound)
        return distance + 0.25 * away, distance.item(), away.item()

    def step(self) -> tuple[float, float]:
        """One update."""
        run = self.run
        if not run.fitted and run.step >= self.args.books_from:
            self.fit()
            run.fitted = True
        if not (run.frozen or run.given) and self.done >= self.args.freeze_at:
            self.freeze()
        for group in run.optimizer.param_groups:
            group["lr"] = learning_rate(run.step, self.done, self.args.rate, WARM_UP)
        loss, distance, away = self.loss(torch.from_numpy(self.pieces.batch(self.args.batch)))
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(run.codec.parameters(), 5.0)
        if torch.isfinite(norm):
            run.optimizer.step()
        else:
            self.log(skipped="gradient is not finite")
        run.optimizer.zero_grad(set_to_none=True)
        keep = min(_AVERAGE, run.step / (run.step + 20))
        torch._foreach_lerp_(list(run.average.parameters()), list(run.codec.parameters()), 1 - keep)
        for mean, now in zip(run.average.buffers(), run.codec.buffers(), strict=True):
            mean.copy_(now)
        run.step += 1
        run.elapsed = time.time() - self.began
        return distance, away

    def loop(self) -> None:
        """Until the time is spent."""
        saved = since = time.time()
        sums = np.zeros(2)
        while self.done < 1 and not self.stopping:
            sums += self.step()
            if self.run.step % EACH == 0:
                took = (time.time() - since) / EACH
                distance, away = (sums / EACH).round(4).tolist()
                clips = self.pieces.refresh()
                self.log(distance=distance, away=away, s=round(took, 2), clips=clips)
                sums, since = np.zeros(2), time.time()
            if time.time() - saved > self.args.save_minutes * 60:
                self.run.save(self.args.run)
                saved = time.time()
        self.run.frozen = self.run.frozen or self.done >= 1
        self.run.save(self.args.run)


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--voices", type=Path, required=True, help="folder of nano.speech.voices")
    parser.add_argument("--state", dest="run", type=Path, required=True, help="goes on if there is a state")
    parser.add_argument(
        "--from-gguf",
        type=Path,
        nargs=2,
        metavar=("VOCODER", "DETOKENIZER"),
        help="begin with the shipped detokenizer; only the encoder, which is not shipped, is trained",
    )
    parser.add_argument("--hours", type=float, default=1.0, help="wall clock from first to last step")
    parser.add_argument("--freeze-at", type=float, default=0.6, help="share of the time")
    parser.add_argument("--books-from", type=int, default=150, help="steps without books")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--frames", type=int, default=13, help="frames of 80 ms in a piece")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save-minutes", type=float, default=3.0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    CodecTraining(args).loop()


if __name__ == "__main__":
    main()
