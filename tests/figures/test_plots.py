import math
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from redraw.errors import OutputError, RunError, UsageError
from redraw.figures.plots import plot_log

BLUE, RED, GREEN = (47, 111, 183), (194, 65, 45), (75, 139, 87)


def log(steps=range(0, 1001, 10)):
    """The log of a fit whose loss falls as a power of ten, and whose rate follows a cosine."""
    records = [{"event": "started", "preset": "siren"}]
    for step in steps:
        loss = 10.0 ** (-1 - 4 * step / 1000)
        rate = 1e-3 * (0.001 + 0.999 * (1 + math.cos(math.pi * step / 1000)) / 2)
        records.append(
            {"event": "progress", "step": step, "loss": loss, "psnr": None, "rate": rate}
        )
        if step % 100 == 0:
            psnr = -10 * math.log10(loss)
            records.append({"event": "evaluation", "step": step, "psnr": psnr})
    return records


def places(path, colour):
    """Where a PNG has (nearly) this colour: rows, columns."""
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    return np.nonzero(np.abs(pixels - colour).max(axis=-1) < 8)


def svg_texts(path):
    return [element.text for element in ElementTree.parse(path).iter() if element.text]


@pytest.fixture
def texts(monkeypatch):
    """SVG with its words as text instead of outlines, so that they can be read back."""
    import matplotlib.style

    defaults = matplotlib.style.context

    def as_text(_):
        return defaults(["default", {"svg.fonttype": "none"}])

    monkeypatch.setattr(matplotlib.style, "context", as_text)


def test_curves_stand_above_each_other_in_their_colours(tmp_path):
    plot_log(log(), tmp_path / "out.png")
    rows = [places(tmp_path / "out.png", colour)[0] for colour in (BLUE, RED, GREEN)]
    assert all(len(row) > 500 for row in rows)
    assert rows[0].max() < rows[1].min()
    assert rows[1].max() < rows[2].min()


def test_an_exponential_loss_is_a_straight_falling_line(tmp_path):
    plot_log(log(), tmp_path / "out.png")
    rows, columns = places(tmp_path / "out.png", BLUE)
    line = rows > np.unique(rows)[40]  # below the title
    slope, offset = np.polyfit(columns[line], rows[line], 1)
    assert slope > 0.1  # image rows grow downwards
    assert np.abs(rows[line] - (slope * columns[line] + offset)).max() < 12  # the end mark's radius


def test_a_cosine_looks_like_one(tmp_path):
    plot_log(log(), tmp_path / "out.png")
    rows, columns = places(tmp_path / "out.png", GREEN)
    below = rows > rows.min() + 28  # the title
    rows, columns = rows[below], columns[below]
    left, right = columns.min(), columns.max()

    def height(share):
        return -rows[columns == round(left + share * (right - left))].mean()

    low, high = height(1.0), height(0.0)
    for share in (0.25, 0.5, 0.75):
        expected = low + (high - low) * (1 + math.cos(math.pi * share)) / 2
        assert abs(height(share) - expected) < 3  # the line's own width


def test_what_was_reached_is_written_out(tmp_path, texts):
    records = log()
    records.append({"event": "evaluation", "step": 650, "psnr": 61.25})
    plot_log(records, tmp_path / "out.svg")
    words = svg_texts(tmp_path / "out.svg")
    assert {"loss", "PSNR, dB", "learning rate", "step"} <= set(words)
    assert "1e-05 at the end" in words
    assert "61.25 dB at step 650" in words
    assert "1,000" in words


@pytest.mark.parametrize(
    ("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("PDF", b"%PDF")]
)
def test_formats_and_reproducibility(tmp_path, ending, start):
    first, second = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    plot_log(log(), first)
    plot_log(log(), second)
    assert first.read_bytes().startswith(start)
    assert first.read_bytes() == second.read_bytes()


def test_a_resumed_run_is_one_curve(tmp_path):
    whole, resumed = tmp_path / "whole.png", tmp_path / "resumed.png"
    records = log()
    plot_log(records, whole)
    lost = [{"event": "progress", "step": step, "loss": 9.0, "rate": 9.0} for step in (500, 510)]
    plot_log(records[:50] + lost + records[40:], resumed)
    assert whole.read_bytes() == resumed.read_bytes()


def test_what_is_not_finite_or_not_there_is_left_out(tmp_path):
    clean, dirty = tmp_path / "clean.png", tmp_path / "dirty.png"
    plot_log(log(), clean)
    bad = [
        {"step": 55, "loss": math.nan, "psnr": math.inf, "rate": None},
        {"step": 56, "loss": "0.1"},
        {"step": None, "loss": 0.1},
        {"loss": 0.1},
        {},
    ]
    plot_log([*bad, *log(), *bad], dirty)
    assert clean.read_bytes() == dirty.read_bytes()


def test_estimates_of_the_psnr_stand_behind_what_was_measured(tmp_path, texts):
    estimates = [{"event": "progress", "step": step, "psnr": 90.0} for step in range(5, 1000, 10)]
    plot_log([*log(), *estimates], tmp_path / "both.svg")
    assert "50.00 dB at step 1,000" in svg_texts(tmp_path / "both.svg")
    plot_log([*log(), *estimates], tmp_path / "both.png")
    plot_log(log(), tmp_path / "measured.png")
    pale = [round(255 - 0.3 * (255 - channel)) for channel in RED]
    both, measured = (places(tmp_path / f"{name}.png", pale)[0] for name in ("both", "measured"))
    assert len(both) > len(measured) + 500

    plot_log(estimates, tmp_path / "estimates.svg")
    words = svg_texts(tmp_path / "estimates.svg")
    assert {"PSNR of the batches, dB", "90.00 dB at step 5"} <= set(words)


def test_only_what_there_is_is_drawn(tmp_path, texts):
    records = [{"event": "evaluation", "step": step, "psnr": 20.0 + step} for step in range(5)]
    plot_log(records, tmp_path / "out.svg")
    words = svg_texts(tmp_path / "out.svg")
    assert "PSNR, dB" in words
    assert "loss" not in words
    assert "learning rate" not in words


@pytest.mark.parametrize(
    "records",
    [
        [{"step": 0, "loss": 0.5, "psnr": 10.0, "rate": 0.0}],  # one step
        [{"step": step, "loss": 0.0, "rate": 1e-3} for step in range(3)],  # a constant, and zero
        [{"step": step, "loss": 10.0**-step, "rate": 0.0} for step in range(30)],  # many powers
        [{"step": 10**9 + step, "loss": 1.0 + 1e-12 * step} for step in range(3)],
    ],
)
def test_odd_logs_make_a_picture_too(tmp_path, records):
    plot_log(records, tmp_path / "out.png")  # warnings are errors
    assert len(places(tmp_path / "out.png", BLUE)[0]) > 20


def test_steps_are_whole_numbers(tmp_path, texts):
    plot_log([{"step": step, "loss": 1.0 - step / 10} for step in (0, 1)], tmp_path / "out.svg")
    words = svg_texts(tmp_path / "out.svg")
    assert words.count("0") == 1
    assert words.count("1") == 1


def test_a_users_style_does_not_change_it(tmp_path):
    import matplotlib

    plot_log(log(), tmp_path / "a.png")
    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 30, "axes.grid": True}):
        plot_log(log(), tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_what_is_refused(tmp_path):
    for records in ([], [{"event": "started"}], [{"step": 1, "loss": math.nan}]):
        with pytest.raises(RunError, match="no steps"):
            plot_log(records, tmp_path / "out.png")
    with pytest.raises(UsageError, match=r"out\.jpg.*\.png, \.svg, \.pdf"):
        plot_log(log(), tmp_path / "out.jpg")
    (tmp_path / "out.png").write_bytes(b"precious")
    with pytest.raises(OutputError, match="--force"):
        plot_log(log(), tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes() == b"precious"
    plot_log(log(), tmp_path / "out.png", force=True)
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_pyplot_is_left_alone(tmp_path):
    program = (
        "import sys; from redraw.figures.plots import plot_log;"
        "print('matplotlib' in sys.modules, end=' ');"
        f"plot_log([{{'step': 1, 'loss': .5}}], {str(tmp_path / 'out.png')!r});"
        "print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True", "False"], done.stderr
