"""Numba functions on plain arrays: inner loops. They know no fields.

Their making:
compiling.py           How kernels are compiled, and where their code is kept
names.py               What the kernels know by number: activations, losses, update rules
vectors.py             Vectors of the machine's full width, written as expressions
atomics.py             Words that threads share
clock.py               What time it is inside a kernel
limits.py              What this machine can do at best
denormals.py           Numbers too small for full precision, which are slow

A step of the fused engine:
steps.py               One training step, and drawing, as one call per thread
tickets.py             Steps as numbered tickets: how workers are told of one, and who sleeps
points.py              Where the samples of a pixel lie, as `redraw.signals.samples` defines it
network.py             A block of points through the network and back
tiles.py               The small matrix products that everything else is made of
functions.py           Sine, cosine, exponential, tanh, sigmoid and the activations
losses.py              A block's loss and its gradient with respect to the network's outputs
optimizers.py          Adam, AdamW and SGD, as torch.optim computes them
hash_grid.py           The multiresolution hash grid, for blocks of points
hash_grid_training.py  The hash grid inside the CPU engine's training step
hash_grid_calls.py     The hash grid as functions that Python calls
cuda/                  Triton functions: the same on a card, for the CUDA engine

Splines:
spline.py              Drawing splines
wavelet.py             The 9/7 wavelet on whole planes and on windows of them
sparse.py              Choosing what a spline pyramid keeps
significance.py        Which coefficients a spline pyramid keeps, as few bits: the model
range_coder.py         The adaptive binary range coder that it is written with

Drawings as labels:
labels.py              Training a field of labels
label_updates.py       Potentials moved: the gradient of their bending, and Adam
label_tables.py        Where the numbers of a field of labels lie
label_colours.py       The colours of labels
label_drawing.py       Drawing a field of labels
label_start.py         Where a fit of labels begins
label_choice.py        Which components share a label
label_strokes.py       Widths of thin strokes, and the colour that they are a pale shade of
label_averages.py      Colours of labels everywhere, coarser where there are few pixels
label_components.py    Pure pixels that hang together, and which of them lie near each other
label_detail.py        What is interpolated between listed pixels, as means over pixels
pure_pixels.py         Which pixels of a drawing show one colour
footprints.py          Pictures seen through blurs and filters, and undone
denoising.py           Noise taken from a picture: averages over pixels that look alike
block_cosines.py       Differences between pictures as a JPEG holds them
unmixing.py            Mixed pixels of a drawing: which labels beside them they are made of

Coded pictures:
aiming.py              What an error of pixels says of wavelet coefficients
lifting.py             The 9/7 wavelet of Cohen, Daubechies and Feauveau in whole numbers
quantising.py          Wavelet coefficients to whole steps and back, and planes to pixels
lookahead.py           Coefficients chosen with an eye to those that are coded later
filtered_choice.py     Coefficients chosen by what the filter makes of them
filtering.py           A filter that takes from planes what their wavelets' rounding left
filter_layout.py       How its weights lie in one list
band_layout.py         How bands of wavelet coefficients lie in one list, and how kernels are told
block_coder.py         The coefficients of one block of a large picture as bytes, and back
block_coefficients.py  Wavelet coefficients of a large picture: how they spread, and in steps
coefficients.py        A band of wavelet coefficients, written or read
neighbours.py          What stands around a coefficient: sizes and signs, in its band and others
exp_golomb.py          Whole numbers that no model tells of
exact_pixels.py        Exact pixels in few bytes, beside a decoded picture that is near them
exact_layout.py        How the coder of exact pixels is told what it works on
mixing.py              Chances of bits from many contexts at once, in whole numbers
extremes.py            Where the least and the largest of some numbers stand
octaves.py             Sizes on scales that grow with them
binary_coder.py        An arithmetic coder of single bits, each with a chance that the caller names

Coded drawings:
drawing_bits.py        Bits and whole numbers of a coded drawing
drawing_seeds.py       Which label each pixel shows most, as few bits; and what follows from that
drawing_places.py      Where its potentials are
drawing_answers.py     What its pixels show, and how that answers to potentials
drawing_potentials.py  Its potentials as few bits
drawing_colours.py     Its colours and detail as few bits
drawing_start.py       What it is made of: a field of labels with fewer candidates

Networks in whole numbers:
whole_network.py       Products and sums that no rounding touches, functions from tables
whole_functions.py     Functions of whole sums, a vector at a time
whole_numbers.py       Lists of whole numbers in few bytes
whole_grid.py          Features of a hash grid
"""
