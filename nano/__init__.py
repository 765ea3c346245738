"""The training package of nano, the small model of LFM2-Audio's architecture."""
