"""Triton functions on plain tensors, for the CUDA engine. They know neither fields nor PyTorch.

names.py       what kernels know by number
functions.py   sine, tanh, sigmoid and the activations with their slopes
points.py      where the samples of a pixel lie
encodings.py   positions to features; the gradient of a hash grid in whole numbers
losses.py      a block's loss and its gradient
network.py     a block forward and back in one kernel
drawing.py     a field at points, or the pixels of a drawing
wide.py        a block through wide layers, forward and back
layers.py      the parts of a step by themselves, between products of wide layers
pyramid.py     the wavelet of a spline pyramid, an axis of a level at a time
spline.py      drawing splines
sparse.py      choosing what a spline pyramid keeps
update.py      one kernel that updates all parameters
probe.py       the smallest kernel: whether anything runs at all
"""
