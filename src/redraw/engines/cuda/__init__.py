"""The CUDA engine: fused Triton kernels, and steps that are recorded once and played back.

engine.py    what it takes, and why not
opening.py   a session in the memory that there is
session.py   a field being trained: chunks of steps that the host says nothing in
wide.py      the same for layers too wide for one kernel: PyTorch's products, layer by layer
layout.py    what the kernels are made for, and where they find parameters
card.py      a card as sessions use it; the processor in its place, for tests
drawer.py    drawing: points, and means over the pixels of a drawing
triton.py    whether Triton is there and works
"""
