"""What kernels know by number is something that is called so elsewhere."""

from redraw.engines.losses import LOSSES as ALL_LOSSES
from redraw.engines.solvers import SOLVERS
from redraw.fields.config import OUTPUTS
from redraw.fields.sizes import ACTIVATIONS as ALL_ACTIVATIONS
from redraw.kernels import names


def test_every_name_is_known_and_stands_at_its_number():
    for known, all_names in (
        (names.ACTIVATIONS, ALL_ACTIVATIONS),
        (names.LOSSES, ALL_LOSSES),
        (names.RULES, SOLVERS),
    ):
        assert set(known) <= set(all_names)
        assert [getattr(names, name.upper()) for name in known] == list(range(len(known)))


def test_outputs_stand_at_their_numbers():
    assert names.OUTPUTS == OUTPUTS
    assert (names.LINEAR, names.SIGMOIDAL, names.SOFTMAX) == (0, 1, 2)
    assert names.CROSS_ENTROPY not in range(len(names.LOSSES))
