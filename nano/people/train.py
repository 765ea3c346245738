"""Train nano's ears on people, from shipped files: ``torchrun --nproc-per-node 2 -m nano.people.train --state DIR ...``.

Encoder and adapter learn, the language model stays as it is, so that speaking and conversing do not change. Ended by
SIGTERM, it saves; the same command goes on.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from pathlib import Path

import numpy as np
import torch

from nano.alignment import Alignment
from nano.clips import Clip, Clips
from nano.parallel import Workers
from nano.people import state
from nano.people.batches import PeopleBatch, PeopleBatches, Shares
from nano.people.segments import TEACHER_WIDTH
from nano.people.spoil import Home
from nano.schedule import learning_rate
from nano.state import STATE
from nano.train import dev_errors

WARM_UP = 80
EACH = 25
"""Steps to a line of the log."""
_AVERAGE = 0.995
_LOOK_AT = 24
"""Clips of a folder that `Training.look` hears."""


class Training:
    """Steps, log lines, saves, and a look at unseen clips now and then."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.workers = Workers()
        found = (args.run / STATE).exists()
        self.run = (
            state.load(args.run, args.rate, args.dropout)
            if found
            else state.begun(*args.from_gguf, args.run, args.rate, args.dropout)
        )
        self.began = time.time() - self.run.elapsed
        seed = args.seed + self.run.step + 1000003 * self.workers.rank
        torch.manual_seed(seed)
        with np.load(args.rooms) as rooms:
            home = Home([rooms[name] for name in rooms.files], strength=args.strength)
        self.maker = PeopleBatches(
            args.commands, args.people, home, self.run.tokenizer, Alignment(args.sentences),
            Shares(args.seconds, people=args.people_share), seed,
        )  # fmt: skip
        while self.maker.refresh() < args.least:
            time.sleep(5)
        if not found:
            self._scale()
        self.unseen = [Clips(folder) for folder in args.look]
        self.done = 0.0
        self.stopping = False
        signal.signal(signal.SIGTERM, self._stop)
        self.log(commands=len(self.maker.commands), people=len(self.maker.people))

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def _scale(self) -> None:
        """Mean and deviation of the teacher's values, from some of the clips; the same for all workers."""
        random = np.random.default_rng(7)
        some = [self.maker.people[int(i)] for i in random.integers(len(self.maker.people), size=300)]
        frames = [heard for clip in some if (heard := self.maker.teachers.frames(clip)) is not None]
        if not frames:
            return
        every = torch.from_numpy(np.concatenate(frames).astype(np.float32))
        self.run.listener.mean.copy_(every.mean(0))
        self.run.listener.scale.copy_(every.std(0).clamp(min=1e-3))
        assert every.shape[1] == TEACHER_WIDTH

    def log(self, **values: object) -> None:
        """One line of the run's log."""
        if self.workers.rank:
            return
        line = json.dumps({"step": self.run.step, "elapsed": round(time.time() - self.began), **values})
        with (self.args.run / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        print(line, flush=True)

    def step(self, batch: PeopleBatch) -> list[float]:
        """One update; returns the losses."""
        run, args = self.run, self.args
        with torch.autocast("cpu", torch.bfloat16):
            made = run.listener.losses(batch, args.confusion)
            loss = made.text + args.ctc * (made.ctc + made.words) + args.teacher * made.teacher
        loss.backward()  # type: ignore[no-untyped-call]
        trained = run.listener.ears() + run.listener.heads()
        for parameter in trained:  # a batch may have nothing for one of the heads; all workers send the same
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        spent = (time.time() - self.began) / (args.hours * 3600)
        # Whoever is told to stop says so in the same sum, so that all stop after the same step.
        told = 2.0 * self.workers.size if self.stopping else spent
        self.done = self.workers.average((p.grad for p in trained if p.grad is not None), told)
        for group in run.optimizer.param_groups:
            heads = group["faster"] != 1.0
            warm_up = 20 if heads else WARM_UP
            rate = learning_rate(run.step, self.done, args.rate, warm_up, args.level)
            group["lr"] = rate * group["faster"]
        norm = torch.nn.utils.clip_grad_norm_(trained, 1.0)
        if torch.isfinite(norm):
            run.optimizer.step()
        else:
            self.log(skipped="gradient is not finite")
        run.optimizer.zero_grad(set_to_none=True)
        keep = min(_AVERAGE, run.step / (run.step + 20))
        theirs = dict(run.average.named_parameters())
        ours = {name: p for name, p in run.listener.nano.named_parameters() if p.requires_grad}
        torch._foreach_lerp_([theirs[name] for name in ours], list(ours.values()), 1 - keep)
        run.step += 1
        run.elapsed = time.time() - self.began
        return [x.item() for x in (made.text, made.words, made.ctc, made.teacher, made.right)]

    def look(self) -> None:
        """Word errors of the averaged model on clips that training does not use, by folder."""
        for folder in self.unseen:
            folder.refresh()
            some = _some([clip for clip in folder.clips if clip.split != "train" and clip.seconds < 9])
            spoken = [clip for clip in some if clip.text]
            if spoken:
                errors = dev_errors(self.run.average, self.run.tokenizer, folder, spoken)
                worst = [f"{a}>{b}" for (a, b), _ in errors.confusions.most_common(5)]
                self.log(look=folder.folder.name, wer=round(errors.rate, 4), clips=len(spoken), worst=worst)

    def loop(self) -> None:
        """Until the budget is spent."""
        saved = looked = time.time()
        sums, since, waited = np.zeros(5), time.time(), 0.0
        stream = self.maker.stream()
        while self.done < 1:
            at = time.time()
            batch = next(stream)
            waited += time.time() - at
            sums += self.step(batch)
            if self.run.step % EACH == 0:
                text, by_word, ctc, teacher, right = (sums / EACH).round(3).tolist()
                self.log(
                    text=text, words=by_word, ctc=ctc, teacher=teacher, right=right,
                    s=round((time.time() - since) / EACH, 2), wait=round(waited / EACH, 2),
                    commands=len(self.maker.commands), people=len(self.maker.people),
                )  # fmt: skip
                sums, since, waited = np.zeros(5), time.time(), 0.0
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


def _some(clips: list[Clip]) -> list[Clip]:
    """The same few of them each time."""
    chosen = np.random.default_rng(1).permutation(len(clips))[:_LOOK_AT]
    return [clips[int(i)] for i in chosen]


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--from-gguf", type=Path, nargs=2, metavar=("BACKBONE", "MMPROJ"), required=True,
                        help="what a new run begins with")  # fmt: skip
    parser.add_argument("--commands", type=Path, nargs="+", required=True,
                        help="folders that hold folders of shards with synthetic commands")  # fmt: skip
    parser.add_argument("--people", type=Path, required=True, help="folder of nano.speech.people")
    parser.add_argument("--rooms", type=Path, required=True, help="file of nano.speech.rooms")
    parser.add_argument("--sentences", type=Path, nargs="+", required=True,
                        help="JSON lines with what is said, written and spoken")  # fmt: skip
    parser.add_argument("--look", type=Path, nargs="*", default=[], help="like --commands, to look at only")
    parser.add_argument("--state", dest="run", type=Path, required=True,
                        help="where the run keeps its state; goes on if there is one")  # fmt: skip
    parser.add_argument("--hours", type=float, default=1.5, help="wall clock from the first step to the last")
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--level", type=float, default=0.3, help="share of the time at the full rate")
    parser.add_argument("--ctc", type=float, default=0.4)
    parser.add_argument("--teacher", type=float, default=1.0)
    parser.add_argument("--people-share", type=float, default=0.4)
    parser.add_argument("--confusion", type=float, default=0.08)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=40.0, help="sound in the batch of a worker")
    parser.add_argument("--strength", type=float, default=0.9, help="how much sounds are spoiled, 0 to 1")
    parser.add_argument("--least", type=int, default=500, help="clips to wait for")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save-minutes", type=float, default=5.0)
    parser.add_argument("--look-minutes", type=float, default=12.0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    Training(args).loop()


if __name__ == "__main__":
    main()
