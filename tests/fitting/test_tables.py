"""Tables and functions learned: against closed forms and scikit-learn; kept, resumed, drawn."""

import itertools

import numpy as np
import pytest
from PIL import Image

import redraw
from redraw.errors import RunError, ShapeError, TableError, UsageError
from redraw.fitting.plan.planning import prepare
from redraw.fitting.result.predicting import predict_table
from redraw.fitting.result.table_views import field_of_run, plot_table
from redraw.fitting.run.events import Evaluated, Finished, FrameSaved
from redraw.fitting.run.run import Run
from redraw.signals.table.cells import RawTable
from redraw.signals.table.examples import example
from redraw.signals.table.function import sampled
from redraw.signals.table.table import Table
from redraw.storage.run_folder import RunFolder

draw = np.random.default_rng(12)
X = draw.uniform(-3.0, 5.0, (120, 2))
NOISY = X[:, 0] * 2.0 - X[:, 1] + draw.normal(0.0, 1.0, 120)
# The reference engine needs no compiling.
QUICK = {"engine": "reference", "threads": 1, "hidden": (8,)}


def quick_run(table, folder=None, **options):
    plan = prepare(table, settings={"hidden": "8"}, run=folder, threads=1, **options)
    return Run.start(table, plan, folder)


@pytest.mark.parametrize("seed", range(3))
def test_xor_is_solved(seed):
    field = redraw.fit("xor", seed=seed, steps=300, threads=1)
    found = field.probabilities([[0, 0], [0, 1], [1, 0], [1, 1]])[:, 1]
    np.testing.assert_allclose(found, [0, 1, 1, 0], atol=0.02)
    assert field.predict([[0, 1], [1, 1]]).tolist() == ["1", "0"]


def test_linear_agrees_with_least_squares():
    table = example("linear")
    field = redraw.fit(table, model="linear", threads=1, steps=1500)
    with_one = np.hstack([table.inputs, np.ones((400, 1))])
    best, *_ = np.linalg.lstsq(with_one, table.targets[:, 0], rcond=None)
    np.testing.assert_allclose(field.predict(table.inputs), with_one @ best, atol=1e-4)
    origin = field.predict(np.zeros((1, 3)))[0]
    found = [*(field.predict(np.eye(3)) - origin), origin]
    np.testing.assert_allclose(found, best, atol=1e-4)


def test_linear_agrees_with_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    table = example("logistic")
    judge = LogisticRegression(C=np.inf, tol=1e-10).fit(table.inputs, table.targets[:, 0])
    field = redraw.fit(table, model="linear", threads=1, steps=1500)
    expected = judge.predict_proba(table.held_inputs)
    np.testing.assert_allclose(field.probabilities(table.held_inputs), expected, atol=1e-4)


def test_three_classes():
    centres = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    truth = np.arange(90) % 3
    names = np.array(["red", "green", "blue"])[truth]
    points = centres[truth] + draw.normal(0.0, 0.5, (90, 2))
    field = redraw.fit(points, names, steps=150, lr_max=1e-2, **QUICK)
    assert field.schema.classes == ("blue", "green", "red")
    assert (field.predict(points) == names).all()
    np.testing.assert_allclose(field.probabilities(points).sum(axis=1), 1.0, rtol=1e-5)
    scores = field.made["scores"]["learned"]
    assert scores["confusion"] == (30 * np.eye(3, dtype=int)).tolist()
    assert scores["majority"] == pytest.approx(1 / 3)


def test_predictions_come_in_the_data_s_units_and_survive_the_file(tmp_path):
    x = np.linspace(1000.0, 2000.0, 60)
    y = np.stack([1e6 + 50.0 * (x - 1000.0), 1e-6 * x], axis=1)
    field = redraw.fit(x, y, model="linear", steps=400, engine="reference", threads=1)
    np.testing.assert_allclose(field.predict(x), y, rtol=1e-5)
    field.save(tmp_path / "a.redraw")
    again = redraw.load(tmp_path / "a.redraw")
    assert again.about.schema == field.schema
    assert np.array_equal(again.predict(x[:, None]), field.predict(x))
    with pytest.raises(UsageError, match="of a table, no picture"):
        again.render()
    with pytest.raises(ShapeError, match=r"expected \(rows, 1\): x"):
        again.predict([[1.0, 2.0]])


def test_a_picture_s_field_predicts_nothing():
    field = redraw.fit([[0.0, 1.0], [1.0, 0.0]], steps=2, **QUICK)
    with pytest.raises(UsageError, match="this field is a picture's"):
        field.predict([[0.0, 0.0]])


@pytest.mark.parametrize(("model", "inputs"), [("hash", 3), ("fourier", 1), ("siren", 5)])
def test_other_presets_take_tables(model, inputs):
    points = draw.uniform(-1.0, 1.0, (64, inputs))
    field = redraw.fit(points, points.sum(axis=1), model=model, steps=3, engine="reference")
    assert field.config.dimensions == inputs
    assert field.config.output == "linear"


# --- the best on held-out rows, and going on -----------------------------------------------------


def losses(events):
    return [e.scores["held_out"]["rmse"] for e in events if isinstance(e, Evaluated)]


def test_the_best_state_on_held_out_rows_is_kept(tmp_path):
    table = Table.from_arrays(X, NOISY, held_out="25%")
    options = {"steps": 300, "frames": 0, "engine": "reference", "keep": "best"}
    run = quick_run(table, tmp_path / "a.run", **options)
    events = list(run.events())
    last = events[-1]
    assert last.scores["held_out"]["rmse"] == min([*losses(events), *losses(events[-1:])])
    assert 0 < run.result.made["best_step"] <= 300
    # What the checkpoint holds is the same.
    field = field_of_run(RunFolder.open(tmp_path / "a.run", writable=False))
    for one, other in zip(field.parameters(), run.result.parameters(), strict=True):
        assert np.array_equal(one.detach().numpy(), other.detach().numpy())


@pytest.mark.parametrize("keep", ["last", "best"])
def test_a_stopped_fit_goes_on_as_if_it_never_had(tmp_path, keep):
    table = Table.from_arrays(X, NOISY, held_out="25%", name="noisy")
    options = {"steps": 60, "frames": 4, "engine": "reference", "keep": keep}
    whole = quick_run(table, tmp_path / "whole.run", **options)
    list(whole.events())
    halted = quick_run(table, tmp_path / "halted.run", **options)
    for event in halted.events():
        if getattr(event, "step", 0) >= 20:
            halted.stop()
    resumed = Run.resume(tmp_path / "halted.run")
    assert isinstance(resumed.signal, Table)
    assert 20 <= resumed.at.step < 60
    list(resumed.events())
    for one, other in zip(whole.result.parameters(), resumed.result.parameters(), strict=True):
        assert np.array_equal(one.detach().numpy(), other.detach().numpy())
    assert whole.result.made["scores"] == resumed.result.made["scores"]
    frames = [[path.read_bytes() for _, path in run.folder.frames()] for run in (whole, resumed)]
    assert frames[0] == frames[1]
    assert len(frames[0]) == 4


def test_a_run_that_replaces_a_picture_s_learns_the_table(tmp_path):
    folder = tmp_path / "a.run"
    redraw.fit([[0.0, 1.0], [1.0, 0.0]], steps=2, run=folder, **QUICK)
    redraw.fit(X, NOISY, steps=2, run=folder, force=True, **QUICK)
    resumed = Run.resume(folder, 1)
    assert isinstance(resumed.signal, Table)
    list(resumed.events())
    assert sorted(p.name for p in folder.glob("*.safetensors")) == ["table.safetensors"]


@pytest.mark.parametrize(
    ("signal", "options", "said"),
    [
        ((X, NOISY), {"keep": "best"}, "hold some out: --held-out 20%"),
        ((X, NOISY), {"footprint": "box"}, "a table has no pixels"),
        ((X, NOISY), {"model": "spline"}, "over the pixels of a picture"),
        ((X, NOISY), {"max_side": 9}, "is a table; it takes no max-side"),
        ((X, NOISY), {"task": "classification", "loss": "bce"}, "bce needs a sigmoid"),
        (([[0.0, 1.0]],), {"keep": "best"}, "leave --keep out"),
        (([[0.0, 1.0]],), {"task": "regression"}, "takes no task"),
        ((example("xor"),), {"held_out": 0.2}, "is a table already; give held-out when"),
        ((draw.random((9, 5)), np.arange(9.0)), {"model": "hash"}, "hash grid"),
    ],
)
def test_what_does_not_go_together_is_refused(signal, options, said):
    with pytest.raises(redraw.RedrawError, match=said):
        redraw.fit(*signal, steps=1, engine="reference", **options)


# --- predictions for another table ---------------------------------------------------------------


@pytest.fixture(scope="module")
def plane():
    table = Table.from_arrays(X, X @ [2.0, -1.0], input_names=["a", "b"])
    return redraw.fit(table, model="linear", steps=300, engine="reference")


def test_columns_are_found_by_name_and_gaps_stay_empty(plane):
    raw = RawTable("new", {"b": ["1", "", "2"], "other": [7, 8, 9], "a": [0.5, 1.0, 99.0]})
    found = predict_table(plane, raw, engine="reference")
    (cells,) = found.columns.values()
    assert list(found.columns) == ["y_predicted"]
    assert cells[0] == pytest.approx(0.0, abs=0.05)
    assert cells[1] is None
    assert found.scores is None
    assert "1 of 3 rows lack an input" in found.notes[0]
    assert "1 row lies outside of what was learned" in found.notes[1]


def test_predictions_are_scored_where_the_truth_is_there(plane):
    raw = RawTable("new", {"a": [1.0, 2.0], "b": [0.0, 0.0], "y": [2.0, None]})
    scores = predict_table(plane, raw).scores
    assert scores["rmse"] == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize(
    ("columns", "error", "said"),
    [
        ({"a": [1.0], "c": [1.0]}, UsageError, "no column 'b'"),
        ({"a": [1.0], "b": ["x"]}, TableError, "row 1, column 'b': 'x' is no number"),
        ({"a": [None], "b": [1.0]}, TableError, "no row with all inputs"),
        ({"a": [], "b": []}, TableError, "no row with all inputs"),
    ],
)
def test_tables_that_can_not_be_asked(plane, columns, error, said):
    with pytest.raises(error, match=said):
        predict_table(plane, RawTable("new", columns))


def test_a_class_that_was_never_learned_is_predicted_wrong():
    field = redraw.fit([0.0, 1.0, 2.0, 3.0], ["a", "a", "b", "b"], steps=5, **QUICK)
    found = predict_table(field, RawTable("new", {"x": [0.0, 1.0], "y": ["c", None]}))
    assert found.scores["accuracy"] == 0.0
    assert list(found.columns) == ["y_predicted", "y_probability"]
    assert all(0.5 <= p <= 1.0 for p in found.columns["y_probability"])


# --- how it looks --------------------------------------------------------------------------------

DRAWN = {
    "curve": sampled("sin(x)", "x=-3:3", rows=50),
    "several curves": Table.from_arrays(X[:, 0], X),
    "surface": Table.from_arrays(X, NOISY, target_names=["$y$"]),
    "classes along a line": Table.from_arrays(X[:, 0], X[:, 1] > 0),
    "boundary": example("xor"),
    "three classes": Table.from_arrays(X, ["a", "b", "c"] * 40),
    "many inputs": Table.from_arrays(draw.random((30, 5)), draw.random(30), held_out=0.2),
    "many inputs, classes": Table.from_arrays(draw.random((30, 5)), ["x_1", "$"] * 15),
    "constant": Table.from_arrays(np.ones(3), np.ones(3)),
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_kind_is_drawn_as_it_learns_and_after(name, tmp_path):
    run = quick_run(DRAWN[name], tmp_path / "a.run", steps=2, frames=2, engine="reference")
    frames = [event.path for event in run.events() if isinstance(event, FrameSaved)]
    pixels = []
    for path in frames:
        with Image.open(path) as frame:
            pixels.append(np.asarray(frame.convert("L")))
    assert [p.shape for p in pixels] == [(480, 640)] * 2
    assert (pixels[0] < 128).any()
    for residuals, ending in itertools.product((False, True), (".png", ".svg")):
        out = tmp_path / f"plot-{residuals}{ending}"
        plot_table(tmp_path / "a.run", out, residuals=residuals)
        assert out.stat().st_size > 2000
    if len(DRAWN[name].schema.inputs) < 3:
        run.result.save(tmp_path / "a.redraw")
        plot_table(tmp_path / "a.redraw", tmp_path / "field.png")
        with pytest.raises(UsageError, match="holds no rows"):
            plot_table(tmp_path / "a.redraw", tmp_path / "other.png", residuals=True)


def test_what_can_not_be_drawn_is_refused(tmp_path):
    field = redraw.fit([[0.0, 1.0], [1.0, 0.0]], steps=1, run=tmp_path / "a.run", **QUICK)
    field.save(tmp_path / "a.redraw")
    for name in ("a.run", "a.redraw"):
        with pytest.raises(UsageError, match="picture"):
            plot_table(tmp_path / name, tmp_path / "out.png")
    with pytest.raises(UsageError, match=r"end the name in one of \.png"):
        plot_table(tmp_path / "a.run", tmp_path / "out.bmp")
    with pytest.raises(RunError):
        (tmp_path / "empty").mkdir()
        plot_table(tmp_path / "empty", tmp_path / "out.png")


def test_the_last_event_has_the_scores():
    run = quick_run(Table.from_arrays(X, NOISY, held_out=0.2), steps=2, engine="reference")
    (last,) = [event for event in run.events() if isinstance(event, Finished)]
    assert last.scores.keys() == {"learned", "held_out"}
    assert last.to_json()["scores"]["learned"]["r2"] <= 1.0
