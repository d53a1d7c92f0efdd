"""What a coded field holds, as whole numbers."""

import numpy as np

from redraw.coding.exact import Exact
from redraw.coding.picture import Quantised
from redraw.fields.wavelet import Wavelet


def quantised_of(encoding: Wavelet) -> Quantised:
    """The whole numbers of a field."""
    coefficients = encoding.coefficients.detach().cpu().numpy()
    return Quantised(encoding.about, coefficients, exact_of(encoding))


def exact_of(encoding: Wavelet) -> Exact | None:
    """The picture's own pixels, where a field holds them."""
    config = encoding.config
    if not config.exact:
        return None
    pixels = encoding.pixels.detach().cpu().numpy().astype(np.uint16)
    weights = encoding.weights.detach().cpu().numpy()
    return Exact(config.most_off, config.straight, pixels, weights)
