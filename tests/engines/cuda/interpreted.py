"""Triton's interpreter, which runs kernels on the CPU where there is no card."""

import os

import torch

AVAILABLE = not torch.cuda.is_available()
if AVAILABLE:
    os.environ["TRITON_INTERPRET"] = "1"  # before Triton is imported: it decides how kernels are made
    from triton.runtime import interpreter

    patch = interpreter._patch_lang_tensor

    def _with_item(tensor, scope):
        # Triton 3.6 asks NumPy for the only number of an array of one, which since 2.4 is refused.
        patch(tensor, scope)
        scope.set_attr(tensor, "__index__", lambda self: self.handle.data.item())
        scope.set_attr(tensor, "__bool__", lambda self: bool(self.handle.data.all()))

    interpreter._patch_lang_tensor = _with_item
