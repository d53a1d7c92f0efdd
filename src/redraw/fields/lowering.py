"""Parameters as the arrays of a program's operations."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from redraw.fields.program import Affine


def as_array(tensor: Tensor) -> NDArray[Any]:
    """A tensor's numbers in NumPy; bfloat16, which NumPy lacks, as float32. Any shape."""
    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()


def affine_of(layer: nn.Linear, *, imaginary: bool) -> Affine:
    """A layer as an operation on real numbers.

    A complex layer takes, and gives, all real parts before all imaginary ones.

    Args:
        layer: Real or complex.
        imaginary: Whether imaginary parts come out as well, zeros of a real layer.
    """
    weight = as_array(layer.weight)
    bias = np.zeros(len(weight), weight.dtype) if layer.bias is None else as_array(layer.bias)
    if np.iscomplexobj(weight):
        real = np.concatenate([np.real(weight), -np.imag(weight)], axis=1)
        imag = np.concatenate([np.imag(weight), np.real(weight)], axis=1)
    else:
        real, imag = weight, np.zeros_like(weight)
    if not imaginary:
        return Affine(real, np.real(bias))
    return Affine(np.concatenate([real, imag]), np.concatenate([np.real(bias), np.imag(bias)]))
