"""Numba functions on plain arrays: the fused CPU engine's inner loops. They know no fields.

compiling    how functions are compiled and where the machine code is kept
vectors      vectors of the machine's full width, written as expressions
names        activations, losses and update rules, which the others know by number
functions    sine, exponential, tanh and the activations, a vector at a time
tiles        the small matrix products that everything else is made of
points       where the samples of a pixel lie
network      a block of points through the network and back
losses       a block's loss and its gradient
optimizers   Adam, AdamW and SGD over shards of gradients
hash_grid    the multiresolution grid: features, and gradients of its table and its positions
hash_grid_training  the grid inside the CPU engine's step
hash_grid_calls     the grid by itself, as Python calls it
labels       one training step of a field of labels
label_tables   where its numbers lie
label_colours  its colours: read, fitted, trained
label_drawing  drawing it
label_start    candidates and potentials that its fit begins with
pure_pixels    which pixels of a drawing show one colour, and which of those belong together
label_choice   which components share a label; pale thin strokes
unmixing     mixed pixels taken apart into the labels beside them
atomics      words that threads share
binary_coder  an arithmetic coder of bits whose chances the caller names
mixing       chances of bits from many contexts, in whole numbers
band_layout  how bands of wavelet numbers lie in one list
coefficients  a band of wavelet numbers, written or read by both
lifting      the 9/7 wavelet in whole numbers
quantising   wavelet numbers to steps and back, planes to pixels
clock        what time it is inside a kernel
steps        one training step, and drawing, as one call per thread
"""
