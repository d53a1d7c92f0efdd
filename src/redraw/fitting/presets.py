"""The presets: named, complete configurations of a field and how to train it. One table."""

import difflib
from dataclasses import dataclass

from redraw.errors import UsageError
from redraw.fields.config import FieldConfig
from redraw.fields.encodings import FourierConfig
from redraw.fitting.config import TrainConfig
from redraw.signals.picture import Picture, looks_like_drawing

SMALL = (64, 64, 64, 64)


@dataclass(frozen=True)
class Preset:
    """One row of the table.

    Attributes:
        about: One line for people.
        field: The field, for one channel; a fit sets the channels of its picture.
        train: How it is trained.
    """

    about: str
    field: FieldConfig
    train: TrainConfig


PRESETS: dict[str, Preset] = {
    "ink": Preset(
        "drawings: a low-frequency SIREN sharpened over pixel footprints; crisp when drawn larger",
        FieldConfig(hidden=SMALL, omega=12.0, omega_first=12.0, output="sigmoid"),
        TrainConfig(
            steps=3000,
            lr_max=1.5e-3,
            beta2=0.99,
            footprint="box",
            samples=9,
            sharpen=20.0,
            detail=4,
        ),
    ),
    "siren": Preset(
        "periodic activations (Sitzmann et al. 2020)",
        FieldConfig(hidden=SMALL, omega=30.0, omega_first=30.0, output="sigmoid"),
        TrainConfig(steps=3000, lr_max=2e-3),
    ),
    "finer": Preset(
        "sines whose frequency grows with their input (Liu et al. 2024)",
        FieldConfig(hidden=SMALL, activation="finer", omega=30.0, omega_first=30.0, first_bias=1.0),
        TrainConfig(steps=3000, lr_max=1e-3),
    ),
    "wire": Preset(
        "Gabor wavelets, the real form (Saragadam et al. 2023)",
        FieldConfig(hidden=SMALL, activation="wire", omega=20.0, omega_first=20.0, spread=10.0),
        TrainConfig(steps=3000, lr_max=2e-3),
    ),
    "gauss": Preset(
        "Gaussian activations (Ramasinghe & Lucey 2022)",
        FieldConfig(hidden=SMALL, activation="gauss", spread=30.0),
        TrainConfig(steps=3000, lr_max=2e-3),
    ),
    "relu": Preset(
        "positional encoding and ReLU, the NeRF way (Mildenhall et al. 2020)",
        FieldConfig(hidden=SMALL, activation="relu"),
        TrainConfig(steps=3000, lr_max=2e-3),
    ),
    "fourier": Preset(
        "random Fourier features and ReLU (Tancik et al. 2020)",
        FieldConfig(
            hidden=SMALL, activation="relu", encoding=FourierConfig(64, 10.0), output="sigmoid"
        ),
        TrainConfig(steps=3000, lr_max=2e-3),
    ),
    "tanh": Preset(
        "the network of the original blog: eight tanh layers and a sigmoid",
        FieldConfig(hidden=(50, 50, 100, 50, 25, 25, 25), activation="tanh", output="sigmoid"),
        TrainConfig(steps=5000, lr_max=2e-3),
    ),
}


def preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        UsageError: there is none; the nearest name is suggested.
    """
    if name in PRESETS:
        return PRESETS[name]
    near = difflib.get_close_matches(name.lower(), PRESETS, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UsageError(f"unknown preset {name!r}; {hint}accepted: {', '.join(PRESETS)}")


def default_preset(picture: Picture) -> str:
    """The preset for a picture when none is asked for: `ink` for drawings."""
    return "ink" if looks_like_drawing(picture) else "siren"
