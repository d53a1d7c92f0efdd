"""What the CUDA engine refuses, where there is no card; and drawing, by Triton's interpreter."""

import copy
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tests.engines.cuda.interpreted as interpreted
import torch
from tests.engines.test_conformance import ENCODINGS, built

import redraw
from redraw.engines import ENGINES, StepSpec, choose, engines
from redraw.engines.cuda import triton as installed
from redraw.engines.cuda.card import Host
from redraw.engines.cuda.drawer import CudaDrawer
from redraw.engines.cuda.engine import CudaEngine
from redraw.errors import EngineError
from redraw.fields import Field, FieldConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fitting.plan.presets import ROWS
from redraw.render import Canvas, draw

alone = pytest.mark.skipif(not interpreted.AVAILABLE, reason="there is a card")
CUDA = StepSpec(device="cuda")


def test_it_has_a_row_and_is_asked_first():
    assert "cuda" in ENGINES
    assert next(iter(engines())) == "cuda"


def test_on_a_processor_it_refuses_and_another_runs():
    engine, refusals = choose("auto", Field.build(FieldConfig()), StepSpec())
    assert engine.name == "cpu"
    assert refusals == {"cuda": "it runs on GPUs of CUDA, not on cpu"}
    with pytest.raises(EngineError, match="the cuda engine can't run this: it runs on GPUs"):
        choose("cuda", Field.build(FieldConfig()), StepSpec())


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (StepSpec(device="cuda", precision="float64"), "computes in float32, tf32, bfloat16"),
        (StepSpec(device="mps"), "not on mps"),
    ],
)
def test_what_it_refuses_of_a_request(spec, said):
    assert said in CudaEngine().refuse(Field.build(FieldConfig()), spec)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (FieldConfig(activation="wire-complex"), "no kernel for the activation"),
        (FieldConfig(dimensions=16), None),
        (FieldConfig(encoding=HashGridConfig(n_features_per_level=3)), "1, 2, 4, 8 or 16"),
        (FieldConfig(hidden=(300, 20)), None),
    ],
)
def test_what_it_refuses_of_a_field(config, said):
    reason = CudaEngine().refuse_field(Field.build(config), CUDA)
    assert reason is None if said is None else said in reason


def test_it_takes_every_preset_that_is_trained_by_gradient():
    taken = []
    for name, row in ROWS.items():
        if row.train.optimizer not in ("adam", "adamw", "sgd"):
            continue
        field = Field.build(row.field)
        spec = StepSpec(loss=row.train.loss, optimizer=row.train.optimizer_config, device="cuda")
        assert CudaEngine().refuse_field(field, spec) is None, name
        assert CudaEngine().refuse_training(field, spec) is None, name
        taken.append(name)
    assert len(taken) >= 9


def test_what_is_frozen_or_of_another_type_is_named():
    field = Field.build(FieldConfig())
    field.network.layers[0].weight.requires_grad_(False)
    assert "frozen" in CudaEngine().refuse_training(field, CUDA)
    field = Field.build(FieldConfig(), dtype=torch.float64)
    assert "float64" in CudaEngine().refuse_field(field, CUDA)


@alone
def test_no_card_and_no_triton_are_told_in_one_line(monkeypatch):
    installed.broken.cache_clear()
    assert "PyTorch finds no GPU of CUDA" in installed.broken("cuda")
    monkeypatch.setattr(installed.importlib.util, "find_spec", lambda name: None)
    installed.broken.cache_clear()
    reason = CudaEngine().refuse(Field.build(FieldConfig()), CUDA)
    installed.broken.cache_clear()
    assert "Triton is not installed" in reason
    assert "\n" not in reason


def test_a_fit_on_a_processor_imports_neither_triton_nor_matplotlib():
    code = (
        "import sys; sys.modules['triton'] = None\n"  # as if it were not installed
        "import redraw, redraw.cli.app, redraw.engines.cuda.engine, redraw.engines.cuda.session\n"
        "import redraw.engines.cuda.wide, redraw.engines.cuda.drawer\n"
        "import numpy as np\n"
        "values = np.random.default_rng(0).random((8, 8, 1))\n"
        "redraw.fit(values, model='siren', steps=2, frames=0, device='cpu')\n"
        "assert 'matplotlib' not in sys.modules\n"
        "print('ran')"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.stdout == "ran\n", found.stderr[-500:]


@alone
@pytest.mark.parametrize(
    "encoding", [ENCODINGS[0], ENCODINGS[1], ENCODINGS[4]], ids=lambda e: e.kind
)
def test_drawing_agrees_with_the_field_at_points_and_over_pixels(encoding):
    case = {"encoding": encoding, "channels": 3, "hidden": (9, 6), "activation": "sine",
            "bias": True, "output": "sigmoid"}  # fmt: skip
    field = built(case, "float32", "cpu")
    field.sharpness = 3.0
    drawer = CudaDrawer(field, StepSpec(), Host())
    xy = np.random.default_rng(3).uniform(-1.1, 1.1, (131, 2)).astype(np.float32)
    expected = copy.deepcopy(field).double()(torch.from_numpy(xy).double()).detach().numpy()
    # Sines of up to 30, whose last bits the output's slope times the sharpness shows.
    assert np.abs(drawer.values(xy) - expected).max() < 30 * 3 * 16 * 1.2e-7
    assert np.array_equal(drawer.values(xy[:1]), drawer.values(xy)[:1])
    canvas = Canvas.of((12, 10), 2, width=7, height=5)
    assert canvas.samples == (4, 4)

    class Plain(type(drawer)):
        def grid(self, *arguments):
            return None

    drawn = draw(drawer, canvas)
    drawer.__class__ = Plain
    # Sixteen values added up in another order.
    assert np.abs(drawn - draw(drawer, canvas)).max() <= 16 * np.finfo(np.float32).eps


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", ["hash", "hash32", "ink", "tanh", "siren256", "fused256", "hashwide", "spline"]
)
def test_kernels_compile_for_a_card_that_is_not_there(case):
    told = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
    found = subprocess.run(
        [sys.executable, "-m", "tests.engines.cuda.compiling", case],
        capture_output=True, text=True, env=told, timeout=600,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr[-2000:]
    # What a block of an H100 has.
    assert all(int(line.split()[-1]) <= 232_448 for line in found.stdout.splitlines())
    assert ("choose_kernel" if case == "spline" else "update_kernel") in found.stdout


@alone
def test_the_script_for_a_card_says_that_there_is_none(tmp_path):
    script = Path(redraw.__file__).parents[2] / "scripts/on-gpu"
    found = subprocess.run(
        [sys.executable, script, tmp_path, "--out", tmp_path / "out"],
        capture_output=True,
        text=True,
    )
    assert found.returncode == 2
    assert found.stdout == "there is no card here: nothing was run, and no row was written\n"
    assert not (tmp_path / "out").exists()
