"""One resident LFM2-Audio model behind the Wyoming protocol."""

__version__ = "0.1.0"
