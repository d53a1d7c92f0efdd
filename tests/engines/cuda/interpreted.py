"""Triton's interpreter, which runs kernels where there is no card: see `tests/conftest.py`."""

import os

import numpy as np

AVAILABLE = os.environ.get("TRITON_INTERPRET") == "1"
if AVAILABLE:
    import triton.language as tl
    from triton.runtime import interpreter

    patch = interpreter._patch_lang_tensor

    def _with_item(tensor, scope):
        # Triton 3.6 asks NumPy for the only number of an array of one, which since 2.4 is refused.
        patch(tensor, scope)
        scope.set_attr(tensor, "__index__", lambda self: self.handle.data.item())
        scope.set_attr(tensor, "__bool__", lambda self: bool(self.handle.data.all()))

    interpreter._patch_lang_tensor = _with_item
    dot = interpreter.InterpreterBuilder.create_dot

    def _of_bfloat16(self, a, b, *more):
        # It multiplies the bits of bfloat16 as if they were whole numbers.
        return dot(self, _widened(a), _widened(b), *more)

    def _widened(tensor):
        if tensor.dtype.scalar.name != "bf16":
            return tensor
        bits = tensor.data.astype(np.uint32) << np.uint32(16)
        return interpreter.TensorHandle(bits.view(np.float32), tl.float32)

    interpreter.InterpreterBuilder.create_dot = _of_bfloat16
