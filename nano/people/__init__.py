"""Training the ears on people: the encoder learns from real and spoiled speech, the language model stays as it is."""
