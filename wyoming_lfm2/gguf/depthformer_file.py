"""The depthformer as a file that llama.cpp loads: made once out of the vocoder file, and kept in the cache folder."""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
from pathlib import Path

import gguf
import numpy as np

from wyoming_lfm2.config.closed_paths import mode_of
from wyoming_lfm2.gguf.arrays import FileArrays, write_tensors
from wyoming_lfm2.gguf.depthformer_tensors import ARCHITECTURE, DepthformerTensors
from wyoming_lfm2.gguf.errors import ModelFileError
from wyoming_lfm2.gguf.header_reader import read_header

_LOGGER = logging.getLogger(__name__)

FOLDER = "depthformer"
"""Inside the cache folder."""


def depthformer_file(vocoder: Path, cache: Path) -> Path:
    """The ``qwen3`` file of a vocoder's depthformer, in ``cache``; written when it is not there yet.

    It is found by a hash of what it is made of, and compared with it byte for byte before it is used, so a
    vocoder that changed and a file that was damaged are both noticed (0.06 s of processor time for a Q4_0
    file of the released shape, whose depthformer has 38 MB). Where the cache folder cannot be written, the
    file is made in a temporary folder for this process, with a warning.

    :raises ModelFileError: the vocoder is unsound, or there is no room anywhere.
    """
    tensors = DepthformerTensors.of(vocoder)
    name = f"{tensors.key()[:32]}.gguf"
    path = cache / FOLDER / name
    if _is_whole(path, tensors):
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, tensors)
    except OSError as refused:
        return _write_elsewhere(name, tensors, cache, refused)
    return path


def _is_whole(path: Path, tensors: DepthformerTensors) -> bool:
    """Tell whether ``path`` is there and holds exactly what would be written."""
    try:
        if not mode_of(path):
            return False
    except OSError:
        # Writing it will say why.
        return False
    try:
        header = read_header(path)
        found = FileArrays(header)
        sound = (
            {key: value.scalar for key, value in header.metadata.items()}
            == {"general.architecture": ARCHITECTURE, **tensors.metadata}
            and list(found) == list(tensors)
            and all(
                found.kind(name) == tensors.type_of(name)
                and np.array_equal(found.encoded(name).data, tensors[name].data)
                for name in tensors
            )
        )
    except (ModelFileError, OSError, ValueError):
        sound = False
    if not sound:
        _LOGGER.warning("%s is damaged; it is written anew", path)
    return sound


def _write(path: Path, tensors: DepthformerTensors) -> None:
    """Write the file beside its place and move it there, so that several processes may do so at once."""

    def keys(writer: gguf.GGUFWriter) -> None:
        for key, value in tensors.metadata.items():
            if isinstance(value, float):
                writer.add_float32(key, value)
            elif isinstance(value, int):
                writer.add_uint32(key, value)
            else:
                writer.add_string(key, value)

    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        types = [tensors.type_of(name) for name in tensors]
        write_tensors(draft, ARCHITECTURE, keys, list(tensors.specs.values()), tensors, types)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_elsewhere(name: str, tensors: DepthformerTensors, cache: Path, refused: OSError) -> Path:
    reason = (refused.strerror or str(refused)).lower()
    needed = sum(tensor.data.nbytes for tensor in tensors.values()) / 1e6
    remedy = f"Make {needed:,.0f} MB of room, or set model.cache to a folder that can be written."
    folder: Path | None = None
    try:
        folder = Path(tempfile.mkdtemp(prefix="wyoming-lfm2-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _write(folder / name, tensors)
    except OSError as error:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise ModelFileError(
            cache / FOLDER,
            f"the depthformer of {tensors.vocoder.name} cannot be kept here ({reason}), nor in a temporary "
            f"folder ({(error.strerror or str(error)).lower()})",
            remedy,
        ) from error
    _LOGGER.warning(
        "%s cannot be written (%s), so the depthformer goes to %s and is made again at each start. %s",
        cache / FOLDER,
        reason,
        folder,
        remedy,
    )
    return folder / name
