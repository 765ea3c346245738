"""Speech synthesisers, one a module, each with ``say(spoken, rng) -> Utterance``."""
