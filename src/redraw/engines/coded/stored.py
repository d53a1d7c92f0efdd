"""What a coded field holds, as whole numbers."""

from redraw.coding.picture import Quantised
from redraw.fields.wavelet import Wavelet


def quantised_of(encoding: Wavelet) -> Quantised:
    """The whole numbers of a field."""
    return Quantised(encoding.about, encoding.numbers.detach().cpu().numpy())
