"""Teach nano to speak, or go on: ``torchrun --nproc-per-node 2 -m nano.voice.train --hearing DIR --voices DIR --state DIR``.

Now and then it hears something, so that it does not forget how; the encoder stays as it is unless told otherwise.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from nano import state as hearing_state
from nano.corpus import lexicon
from nano.parallel import Workers
from nano.restore import restore
from nano.schedule import learning_rate
from nano.voice import state
from nano.voice.batches import VoiceBatches, fixed
from nano.voice.dialogues import DialogueBatches, dialogue_loss, read, row_of
from nano.voice.files import restore_voice
from nano.voice.hearing import Hearing
from nano.voice.model import VoiceBatch, VoiceLosses, losses
from wyoming_lfm2.gguf.pronunciations import read_pronunciations

WARM_UP = 100
LEVEL = 0.15
"""Share of the time at the full rate."""
EACH = 25
"""Steps to a line of the log."""
_AVERAGE = 0.998


def pronunciations(args: argparse.Namespace) -> dict[str, str]:
    """How words sound: as is asked for, or as what the run begins with has it. Raises SystemExit if nothing does."""
    inherited = args.after / state.PRONUNCIATIONS if args.after else None
    if args.pronunciations:
        return dict(lexicon.read(args.pronunciations).sounds)
    if inherited is not None and inherited.exists():
        return dict(lexicon.read(inherited).sounds)
    if args.from_gguf and (known := read_pronunciations(args.from_gguf[0])) is not None:
        return dict(known.sounds)
    raise SystemExit("nothing says how words sound: give --pronunciations, see nano.corpus.lexicon")


def begin(args: argparse.Namespace) -> state.VoiceState:
    """The run's saved state, with newer hearing if that is asked for; or a new run."""
    if not (args.run / state.STATE).exists():
        known = pronunciations(args)
        args.run.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(args.seed)
        ears = args.ears_rate > 0
        if args.from_gguf:
            nano, tokenizer = restore(*args.from_gguf[:2])
            model = state.SpeakingNano(nano, restore_voice(args.from_gguf[2]))
            run = state.begun(model, tokenizer, len(nano.backbone.layers), args.rate, ears)
        elif args.after:
            run = state.after(args.after, args.rate, ears)
        else:
            run = state.fresh(args.hearing, args.deepen, args.rate, ears)
        run.tokenizer.save(str(args.run / hearing_state.TOKENIZER))
        lexicon.write(known, args.run / state.PRONUNCIATIONS)
        return run
    run = state.load(args.run, args.rate)
    if args.newer_hearing:
        before, after = (
            hearing_state.load_average(folder)[0] for folder in (args.hearing, args.newer_hearing)
        )
        run.add_hearing(before, after)
    return run


class VoiceTraining:
    """Steps, log lines, saves."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.workers = Workers()
        self.run = begin(args)
        self.began = time.time() - (0 if args.restart_clock else self.run.elapsed)
        seed = args.seed + self.run.step + 1000003 * self.workers.rank
        torch.manual_seed(seed)
        tokenizer = self.run.tokenizer
        end = self.run.model.voice.shape.codes
        sounds = lexicon.read(args.run / state.PRONUNCIATIONS)
        self.batches = VoiceBatches(
            args.voices,
            tokenizer,
            args.batch,
            end,
            seed,
            sounds,
            dialogues=args.dialogues,
            interleaved=args.interleaved,
            heard=args.data,
        )
        self.unseen = fixed(args.voices, tokenizer, sounds, "test", 40, end)
        self.dialogues = self.unseen_dialogues = None
        if args.dialogues:
            self.run.converses = True
            self.dialogues = DialogueBatches(args.dialogues, tokenizer, args.dialogue_batch, seed).stream()
            unseen = read(args.dialogues, "test")
            random.Random(1).shuffle(unseen)
            self.unseen_dialogues = [row_of(tokenizer, dialogue) for dialogue in unseen[:100]]
        self.hearing = None
        if args.heard:
            self.hearing = Hearing(args.data, args.sentences, tokenizer, args.heard_seconds, args.again, seed)
        self.shares = {"ears": args.ears_rate, "old": args.old_rate, "new": 1.0}
        for group in self.run.optimizer.param_groups:
            if self.shares[group["part"]] == 0:
                for parameter in group["params"]:
                    parameter.requires_grad_(False)
        self.trained = [p for p in self.run.model.parameters() if p.requires_grad]
        self.done = 0.0
        self.stopping = False
        signal.signal(signal.SIGTERM, self._stop)
        self.log(sentences=len(self.batches), trained=sum(p.numel() for p in self.trained))

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def log(self, **values: object) -> None:
        """One line of the run's log."""
        if self.workers.rank:
            return
        line = json.dumps({"step": self.run.step, "elapsed": round(time.time() - self.began), **values})
        with (self.args.run / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        print(line, flush=True)

    def spoken(self, model: state.SpeakingNano, batch: VoiceBatch, training: bool) -> VoiceLosses:
        """Losses of a batch of sentences."""
        confusion = self.args.confusion if training else 0.0
        with torch.autocast("cpu", torch.bfloat16):
            return losses(model.nano, model.voice, batch, training, confusion)

    def heard(self) -> tuple[Tensor, float]:
        """What is to be made less, and the cross-entropy of the transcripts of what is heard this time."""
        assert self.hearing is not None
        with torch.autocast("cpu", torch.bfloat16):
            return self.hearing.loss(self.run.model.nano)

    def spoke(self, batch: VoiceBatch) -> VoiceLosses:
        """Learn from a batch that is spoken; its losses."""
        args = self.args
        made = self.spoken(self.run.model, batch, training=True)
        naming = args.words * (1 - min(1.0, self.done / args.words_until))
        total = made.codes + args.guess * made.guess + args.text * made.text
        if naming:
            total = total + naming * made.words
        total.backward()  # type: ignore[no-untyped-call]
        return made

    def answered(self) -> float:
        """Learn from a batch of dialogues, if it is their turn; their loss."""
        if self.dialogues is None or self.run.step % self.args.dialogue_each:
            return float("nan")
        with torch.autocast("cpu", torch.bfloat16):
            loss, _ = dialogue_loss(self.run.model.nano.backbone, next(self.dialogues))
        (self.args.dialogue_weight * loss).backward()  # type: ignore[no-untyped-call]
        return loss.item()

    def step(self, batch: VoiceBatch) -> list[float]:
        """One update; codes, guess, words and text loss, share of first codes right, loss of hearing, of dialogues."""
        run, args = self.run, self.args
        made = self.spoke(batch)
        if args.interleaved and run.step % args.interleaved_each == 0:
            self.spoke(self.batches.answered())
        heard = float("nan")
        if self.hearing is not None and run.step % args.heard == 0:
            loss, heard = self.heard()
            (args.heard_weight * loss).backward()  # type: ignore[no-untyped-call]
        answered = self.answered()
        gradients = []
        for parameter in self.trained:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            gradients.append(parameter.grad)
        spent = (time.time() - self.began) / (args.hours * 3600)
        self.done = self.workers.average(gradients, 2.0 * self.workers.size if self.stopping else spent)
        for group in run.optimizer.param_groups:
            rate = learning_rate(run.step, self.done, args.rate, WARM_UP, level=LEVEL)
            group["lr"] = rate * self.shares[group["part"]]
        norm = torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        if torch.isfinite(norm):
            run.optimizer.step()
        else:
            self.log(skipped="gradient is not finite")
        run.optimizer.zero_grad(set_to_none=True)
        keep = min(_AVERAGE, run.step / (run.step + 20))
        torch._foreach_lerp_(list(run.average.parameters()), list(run.model.parameters()), 1 - keep)
        run.step += 1
        run.elapsed = time.time() - self.began
        return [x.item() for x in (made.codes, made.guess, made.words, made.text, made.right)] + [
            heard,
            answered,
        ]

    @torch.no_grad()
    def look(self) -> None:
        """Losses of the averaged model on sentences that training does not use."""
        for voice, batch in self.unseen.items():
            made = self.spoken(self.run.average, batch, training=False)
            self.log(
                unseen=voice,
                codes=round(made.codes.item(), 3),
                by_book=[round(x, 2) for x in made.by_book.tolist()],
                text=round(made.text.item(), 4),
                words=round(made.words.item(), 3),
                right=round(made.right.item(), 3),
            )
        if self.unseen_dialogues:
            with torch.autocast("cpu", torch.bfloat16):
                loss, right = dialogue_loss(self.run.average.nano.backbone, self.unseen_dialogues)
            self.log(unseen="dialogues", answered=round(loss.item(), 3), right=round(right.item(), 3))

    def loop(self) -> None:
        """Until the time is spent."""
        saved = looked = since = time.time()
        rows: list[list[float]] = []
        stream = self.batches.stream()
        while self.done < 1:
            rows.append(self.step(next(stream)))
            if self.run.step % EACH == 0:
                names = ("codes", "guess", "words", "text", "right", "heard", "answered")
                means = np.nanmean([*rows, [np.nan] * len(names)], axis=0).round(3).tolist()
                took = round((time.time() - since) / len(rows), 2)
                self.log(**dict(zip(names, means, strict=True)), s=took)
                rows, since = [], time.time()
            if not self.workers.rank and time.time() - looked > self.args.look_minutes * 60:
                self.look()
                looked = time.time()
            if not self.workers.rank and time.time() - saved > self.args.save_minutes * 60:
                self.run.save(self.args.run)
                saved = time.time()
        if not self.workers.rank:
            self.run.save(self.args.run)
            self.look()


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--hearing", type=Path, help="folder of a run of nano.train, to begin with")
    source.add_argument("--after", type=Path, help="folder of a run of this program, to begin with its voice")
    source.add_argument(
        "--from-gguf",
        type=Path,
        nargs=3,
        metavar=("BACKBONE", "MMPROJ", "VOCODER"),
        help="begin with the shipped files",
    )
    parser.add_argument("--voices", type=Path, required=True, help="folder of nano.speech.voices, with codes")
    parser.add_argument(
        "--pronunciations",
        type=Path,
        help="of nano.corpus.lexicon, if not as in --after or --from-gguf; a run keeps a copy",
    )
    parser.add_argument("--data", type=Path, help="shards to hear, see nano/clips.py")
    parser.add_argument("--sentences", type=Path, nargs="+", default=[], help="as for nano.train")
    parser.add_argument("--state", dest="run", type=Path, required=True, help="goes on if there is a state")
    parser.add_argument(
        "--newer-hearing", type=Path, help="once, when going on: add what a run has learnt since --hearing"
    )
    parser.add_argument("--restart-clock", action="store_true", help="count --hours from now when going on")
    parser.add_argument("--deepen", default="ca", help="layers added on top for speech, c and a")
    parser.add_argument("--hours", type=float, default=1.0, help="wall clock from first to last step")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument(
        "--old-rate", type=float, default=0.4, help="share of it for what reads what was heard; 0 freezes"
    )
    parser.add_argument(
        "--ears-rate", type=float, default=0.0, help="share of it for encoder and adapter; 0 freezes"
    )
    parser.add_argument("--batch", type=int, default=12, help="sentences of a worker")
    parser.add_argument("--confusion", type=float, default=0.05)
    parser.add_argument("--guess", type=float, default=0.5, help="weight of guessing all codes at once")
    parser.add_argument("--words", type=float, default=0.4, help="weight of naming the letter at first")
    parser.add_argument("--words-until", type=float, default=0.6, help="share of the time until it is 0")
    parser.add_argument("--text", type=float, default=0.1, help="weight of the text tokens around the sound")
    parser.add_argument("--heard", type=int, default=2, help="hear something every so many steps; 0 never")
    parser.add_argument("--heard-seconds", type=float, default=16.0)
    parser.add_argument("--heard-weight", type=float, default=0.7)
    parser.add_argument("--again", type=int, default=3, help="how often what was heard is used")
    parser.add_argument("--dialogues", type=Path, help="lines of nano.corpus.dialogues, to be learnt as well")
    parser.add_argument("--dialogue-batch", type=int, default=16, help="dialogues of a worker")
    parser.add_argument("--dialogue-weight", type=float, default=1.0)
    parser.add_argument(
        "--interleaved", type=int, default=0, help="of its answers, in text and sound, a batch"
    )
    parser.add_argument("--dialogue-each", type=int, default=3, help="steps to a batch of dialogues")
    parser.add_argument("--interleaved-each", type=int, default=4, help="steps to a batch in text and sound")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save-minutes", type=float, default=3.0)
    parser.add_argument("--look-minutes", type=float, default=4.0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    VoiceTraining(args).loop()


if __name__ == "__main__":
    main()
