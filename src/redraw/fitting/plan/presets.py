"""The presets: named, complete configurations of a field and how to train it. One table."""

import dataclasses
from functools import partial

from redraw.errors import UsageError
from redraw.fields.config import FieldConfig
from redraw.fields.encoding_configs import AxisConfig, FourierConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fields.labels_config import AUTO, AUTO_ROUNDS, LabelsConfig
from redraw.fields.spline_config import SplineConfig
from redraw.fields.wavelet_config import WaveletConfig
from redraw.fitting.plan.clock import Clock
from redraw.fitting.plan.config import TrainConfig
from redraw.fitting.plan.dense import wants_grid
from redraw.fitting.plan.preset import (
    Asked,
    Perhaps,
    Preset,
    Suit,
    Variant,
    of_any,
    of_trait,
)
from redraw.registry import Registry
from redraw.signals.signal import Signal

SMALL = (64, 64, 64, 64)


# A grid grows with its picture, and the optimizer's part of a step with the grid. At 3 megapixels,
# after 20 s, 96 batches (of 32,768 pixels) are 1.7 dB above 384 and 1.3 dB above 24, each at its
# best rate: `python -m benchmarks.search large hash`.
MOST_BATCHES = 96
# A page of more pixels than this is beyond what `ink` can follow, and takes it minutes.
PAGE = 1 << 18
# What is tried out has to be better by more dB, as the guard counts; and a fit that has so many
# seconds has to have as many left: a trial takes up to 2 of them.
BETTER, TIME_TO_TRY = 0.5, 10.0
# Among the settings asked for, a budget; `redraw.fitting.plan.settings` reads it.
BUDGET = "budget"


def of_drawn_pictures(signal: Signal, asked: Asked, trait: str = "drawn") -> Suit | None:
    """For pictures that are drawn; small line drawings without colour have a better suited one."""
    found = of_trait(trait, 2.5, only=LabelsConfig.settings())(signal, asked)
    large = signal.numbers // signal.channels > PAGE
    return found._replace(score=4.0) if found and large else found


# Where a page is dense, each place needs numbers of its own: a grid of one feature per vertex, in
# six sizes near that of a pixel, whose sum is smoother than any of them. More positions per pixel
# than `ink` takes, for its cells are smaller; few steps, for more fit the pixels ever better and
# what lies between them worse (docs/log.md).
DENSE_INK = Preset(
    "dense drawings: a fine grid before a small network, sharpened over pixel footprints",
    FieldConfig(
        hidden=(16, 16),
        activation="silu",
        encoding=HashGridConfig(n_levels=6, n_features_per_level=1, log2_hashmap_size=18),
        output="sigmoid",
    ),
    TrainConfig(
        steps=500,
        most_steps=800,
        lr_max=5e-3,
        loss="bce",
        beta2=0.99,
        footprint="box",
        samples=16,
        sharpen=20.0,
        detail=8,
    ),
    cells=(2.0, 0.8),
)

# Rates, batches and frequencies: the best of `python -m benchmarks.search` on the cub and on the
# astronaut. A second moment that forgets quickly (beta2 = .99) is worth 5 to 9 dB on the cub, and
# cross-entropy instead of the squared error another 7 to 26; on photographs they are equals.
ROWS: dict[str, Preset] = {
    "ink": Preset(
        "drawings: a low-frequency SIREN sharpened over pixel footprints; crisp when drawn larger",
        FieldConfig(hidden=SMALL, omega=12.0, omega_first=12.0, output="sigmoid"),
        TrainConfig(
            steps=3000,
            lr_max=2.5e-3,
            loss="bce",
            beta2=0.99,
            footprint="box",
            samples=9,
            sharpen=20.0,
            detail=4,
        ),
        signals=("picture",),
        suits=of_trait("drawing", 3.0),
        variant=Variant(DENSE_INK, "on a page full of edges", wants_grid),
    ),
    "cel": Preset(
        "drawings of every kind: labels of slowly varying colours, crisp at any size; seconds",
        FieldConfig(
            hidden=(),
            bias=False,
            encoding=LabelsConfig(footprint=AUTO, rounds=AUTO_ROUNDS, coding="whole"),
        ),
        TrainConfig(
            steps=200,
            most_steps=800,
            optimizer="labels",
            lr_max=0.05,
            footprint="box",
            samples=36,
            flat=-1.0,
            sharpen=2.0,
            sharpen_until=0.7,
        ),
        signals=("picture",),
        suits=of_drawn_pictures,
        perhaps=Perhaps(
            partial(of_drawn_pictures, trait="perhaps drawn"),
            FieldConfig(hidden=(), bias=False, encoding=LabelsConfig()),  # averages, as halves are
        ),
        squares=True,
    ),
    "hash": Preset(
        "photographs: a multiresolution hash grid (Mueller et al. 2022) before a small network",
        FieldConfig(
            hidden=(32, 32), activation="relu", encoding=HashGridConfig(log2_hashmap_size=13)
        ),
        TrainConfig(steps=4000, batch=8192, lr_max=1e-2, beta2=0.99, eps=1e-15),
        share=0.25,
        most_batches=MOST_BATCHES,
        suits=of_trait("picture"),
    ),
    "wavelet": Preset(
        "photographs: wavelet coefficients in few bytes, the cubic spline of their pixels; seconds",
        FieldConfig(hidden=(), bias=False, encoding=WaveletConfig()),
        TrainConfig(steps=1, optimizer="coding", footprint="box", detail=1, flat=-1.0),
        signals=("picture",),
        suits=of_trait("picture", 2.0, only=(*WaveletConfig.settings(), BUDGET)),
        strips=True,
    ),
    "spline": Preset(
        "photographs in few parameters: a sparse wavelet, matrices learned for it; seconds",
        FieldConfig(hidden=(), bias=False, encoding=SplineConfig(transforms=32, subpixel=32)),
        TrainConfig(steps=20, optimizer="alternating", footprint="box", samples=16, flat=-1.0),
        quality=42.0,
        signals=("picture",),
        suits=of_trait("picture", 2.0, only=(*SplineConfig.settings(), BUDGET)),
        linear=True,
    ),
    "siren": Preset(
        "periodic activations (Sitzmann et al. 2020)",
        FieldConfig(hidden=SMALL, omega=30.0, omega_first=30.0, output="sigmoid"),
        TrainConfig(steps=3000, batch=8192, lr_max=2e-3, beta2=0.99, loss="bce"),
    ),
    "finer": Preset(
        "sines whose frequency grows with their input (Liu et al. 2024)",
        FieldConfig(
            hidden=SMALL,
            activation="finer",
            omega=30.0,
            omega_first=30.0,
            first_bias=1.0,
            output="sigmoid",
        ),
        TrainConfig(steps=3000, batch=8192, lr_max=2e-3, beta2=0.99, loss="bce"),
    ),
    "wire": Preset(
        "Gabor wavelets, in their real form (Saragadam et al. 2023)",
        FieldConfig(
            hidden=SMALL,
            activation="wire",
            omega=20.0,
            omega_first=20.0,
            spread=10.0,
            output="sigmoid",
        ),
        TrainConfig(steps=3000, batch=8192, lr_max=4e-3, beta2=0.99, loss="bce"),
    ),
    "gauss": Preset(
        "Gaussian activations (Ramasinghe & Lucey 2022)",
        FieldConfig(hidden=SMALL, activation="gauss", spread=15.0, output="sigmoid"),
        TrainConfig(steps=3000, batch=8192, lr_max=4e-3, beta2=0.99, loss="bce"),
    ),
    "relu": Preset(
        "octaves of sines and ReLU, the NeRF way (Mildenhall et al. 2020)",
        FieldConfig(
            hidden=SMALL, activation="relu", encoding=AxisConfig(octaves=8), output="sigmoid"
        ),
        TrainConfig(steps=3000, batch=8192, lr_max=4e-3, beta2=0.99, loss="bce"),
    ),
    "fourier": Preset(
        "random Fourier features and ReLU (Tancik et al. 2020)",
        FieldConfig(
            hidden=SMALL, activation="relu", encoding=FourierConfig(64, 10.0), output="sigmoid"
        ),
        TrainConfig(steps=3000, batch=8192, lr_max=4e-3, beta2=0.99, loss="bce"),
    ),
    "tanh": Preset(
        "the network this began with: eight layers of tanh, and a sigmoid",
        FieldConfig(
            hidden=(50, 50, 100, 50, 25, 25, 25),
            activation="tanh",
            first_weight=20.0,  # else its first features are far wider than a stroke
            first_bias=20.0,
            output="sigmoid",
        ),
        TrainConfig(steps=10_000, batch=8192, lr_max=1e-2, beta2=0.99, loss="bce"),
    ),
    "table": Preset(
        "tables and functions: two layers of slow sines",
        FieldConfig(hidden=(64, 64), omega=10.0, omega_first=10.0),
        TrainConfig(steps=2000, batch=1024, lr_max=2e-3, beta2=0.99),
        signals=("table",),
        suits=of_any,
    ),
    "linear": Preset(
        "no hidden layer: the line or plane of least squares; of classes, logistic regression",
        FieldConfig(hidden=()),
        TrainConfig(steps=2000, batch="full", lr_max=5e-2, beta2=0.99),
        signals=("table",),
    ),
}

PRESETS: Registry[Preset] = Registry("preset", ROWS, setting="model")


def preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        UsageError: there is none; the nearest name is suggested.
    """
    return PRESETS.named(name)


def best_preset(
    signal: Signal,
    asked: Asked = frozenset(),
    *,
    clock: Clock | None = None,
    threads: int | None = None,
    trying: bool = True,
) -> tuple[str, str]:
    """The preset that suits a signal best, where none is asked for.

    Where it is in doubt whether one does, a part is fitted at half its size to find out, which
    takes up to 2 s and PyTorch, unless few seconds are left.

    Args:
        signal: What is learned.
        asked: Names of the settings that were changed: they may mean nothing to a preset.
        clock: Of the fit, if it has so many seconds.
        threads: How many work on it; all by default. The answer does not depend on it.
        trying: Whether a trial is worth it.

    Returns:
        Its name, and why it was chosen.

    Raises:
        UsageError: none suits it.
    """
    found = {name: row.suits(signal, asked) for name, row in PRESETS.items() if row.suits}
    suits = {name: suit for name, suit in found.items() if suit is not None}
    if not suits:
        raise UsageError(
            f"no preset suits {signal.name} by itself; name one with --model", setting="model"
        )
    name = max(suits, key=lambda name: suits[name].score)
    if not trying or (clock is not None and clock.left < TIME_TO_TRY):
        return name, suits[name].because
    because = suits[name].because
    for other, row in PRESETS.items():
        found = row.perhaps.suits(signal, asked) if row.perhaps else None
        if row.perhaps is None or found is None or found.score <= suits[name].score:
            continue
        from redraw.fitting.plan.halves import gain

        more = gain(signal, row.perhaps.field, row.train, threads=threads, clock=clock)
        if more is not None and more > BETTER:
            return other, f"{found.because}: {other} draws its halved pixels {more:.1f} dB better"
        because = f"{found.because}, but {other} draws its halved pixels no better"
    return name, because


def default_preset(signal: Signal, asked: Asked = frozenset()) -> str:
    """The name of the preset that suits a signal best; as `best_preset`."""
    return best_preset(signal, asked)[0]


def configured(base: Preset, signal: Signal) -> tuple[FieldConfig, TrainConfig]:
    """A preset's values for a signal: coordinates, channels, output, loss, batches.

    Classes are learned by cross-entropy from a sigmoid (two of them) or a softmax, numbers by the
    squared error, unless the preset has another loss that serves. What is no raster are points.
    """
    field = dataclasses.replace(base.field, channels=signal.channels, dimensions=signal.dimensions)
    train = base.train
    if signal.outcome != "unit":
        loss, output = train.loss if train.loss != "bce" else "mse", "linear"
        if signal.outcome == "classes":
            two = signal.channels == 1
            loss, output = ("bce", "sigmoid") if two else ("cross_entropy", "softmax")
        field = dataclasses.replace(field, output=output)
        train = dataclasses.replace(train, loss=loss)
    if not signal.raster:
        return field, dataclasses.replace(train, footprint="point", sharpen=1.0, detail=None)
    if base.most_batches is not None and train.batch != "full":
        least = signal.numbers // signal.channels // base.most_batches
        train = dataclasses.replace(train, batch=max(train.batch, least))
    return field, train
