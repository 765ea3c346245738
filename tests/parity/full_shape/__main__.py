"""Parity with the reference at the released sizes, with random weights: `python -m tests.parity.full_shape`.

    script/set-up-reference
    .venv/bin/python -m tests.parity.full_shape all DIR              every storage
    .venv/bin/python -m tests.parity.full_shape all DIR F32 F16      these

`all` is, for one storage after the other:

    .venv/bin/python -m tests.parity.full_shape write DIR F32
    .cache/reference/bin/python -m tests.parity.full_shape reference DIR F32
    .venv/bin/python -m tests.parity.full_shape compare DIR F32

`.cache/reference/bin/python -m tests.parity.full_shape rig DIR` makes `rows.npz` anew where F32 is written, needed when
the weights change.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from wyoming_lfm2.gguf.quantization import Quantization

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / ".cache" / "reference" / "bin" / "python"


def main() -> int:
    """The exit status: 1 when something does not agree."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.parity.full_shape", description=__doc__.split(":")[0]
    )
    parser.add_argument("step", choices=("all", "write", "reference", "compare", "rig"))
    parser.add_argument("folder", type=Path, metavar="DIR", help="for the files: 12 GB with every storage")
    parser.add_argument(
        "storage", type=Quantization, nargs="*", default=list(Quantization), help="of the weights"
    )
    given = parser.parse_args()
    if given.step == "rig":
        from tests.parity.full_shape.rig import write_rows

        write_rows(given.folder)
        return 0
    if given.step == "all" and not REFERENCE.exists():
        parser.error("the reference is not installed: run script/set-up-reference")
    step = {"all": _all, "write": _write, "reference": _reference, "compare": _compare}[given.step]
    statuses = []
    for storage in given.storage:
        started = time.monotonic()
        statuses.append(step(given.folder, storage))
        most = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        peak = max(most) / 2**20
        print(
            f"{given.step} {storage.value}: {time.monotonic() - started:.0f} s, {peak:.1f} GiB at most",
            flush=True,
        )
    return max(statuses)


def _all(folder: Path, storage: Quantization) -> int:
    # In processes of their own: two environments, and the memory of one is free for the next.
    for python, step in (
        (sys.executable, "write"),
        (str(REFERENCE), "reference"),
        (sys.executable, "compare"),
    ):
        command = [python, "-m", "tests.parity.full_shape", step, str(folder), storage.value]
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
        if status:
            return status
    return 0


def _write(folder: Path, storage: Quantization) -> int:
    from tests.parity.full_shape.files import write

    write(folder, storage)
    return 0


def _reference(folder: Path, storage: Quantization) -> int:
    from tests.parity.full_shape.reference import write_results

    write_results(folder, storage)
    return 0


def _compare(folder: Path, storage: Quantization) -> int:
    from tests.parity.full_shape.compare import compare
    from tests.parity.full_shape.judge import table, wrong

    with np.load(folder / f"reference-{storage.value}.npz") as file:
        found = compare(folder, storage, dict(file))
    print(f"\n### {storage.value}\n\n{table(*found)}\n", flush=True)
    disagreeing = wrong(*found)
    for what in disagreeing:
        print(f"{storage.value}: {what} does not agree", file=sys.stderr)
    return 1 if disagreeing else 0


if __name__ == "__main__":
    sys.exit(main())
