"""The resident audio encoder: samples in, embeddings for the backbone out."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.engine.errors import EngineError
from wyoming_lfm2.engine.llama.library import Library
from wyoming_lfm2.engine.model.backbone import Backbone
from wyoming_lfm2.gguf.errors import ModelFileError


class Encoder:
    """FastConformer and adapter through libmtmd. Every method belongs to the worker thread."""

    def __init__(self, library: Library, path: Path, backbone: Backbone, *, threads: int, gpu: bool) -> None:
        """Load ``path`` for ``backbone``.

        :raises ModelFileError: libmtmd refuses the file.
        """
        self._library = library
        self._mtmd = library.mtmd
        self._width = backbone.width
        params = self._mtmd.mtmd_context_params_default()
        params.use_gpu = gpu
        params.print_timings = False
        params.n_threads = threads
        # Its own warm-up takes memory for 30 s of audio, and aborts where the position table is shorter.
        params.warmup = False
        library.complaints.take()
        self._context: Any = self._mtmd.mtmd_init_from_file(str(path).encode(), backbone.model, params)
        if not self._context:
            reason = library.complaints.take() or "no reason given"
            raise ModelFileError(path, f"llama.cpp cannot load it ({reason})", "Download it again.")
        if not self._mtmd.mtmd_support_audio(self._context):
            self.close()
            raise ModelFileError(path, "it has no audio encoder", "Use the set's own mmproj file.")
        self._marker: bytes = self._mtmd.mtmd_get_marker(self._context)

    def encode(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embeddings of one piece; cannot be interrupted.

        :param samples: as :meth:`PieceLimits.checked` gives them.
        :returns: float32, shape ``(n, n_embd)``, one row for each 80 ms: a view of
            libmtmd's memory, good until the next call.
        :raises EngineError: libmtmd failed.
        """
        mtmd = self._mtmd
        self._library.complaints.take()
        chunks = mtmd.mtmd_input_chunks_init()
        try:
            self._front_end(samples, chunks)
            chunk = self._only_audio_chunk(chunks)
            rows = mtmd.mtmd_input_chunk_get_n_tokens(chunk)
            if mtmd.mtmd_encode_chunk(self._context, chunk) != 0:
                raise EngineError(f"llama.cpp failed to encode audio ({self._library.complaints.take()})")
        finally:
            mtmd.mtmd_input_chunks_free(chunks)
        pointer = ctypes.cast(mtmd.mtmd_get_output_embd(self._context), ctypes.POINTER(ctypes.c_float))
        return np.ctypeslib.as_array(pointer, shape=(rows, self._width))

    def close(self) -> None:
        """Free everything; the object is of no use afterwards."""
        if self._context is not None:
            self._mtmd.mtmd_free(self._context)
            self._context = None

    def _front_end(self, samples: NDArray[np.float32], chunks: Any) -> None:
        """Fill ``chunks`` with the mel spectrogram of ``samples``."""
        mtmd = self._mtmd
        pointer = samples.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        bitmap = mtmd.mtmd_bitmap_init_from_audio(len(samples), pointer)
        try:
            text = mtmd.mtmd_input_text(
                text=self._marker, text_len=len(self._marker), add_special=False, parse_special=False
            )
            bitmaps = (ctypes.c_void_p * 1)(bitmap)
            status = mtmd.mtmd_tokenize(self._context, chunks, ctypes.byref(text), bitmaps, 1)
        finally:
            mtmd.mtmd_bitmap_free(bitmap)
        if status != 0:
            raise EngineError(f"llama.cpp failed to prepare audio ({self._library.complaints.take()})")

    def _only_audio_chunk(self, chunks: Any) -> Any:
        mtmd = self._mtmd
        found = [
            chunk
            for chunk in (
                mtmd.mtmd_input_chunks_get(chunks, i) for i in range(mtmd.mtmd_input_chunks_size(chunks))
            )
            if mtmd.mtmd_input_chunk_get_type(chunk) == mtmd.MTMD_INPUT_CHUNK_TYPE_AUDIO
        ]
        if len(found) != 1:
            raise EngineError(f"llama.cpp made {len(found)} chunks of one piece of audio")
        return found[0]
