import numpy as np
import torch

from redraw.fields.outputs import LinearOutput, SigmoidOutput

RAW = torch.linspace(-4, 4, 33, dtype=torch.float64)[:, None]


def test_linear_output_is_the_raw_number():
    assert torch.equal(LinearOutput()(RAW), RAW)
    assert LinearOutput().sharpness == 1.0


def test_sigmoid_output_is_the_logistic_function_of_sharpened_logits():
    output = SigmoidOutput(sharpness=5.0)
    expected = 1 / (1 + np.exp(-5.0 * RAW.numpy()))
    np.testing.assert_allclose(output(RAW).numpy(), expected, rtol=1e-14)
    torch.testing.assert_close(output.logits(RAW), 5 * RAW)


def test_sigmoid_stays_within_its_bounds_in_float32():
    far = torch.tensor([[-1e30], [-200.0], [200.0], [1e30]])
    assert SigmoidOutput(20.0)(far).tolist() == [[0.0], [0.0], [1.0], [1.0]]
