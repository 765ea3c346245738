"""How sure nano is of what it hears, and what a threshold would do: ``python -m nano.confidence --directory DIR ...``.

Greedy decoding with the probability of each token, the end included, from the model files by PyTorch. For each measure
of confidence: of the right transcripts it lets a share through, and then how many of the wrong ones and of what was
written for other speech. A transcript is right when it has no word error.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from nano import mel
from nano.clips import Clip, Clips, chosen
from nano.export import NAME
from nano.model import Nano
from nano.rejection import KEPT, MEASURES, Heard, curve
from nano.restore import restore
from nano.tokenizer import Tokenizer
from nano.wer import WordErrors

_LIMIT = 48


@torch.no_grad()
def heard(model: Nano, tokenizer: Tokenizer, sound: np.ndarray, clip: Clip) -> Heard:
    """What the model makes of one clip."""
    adapted = model.adapter(model.encoder(torch.from_numpy(mel.log_mel(sound[None])))).float()
    text = torch.tensor(model.after)[None]
    ids: list[int] = []
    odds: list[float] = []
    while len(ids) < _LIMIT:
        best = model.backbone.logits(model._read(adapted, text)[:, -1]).float().softmax(-1)[0].max(-1)
        odds.append(float(best.values))
        if int(best.indices) == model.end:
            break
        ids.append(int(best.indices))
        text = torch.cat((text, best.indices.view(1, 1)), 1)
    errors = WordErrors()
    written = tokenizer.decode(ids)
    if clip.text:
        errors.add(clip.text, written)
    tokens = tuple(odds[: len(ids)])
    return Heard(
        written, tokens, odds[len(ids)] if len(odds) > len(ids) else 0.0, not errors.errors, bool(clip.text)
    )


def main() -> None:
    """Parse the command line, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--directory", type=Path, required=True, help="folder with backbone and mmproj in Q8_0"
    )
    parser.add_argument(
        "--commands", type=Path, nargs="+", required=True, help="folders of shards, said to a home"
    )
    parser.add_argument(
        "--others", type=Path, nargs="+", required=True, help="folders of shards with other speech"
    )
    parser.add_argument("--split", default="test")
    parser.add_argument("--each", type=int, default=60, help="clips of a folder")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write the curves and every transcript here")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model, tokenizer = restore(
        args.directory / f"{NAME}-Q8_0.gguf", args.directory / f"mmproj-{NAME}-Q8_0.gguf"
    )
    model.eval()
    results: list[Heard] = []
    for command, folders in ((True, args.commands), (False, args.others)):
        for path in folders:
            folder = Clips(path.parent)
            folder.refresh()
            mine = [c for c in folder.clips if c.shard.parent == path and bool(c.text) == command]
            results += [
                heard(model, tokenizer, folder.sound(clip), clip)
                for clip in chosen(mine, args.split, args.each)
            ]
    commands = [h for h in results if h.command]
    print(
        f"{len(commands)} commands, {sum(h.right for h in commands)} right, {len(results) - len(commands)} others"
    )
    curves = {name: curve(measure, results) for name, measure in MEASURES.items()}
    print(f"{'kept of the right ones':42}" + "".join(f"{share:>24.0%}" for share in KEPT))
    print(f"{'':42}" + f"{'at':>8}{'wrong':>8}{'others':>8}" * len(KEPT))
    for name, points in curves.items():
        cells = (f"{p['threshold']:8.3f}{p['wrong']:8.1%}{p['others']:8.1%}" for p in points)
        print(f"{name:42}" + "".join(cells))
    if args.json:
        rows = [[h.text, h.tokens, h.end, h.right, h.command] for h in results]
        args.json.write_text(json.dumps({"curves": curves, "heard": rows}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
