"""A model and its context in llama.cpp: loading, computing a batch, freeing; failures are Python's errors."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from wyoming_lfm2.engine.errors import ContextFullError, EngineError
from wyoming_lfm2.engine.llama.build_hints import idle_gpu_layers
from wyoming_lfm2.engine.llama.library import Library
from wyoming_lfm2.gguf.errors import ModelFileError

_LOGGER = logging.getLogger(__name__)

_NO_SLOT = 1


def load_model(library: Library, path: Path, *, gpu_layers: int, memory_map: bool) -> Any:
    """The ``llama_model`` pointer of ``path``.

    :raises ModelFileError: llama.cpp refuses the file.
    """
    llama = library.llama
    if gpu_layers and not llama.llama_supports_gpu_offload():
        _LOGGER.warning("%s. %s", *idle_gpu_layers(gpu_layers))
    library.complaints.take()
    params = llama.llama_model_default_params()
    params.n_gpu_layers = gpu_layers
    params.load_mode = llama.LLAMA_LOAD_MODE_MMAP if memory_map else llama.LLAMA_LOAD_MODE_NONE
    model = llama.llama_model_load_from_file(str(path).encode(), params)
    if not model:
        reason = library.complaints.take() or "no reason given"
        raise ModelFileError(path, f"llama.cpp cannot load it ({reason})", "Download it again.")
    return model


def decode(library: Library, context: Any, batch: Any) -> None:
    """Compute ``batch`` in ``context``.

    :raises ContextFullError: there is no room for its rows.
    :raises EngineError: llama.cpp failed; the sequences of the batch must be removed.
    """
    library.complaints.take()
    status = library.llama.llama_decode(context, batch)
    if status == 0:
        return
    reason = library.complaints.take()
    if status == _NO_SLOT:
        raise ContextFullError("the model's context is full")
    raise EngineError(f"llama.cpp failed to decode ({status}{': ' + reason if reason else ''})")


def free(library: Library, model: Any, context: Any) -> None:
    """Free both pointers, the context first; either may be ``None``."""
    if context is not None:
        library.llama.llama_free(context)
    if model is not None:
        library.llama.llama_model_free(model)
