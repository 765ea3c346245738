"""Train nano, or go on training it: ``torchrun --nproc-per-node 2 -m nano.train --data DIR --state DIR``."""

from __future__ import annotations

import argparse
import json
import signal
import time
from pathlib import Path

import numpy as np
import torch

from nano import mel, state
from nano import tokenizer as words
from nano.alignment import Alignment
from nano.batches import Batch, BatchMaker, BatchSettings
from nano.clips import Clip, Clips
from nano.model import Nano
from nano.parallel import Workers
from nano.restore import restore
from nano.schedule import learning_rate
from nano.shape import BackboneShape, EncoderShape, NanoShape
from nano.wer import WordErrors

WARM_UP = 150
AVERAGE = 0.998
EACH = 25
"""Steps to a line of the log."""
TEXT_EACH = 4
"""Before ``--text-from`` only one step in so many trains the backbone too."""


def dev_errors(model: Nano, tokenizer: words.Tokenizer, clips: Clips, chosen: list[Clip]) -> WordErrors:
    """Word errors of greedy decoding; clips of like length go together, padded with silence."""
    errors = WordErrors()
    chosen = sorted(chosen, key=lambda clip: clip.samples)
    for start in range(0, len(chosen), 12):
        group = chosen[start : start + 12]
        sounds = np.zeros((len(group), max(c.samples for c in group) + 1600), np.float32)
        for row, clip in zip(sounds, group, strict=True):
            row[: clip.samples] = clips.sound(clip)
        with torch.autocast("cpu", torch.bfloat16):
            heard = model.transcribe(torch.from_numpy(mel.log_mel(sounds)))
        for clip, ids in zip(group, heard, strict=True):
            errors.add(clip.text, tokenizer.decode(ids))
    return errors


def begin(args: argparse.Namespace) -> state.TrainingState:
    """The run's saved state, or a new one: from model files, or with a tokenizer made from the sentences."""
    if (args.run / state.STATE).exists():
        return state.load(args.run, args.rate, args.dropout)
    args.run.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(args.seed)
    if args.from_gguf:
        model, tokenizer = restore(*args.from_gguf, args.dropout)
        tokenizer.save(str(args.run / state.TOKENIZER))
        return state.fresh(model, tokenizer, args.rate)
    lines = [line for path in args.sentences for line in path.read_text(encoding="utf-8").splitlines()]
    tokenizer = words.build(json.loads(line)["text"] for line in lines)
    tokenizer.save(str(args.run / state.TOKENIZER))
    shape = NanoShape(EncoderShape(layers=args.layers), BackboneShape(tokenizer.get_vocab_size()))
    return state.fresh(Nano(shape, tokenizer, args.dropout), tokenizer, args.rate)


class Training:
    """The loop: steps, log lines, saves, and now and then a look at unseen clips."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.run = begin(args)
        self.workers = Workers()
        self.began = time.time() - self.run.elapsed
        seed = args.seed + self.run.step + 1000003 * self.workers.rank
        torch.manual_seed(seed)
        settings = BatchSettings(args.seconds, strength=args.strength)
        self.maker = BatchMaker(args.data, self.run.tokenizer, Alignment(args.sentences), settings, seed)
        while self.maker.refresh() < 500:
            time.sleep(5)
        self.done = 0.0
        self.stopping = False
        self.guess = 0.0
        self.text_losses: list[tuple[float, float, float]] = []
        signal.signal(signal.SIGTERM, self._stop)
        self.log_path = args.run / "log.jsonl"
        self.unseen = Clips(args.data)

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def log(self, **values: object) -> None:
        """One line of the run's log."""
        if self.workers.rank:
            return
        values = {"step": self.run.step, "elapsed": round(time.time() - self.began), **values}
        with self.log_path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")
        print(json.dumps(values), flush=True)

    def step(self, batch: Batch) -> float:
        """One update; returns the CTC loss."""
        run = self.run
        features = torch.from_numpy(batch.mel)
        with torch.autocast("cpu", torch.bfloat16):
            if run.step < self.args.even_until:
                guess, ctc = run.model.first_alignment(
                    features, batch.pieces, torch.from_numpy(batch.laid_out)
                )
                losses, loss = None, guess + 0.2 * ctc
                self.guess += guess.item() / EACH
            elif run.step < self.args.text_from and run.step % TEXT_EACH:
                ctc = run.model.alignment(features, batch.pieces)
                losses, loss = None, ctc
            else:
                losses = run.model.losses(features, batch.tokens, batch.pieces, self.args.confusion)
                ctc, loss = losses.ctc, losses.text + self.args.ctc * (losses.ctc + losses.words)
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = (p.grad for p in run.model.parameters() if p.grad is not None)
        spent = (time.time() - self.began) / (self.args.hours * 3600)
        # Whoever is told to stop says so in the same sum, so that all stop after the same step.
        self.done = self.workers.average(gradients, 2.0 * self.workers.size if self.stopping else spent)
        for group in run.optimizer.param_groups:
            group["lr"] = learning_rate(run.step, self.done, self.args.rate, WARM_UP)
        norm = torch.nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
        if torch.isfinite(norm):
            run.optimizer.step()
        else:
            self.log(skipped="gradient is not finite")
        run.optimizer.zero_grad(set_to_none=True)
        keep = min(AVERAGE, run.step / (run.step + 20))
        torch._foreach_lerp_(list(run.average.parameters()), list(run.model.parameters()), 1 - keep)
        run.step += 1
        run.elapsed = time.time() - self.began
        if losses is not None:
            self.text_losses.append((losses.text.item(), losses.words.item(), losses.right.item()))
        return ctc.item()

    def look(self) -> None:
        """Word error rate of the averaged model on clips that training does not use."""
        self.unseen.refresh()
        chosen = [c for c in self.unseen.clips if c.split == "dev" and c.text and c.seconds < 8]
        random = np.random.default_rng(1)
        random.shuffle(chosen)  # type: ignore[arg-type]
        by_engine: dict[str, list[Clip]] = {}
        for clip in chosen:
            by_engine.setdefault(clip.engine, []).append(clip)
        for engine, some in by_engine.items():
            errors = dev_errors(self.run.average, self.run.tokenizer, self.unseen, some[:16])
            worst = [f"{a}>{b}" for (a, b), _ in errors.confusions.most_common(6)]
            self.log(dev=engine, wer=round(errors.rate, 4), worst=worst)

    def loop(self) -> None:
        """Until the budget is spent."""
        saved = looked = time.time()
        ctc, since, waited = 0.0, time.time(), 0.0
        stream = self.maker.stream()
        while self.done < 1:
            at = time.time()
            batch = next(stream)
            waited += time.time() - at
            ctc += self.step(batch)
            if self.run.step % EACH == 0:
                text, by_word, right = (
                    np.mean(self.text_losses or [(np.nan, np.nan, np.nan)], axis=0).round(3).tolist()
                )
                self.text_losses.clear()
                took = round((time.time() - since) / EACH, 2)
                self.log(
                    text=text,
                    words=by_word,
                    ctc=round(ctc / EACH, 3),
                    right=right,
                    guess=round(self.guess, 3),
                    s=took,
                    wait=round(waited / EACH, 2),
                    clips=len(self.maker._speech),
                )
                ctc, since, waited, self.guess = 0.0, time.time(), 0.0, 0.0
            if not self.workers.rank and time.time() - looked > self.args.look_minutes * 60:
                self.look()
                looked = time.time()
            if not self.workers.rank and time.time() - saved > self.args.save_minutes * 60:
                self.run.save(self.args.run)
                saved = time.time()
        if not self.workers.rank:
            self.run.save(self.args.run)
            if not self.stopping:
                self.look()


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of shard folders, see nano/clips.py")
    parser.add_argument(
        "--from-gguf",
        type=Path,
        nargs=2,
        metavar=("BACKBONE", "MMPROJ"),
        help="begin a run with shipped weights",
    )
    parser.add_argument(
        "--sentences",
        type=Path,
        nargs="+",
        required=True,
        help="JSON lines with what is said, written and spoken",
    )
    parser.add_argument(
        "--state",
        dest="run",
        type=Path,
        required=True,
        help="where the run keeps its state; goes on if there is one",
    )
    parser.add_argument(
        "--hours", type=float, default=2.0, help="wall clock from the run's first step to its last"
    )
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--ctc", type=float, default=0.4)
    parser.add_argument(
        "--even-until",
        type=int,
        default=400,
        help="first steps, in which pieces are laid out evenly over a clip",
    )
    parser.add_argument(
        "--text-from", type=int, default=1500, help="steps that mostly align the encoder, by CTC alone"
    )
    parser.add_argument("--confusion", type=float, default=0.08)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=36.0, help="sound in the batch of a worker")
    parser.add_argument("--strength", type=float, default=0.7, help="how much sounds are spoiled, 0 to 1")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save-minutes", type=float, default=5.0)
    parser.add_argument("--look-minutes", type=float, default=10.0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    Training(args).loop()


if __name__ == "__main__":
    main()
