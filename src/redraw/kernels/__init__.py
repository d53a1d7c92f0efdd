"""Numba functions on plain arrays: the fused CPU engine's inner loops. They know no fields.

compiling    how functions are compiled and where the machine code is kept
vectors      vectors of the machine's full width, written as expressions
names        activations, losses and update rules, which the others know by number
functions    sine, exponential, tanh and the activations time
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

atomics.py             Words that threads share
binary_coder.py        An arithmetic coder of single bits, each with a chance that the caller names
clock.py               What time it is inside a kernel
coefficients.py        The wavelet numbers of a picture in few bytes
compiling.py           How kernels are compiled, and where their code is kept
denormals.py           Numbers too small for full precision, which are slow
functions.py           Sine, cosine, exponential, tanh, sigmoid and the activations
hash_grid.py           The multiresolution hash grid, for blocks of points
hash_grid_calls.py     The hash grid as functions that Python calls
hash_grid_training.py  The hash grid inside the CPU engine's training step
lifting.py             The 9/7 wavelet of Cohen, Daubechies and Feauveau in whole numbers
limits.py              What this machine can do at best
losses.py              A block's loss and its gradient with respect to the network's outputs
mixing.py              Chances of bits from many contexts at once, in whole numbers
names.py               What the kernels know by number
network.py             A block of points through the network and back
optimizers.py          Adam, AdamW and SGD, as torch.optim computes them
places.py              Where the kept numbers of a spline pyramid are, as few bits
points.py              Where the samples of a pixel lie, as `redraw.signals.samples` defines it
quantising.py          Wavelet numbers to whole steps and back, and planes to pixels
sparse.py              Choosing what a spline pyramid keeps
spline.py              Drawing splines
steps.py               One training step, and drawing, as one call per thread
tiles.py               The small matrix products that everything else is made of
vectors.py             Vectors of the machine's full width, written as expressions
wavelet.py             The 9/7 wavelet on whole planes and on windows of them
label_choice.py        Which components share a label, and which thin strokes are a purer colour
label_colours.py       The colours of labels
label_drawing.py       Drawing a field of labels
label_start.py         Where a fit of labels begins
label_tables.py        Where the numbers of a field of labels lie
labels.py              Training a field of labels
pure_pixels.py         Which pixels of a drawing show one colour, and which of those belong
unmixing.py            Mixed pixels of a drawing taken apart into the labels beside them
band_layout.py         How bands of wavelet numbers lie in one list, and how kernels are told
"""
