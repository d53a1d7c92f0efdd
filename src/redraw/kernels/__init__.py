"""Numba functions on plain arrays: the fused CPU engine's inner loops. They know no fields.

compiling    how functions are compiled and where the machine code is kept
vectors      vectors of the machine's full width, written as expressions
functions    sine, exponential, tanh and the activations, a vector at a time
tiles        the small matrix products that everything else is made of
points       where the samples of a pixel lie
network      a block of points through the network and back
losses       a block's loss and its gradient
optimizers   Adam, AdamW and SGD over shards of gradients
claims       words that threads share
steps        one training step, and drawing, as one call per thread
"""
