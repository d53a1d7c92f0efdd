"""How many bits: more bytes never draw worse, and the best of some tries is kept."""

from itertools import pairwise

import pytest

from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import AxisConfig
from redraw.fitting.result import quantising, whole_learning
from redraw.fitting.result.fitted import FittedField
from redraw.fitting.result.quantising import Quantised, quantise
from redraw.fitting.result.whole_learning import bits_of
from redraw.signals.picture.colour import Colour
from redraw.storage.about import About


@pytest.fixture
def wide(monkeypatch):
    """A network whose layers sum so much that weights of 12 bits leave inputs 7."""
    monkeypatch.setattr(whole_learning, "JUDGED", 1 << 10)
    config = FieldConfig(
        hidden=(64, 64, 64), activation="relu", encoding=AxisConfig(4), output="sigmoid"
    )
    about = About((40, 30), Colour("grey", depth=8), made={"psnr": 60.0})
    return FittedField(Field.build(config, seed=1), about)


@pytest.mark.parametrize("asked", [{"bits": "mixed"}, {"max_loss": 0.1}, {"most_bytes": 40_000}])
def test_more_bytes_draw_no_worse_where_sums_leave_little_room(wide, asked):
    made = quantise(wide, steps=0, **asked)
    alike = [quantise(wide, bits=bits, steps=0) for bits in (6, 8, 10, 12)]
    # As the test supposes: at some bits more weigh less than what they take from between layers.
    assert any(more.error > fewer.error for fewer, more in pairwise(alike))
    for other in alike:
        assert made.error <= other.error or len(made.data) < len(other.data)


@pytest.mark.parametrize(
    ("errors", "alike", "kept"),
    [
        ([0.5, 0.9, 2.0], 3.0, 0.5),  # the first that is allowed ends it
        ([3.0, 4.0, 5.0], 6.0, 3.0),  # of none that is allowed, the best and not the last
        ([3.0, 4.0, 5.0], 2.0, 2.0),  # all layers alike do better
        ([3.0, 0.9, 2.0], 2.0, 0.9),
    ],
)
def test_the_best_try_is_kept(wide, monkeypatch, errors, alike, kept):
    allowed = quantising.allowed_error(wide, 0.1)
    left = list(errors)
    eight = bits_of(wide.lower(), 8)

    def chosen(*_):
        return [16, 9, 9, 9, 9 + len(left)], float(len(left))

    def made(_, bits, *__):
        error = (alike if bits == eight else left.pop(0)) * allowed
        return Quantised(bytes(100 * sum(bits)), None, tuple(bits), error, None)  # pyright: ignore

    monkeypatch.setattr(quantising, "_bits_for_error", chosen)
    monkeypatch.setattr(quantising, "_expected", lambda *_: 0.0)
    monkeypatch.setattr(quantising, "_made", made)
    assert quantise(wide, bits="mixed").error == pytest.approx(kept * allowed)
