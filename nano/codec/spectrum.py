"""Spectrograms for the codec: complex to sound as the released detokenizer does it, sound to log mels."""

from __future__ import annotations

import functools

import torch
from torch import Tensor
from torch.nn import functional as F

from nano.codec.shape import FFT, HOP, RATE
from nano.mel import filter_bank


@functools.cache
def hann(length: int) -> Tensor:
    """A periodic Hann window."""
    return torch.hann_window(length)


@functools.cache
def mel_filters(mels: int, fft: int) -> Tensor:
    """(fft / 2 + 1, mels), Slaney's mel scale and area, 0 Hz to 12 kHz."""
    return torch.from_numpy(filter_bank(mels, fft, RATE))


def to_sound(log_magnitudes: Tensor, angles: Tensor) -> Tensor:
    """(batch, frames, 641) each -> (batch, frames * 320): inverse STFT with "same" padding.

    As ``ISTFT`` of liquid-audio 1.3.0 (detokenizer.py): windowed frames are added up, the sum of squared
    windows is divided out, and 480 samples are cut at each end.
    """
    frames = log_magnitudes.shape[1]
    spectrum = torch.polar(log_magnitudes.float().clamp(max=8).exp(), angles.float())
    windowed = torch.fft.irfft(spectrum, FFT, dim=-1) * hann(FFT)
    envelope = hann(FFT).square().expand(1, frames, -1)
    cut = (FFT - HOP) // 2
    return (_overlapped(windowed) / _overlapped(envelope).clamp(min=1e-8))[:, cut:-cut]


def _overlapped(frames: Tensor) -> Tensor:
    """(batch, frames, 1280) -> (batch, frames * 320 + 960), added up at steps of 320."""
    batch, count, _ = frames.shape
    parts = frames.view(batch, count, FFT // HOP, HOP)
    total = frames.new_zeros(batch, count + FFT // HOP - 1, HOP)
    for place in range(FFT // HOP):
        total = total + F.pad(parts[:, :, place], (0, 0, place, FFT // HOP - 1 - place))
    return total.flatten(1)


def magnitudes(sound: Tensor, fft: int, hop: int) -> Tensor:
    """(batch, samples) -> (batch, frames, fft / 2 + 1), "same" padding, so that frames = samples / hop."""
    padded = F.pad(sound, ((fft - hop) // 2, fft - hop - (fft - hop) // 2))
    frames = padded.unfold(1, fft, hop) * hann(fft)
    spectrum = torch.view_as_real(torch.fft.rfft(frames))
    return (spectrum.square().sum(-1) + 1e-9).sqrt()


def log_mels(sound: Tensor, mels: int) -> Tensor:
    """(batch, samples) -> (batch, samples / 320, mels), natural logarithm, about -1 to 1 for speech."""
    energy = magnitudes(sound, FFT, HOP) @ mel_filters(mels, FFT)
    return (energy.clamp(min=1e-5).log() + 4) / 4
