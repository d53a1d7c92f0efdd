"""A plan is made without PyTorch: its import takes longer than all else before the first step."""

import math
import subprocess
import sys

import numpy as np
import pytest

from redraw.errors import UsageError
from redraw.fitting.plan.planning import prepare
from redraw.signals.picture.picture import Picture

PROGRAM = """
import sys

class Refused:
    def find_spec(self, name, *_):
        assert name.split(".")[0] != "torch", "PyTorch is imported"

sys.meta_path.insert(0, Refused())
import numpy as np
from redraw.fitting.plan.planning import check_request, prepare
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.picture import Picture

check_request(None, {}, {"model": "siren", "omega": "20", "engine": "cpu", "device": "cpu"})
values = np.random.default_rng(0).random((40, 60, 3), np.float32)
picture = Picture(values, Colour("rgb"), name="noise")
for model, options in (("spline", {}), ("spline", {"budget": "25%"}), ("hash", {}), ("siren", {})):
    plan = prepare(picture, model=model, **options)
    print(plan.model, plan.field.channels)
"""


def test_no_plan_imports_pytorch():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.stdout.split() == ["spline", "3", "spline", "3", "hash", "3", "siren", "3"], (
        done.stderr
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"steps": 1.5}, "steps is 1.5; accepted: a whole number"),
        ({"steps": "x"}, "steps is 'x'; accepted: a whole number"),
        ({"bpp": math.nan}, "bpp is nan; accepted: above 0"),
        ({"bpp": -1.0}, "bpp is -1.0; accepted: above 0"),
    ],
)
def test_numbers_that_are_none_are_refused_in_python_too(asked, said):
    with pytest.raises(UsageError, match=said):
        prepare(Picture.from_array(np.eye(8, dtype=np.float32)), model="spline", **asked)
