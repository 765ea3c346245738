"""One pass over everything a model set can do, with a judgement: for whoever runs a set for the first time."""
