"""Tensors and files that several storage tests use."""

import json
import struct

import pytest
import torch


@pytest.fixture
def tensors():
    """One of each type, and shapes that are special."""
    generator = torch.Generator().manual_seed(5)
    return {
        "weight": torch.randn(3, 4, generator=generator),
        "weight.double": torch.randn(2, 2, generator=generator, dtype=torch.float64),
        "half": torch.randn(5, generator=generator).to(torch.float16),
        "brain": torch.randn(5, generator=generator).to(torch.bfloat16),
        "step": torch.tensor(2**40 + 1),
        "small": torch.tensor([-1, 2**31 - 1], dtype=torch.int32),
        "state": torch.tensor([0, 255, 7], dtype=torch.uint8),
        "wave": torch.randn(2, 3, generator=generator, dtype=torch.complex64),
        "wave.double": torch.randn(2, generator=generator, dtype=torch.complex128),
        "nothing": torch.zeros(0, 3),
        'odd \U0001f981 " name': torch.tensor([float("nan"), float("inf"), -0.0]),
    }


@pytest.fixture
def parts():
    """Cut the bytes of a file into its header (a dictionary) and its data."""

    def cut(raw):
        (length,) = struct.unpack("<Q", raw[:8])
        return json.loads(raw[8 : 8 + length]), raw[8 + length :]

    return cut


@pytest.fixture
def joined():
    """The bytes of a file with this header and data."""

    def join(header, data):
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data

    return join
